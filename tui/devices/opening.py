"""Opening what may never answer: a sound server that is silent, a camera whose driver hangs.

Neither PortAudio nor FFmpeg has a time limit, and no thread can be stopped. So each opening has a
thread of its own, which the end of the process does not wait for; who asked gets an answer in time,
and what opens after all is closed again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

from tui.ports.devices import DeviceUnavailable

Opened = TypeVar("Opened")

OPENS_WITHIN_S: Final = 4.0
"""A sound server over a slow line needs one; a camera's driver three."""


def open_within(
    open_it: Callable[[], Opened],
    close_it: Callable[[Opened], object],
    *,
    silent: DeviceUnavailable,
    within_s: float = OPENS_WITHIN_S,
) -> Opened:
    """What `open_it` answers, or raises, within so long.

    Args:
        open_it: Called in a thread of its own.
        close_it: Called in that thread with what came too late.
        silent: Raised when nothing came.
        within_s: How long to wait.

    Raises:
        DeviceUnavailable: As `open_it`, or `silent`.
    """
    turn = threading.Lock()
    done = threading.Event()
    answers: list[Opened] = []
    faults: list[BaseException] = []
    given_up = False

    def work() -> None:
        try:
            opened = open_it()
        except BaseException as fault:
            faults.append(fault)
            done.set()
            return
        with turn:
            if not given_up:
                answers.append(opened)
                done.set()
                return
        close_it(opened)

    threading.Thread(target=work, name="opens a device", daemon=True).start()
    done.wait(within_s)
    with turn:
        given_up = not answers
    if answers:
        return answers[0]
    raise faults[0] if faults else silent
