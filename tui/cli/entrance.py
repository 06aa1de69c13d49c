"""Adds the green room to the plan of a join: devices by flags, else those of earlier calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tui.domain.media import SourceKind, parse_media_name
from tui.front.choices import with_devices
from tui.front.start import Entrance, StartPlan
from tui.ports.memory import Remembered


def prepared(plan: StartPlan, choices: Mapping[str, Any], remembered: Remembered) -> StartPlan:
    """`plan` with the devices of earlier calls, and a green room unless `now` is chosen.

    Args:
        plan: Made of `choices`.
        choices: By option name (`tui.cli.plan.make_plan`). Whoever names a microphone or a
            camera means to use it; settings and `--muted`, `--no-video` win over that.
        remembered: For everything that was not chosen.
    """
    plan = replace(plan, media=with_devices(plan.media, choices, remembered))
    if choices.get("now"):
        return plan
    entrance = Entrance(
        microphone_on=_on(
            plan, choices, "microphone", "startAudioMuted", before=remembered.microphone_on
        ),
        camera_on=_on(plan, choices, "camera", "startVideoPaused", before=remembered.camera_on),
    )
    return replace(plan, entrance=entrance)


def _on(
    plan: StartPlan, choices: Mapping[str, Any], role: str, setting: str, *, before: bool
) -> bool:
    if setting in plan.settings:
        return not plan.settings[setting]
    if not choices.get(role):
        return before
    return parse_media_name(str(choices[role]), role=role).kind is not SourceKind.NULL
