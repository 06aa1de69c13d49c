"""Which devices a call begins with: what the person and the settings say."""

from __future__ import annotations

from typing import Final

from tui.domain.device_choice import MediaChoice
from tui.domain.media import MediaName, SourceKind, parse_media_name
from tui.domain.settings import SessionSettings, SessionType
from tui.domain.snapshot import DeviceKind

DEFAULT: Final = MediaName(SourceKind.DEVICE, "")
"""Whatever the machine prefers."""
NULL: Final = MediaName(SourceKind.NULL, "")


def first_names(choice: MediaChoice, settings: SessionSettings) -> dict[DeviceKind, MediaName]:
    """By kind: the choice, else the settings' device, else the default.

    Raises:
        CallsError: `VALIDATION_ERROR` for a name that can't be parsed.
    """

    def first(kind: DeviceKind, chosen: str, from_settings: str | None) -> MediaName:
        if chosen == "default":
            chosen = from_settings or chosen
        return parse_media_name(chosen, role=kind)

    names = {
        kind: first(kind, chosen, from_settings)
        for kind, chosen, from_settings in (
            (DeviceKind.MICROPHONE, choice.microphone, settings.audio_input_device_id),
            (DeviceKind.SPEAKER, choice.speaker, settings.audio_output_device_id),
            (DeviceKind.CAMERA, choice.camera, settings.video_input_device_id),
        )
    }
    if settings.session_type is SessionType.VOICE:
        names[DeviceKind.CAMERA] = NULL
    return names
