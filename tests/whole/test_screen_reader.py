"""A screen reader for terminals beside the app in its accessible profile (ux 3.2, A11Y-08).

tdsr speaks whatever is written to the terminal. It is run as a person runs it, with a program in
place of the voice that keeps what it is given.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest

from tests.cli.on_a_terminal import OnTerminal
from tests.whole.program import CELLCALL, environment

TDSR = os.environ.get("CELLCALL_TDSR", "")
pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not TDSR, reason="no tdsr: CELLCALL_TDSR names a folder with its package"),
]

IDLE_S = 20.0
"""A third of the minute in which two utterances are allowed."""
_QUIET_S = 4.0


class Listener(OnTerminal):
    """Hears what tdsr says of the demo, and sees what is on the screen."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "said"
        self._said.touch()
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        voice = f"sh -c {shlex.quote(f'exec cat >> {shlex.quote(str(self._said))}')}"
        program = [*CELLCALL, "demo", "--a11y", "--quality", "audio", "--speaker", "null"]
        program += ["--microphone", "test:silence", "--camera", "none"]
        reader = [sys.executable, "-c", "import tdsr; tdsr.main()", "-s", voice, "--"]
        # It takes the terminal's modes as it finds them; a shell's line editor leaves them raw.
        shell = shutil.which("sh") or "/bin/sh"
        command = f"stty raw -echo; exec {shlex.join([*reader, shlex.join(program)])}"
        places = environment(folder, HOME=str(folder), TERM="xterm-256color")
        places["PYTHONPATH"] += os.pathsep + TDSR
        (folder / ".config" / "tdsr").mkdir(parents=True)
        super().__init__([shell, "-c", command], places)

    def came(self, data: bytes) -> None:
        super().came(data)
        self._stream.feed(data)

    def said(self) -> list[str]:
        """Every utterance so far."""
        lines = self._said.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line[1:].strip() for line in lines if line.startswith("s") and line[1:].strip()]

    def wait(self, seconds: float) -> None:
        """See to the terminal for so long."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            assert self.read(min(left_s, 0.1)), self.said()

    def hears(self, holds: Callable[[str], bool], what: str) -> None:
        self.until(lambda: holds("\n".join(self.said())), what)

    def silence(self) -> list[str]:
        """What was said when nothing more is: for some seconds nothing new."""
        said = self.said()
        while True:
            self.wait(_QUIET_S)
            if len(now := self.said()) == len(said):
                return now
            said = now


def test_a_screen_reader_is_silent_while_nothing_happens_and_reads_help_once(
    tmp_path: Path,
) -> None:
    listener = Listener(tmp_path)
    try:
        listener.hears(lambda said: "Joined Demo." in said and "Speaking: Robot" in said, "a call")
        before = listener.silence()
        listener.wait(IDLE_S)
        spoken = listener.said()[len(before) :]
        assert len(spoken) <= 1, spoken

        before = listener.silence()
        listener.type(b"?")
        listener.hears(lambda said: "Esc closes" in said.split("\n".join(before))[-1], "the help")
        helped = "\n".join(listener.silence()[len(before) :])
        lines = [line.strip() for line in listener.screen.display if line.strip()]
        assert len(lines) > 10
        for line in lines:
            if sum(line in other for other in lines) == 1:
                assert helped.count(line) == 1, line
    finally:
        listener.close()
