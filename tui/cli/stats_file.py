"""`--stats`: figures of a call as JSON, written when it is over, however it ended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tui.cli.report import CommandError
from tui.front.kept_file import replace_file


def check_stats_path(path: str | None) -> None:
    """Find out before the call, not after it.

    Raises:
        CommandError: It can't be written.
    """
    if path is None or path == "-":
        return
    folder = Path(path).absolute().parent
    if os.path.isdir(path):  # a name may be too long for a path to ask
        problem = "it is a folder"
    elif not os.path.isdir(folder):
        problem = f"there is no folder {folder}"
    elif not os.access(folder, os.W_OK):
        problem = f"the folder {folder} can't be written"
    else:
        return
    raise CommandError(f"--stats {path} can't be used: {problem}.", "Name another file, or -.")


def write_stats(path: str, figures: Mapping[str, Any]) -> None:
    """Write the whole file or nothing; `-` prints. Into a pipe or a device it is written as it is.

    Raises:
        CommandError: The disk refuses, or nobody reads the pipe.
    """
    text = json.dumps(figures, indent=2) + "\n"
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            # What is renamed over /dev/null is there for every program.
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            return
        replace_file(Path(path), text, private=False)
    except OSError as error:
        raise CommandError(
            f"--stats {path} can't be written: {error.strerror or error}.", "Name another file."
        ) from error
