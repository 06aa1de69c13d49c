"""The devices of PulseAudio or PipeWire by name, which PortAudio shows as one called `pulse`.

`pactl` lists them; libpulse reads `PULSE_SINK` and `PULSE_SOURCE` whenever a stream is opened, so
one is chosen by setting those around the opening. Without `pactl` or a server there is none.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from tui.domain.device_choice import DeviceInfo
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean

_log = logging.getLogger(__name__)

PORTAUDIO_NAME: Final = "pulse"
"""What ALSA's PulseAudio plugin is called in PortAudio's list."""
_ANSWER_S: Final = 2.0
_WORDS: Final = {
    DeviceKind.MICROPHONE: ("sources", "get-default-source", "PULSE_SOURCE"),
    DeviceKind.SPEAKER: ("sinks", "get-default-sink", "PULSE_SINK"),
}


def list_server_devices(kind: DeviceKind) -> tuple[DeviceInfo, ...]:
    """Microphones or speakers of the sound server; empty without one. Never raises."""
    if not sys.platform.startswith("linux") or shutil.which("pactl") is None:
        return ()
    plural, default_command, variable = _WORDS[kind]
    listed = _pactl("-f", "json", "list", plural)
    try:
        entries: Any = json.loads(listed) if listed else []
    except ValueError as error:
        # Some releases of pactl 16 write broken JSON for odd device names.
        _log.warning("pactl answered what is not JSON: %s", error)
        return ()
    if not isinstance(entries, list):
        return ()
    default = os.environ.get(variable) or _pactl(default_command).strip()
    found: list[DeviceInfo] = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            continue
        name = entry["name"]
        if name.endswith(".monitor"):
            continue  # what a speaker plays is no microphone
        label = clean(str(entry.get("description") or name), 80) or clean(name, 80)
        found.append(DeviceInfo(kind, name, label, name == default))
    return tuple(found)


def round_trip_s() -> float:
    """Round trip to the sound server [s], at least 0; some 50 ms of work, kept for a minute.

    `pactl info` connects, says who it is and asks: three round trips beside its own start.
    """
    return _round_trip_s(os.environ.get("PULSE_SERVER", ""), int(time.monotonic() / 60))


@lru_cache(maxsize=1)
def _round_trip_s(server: str, minute: int) -> float:
    if shutil.which("pactl") is None:
        return 0.0
    took_s = []
    for question in ("--version", "info"):
        began_s = time.monotonic()
        answered = bool(_pactl(question))
        took_s.append(time.monotonic() - began_s)
        if not answered:
            return 0.0
    round_trip_s = max(0.0, (took_s[1] - took_s[0]) / 3)
    _log.info("sound server %s: %.0f ms away in minute %d", server, round_trip_s * 1000, minute)
    return round_trip_s


def _pactl(*arguments: str) -> str:
    """What pactl prints; empty when it fails or takes too long."""
    try:
        answer = subprocess.run(
            ["pactl", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("pactl: %s", error)
        return ""
    return answer.stdout if answer.returncode == 0 else ""


@contextmanager
def chosen_for_opening(kind: DeviceKind, device_id: str) -> Iterator[None]:
    """Streams opened inside use this device of the sound server; empty: its default."""
    if not device_id:
        yield
        return
    variable = _WORDS[kind][2]
    before = os.environ.get(variable)
    os.environ[variable] = device_id
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
