"""The picture on the screen: which part of it, which glyphs and colours, what to write."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.player.place import Place, place_for
from tui.ports.clips import Clip, ClipPicture
from tui.terminal.profile import TerminalProfile
from tui.video.cells import fit_raster, raster_size
from tui.video.drawing import Drawing, drawing_for
from tui.video.palette import XTERM_16
from tui.video.terminal_picture import TerminalPicture

GLYPHS: Final = tuple(GlyphSet)
DEPTHS: Final = tuple(ColourDepth)


def terminal_drawing(look: Look, profile: TerminalProfile) -> Drawing:
    """The drawing of a look with the terminal's own 16 colours, as far as it told them."""
    return drawing_for(look, profile.colours_or(XTERM_16))


class PlayerPicture:
    """See the module.

    Args:
        clip: Its shape matters.
        profile: Of the terminal.
        crop: Fill the room instead of showing everything.
        size: (columns, rows) of the room at most; None: all of the terminal.
    """

    def __init__(
        self,
        clip: Clip,
        profile: TerminalProfile,
        *,
        crop: bool = False,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._shape = (clip.width, clip.height)
        self._profile = profile
        self._crop = crop
        self._size = size
        self.look = profile.look
        self._last: ClipPicture | None = None
        self._room = (80, 24)
        self._made = self._make()

    def _make(self) -> TerminalPicture:
        columns, rows = self._room
        if self._size is not None:
            columns, rows = min(columns, self._size[0]), min(rows, self._size[1])
        at = place_for(*self._shape, columns, rows, crop=self._crop)
        self.place = Place(
            at.columns,
            at.rows,
            (self._room[0] - at.columns) // 2,
            (self._room[1] - at.rows) // 2,
        )
        return TerminalPicture(
            at.columns,
            at.rows,
            terminal_drawing(self.look, self._profile),
            left=self.place.left,
            top=self.place.top,
            synchronized=self._profile.synchronized,
        )

    @property
    def raster_size(self) -> tuple[int, int]:
        """(width, height) of the pictures to ask for [pixels]."""
        return raster_size(self.place.columns, self.place.rows, self.look)

    def resize(self, columns: int, rows: int) -> None:
        """Draw into a room of this size from now on; nothing is on it yet."""
        self._room = (columns, rows)
        self._made = self._make()

    def next_glyphs(self) -> None:
        """The next glyph set, round and round."""
        at = GLYPHS.index(self.look.glyphs)
        self.use(replace(self.look, glyphs=GLYPHS[(at + 1) % len(GLYPHS)]))

    def next_depth(self) -> None:
        """The next colour depth, round and round."""
        at = DEPTHS.index(self.look.depth)
        self.use(replace(self.look, depth=DEPTHS[(at + 1) % len(DEPTHS)]))

    def use(self, look: Look) -> None:
        """Draw so from now on."""
        self.look = look
        self._made.use(terminal_drawing(look, self._profile))

    def forget(self) -> None:
        """The screen was cleared."""
        self._made.forget()

    def put(self, picture: ClipPicture) -> bytes:
        """What to write to show a picture; one of another size is stretched meanwhile."""
        self._last = picture
        width, height = self.raster_size
        pixels = picture.pixels
        if pixels.shape[:2] != (height, width):
            pixels = fit_raster(pixels.tobytes(), pixels.shape[1], pixels.shape[0], width, height)
        return self._made.bytes_for(pixels)

    def again(self) -> bytes:
        """What to write to show the last picture, after anything changed; empty without one."""
        return b"" if self._last is None else self.put(self._last)
