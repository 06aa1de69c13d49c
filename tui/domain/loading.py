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
        gc.freeze()
        if collecting:
            gc.enable()
