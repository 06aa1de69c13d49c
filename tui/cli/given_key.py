"""Where the key that seals a call may come from: a file, a question, the environment, the link.

Never an argument: everybody on the machine can read those in the list of processes.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from tui.cli import first_frame
from tui.cli.report import CommandError
from tui.front.key_file import read_key_file

KEY_VARIABLE: Final = "CELLCALL_SEAL_KEY"


def given_key(key_file: str | None) -> str:
    """What was given, not checked yet; empty: nothing, so the link may have one.

    Args:
        key_file: `--key-file`; `-` asks, or reads a line of standard input.

    Raises:
        CommandError: Nothing came on standard input.
        CallsError: The file can't be read, or is empty.
    """
    if key_file is None:
        return os.environ.get(KEY_VARIABLE, "")
    if key_file == "-":
        if sys.stdin.isatty():
            first_frame.take_away()
            return str(click.prompt("Key of the call", hide_input=True, err=True))
        return _first_line()
    return read_key_file(key_file)


def _first_line() -> str:
    line = sys.stdin.readline()
    if not line.strip():
        raise CommandError("No key came on standard input.", "Put the key of the call there.")
    return line
