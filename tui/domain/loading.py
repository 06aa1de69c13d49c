"""Import much without collecting between: what is imported is not garbage."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

_YOUNG: Final = 700
"""As Python has it."""


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile, and never again of what is there at the end.

    A fifth of the time of our imports went into looking for garbage among modules. For one block of
    imports at a time, where a process of ours begins: not in a program that uses the library.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def keep_loaded() -> None:
    """Look for no garbage in what is there, and the sooner in what comes: where a process is ready.

    Whoever leaves a call leaves objects that refer to one another, and those stay until all objects
    are looked through. Most of these are what was loaded, so that it came seldom (once in six
    minutes of a call of six, with a megabyte for each minute) and stopped sound and pictures for
    long (0.04 s of CPU).
    """
    gc.freeze()
    gc.collect()  # of nothing: what has been added is counted from here
    # Python looks through all once a quarter has been added, but not before 80,000 more objects are
    # there than were, which are thirty people.
    gc.set_threshold(_YOUNG, 2, 1)
