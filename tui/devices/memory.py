"""Which microphone, speaker and camera were chosen last, by name, from one call to the next."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path

from tui.domain.snapshot import DeviceKind

_log = logging.getLogger(__name__)


class DeviceMemory:
    """A small file of names. What can't be read or written is forgotten, never an error.

    Args:
        path: Of the file; its folder is made when needed.
    """

    def __init__(self, path: Path):
        self._path = path

    def recall(self, kind: DeviceKind) -> str:
        """The name chosen last; empty when none was."""
        name = self._read().get(kind.value)
        return name if isinstance(name, str) else ""

    def remember(self, kind: DeviceKind, name: str) -> None:
        """Keep a name; an empty one means the default device."""
        names = self._read()
        if names.get(kind.value, "") == name:
            return
        names[kind.value] = name
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.write_text(json.dumps(names), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            _log.warning("the choice of devices can't be kept: %s", error)
            with contextlib.suppress(OSError):
                fresh.unlink()

    def _read(self) -> dict[str, object]:
        try:
            names = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return names if isinstance(names, dict) else {}
