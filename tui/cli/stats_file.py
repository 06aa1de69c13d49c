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
    if Path(path).is_dir():
        problem = "it is a folder"
    elif not folder.is_dir():
        problem = f"there is no folder {folder}"
    elif not os.access(folder, os.W_OK):
        problem = f"the folder {folder} can't be written"
    else:
        return
    raise CommandError(f"--stats {path} can't be used: {problem}.", "Name another file, or -.")


def write_stats(path: str, figures: Mapping[str, Any]) -> None:
    """Write the whole file or nothing; `-` prints.

    Raises:
        CommandError: The disk refuses.
    """
    text = json.dumps(figures, indent=2) + "\n"
    if path == "-":
        click.echo(text, nl=False)
        return
    try:
        replace_file(Path(path), text, private=False)
    except OSError as error:
        raise CommandError(
            f"--stats {path} can't be written: {error.strerror or error}.", "Name another file."
        ) from error
