"""Textual's driver on a terminal that may go away, and that was asked questions before.

Closing its window must not leave a call running, or hang.

Textual hands its output to a thread that dies of the first failed write; the next thirty writes
fill its queue and the one after blocks the event loop for ever, so that no signal handler runs and
the microphone stays open. Here a failed write is swallowed and told once, and the app leaves.

What was typed while the terminal was asked is keys for the app. Answers that come after all are
none: Textual would take them apart into keys, and `r` in a colour's name raises a hand.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.driver import Driver

from tui.terminal.detect import Found


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
        from tui.screens.linux_terminal import LinuxDriver, TerminalDriver
    except ImportError:  # no termios
        return driver_class
    if driver_class is not LinuxDriver:
        return driver_class
    known = {"found": found, "parting_words": staticmethod(parting_words)}
    return type("TerminalDriver", (TerminalDriver,), known)
