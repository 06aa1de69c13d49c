"""Textual's driver of Linux and macOS on a terminal that may go away (see `tui.screens.terminal`).

To be imported where there is `termios`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TextIO, cast

from textual import constants, events
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver as LinuxDriver
from textual.message import Message

from tui.panel.key_events import (
    EventTypeParser,
    KeyboardFlags,
    ReleasesTold,
    ReleaseSwitch,
    parsing_event_types,
)
from tui.screens.linked_driver import LinkedDriver
from tui.screens.losable_file import LosableFile, TerminalGone
from tui.terminal.answers import AnswerFilter
from tui.terminal.detect import Found
from tui.terminal.writable import writable


def wants_releases() -> bool:
    """Whether the terminal may be asked to tell when keys go up (`CELLCALL_KEYS=legacy`: no)."""
    return os.environ.get("CELLCALL_KEYS") != "legacy" and not constants.DISABLE_KITTY_KEY


class AnswerlessParser(EventTypeParser):
    """Textual's reader of keys, which late answers of the terminal do not reach."""

    late = AnswerFilter(for_s=0.0)

    def feed(self, data: str) -> Iterator[Any]:
        """Keys and the like in `data`."""
        if self.late.active:
            typed = self.late.feed(data.encode("utf-8", "surrogateescape"))
            data = typed.decode("utf-8", "surrogateescape")
            # Textual takes no text at all for the end of the input.
            return super().feed(data) if data else iter(())
        return super().feed(data)


class TerminalDriver(LinkedDriver):
    """Textual's own, but for the file, and for keys that go up."""

    found: ClassVar[Found]
    """How asking the terminal went."""
    parting_words: ClassVar[Callable[[], str]]
    """What to leave on the terminal when the shell gets it for a while."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        terminal = cast(TextIO, sys.__stderr__)  # what Textual writes to as well
        self._file: Any = LosableFile(terminal, lambda: app.post_message(TerminalGone()))
        self._typed = self.found.typed.decode("utf-8", "replace")
        if not self.found.may_ask:
            self.link.answers = False
        self._releases = ReleaseSwitch(self._say, lambda: self.send_message(ReleasesTold()))

        # A terminal may be said to be UTF-8, and be none: it has ASCII.
        encoding = terminal.encoding or "ascii"
        self._encoding = "ascii" if "utf" in encoding.lower() else encoding

    def write(self, data: str) -> None:
        """Send to the terminal, in characters it has."""
        super().write(data if self.found.profile.utf8 else writable(data, self._encoding))

    def _say(self, sequence: str) -> None:
        self.write(sequence)
        self.flush()

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()
        # Stopped again while starting in the background, it has no writer yet.
        may_ask = wants_releases() and self.found.may_ask
        if may_ask and self._writer_thread is not None and self.input_tty:
            self._releases.start()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
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
        """Leave the terminal to the shell for a while, with some words on it."""
        super().suspend_application_mode()
        if words := type(self).parting_words():
            self._file.write(f"{words}\n")
            self._file.flush()

    def run_input_thread(self) -> None:
        """Read keys until the app ends; in a thread of its own."""
        # First what was typed before there was an app.
        typed, self._typed = self._typed, ""
        for message in EventTypeParser().feed(typed.replace("\n", "\r")) if typed else ():
            self.process_message(message)
        with parsing_event_types(linux_driver):
            if not self.found.all_answered:
                AnswerlessParser.late = AnswerFilter()
                linux_driver.XTermParser = AnswerlessParser  # type: ignore[attr-defined]
            try:
                super().run_input_thread()
            except Exception as fault:
                # Textual prints it and ends the app as if all were well; so it is logged, too, and
                # the exit code tells.
                self._link_loop.call_soon_threadsafe(self._app._handle_exception, fault)

    def process_message(self, message: Message) -> None:
        """Keep back what is not for the app."""
        if isinstance(message, KeyboardFlags):
            self._releases.answered(message.flags)
            return
        if isinstance(message, events.AppBlur):
            self._releases.pause()
        elif isinstance(message, events.AppFocus):
            self._releases.resume()
        super().process_message(message)
