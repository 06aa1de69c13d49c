"""`cellcall picture`: look at a picture, a video or the test card in this terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from tui.cli.config import merged
from tui.cli.report import CommandError
from tui.cli.terminal import look_choice_of
from tui.domain.errors import ExitCode
from tui.domain.look import GlyphSet
from tui.domain.text import clean
from tui.ports.clips import Clip
from tui.ports.devices import DeviceUnavailable
from tui.terminal.detect import Found, detect
from tui.terminal.profile import TerminalProfile
from tui.terminal.tty import TerminalFiles, terminal_files

_SIZE: Final = re.compile(r"([1-9][0-9]{0,2})[xX×]([1-9][0-9]{0,2})$")
_ROWS_AT_A_PROMPT: Final = 1
"""Kept free below a picture that is printed."""


def run_picture(file: str | None, options: Mapping[str, Any]) -> int:
    """Draw or play it. Returns the exit code.

    Raises:
        CommandError: The file, the size or the place of the figures is none.
    """
    size = parse_size(options.get("size"))
    stats = options.get("stats")
    _check_stats(stats, file)
    choices = merged({name: options.get(name) for name in ("glyphs", "colours")})
    look_choice = look_choice_of(choices)
    clip = _open(file)
    files = terminal_files() if sys.stdout.isatty() else None
    found = detect(files=files, asking=files is not None)
    profile = found.profile.with_choice(look_choice)
    plays = files is not None and not options.get("still")
    if files is not None and plays and (not clip.still or options.get("loop")):
        return _play(clip, profile, files, found, options, size, is_card=file is None)
    try:
        figures = _print(clip, profile, size, crop=bool(options.get("crop")), is_card=file is None)
    except DeviceUnavailable as error:
        raise CommandError(clean(error.problem), clean(error.remedy)) from error
    finally:
        clip.close()
    if stats is not None:
        _tell_figures(stats, figures, to_error=True)
    return ExitCode.LEFT


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Columns and rows from `80x24`.

    Raises:
        CommandError: Anything else.
    """
    if text is None:
        return None
    found = _SIZE.match(text.strip())
    if not found:
        raise CommandError(
            f"size came as {clean(text, 40)}; expected columns and rows, like 80x24.",
            "Each is a number from 1 to 999.",
        )
    return int(found[1]), int(found[2])


def _check_stats(stats: str | None, file: str | None) -> None:
    """`--stats CLIP` without a file would write over the clip."""
    if stats in (None, "-"):
        return
    path = Path(stats)
    if file is None and path.exists() and path.suffix.lower() != ".json":
        raise CommandError(
            f"--stats would write over {clean(stats, 80)}.",
            f"To look at it: cellcall picture {clean(stats, 80)} --stats",
        )
    if not path.parent.is_dir():
        raise CommandError(
            f"There is no folder {clean(str(path.parent), 80)} to write figures to.",
            "Give --stats a path in a folder that exists, or - to print them.",
        )


def _open(file: str | None) -> Clip:
    if file is None:
        from tui.player.card import CardClip

        return CardClip()
    from tui.devices.clip_file import open_clip

    try:
        return open_clip(file)
    except DeviceUnavailable as error:
        raise CommandError(clean(error.problem), clean(error.remedy)) from error


def _print(
    clip: Clip, profile: TerminalProfile, size: tuple[int, int] | None, *, crop: bool, is_card: bool
) -> dict[str, Any]:
    from tui.player.still import still_lines

    began_s = time.process_time()
    columns, rows = size or _room()
    notes = _captions(columns, profile) if is_card and size is None else ()
    if notes:
        rows = max(1, rows - len(notes))
    out = sys.stdout
    if not profile.utf8 and profile.glyphs is not GlyphSet.ASCII:
        # Asked for by name: the bytes are what was asked for.
        out.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    lines = list(still_lines(clip, profile, columns, rows, crop=crop))
    for line in (*lines, *notes):
        out.write(line + "\n")
    out.flush()
    return {
        "source": clip.label,
        "rows": len(lines),
        "glyphs": str(profile.glyphs),
        "colours": str(profile.depth),
        "frames_shown": 1,
        "bytes": sum(len(line.encode()) + 1 for line in lines),
        "cpu_s": round(time.process_time() - began_s, 3),
    }


def _room() -> tuple[int, int]:
    size = shutil.get_terminal_size()
    return size.columns, max(1, size.lines - _ROWS_AT_A_PROMPT)


def _captions(columns: int, profile: TerminalProfile) -> tuple[str, ...]:
    if not profile.utf8 or columns < 20:
        return ()
    from tui.player.card import captions

    return captions(columns)


def _play(
    clip: Clip,
    profile: TerminalProfile,
    files: TerminalFiles,
    found: Found,
    options: Mapping[str, Any],
    size: tuple[int, int] | None,
    *,
    is_card: bool,
) -> int:
    from tui.player.picture import PlayerPicture
    from tui.player.player import Choices, Player

    room = os.get_terminal_size(files.write)
    notes = _captions(room.columns, profile) if is_card and room.lines >= 18 else ()
    player = Player(
        clip,
        PlayerPicture(clip, profile, crop=bool(options.get("crop")), size=size),
        files,
        found,
        Choices(
            fps=float(options.get("fps") or 30.0),
            loop=bool(options.get("loop")),
            figures=options.get("stats") == "-",
        ),
        notes,
    )
    code = int(ExitCode.LEFT)
    try:
        player.run()
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    except DeviceUnavailable as error:
        raise CommandError(clean(error.problem), clean(error.remedy)) from error
    if options.get("stats") is not None:
        _tell_figures(str(options["stats"]), player.document())
    return code


def _tell_figures(path: str, document: dict[str, Any], *, to_error: bool = False) -> None:
    text = json.dumps(document, indent=2)
    if path == "-":
        click.echo(text, err=to_error)  # where a picture went to standard output
        return
    try:
        Path(path).write_text(text + os.linesep, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"The figures can't be written to {clean(path, 80)}: {error.strerror or error}.",
            "Give --stats another path, or - to print them.",
        ) from error
