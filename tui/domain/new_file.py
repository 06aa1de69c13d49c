"""A file a person asked for: private, never written over another, whole or not there at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tui.domain.text import clean


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read.

    Args:
        path: Where; its folder has to be there.
        content: All of it [bytes].

    Raises:
        FileExistsError: Something is there already.
        OSError, ValueError: It can't be written (`why` has the words); nothing is left of it then.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def why(error: Exception) -> str:
    """What went wrong with a file, as a person reads it."""
    return clean(getattr(error, "strerror", None) or str(error), 80)
