"""What is written to a terminal, as an asciicast that players show (asciicast v3).

The trap is a player's own terminal: a question in the recording is answered into whatever shell
runs there, and modes (mouse, keyboard, paste) stay on. So only what draws is kept: text, styles,
where the cursor goes, what is erased; every other sequence is left out.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from typing import Final, TextIO

_SEQUENCE: Final = re.compile(
    "\x1b(?:"
    r"\[(?P<arguments>[0-9;:<=>?]*[ -/]*)(?P<final>[@-~])"  # CSI (ECMA-48 5.4)
    r"|[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC (5.6)
    "|[ -/]*[0-~]"
    ")",
)
_UNFINISHED: Final = re.compile(
    r"\x1b(?:\[[0-9;:<=>?]*[ -/]*|[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*|[ -/]*)?$"
)
_MOST_UNFINISHED: Final = 4096
_FOREIGN: Final = re.compile(r"\x1b(?!\[[0-9;:]*[mHfABCDEFGdJKXLMPST@b])")
"""Something that does not draw, or is not whole."""
_DRAWS: Final = frozenset("mHfABCDEFGdJKXLMPST@b")
_MODES: Final = frozenset({"?25", "?7", "?1049", "?2026"})
"""Cursor shown, lines wrapped, the other screen, drawn at once."""


def drawing(text: str) -> tuple[str, str]:
    """What of a terminal's input draws, and the beginning of a sequence at its end."""
    rest = ""
    if _FOREIGN.search(text) is None:
        return text, ""  # nearly always, and it is a tenth of the work
    if (cut := _UNFINISHED.search(text)) is not None and cut.group():
        text, rest = text[: cut.start()], cut.group()
    return _SEQUENCE.sub(_kept, text), rest if len(rest) < _MOST_UNFINISHED else ""


def _kept(sequence: re.Match[str]) -> str:
    final, arguments = sequence["final"], sequence["arguments"] or ""
    if final in _DRAWS and (not arguments or arguments[0] not in "<=>?"):
        return sequence[0]
    if final in ("h", "l") and set(arguments.split(";")) <= _MODES:
        return sequence[0]
    return ""


class CastFile:
    """Writes one.

    Args:
        path: Must not be there yet; only its user may read it.
        size: Columns and rows of the terminal, of now.
        title: What players call it.
        clock: Monotonic seconds.

    Raises:
        OSError: It can't be written.
    """

    def __init__(
        self,
        path: str,
        size: Callable[[], tuple[int, int]],
        title: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: TextIO = os.fdopen(opened, "w", encoding="utf-8", errors="replace")
        self._size = size
        self._shown_size = columns, rows = size()
        self._clock = clock
        self._last_s = clock()
        self._rest = ""
        head = {
            "version": 3,
            "term": {"cols": columns, "rows": rows, "type": "xterm-256color"},
            "timestamp": int(time.time()),
            "title": title,
        }
        self._file.write(json.dumps(head, ensure_ascii=False) + "\n")

    def write(self, text: str) -> None:
        """Something was written to the terminal. Raises OSError."""
        kept, self._rest = drawing(self._rest + text)
        if (size := self._size()) != self._shown_size:
            self._shown_size = size
            self._event("r", f"{size[0]}x{size[1]}")
        if kept:
            self._event("o", kept)

    def close(self) -> None:
        """End it. Raises OSError. Idempotent."""
        if not self._file.closed:
            try:
                self._event("x", "0")
            finally:
                self._file.close()

    def _event(self, kind: str, data: str) -> None:
        now_s = self._clock()
        since_s, self._last_s = round(now_s - self._last_s, 4), now_s
        self._file.write(json.dumps([since_s, kind, data], ensure_ascii=False) + "\n")
