"""What a guest's program writes to and is typed into: a pseudo-terminal, or pipes without one.

Read only when the guest's client takes more (`copy_out`), so that a slow line slows the program
down, and it can measure what the line carries; nothing is kept for later.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Awaitable, Callable
from typing import Final

_AT_ONCE_BYTES: Final = 16_384
_MOST_CELLS: Final = 1_000
"""Columns or rows: a client may say anything."""
_END_OF_INPUT: Final = b"\x04"


class GuestTerminal:
    """Both ends of a program's input and output.

    Args:
        size: Columns and rows; None: pipes.
    """

    def __init__(self, size: tuple[int, int] | None) -> None:
        self._is_pty = size is not None
        if size is None:
            self.program_in, self._input = os.pipe()
            self._output, self.program_out = os.pipe()
            self._ours = {self._input, self._output}
        else:
            self._output, self.program_out = pty.openpty()
            self.program_in, self._input = self.program_out, self._output
            self._ours = {self._output}
            self.resize(*size)
        for descriptor in self._ours:
            os.set_blocking(descriptor, False)

    def begun(self) -> None:
        """The program has its ends: ours of them are closed, or its end would not be seen."""
        for descriptor in {self.program_in, self.program_out}:
            os.close(descriptor)

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the system tells the program."""
        if not self._is_pty or self._output not in self._ours:
            return
        columns, rows = (
            min(given, _MOST_CELLS) if given > 0 else usual
            for given, usual in ((columns, 80), (rows, 24))
        )
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._output, termios.TIOCSWINSZ, size)

    async def copy_out(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Give `send` what the program writes, until it ends; each piece once the last is taken."""
        loop = asyncio.get_running_loop()
        while True:
            await _ready(self._output, loop.add_reader, loop.remove_reader)
            try:
                data = os.read(self._output, _AT_ONCE_BYTES)
            except OSError:  # how Linux says that nobody has a pseudo-terminal open any more
                return
            if not data:
                return
            await send(data)

    async def type(self, data: bytes) -> None:
        """Give the program what was typed. Raises `OSError` when it takes no more."""
        loop = asyncio.get_running_loop()
        while data:
            try:
                data = data[os.write(self._input, data) :]
            except BlockingIOError:
                await _ready(self._input, loop.add_writer, loop.remove_writer)

    async def end_input(self) -> None:
        """Nothing more will be typed. Raises `OSError` as `type`."""
        if self._is_pty:
            await self.type(_END_OF_INPUT)
        else:
            self._close(self._input)

    def close(self) -> None:
        """Close what is ours. Idempotent."""
        for descriptor in list(self._ours):
            self._close(descriptor)

    def _close(self, descriptor: int) -> None:
        if descriptor in self._ours:
            self._ours.discard(descriptor)
            os.close(descriptor)


async def _ready(
    descriptor: int,
    add: Callable[[int, Callable[[], None]], None],
    remove: Callable[[int], bool],
) -> None:
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)
