"""One picture as lines of text, for a pipe, a file, or the terminal's own scrolling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tui.domain.look import Look
from tui.player.picture import terminal_drawing
from tui.player.place import place_for
from tui.ports.clips import Clip
from tui.terminal.profile import TerminalProfile
from tui.video.ansi import encode_rows
from tui.video.cells import raster_size


def still_lines(
    clip: Clip,
    profile: TerminalProfile,
    columns: int,
    rows: int,
    *,
    crop: bool = False,
    at_s: float = 0.0,
) -> Iterator[str]:
    """The lines of one picture, without line ends.

    Args:
        clip: Where it is from.
        profile: Of the terminal it is for.
        columns: Of the room [cells].
        rows: Of the room [cells].
        crop: Fill the room.
        at_s: Which picture [s].

    Raises:
        DeviceUnavailable: It can't be read.
    """
    look: Look = profile.look
    place = place_for(clip.width, clip.height, columns, rows, crop=crop)
    if at_s:
        clip.seek(at_s)
    picture = clip.next_picture(*raster_size(place.columns, place.rows, look), not_before_s=at_s)
    if picture is None:
        return
    drawing = terminal_drawing(look, profile)
    codes = drawing.codes_of_whole(picture.pixels)
    every = np.ones((place.rows, place.columns), np.bool_)
    for row in encode_rows(codes, every, drawing.table, look.depth):
        yield row.text
