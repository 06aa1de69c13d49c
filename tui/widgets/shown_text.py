"""Writes of an update only what the terminal does not show already.

Textual writes a widget again whenever it was asked to draw it: the whole screen twice when one
opens, a toast with every picture below it, and a step for each row of a picture in which nothing
changed. Over a slow link these are the bytes that a key waits for. Here a piece of text that stands
where it was written a moment ago is left out, and so is a piece of a picture without a change. Of a
row of words the pieces are those of one style each, so that of a status line only the word and the
clock are written that changed. Words go before pictures, which are long.

What was written longer ago than `TRUSTED_S` is written when Textual asks for it, as ever: whatever
another program has scribbled over the screen heals with the next draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, NamedTuple

from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from tui.widgets.tile_strip import TileStrip

TRUSTED_S: Final = 2.0


class _Piece(NamedTuple):
    end: int
    text: str
    written_s: float


class ShownText:
    """What one terminal shows of everything that is no picture.

    Args:
        clock: A monotonic clock [s].
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._rows: dict[int, dict[int, _Piece]] = {}

    def forget(self) -> None:
        """Trust nothing about the terminal."""
        self._rows.clear()

    def text(self, update: CompositorUpdate, console: Any, between: str = "") -> str:
        """What to write so that the terminal shows `update`; each piece moves the cursor itself.

        Args:
            update: All that Textual would write.
            console: Textual's.
            between: Written between words and pictures, where there are both.
        """
        now_s = self._clock()
        words: list[str] = []
        pictures: list[str] = []
        for y, x, strip in _pieces(update):
            row = self._rows.setdefault(y, {})
            if isinstance(strip, TileStrip):
                text = strip.render(console)
                _uncover(row, x, x + strip.cell_length)
                if not strip.is_still(text):
                    pictures.append(_at(y, x) + text)
                continue
            cursor = None
            for start, end, text in _runs(strip, x, console):
                piece = row.get(start)
                if piece is not None and piece.end == end and piece.text == text:
                    if now_s - piece.written_s < TRUSTED_S:
                        continue
                else:
                    _uncover(row, start, end)
                row[start] = _Piece(end, text, now_s)
                words.append(text if start == cursor else _at(y, start) + text)
                cursor = end
        return "".join([*words, between if words and pictures else "", *pictures])


def _at(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _runs(strip: Strip, x: int, console: Any) -> Iterator[tuple[int, int, str]]:
    """(start, end, what to write) of the parts of a strip at column `x` that have one style each.

    Not all terminals agree how wide a character beyond ASCII is: from the first one on, the strip
    is one part, so that nothing is written to a column which the terminal counts otherwise.
    """
    segments = [segment for segment in strip if segment.text]
    for number, segment in enumerate(segments):
        if not segment.text.isascii():
            rest = Strip(segments[number:])
            yield x, x + rest.cell_length, rest.render(console)
            return
        end = x + len(segment.text)
        yield x, end, Strip([segment], len(segment.text)).render(console)
        x = end


def _uncover(row: dict[int, _Piece], start: int, end: int) -> None:
    """Forget the pieces that these cells are written over."""
    for x in [x for x, piece in row.items() if x < end and piece.end > start]:
        del row[x]


def _pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """(row, column, cells) of what an update writes, in its order."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, x1, x2 in update.spans:
            for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if piece is not None and x <= x2 and end > x1:
                    yield y, x, piece if end <= x2 and x >= x1 else piece.crop(0, min(end, x2) - x)


def knows(update: object) -> bool:
    """Whether an update is of a kind whose pieces are known."""
    return isinstance(update, LayoutUpdate | ChopsUpdate)


class Unshown(CompositorUpdate):
    """What the terminal does not show of `update`.

    Args:
        shown: What it does show; it learns what is written.
        update: All that Textual would write.
        between: As for `ShownText.text`.
    """

    def __init__(self, shown: ShownText, update: CompositorUpdate, between: str = "") -> None:
        self._shown = shown
        self.update = update
        self._between = between
        self.is_rendered = False
        """Whether it was written. If not, somebody else has decided what the terminal gets."""

    def render_segments(self, console: Any) -> str:
        """What the terminal gets."""
        self.is_rendered = True
        return self._shown.text(self.update, console, self._between)
