"""Hears of microphones and speakers that come, go, or become the default one.

`pactl subscribe` says so at once, for PulseAudio and PipeWire alike; polling would start a program
every second. PortAudio itself never looks again while a stream is open. Where there is no `pactl`
nothing is heard, and only a device that fails is noticed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

_log = logging.getLogger(__name__)

_AGAIN_S: Final = 2.0
"""How soon to ask again for a sound server that is away."""
_REFUSED_S: Final = 0.5
"""A program that still listens after this time was not refused by the sound server."""
_WORDS: Final = ("on sink #", "on source #", "on server")


class SoundChanges:
    """A thread that listens to the sound server until closed.

    Args:
        changed: Called from the thread, at once and possibly often; also when the server comes.
    """

    def __init__(self, changed: Callable[[], None]):
        self._changed = changed
        self._closing = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._was_away = False
        self._thread: threading.Thread | None = None
        if sys.platform.startswith("linux") and shutil.which("pactl") is not None:
            self._thread = threading.Thread(target=self._run, name="sound changes", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(OSError):
                self._listen()
            self._closing.wait(_AGAIN_S)

    def _listen(self) -> None:
        with self._lock:
            if self._closing.is_set():
                return
            process = self._process = subprocess.Popen(
                ["pactl", "subscribe"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        assert process.stdout is not None
        with process:
            if self._was_away:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_REFUSED_S)
                    return
                self._was_away = False
                self._changed()
            for line in process.stdout:
                if any(word in line for word in _WORDS):
                    self._changed()
        self._was_away = True
        if not self._closing.is_set():
            self._changed()

    def close(self) -> None:
        """Stop listening. Idempotent."""
        self._closing.set()
        with self._lock:
            process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        if self._thread is not None:
            self._thread.join(2)
