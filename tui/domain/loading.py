"""Import much without collecting between: what is imported is not garbage."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


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
        keep_loaded()
        if collecting:
            gc.enable()


def keep_loaded() -> None:
    """Look for no garbage, from now on, in what is there: where a process of ours is ready.

    What it has loaded is most of its objects. Looking through them stops sound and pictures for
    0.04 s of CPU each time, and happens once a quarter as many have come: of people who left, a
    server that runs for long would keep dozens.
    """
    gc.freeze()
