"""A driver that counts what is written and times the terminal's answers (`tui.governor.link`).

Answers are noted where they come in, in the input thread: however busy the event loop is, the time
is right. They never reach the app, where they would be nothing. To be imported only where there is
`termios`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.governor.contention import scheduled_ns
from tui.governor.link import LOCAL_BYTES_PER_S, QUERY, REMOTE_BYTES_PER_S, Link

_LAST_ANSWER_S: Final = 1.0
"""An answer that came after the end would be typed into the shell: it is waited for."""


def new_link(environment: Mapping[str, str]) -> Link:
    """What can be known of the link beforehand, from the environment.

    tmux and screen answer for the terminal behind them, so that over SSH their answers say nothing
    of the slow part.
    """
    remote = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "MOSH_IP"))
    between = any(environment.get(name) for name in ("TMUX", "STY"))
    rate = REMOTE_BYTES_PER_S if remote else LOCAL_BYTES_PER_S
    return Link(rate, trusted=not (remote and between))


class LinkedDriver(LinuxDriver):
    """Textual's own, with a `link`."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.link = new_link(os.environ)
        self.written: Callable[[str], None] | None = None
        """Is given what goes to the terminal."""
        self._update: list[str] = []
        self._nothing_asked = threading.Event()
        self._nothing_asked.set()
        self._link_loop = asyncio.get_running_loop()

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.link.forget()
        # The delay of the link while nothing is in the way: behind the first screens it would hold
        # their time on a slow link, and a slow one be taken for a far one. A stopped start has no
        # writer.
        if self._writer_thread is not None and self.link.ping(time.monotonic(), idle=True):
            self.write(QUERY)

    def write(self, data: str) -> None:
        """Send to the terminal, and count it."""
        if data == QUERY:
            self._nothing_asked.clear()
        else:
            self.link.wrote(time.monotonic(), len(data.encode("utf-8", "replace")))
            if self.written is not None:
                self.written(data)
        self._update.append(data)
        if self._update[0] == SYNC_START and data != SYNC_END:
            return  # an update is one write, not one for each of its brackets
        super().write("".join(self._update))
        self._update.clear()

    def process_message(self, message: Message) -> None:
        """Keep back what is not for the app."""
        if isinstance(message, events.CursorPosition) and not self._nothing_asked.is_set():
            self._nothing_asked.set()
            self._link_loop.call_soon_threadsafe(self._answered, time.monotonic())
            return
        super().process_message(message)

    def _answered(self, at_s: float) -> None:
        self.link.contention.note(at_s, *scheduled_ns())
        self.link.answered(at_s)

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        lost = getattr(self._file, "lost", False)
        if not lost and self.link.answers is not False:
            self._nothing_asked.wait(_LAST_ANSWER_S)
        super().stop_application_mode()
