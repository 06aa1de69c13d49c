"""A file that holds the keys of a call, one a line; see `tui.domain.sealing`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.sealing import MOST_CHARACTERS, MOST_KEYS
from tui.domain.text import clean

_LONGEST_BYTES: Final = 4 * (MOST_CHARACTERS + 1) * MOST_KEYS


def read_key_file(name: str) -> str:
    """What is in a key file, not checked yet.

    Raises:
        CallsError: `VALIDATION_ERROR`: it can't be read, or is empty.
    """
    shown = clean(name, 200)
    try:
        with Path(name).expanduser().open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode("utf-8", "replace")
    except (OSError, RuntimeError) as error:
        raise _bad(f"{shown} can't be read: {getattr(error, 'strerror', '') or error}") from error
    if not text.strip():
        raise _bad(f"{shown} is empty")
    return text


def _bad(problem: str) -> CallsError:
    return CallsError(
        ErrorCode.VALIDATION,
        f"key file: {problem}. Name a file that has the key in its first line.",
        field="key",
    )
