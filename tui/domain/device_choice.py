"""The devices there are, and which of them a call is to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from tui.domain.frozen import dataclass
from tui.domain.media import Pictures
from tui.domain.snapshot import DeviceKind


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One selectable device."""

    kind: DeviceKind
    device_id: str
    """What to pass as a `MediaName` value."""
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """Which sources and sinks a join uses; each is a source name (`parse_media_name`)."""

    camera: str = "default"
    microphone: str = "default"
    speaker: str = "default"
    volumes: Mapping[str, int] = field(default_factory=dict)
    """uid -> volume of that participant [percent], 0 to 200; 100 for those not named."""

    record: str = ""
    """The file to which the call is recorded from the beginning; empty: none."""
    record_pictures: str = Pictures.SMALL
    """Which pictures a recording keeps, one of `Pictures`."""
    captions_model: str = ""
    """Folder of the model that own captions are made with, absolute; empty: none."""
    own_captions: bool = False
    """Whether a program writes captions of what we say from the beginning."""
    share: str = ""
    """What is shared from the beginning (`parse_share_name`); empty: nothing."""

    def using(self, kind: str, name: str) -> MediaChoice:
        """The same with another `microphone`, `speaker` or `camera`."""
        changed: Mapping[str, Any] = {kind: name}
        return replace(self, **changed)
