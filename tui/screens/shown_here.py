"""The settings a join from the app has, besides those a person chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SHOWN_HERE: Final = (
    "hideChatButton",
    "hideShareInviteButton",
    "hideNetworkIndicator",
    "hideClosedCaptionButton",
)
"""Shown in the app unless the person's settings say otherwise: the SDK hides them by default."""


def app_settings(settings: Mapping[str, Any], *, voice: bool) -> dict[str, Any]:
    """The settings to join with from the app; `voice` makes it a call without pictures."""
    shown = {n: False for n in _SHOWN_HERE if n not in settings and _snake(n) not in settings}
    return {**settings, **shown, **({"sessionType": "VOICE"} if voice else {})}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
