"""Textual's driver on a terminal that may go away, and that was asked questions before.

Closing its window must not leave a call running, or hang.

Textual hands its output to a thread that dies of the first failed write; the next thirty writes
fill its queue and the one after blocks the event loop for ever, so that no signal handler runs and
the microphone stays open. Here a failed write is swallowed and told once, and the app leaves.

What was typed while the terminal was asked is keys for the app. Answers that come after all are
none: Textual would take them apart into keys, and `r` in a colour's name raises a hand.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TextIO, cast

from textual import constants, events
from textual.app import App
from textual.driver import Driver
from textual.message import Message

from tui.panel.key_events import (
    EventTypeParser,
    KeyboardFlags,
    ReleasesTold,
    ReleaseSwitch,
    parsing_event_types,
)
from tui.screens.linked_driver import linked
from tui.terminal.answers import AnswerFilter
from tui.terminal.detect import Found

if TYPE_CHECKING:
    from textual.drivers.linux_driver import LinuxDriver


class TerminalGone(Message):
    """Nothing written arrives any more."""


class LosableFile:
    """A terminal as a file; after the first failure it takes everything and does nothing.

    Args:
        file: The terminal.
        on_lost: Called once, from the writing thread.
    """

    def __init__(self, file: TextIO, on_lost: Callable[[], object]) -> None:
        self._file = file
        self._on_lost = on_lost
        self.lost = False

    def write(self, text: str) -> None:
        """Write, or do nothing."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Flush, or do nothing."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is one."""
        return self._file.isatty()

    def _try(self, deed: Callable[[], object]) -> None:
        if self.lost:
            return
        try:
            deed()
        except (OSError, ValueError):  # EIO after a hang-up; ValueError when closed
            self.lost = True
            self._on_lost()


def wants_releases() -> bool:
    """Whether the terminal may be asked to tell when keys go up (`CELLCALL_KEYS=legacy`: no)."""
    return os.environ.get("CELLCALL_KEYS") != "legacy" and not constants.DISABLE_KITTY_KEY


class AnswerlessParser(EventTypeParser):
    """Textual's reader of keys, which late answers of the terminal do not reach."""

    late = AnswerFilter(for_s=0.0)

    def feed(self, data: str) -> Iterable[Message]:
        """Keys and the like in `data`."""
        if self.late.active:
            typed = self.late.feed(data.encode("utf-8", "surrogateescape"))
            data = typed.decode("utf-8", "surrogateescape")
            # Textual takes no text at all for the end of the input.
            return super().feed(data) if data else ()
        return super().feed(data)


def losable(
    driver_class: type[Driver], found: Found, parting_words: Callable[[], str] = lambda: ""
) -> type[Driver]:
    """`driver_class`, writing to a file that may get lost; other than Linux and macOS as it is.

    Args:
        driver_class: Textual's choice.
        found: How asking the terminal went.
        parting_words: What to leave on the terminal when the shell gets it for a while.
    """
    try:
        from textual.drivers.linux_driver import LinuxDriver
    except ImportError:  # no termios
        return driver_class
    if driver_class is not LinuxDriver:
        return driver_class
    return _losable_linux(linked(LinuxDriver), found, parting_words)


def _losable_linux(
    base: type[LinuxDriver], found: Found, parting_words: Callable[[], str]
) -> type[Driver]:
    class TerminalDriver(base):  # type: ignore[misc, valid-type]
        """Textual's own, but for the file, and for keys that go up."""

        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            terminal = cast(TextIO, sys.__stderr__)  # what Textual writes to as well
            self._file: Any = LosableFile(terminal, lambda: app.post_message(TerminalGone()))
            self._typed = found.typed.decode("utf-8", "replace")
            self._releases = ReleaseSwitch(self._say, lambda: self.send_message(ReleasesTold()))

        def _say(self, sequence: str) -> None:
            self.write(sequence)
            self.flush()

        def start_application_mode(self) -> None:
            super().start_application_mode()
            # Stopped again while starting in the background, it has no writer yet.
            if wants_releases() and self._writer_thread is not None and self.input_tty:
                self._releases.start()

        def stop_application_mode(self) -> None:
            if self._writer_thread is not None:
                self._releases.stop()
            super().stop_application_mode()

        def _sigtstp_application(self, *_: object) -> None:
            if self._auto_restart:
                self.suspend_application_mode()
                self._must_signal_resume = True
            # Textual stops its own process. A parent that waits for it, such as `uv run`, must
            # stop with it (but not before the terminal is as the shell wants it), or the shell
            # would never come back.
            os.killpg(os.getpgrp(), signal.SIGSTOP)

        def _sigcont_application(self, *_: object) -> None:
            # It comes beside SIGHUP, too, when the terminal is closed. Textual would begin anew
            # whatever it was at, and its second reader of keys would keep an app that ends alive.
            if self._must_signal_resume:
                super()._sigcont_application()

        def suspend_application_mode(self) -> None:
            super().suspend_application_mode()
            if words := parting_words():
                self._file.write(f"{words}\n")
                self._file.flush()

        def run_input_thread(self) -> None:
            from textual.drivers import linux_driver

            # First what was typed before there was an app.
            typed, self._typed = self._typed, ""
            for message in EventTypeParser().feed(typed.replace("\n", "\r")) if typed else ():
                self.process_message(message)
            with parsing_event_types(linux_driver):
                if not found.all_answered:
                    AnswerlessParser.late = AnswerFilter()
                    linux_driver.XTermParser = AnswerlessParser  # type: ignore[attr-defined]
                super().run_input_thread()

        def process_message(self, message: Message) -> None:
            if isinstance(message, KeyboardFlags):
                self._releases.answered(message.flags)
                return
            if isinstance(message, events.AppBlur):
                self._releases.pause()
            elif isinstance(message, events.AppFocus):
                self._releases.resume()
            super().process_message(message)

    return TerminalDriver
