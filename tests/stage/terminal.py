"""A real pseudo-terminal with an emulator behind it, for programs that write marks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
MARK = re.compile(rb"\x1b\]777;([^\x07]*)\x07")
SYNC_QUERY = b"\x1b[?2026$p"


class Terminal:
    """Runs a program in a pty and feeds what it writes to pyte."""

    def __init__(self, arguments: list[str], columns: int = 80, rows: int = 24, **env: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.received = 0
        self._rest = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(ROOT)
            keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
            os.execve(
                sys.executable,
                [sys.executable, *arguments],
                keep
                | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
                | env,
            )

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, timeout_s: float) -> bytes | None:
        """What the program wrote, b"" when nothing in time, None at the end."""
        if not select.select([self.fd], [], [], timeout_s)[0]:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return None
        self.received += len(data)
        return data or None

    def run(self, on_mark: Callable[[list[str]], None], timeout_s: float) -> None:
        """Feed the emulator until the program ends; `on_mark` sees the screen at each mark."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            data = self.read(0.5)
            if data is None:
                return
            if SYNC_QUERY in data:
                os.write(self.fd, b"\x1b[?2026;2$y")
            data = self._rest + data
            at = 0
            for found in MARK.finditer(data):
                self.stream.feed(data[at : found.start()])
                at = found.end()
                on_mark(found.group(1).decode().split(";"))
            # A mark cut in two stays for the next read.
            cut = data.rfind(b"\x1b]777;", at)
            cut = len(data) if cut < 0 else cut
            self.stream.feed(data[at:cut])
            self._rest = data[cut:]
        raise TimeoutError(f"the program did not end within {timeout_s:.0f} s")

    def close(self) -> None:
        """End the program and wait for it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def cell(self, x: int, y: int) -> tuple[str, str, str]:
        """(character, foreground, background) of one cell."""
        cell = self.screen.buffer[y][x]
        return cell.data, cell.fg, cell.bg
