"""Where the key that seals a call may come from: a file, a question, the environment, the link.

Never an argument: everybody on the machine can read those in the list of processes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from tui.cli.report import CommandError
from tui.domain.sealing import MOST_CHARACTERS, MOST_KEYS
from tui.domain.text import clean

KEY_VARIABLE: Final = "CELLCALL_SEAL_KEY"
_LONGEST_BYTES: Final = 4 * (MOST_CHARACTERS + 1) * MOST_KEYS


def given_key(key_file: str | None) -> str:
    """What was given, not checked yet; empty: nothing, so the link may have one.

    Args:
        key_file: `--key-file`; `-` asks, or reads a line of standard input.

    Raises:
        CommandError: The file can't be read, or is empty.
    """
    if key_file is None:
        return os.environ.get(KEY_VARIABLE, "")
    if key_file == "-":
        if sys.stdin.isatty():
            return str(click.prompt("Key of the call", hide_input=True, err=True))
        return _lines(sys.stdin.readline(), "standard input")
    return read_key_file(key_file)


def read_key_file(name: str) -> str:
    """The keys in a file, one a line.

    Raises:
        CommandError: It can't be read, or is empty.
    """
    shown = clean(name, 200)
    try:
        with Path(name).open("rb") as file:
            return _lines(file.read(_LONGEST_BYTES).decode("utf-8", "replace"), shown)
    except OSError as error:
        raise CommandError(
            f"--key-file {shown} can't be read: {error.strerror or error}.",
            "Name a file that has the key in its first line.",
        ) from error


def _lines(text: str, where: str) -> str:
    if not text.strip():
        raise CommandError(f"There is no key in {where}.", "Put the key of the call there.")
    return text
