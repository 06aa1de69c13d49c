"""`cellcall film`: one film of a recorded call; before that, what a crash left is joined."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from tui.cli.report import CommandError
from tui.devices.media_file import UNREADABLE
from tui.devices.recording.film import film
from tui.devices.recording.joining import join, tracks_of
from tui.domain.errors import CallsError, ExitCode
from tui.domain.text import clean
from tui.domain.wording import duration_words

_STEPS: Final = 1000
_GIVE: Final = "Give it a file that /record made."


def run_film(recording: str, out: str | None, *, join_only: bool) -> int:
    """Make it. Returns the exit code.

    Raises:
        CommandError: It is no recording, or can't be written.
    """
    source = Path(recording)
    if not source.name:
        raise CommandError(f"{recording or 'Nothing'} is not a file.", _GIVE)
    target = Path(out) if out else source.with_name(f"{source.stem}-film.mkv")
    try:
        if os.path.isdir(tracks_of(source)):  # a name may be too long for a path to ask
            source = _join(source)
        if join_only:
            return ExitCode.LEFT
        with click.progressbar(
            length=_STEPS, label="Film", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            seconds = film(source, target, lambda done: bar.update(int(done * _STEPS) - bar.pos))
    except CallsError as error:
        raise CommandError(error.description, _GIVE) from None
    click.echo(f"{duration_words(seconds)}: {clean(str(target), 300)}")
    return ExitCode.LEFT


def _join(source: Path) -> Path:
    try:
        joined = join(source)
    except UNREADABLE as error:
        why = clean(str(error), 200)
        raise CommandError(
            f"The tracks of {clean(str(source), 200)} can't be joined: {why}.",
            "They stay where they are; make room, or move them, and try again.",
        ) from None
    if joined.problem:
        raise CommandError(joined.problem, "There is nothing to make a film of.")
    told = f"{duration_words(joined.seconds)}, {joined.tracks} tracks: {joined.path}"
    click.echo(f"Joined {clean(told, 300)}", err=True)
    return Path(joined.path)
