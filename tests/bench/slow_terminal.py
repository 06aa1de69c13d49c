"""A terminal at the end of a slow link: a pty whose output comes late, and in its turn.

What the program writes goes into a buffer of `buffer_bytes` (what ssh and the sockets on the way
hold; nobody can take it back), leaves it at `bytes_per_s` in packets, and is on the screen
`delay_s` later. Keys and the terminal's answers take `delay_s` to the program. Everything is
recorded with the moment it was on the screen; nothing is drawn while it runs.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import pty
import random
import re
import select
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import Callable

PACKET_BYTES = 1200
_QUERIES = {
    rb"\x1b\[6n": b"\x1b[1;1R",
    rb"\x1b\[5n": b"\x1b[0n",
    rb"\x1b\[\?2026\$p": b"\x1b[?2026;2$y",
    rb"\x1b\[c": b"\x1b[?62;22c",
}
_ASKED = re.compile(b"|".join(b"(%s)" % query for query in _QUERIES))
_ANSWERS = tuple(_QUERIES.values())


class SlowTerminal:
    """Runs a program behind a slow link.

    Args:
        command: The program.
        environment: Its environment.
        columns: Of the terminal.
        rows: Of the terminal.
        bytes_per_s: Of the link, towards the terminal.
        delay_s: One way.
        buffer_bytes: What the way holds before the program is kept waiting.
        jitter_s: Of each packet, on top of the delay; order is kept.
    """

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        columns: int,
        rows: int,
        *,
        bytes_per_s: float,
        delay_s: float,
        buffer_bytes: int,
        jitter_s: float = 0.0,
    ) -> None:
        self.bytes_per_s, self.delay_s, self.buffer_bytes = bytes_per_s, delay_s, buffer_bytes
        self.jitter_s = jitter_s
        self.shown: list[tuple[float, bytes]] = []
        """(monotonic seconds, bytes), as they came to the screen."""
        self.waiting: list[tuple[float, int]] = []
        """(monotonic seconds, bytes in the buffer)."""
        self._random = random.Random(7)
        self._buffer: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._free_s = 0.0
        self._last_s = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._made = 0
        self._tail = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(command[0], command, environment)
        os.set_blocking(self._fd, False)

    def press(self, key: bytes, on_sent: Callable[[float], None] = lambda _: None) -> None:
        """A key, now."""
        on_sent(time.monotonic())
        self._after(self.delay_s, lambda: self._write(key))

    def at(self, when_s: float, deed: Callable[[], None]) -> None:
        """Do something at a moment of the monotonic clock."""
        self._made += 1
        heapq.heappush(self._events, (when_s, self._made, deed))

    def run(self, until_s: float) -> None:
        """Carry bytes until that moment; raises `RuntimeError` when the program ends before."""
        while (now := time.monotonic()) < until_s:
            while self._events and self._events[0][0] <= now:
                heapq.heappop(self._events)[2]()
            self._forward(now)
            next_s = min(self._events[0][0] if self._events else until_s, until_s)
            if self._buffer:
                next_s = min(next_s, self._free_s)
            readers = [self._fd] if self._held < self.buffer_bytes else []
            ready = select.select(readers, [], [], max(0.0, min(0.02, next_s - now)))[0]
            if ready:
                self._read()

    def close(self) -> None:
        """End the program, and whatever state it is in."""
        os.kill(self.pid, signal.SIGTERM)
        until_s = time.monotonic() + 10
        while time.monotonic() < until_s and os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            try:
                os.read(self._fd, 65536)
            except OSError:
                time.sleep(0.02)
        else:
            if time.monotonic() >= until_s:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _after(self, seconds: float, deed: Callable[[], None]) -> None:
        self.at(time.monotonic() + seconds, deed)

    def _write(self, data: bytes) -> None:
        os.write(self._fd, data)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            last = b"".join(data for _, data in self.shown[-9:])[-400:]
            raise RuntimeError(f"the program ended: {last!r}")
        self._buffer.append((time.monotonic(), data))
        self._held += len(data)
        self.waiting.append((time.monotonic(), self._held))

    def _forward(self, now: float) -> None:
        """Let packets onto the link while it is free."""
        while self._buffer and self._free_s <= now:
            came_s, data = self._buffer.popleft()
            if len(data) > PACKET_BYTES:
                self._buffer.appendleft((came_s, data[PACKET_BYTES:]))
                data = data[:PACKET_BYTES]
            self._held -= len(data)
            # From when it could go, not from now: this process may have been late.
            self._free_s = max(self._free_s, came_s) + len(data) / self.bytes_per_s
            shown_s = self._free_s + self.delay_s + self._random.uniform(0, self.jitter_s)
            shown_s = self._last_s = max(shown_s, self._last_s)
            self.at(shown_s, lambda at=shown_s, data=data: self._show(at, data))

    def _show(self, at_s: float, data: bytes) -> None:
        self.shown.append((at_s, data))
        text = self._tail + data
        end = 0
        for found in _ASKED.finditer(text):
            end = found.end()
            answer = _ANSWERS[(found.lastindex or 1) - 1]
            self.at(at_s + self.delay_s, lambda answer=answer: self._write(answer))
        self._tail = text[max(end, len(text) - 12) :]
