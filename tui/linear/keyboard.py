"""Where lines come from: a terminal in cbreak mode with our own echo, or a pipe as it is.

Only a terminal can tell that a line is half typed, so only there lines are held back. Control C
is read as a key (its signal is switched off), because the signal would also reach the engine;
Control Z still suspends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import termios
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from tui.linear.line_editor import EndOfLineInput, InputClosed, Interrupt, LineEditor, Typed

ESCAPE_S: Final = 0.1
"""The rest of another key's sequence follows its Escape within this time."""
_LINES_AHEAD: Final = 200
"""Lines typed or piped before the ones in front are done; then reading pauses."""


class Keyboard(Protocol):
    """Typed lines, one after the other."""

    interactive: bool
    """A person sits there, so questions make sense."""

    def start(
        self,
        echo: Callable[[str], None],
        on_key: Callable[..., None],
    ) -> None:
        """Begin. `echo(text)` shows typing; `on_key(line_is_empty=...)` follows every key."""

    async def read(self) -> Typed:
        """The next line or wish. After `InputClosed` it answers `InputClosed` for ever."""

    def hide(self, *, hidden: bool) -> None:
        """Echo nothing while a secret is typed."""

    def close(self) -> None:
        """Give the terminal back as it was. Idempotent."""


class StdinKeyboard:
    """The real one.

    Args:
        descriptor: File descriptor to read.
        cooked: Leave the terminal's own line editing on (`TERM=dumb`, Emacs): then nobody can
            know that a line is half typed, and nothing is held back.
    """

    def __init__(self, descriptor: int = 0, *, cooked: bool = False):
        self._descriptor = descriptor
        self.interactive = os.isatty(descriptor)
        self._cooked = cooked or not self.interactive
        self._editor = LineEditor()
        self._typed: deque[Typed] = deque()
        self._arrived = asyncio.Event()
        self._on_key: Callable[..., None] = lambda **_: None
        self._resting: asyncio.TimerHandle | None = None
        self._before: list[int | list[bytes | int]] | None = None
        self._watching = False
        self._polled = False
        self._ended = False

    def start(self, echo: Callable[[str], None], on_key: Callable[..., None]) -> None:
        """See `Keyboard.start`."""
        self._on_key = on_key
        if self.interactive:
            self._before = termios.tcgetattr(self._descriptor)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        if not self._cooked:
            self._editor = LineEditor(echo)
            self._raw()
            # After Control Z the shell has set the terminal its own way: set it again.
            loop.add_signal_handler(signal.SIGCONT, self._raw)
        self._watch()

    def _raw(self) -> None:
        mode = termios.tcgetattr(self._descriptor)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        mode[6][termios.VINTR] = b"\0"
        termios.tcsetattr(self._descriptor, termios.TCSANOW, mode)

    async def read(self) -> Typed:
        """See `Keyboard.read`."""
        while not self._typed:
            if self._ended:
                return InputClosed()
            if self._polled:
                self._readable()
                continue
            self._arrived.clear()
            await self._arrived.wait()
        typed = self._typed.popleft()
        if not self._ended and len(self._typed) < _LINES_AHEAD:
            self._watch()
        return typed

    def hide(self, *, hidden: bool) -> None:
        """See `Keyboard.hide`."""
        self._editor.hidden = hidden
        if self.interactive and self._cooked:
            mode = termios.tcgetattr(self._descriptor)
            mode[3] = mode[3] & ~termios.ECHO if hidden else mode[3] | termios.ECHO
            termios.tcsetattr(self._descriptor, termios.TCSANOW, mode)

    def close(self) -> None:
        """See `Keyboard.close`."""
        self._unwatch()
        loop = asyncio.get_running_loop()
        loop.remove_signal_handler(signal.SIGINT)
        if not self._cooked:
            loop.remove_signal_handler(signal.SIGCONT)
        if self._before is not None:
            # A terminal that hung up has no settings to restore.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
            self._before = None

    def _watch(self) -> None:
        if self._watching or self._polled:
            return
        try:
            asyncio.get_running_loop().add_reader(self._descriptor, self._readable)
            self._watching = True
        except PermissionError:
            # A regular file is always readable; epoll refuses to watch it.
            self._polled = True

    def _unwatch(self) -> None:
        if self._watching:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._watching = False

    def _interrupted(self) -> None:
        self._put([Interrupt()])

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        except OSError:
            # EIO: the terminal hung up.
            data = b""
        if not data and self._still_there():
            self._put([EndOfLineInput()])
            return
        if self._resting is not None:
            self._resting.cancel()
        self._put(self._editor.feed(data))
        if self._editor.escaped:
            loop = asyncio.get_running_loop()
            self._resting = loop.call_later(ESCAPE_S, self._editor.rest)
        if not self._cooked:
            self._on_key(line_is_empty=self._editor.empty)

    def _still_there(self) -> bool:
        """Whether an empty read was Control D at a cooked terminal, not its end."""
        if not (self.interactive and self._cooked):
            return False
        try:
            termios.tcgetattr(self._descriptor)
        except termios.error:
            return False
        return True

    def _put(self, typed: list[Typed]) -> None:
        self._typed.extend(typed)
        if any(isinstance(one, InputClosed) for one in typed):
            self._typed.remove(InputClosed())
            self._ended = True
        if self._ended or len(self._typed) >= _LINES_AHEAD:
            self._unwatch()
        if self._typed or self._ended:
            self._arrived.set()
