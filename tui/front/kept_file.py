"""A small file that is wholly there or not at all, whoever is killed while it is written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, text: str, *, private: bool = True) -> None:
    """Write `text` in place of what the file holds; its folder must be there.

    Args:
        path: Of the file.
        text: All of it.
        private: No other user may read it, not even for a moment while it is written.

    Raises:
        OSError: It can't be written; the old file is as it was.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(
            fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666
        )
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def private_folder(path: Path) -> Path:
    """The folder, made for this user alone where there is none. Raises `OSError`."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
