"""The memory port: what a person chose before, and is not asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Protocol

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Choices of earlier calls on this machine."""

    joined: bool = False
    """There was a call before."""
    microphone: str = "default"
    """Source names (`tui.domain.media.parse_media_name`)."""
    speaker: str = "default"
    camera: str = "default"
    microphone_on: bool = False
    """At the last join; off before the first one."""
    camera_on: bool = False
    earcons: bool = False
    announcements: str = ""
    """What `/announce` chose (`tui.front.announcement_choice`)."""
    volumes: Mapping[str, int] = field(default_factory=dict)
    """uid -> how loud somebody is heard [percent]."""


class Memory(Protocol):
    """Keeps choices; a choice that can't be kept is no error of the call."""

    @property
    def remembered(self) -> Remembered:
        """What is known now."""

    def remember(self, **changes: Any) -> None:
        """Change fields of `Remembered`. Never raises."""


class Forgetful:
    """Keeps choices until the program ends (tests, demo)."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        self.remembered = remembered or Remembered()

    def remember(self, **changes: Any) -> None:
        """See `Memory`."""
        self.remembered = replace(self.remembered, **changes)
