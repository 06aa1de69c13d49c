"""`choices.json` in the state folder: devices, volumes, and how the last call was joined.

Versions before 0.2 kept the devices of the first calls apart, in `devices.json`, which the engine
wrote; what it holds is taken over when it is found.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError
from tui.domain.media import parse_media_name
from tui.domain.snapshot import DeviceKind
from tui.front.kept_file import private_folder, replace_file
from tui.ports.memory import Remembered

log = logging.getLogger(__name__)

_OLD: Final = "devices.json"


class ChoicesFile:
    """See `Memory`. A file that is not ours or broken counts as none.

    Args:
        folder: Where it is; made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "choices.json"
        self.remembered = self._read()
        self._take_over(folder / _OLD)

    def _read(self) -> Remembered:
        raw, start = _object(self._path), Remembered()
        known = {
            one.name: raw[one.name]
            for one in fields(Remembered)
            if one.name != "volumes" and type(raw.get(one.name)) is type(getattr(start, one.name))
        }
        volumes = raw.get("volumes")
        if isinstance(volumes, dict):
            known["volumes"] = {
                uid: percent
                for uid, percent in volumes.items()
                if type(percent) is int and 0 <= percent <= 200
            }
        return replace(start, **known)

    def _take_over(self, old: Path) -> None:
        if not old.is_file():
            return
        if not self.remembered.joined:  # later the green room's choice went before it
            names = _object(old)
            found: dict[str, Any] = {
                str(kind): _source_name(kind, name)
                for kind in DeviceKind
                if isinstance(name := names.get(kind), str)
                and name
                and getattr(self.remembered, kind) == "default"
            }
            if found and not self._write(replace(self.remembered, **found)):
                return
        try:
            old.unlink()
        except OSError as error:
            log.warning("%s stays behind: %s", _OLD, error)

    def remember(self, **changes: Any) -> None:
        """See `Memory`."""
        self._write(replace(self.remembered, **changes))

    def _write(self, remembered: Remembered) -> bool:
        """Whether it is in the file, too."""
        self.remembered = remembered
        try:
            private_folder(self._path.parent)
            replace_file(self._path, json.dumps(asdict(remembered)))
        except OSError as error:
            log.warning("choices are not kept: %s", error)
            return False
        return True


def with_devices(
    media: MediaChoice, choices: Mapping[str, Any], remembered: Remembered
) -> MediaChoice:
    """`media` with the devices of earlier calls, for each kind that `choices` do not name."""
    for kind in DeviceKind:
        if not choices.get(kind):
            media = media.using(kind, getattr(remembered, kind))
    return media


def _source_name(kind: DeviceKind, device: str) -> str:
    """A device's name as a source name; one that reads as something else says that it is none."""
    said = f"device:{device}"
    try:
        read = parse_media_name(device, role=kind)
    except CallsError:
        return said
    return device if read == parse_media_name(said, role=kind) else said


def _object(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}
