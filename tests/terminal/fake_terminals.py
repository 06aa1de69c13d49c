"""Terminals for tests: a pty whose other end answers questions as this or that one would."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import threading
import tty
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tui.terminal.questions import (
    ASK_DA1,
    ASK_DA2,
    ASK_KITTY,
    ASK_RGB,
    ASK_SGR,
    ASK_SYNC,
    ASK_VERSION,
)
from tui.terminal.tty import TerminalFiles

PALETTE = tuple((number * 17, 255 - number * 17, 7) for number in range(16))
_TOKEN = re.compile(
    rb"\x1bP[^\x1b]*\x1b\\|\x1b_[^\x1b]*\x1b\\|\x1b\][^\x1b]*\x1b\\"
    rb"|\x1b\[[<=>?]?[0-9;]*[ -/]*[@-~]|\x1b[0-9A-Za-z]|[\x80-\xff]+|."
)


@dataclass
class Behaviour:
    """How a terminal answers; no entry, no answer."""

    answers: Mapping[bytes, bytes] = field(default_factory=dict)
    widths: tuple[int, int, int] | None = (1, 1, 1)
    """Columns of a block, a sextant, an octant; None: no cursor reports."""
    repeats: bool = True
    colours: bool = False
    typed: bytes = b""
    """Keys somebody presses in the middle of it."""
    byte_by_byte: bool = False


KITTY = Behaviour(
    {
        ASK_DA2: b"\x1b[>1;4000;41c",
        ASK_VERSION: b"\x1bP>|kitty(0.40.1)\x1b\\",
        ASK_SYNC: b"\x1b[?2026;2$y",
        ASK_SGR: b"\x1bP1$r48:2:1:2:3m\x1b\\",
        ASK_RGB: b"\x1bP1+r524742=38\x1b\\\x1bP0+r\x1b\\",
        ASK_KITTY: b"\x1b_Gi=31;OK\x1b\\",
        ASK_DA1: b"\x1b[?62;52c",
    },
    colours=True,
)
XTERM = Behaviour(
    {
        ASK_DA2: b"\x1b[>41;379;0c",
        ASK_VERSION: b"\x1bP>|XTerm(379)\x1b\\",
        ASK_SYNC: b"\x1b[?2026;0$y",
        ASK_SGR: b"\x1bP1$r0;48:2::1:2:3m\x1b\\",
        ASK_DA1: b"\x1b[?64;1;2;4;6;9;15;16;17;18;21;22;28c",
    },
    colours=True,
)
TMUX = Behaviour(
    {
        ASK_DA2: b"\x1b[>84;0;0c",
        ASK_VERSION: b"\x1bP>|tmux 3.3a\x1b\\",
        ASK_DA1: b"\x1b[?1;2c",
    },
    widths=(1, 1, 0),
)
VTE = Behaviour({ASK_DA2: b"\x1b[>65;7006;1c", ASK_DA1: b"\x1b[?65;1;9c"}, repeats=True)
ONLY_DA1 = Behaviour({ASK_DA1: b"\x1b[?1;2c"}, widths=None)
LATIN_1 = Behaviour({ASK_DA1: b"\x1b[?1;2c"}, widths=(3, 4, 4), repeats=False)
WIDE = Behaviour({ASK_DA1: b"\x1b[?62;4c"}, widths=(2, 2, 2), repeats=False)
MUTE = Behaviour(widths=None)
GARBAGE = Behaviour({ASK_DA2: b"\x1b[>junk\x1b[99999999999999;1R\xff\xfe\x1bP1$r"}, widths=None)


class FakeTerminal:
    """One end of a pty with `Behaviour`; `files` is the other, for the code under test."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(self._master)
        self.files = TerminalFiles(slave, slave)
        self._behaviour = behaviour
        self._column = 1
        self._saved = 1
        self._last = 0
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def column(self) -> int:
        """Where the cursor is; 1 when the questions left no trace."""
        return self._column

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def _serve(self) -> None:
        data = b""
        while True:
            ready = select.select([self._master, self._stop], [], [])[0]
            if self._stop in ready:
                return
            data += os.read(self._master, 4096)
            at = 0
            for match in _TOKEN.finditer(data):
                if match[0] == b"\x1b":  # the rest comes later
                    break
                at = match.end()
                self._act(match[0])
            data = data[at:]

    def _act(self, token: bytes) -> None:
        how = self._behaviour
        if token[0] >= 0x80:
            for character in token.decode():
                width = {"▀": 0, "\U0001fb00": 1, "\U0001cd00": 2}[character]
                self._last = how.widths[width] if how.widths else 1
                self._column += self._last
        elif token == b"\x1b[b":
            self._column += self._last if how.repeats else 0
        elif token == b"\x1b7":
            self._saved = self._column
        elif token == b"\x1b8":
            self._column = self._saved
        elif token == b"\x1b[6n":
            if how.widths:
                self._answer(b"\x1b[5;%dR" % self._column)
        elif token == b"\x1b[48;2;1;2;3m":
            pass
        elif token == ASK_SGR.split(b"m", 1)[1].removesuffix(b"\x1b[0m"):
            self._answer(how.answers.get(ASK_SGR, b""))
        elif found := re.match(rb"\x1b\]4;(\d+);\?", token):
            if how.colours:
                r, g, b = PALETTE[int(found[1])]
                spelt = b"rgb:%02x%02x/%02x%02x/%02x%02x" % (r, r, g, g, b, b)
                self._answer(b"\x1b]4;%d;%s\x1b\\" % (int(found[1]), spelt))
        elif found := re.match(rb"\x1b\](1[01]);\?", token):
            if how.colours:
                self._answer(b"\x1b]%s;#102030\x07" % found[1])
        else:
            if token == ASK_DA1:
                self._answer(how.typed)
            self._answer(how.answers.get(token, b""))

    def _answer(self, data: bytes) -> None:
        step = 1 if self._behaviour.byte_by_byte else max(1, len(data))
        for at in range(0, len(data), step):
            os.write(self._master, data[at : at + step])

    def close(self) -> None:
        os.write(self._stopping, b".")
        self._thread.join()
        for descriptor in (self._master, self.files.read, self._stop, self._stopping):
            os.close(descriptor)


@contextlib.contextmanager
def fake_terminal(behaviour: Behaviour) -> Iterator[FakeTerminal]:
    terminal = FakeTerminal(behaviour)
    try:
        yield terminal
    finally:
        terminal.close()
