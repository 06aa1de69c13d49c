"""Bytes of the keyboard to names of keys: those the player knows; everything else is nothing."""

from __future__ import annotations

import re
from typing import Final

PONG: Final = "pong"
"""Not a key: the terminal's answer to `PING`."""
PING: Final = b"\x1b[5n"
"""DSR: are you well? Every terminal answers `CSI 0 n` once it has drawn all before it."""
ESCAPE_S: Final = 0.1
"""ESC with nothing after it for so long is the Escape key [s]."""

_SEQUENCE: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b\[O]")
_NAMES: Final = {
    b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left",
    b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right", b"\x1bOD": "left",
    b"\x1b[H": "home", b"\x1b[F": "end", b"\x1b[1~": "home", b"\x1b[4~": "end",
    b"\x1bOH": "home", b"\x1bOF": "end",
    b"\x1b[0n": PONG,
    b" ": "space", b"\x0c": "redraw", b"\x1b": "escape",
}  # fmt: skip


class KeyReader:
    """Keeps the beginning of a sequence until the rest comes."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def waiting(self) -> bool:
        """Something began that is not finished: call `flush` after `ESCAPE_S`."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """Names of the keys in `data`; letters in lower case."""
        data = self._rest + data
        self._rest = b""
        names: list[str] = []
        at = 0
        while at < len(data):
            if data[at] != 0x1B:
                names.append(_name(data[at : at + 1]))
                at += 1
                continue
            found = _SEQUENCE.match(data, at)
            if found is None:
                if data[at + 1 : at + 2] == b"\x1b":
                    names.append("escape")
                    at += 1
                    continue
                self._rest = data[at:]
                break
            names.append(_NAMES.get(found[0], ""))
            at = found.end()
        return [name for name in names if name]

    def flush(self) -> list[str]:
        """Nothing more came: what is kept was the Escape key, or nothing."""
        rest, self._rest = self._rest, b""
        return ["escape"] if rest == b"\x1b" else []


def _name(byte: bytes) -> str:
    if byte in _NAMES:
        return _NAMES[byte]
    return byte.decode("ascii").lower() if b"!" <= byte <= b"~" else ""
