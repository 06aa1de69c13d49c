"""A terminal read key by key, and given back as it was: whatever happens in between.

The trap: a signal whose default is to end the process runs no `finally`, and leaves the person
with a shell that shows nothing they type. So these are caught while the terminal is changed, and
sent again when it is as before.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from types import FrameType
from typing import Final

from tui.domain.frozen import dataclass
from tui.terminal.answers import Answers, parse_answers

ANSWER_S: Final = 0.2
"""A terminal on this machine answers within a few milliseconds; a mute one costs this."""
ANSWER_SSH_S: Final = 1.0
RESTORE_S: Final = 0.5
_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True, slots=True)
class TerminalFiles:
    """Descriptors of one terminal."""

    read: int
    write: int


def terminal_files() -> TerminalFiles | None:
    """The terminal on standard input and output (or error); None without one, or in background."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if not sys.stdin.isatty():
            return None
        for stream in (sys.stdout, sys.__stderr__):
            if stream is not None and stream.isatty():
                read = sys.stdin.fileno()
                # Changing a terminal from the background stops the process.
                if os.tcgetpgrp(read) == os.getpgrp():
                    return TerminalFiles(read, stream.fileno())
    return None


@contextlib.contextmanager
def key_by_key(descriptor: int, *, restore: bytes = b"", write: int = -1) -> Iterator[None]:
    """No echo, no waiting for Enter, Control C still a signal; afterwards as before.

    Args:
        descriptor: The terminal.
        restore: Written in the end, too, however it ends.
        write: Where `restore` goes; `descriptor` when negative.

    Raises:
        termios.error: It is no terminal.
    """
    before = termios.tcgetattr(descriptor)
    done = False

    def give_back() -> None:
        nonlocal done
        if done:
            return
        done = True
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
        if restore:
            out = write if write >= 0 else descriptor
            # A terminal that is held up, by Control S for one, must not hold up the end.
            with contextlib.suppress(OSError):
                _write_all(out, restore, RESTORE_S)

    with _ending_signals_after(give_back):
        try:
            # TCSAFLUSH would throw away what was typed, TCSADRAIN wait for a held-up terminal.
            tty.setcbreak(descriptor, termios.TCSANOW)
            yield
        finally:
            give_back()


@contextlib.contextmanager
def _ending_signals_after(deed: object) -> Iterator[None]:
    """Do `deed` before a signal ends the process. Only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ended(number: int, _frame: FrameType | None) -> None:
        if callable(deed):
            deed()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    replaced = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in replaced:
        signal.signal(number, ended)
    try:
        yield
    finally:
        for number in replaced:
            if signal.getsignal(number) is ended:
                signal.signal(number, signal.SIG_DFL)


def ask(files: TerminalFiles, questions: bytes, wait_s: float) -> Answers:
    """Put the questions and wait for the last answer. The terminal must be in `key_by_key`.

    Args:
        files: The terminal.
        questions: See `tui.terminal.questions`.
        wait_s: Without an answer for this long, there are none to come [s].
    """
    try:
        _write_all(files.write, questions, wait_s)
    except OSError:
        return Answers()
    data = b""
    answers = Answers()
    # Answers that keep coming are waited for, but not for ever.
    last_s = time.monotonic() + 3 * wait_s
    until_s = time.monotonic() + wait_s
    while not answers.complete:
        left_s = min(until_s, last_s) - time.monotonic()
        if left_s <= 0 or not select.select([files.read], [], [], left_s)[0]:
            break
        try:
            more = os.read(files.read, 4096)
        except OSError:
            break
        if not more:
            break
        data += more
        had = answers.any
        answers = parse_answers(data)
        if answers.any or had:
            until_s = time.monotonic() + wait_s
    return answers


def _write_all(descriptor: int, data: bytes, wait_s: float) -> None:
    """A terminal that takes nothing is not waited for."""
    until_s = time.monotonic() + wait_s
    while data:
        ready = select.select([], [descriptor], [], max(0.0, until_s - time.monotonic()))[1]
        if not ready:
            raise OSError("the terminal takes no output")
        data = data[os.write(descriptor, data[:512]) :]
