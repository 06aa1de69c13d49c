"""A shared terminal on the wire: whole screens for whoever comes, changed rows for the others.

One message is `1 KIND COLUMNS ROWS SERIAL X Y`, a line feed, and rows `Y TAB TEXT` between record
separators (U+001E); rows are `tui.domain.terminal_text`'s. Kinds: `key` begins a screen (rows not
in it are empty), `rows` changes the one before it and counts the serial up, `part` goes on with
either, `ask` (alone) asks for a whole one, `end` says that there is no more. A gap in the serials
is a loss: nothing of it is shown before the next `key`. X and Y are the cursor's, -1 for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.terminal_text import (
    MAX_COLUMNS,
    MAX_ROWS,
    NO_SCREEN,
    NotOfTheSubset,
    TerminalScreen,
    checked_row,
)

TOPIC: Final = "cellcall.terminal"
MAX_UPDATE_BYTES: Final = 14_000
"""LiveKit's own limit for a data packet is 15 kiB, which sealing and stamps must fit in, too."""
ASK: Final = b"1 ask"
END: Final = b"1 end"
_HEAD: Final = re.compile(
    r"1 (key|rows|part) ([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,9}) (-1|[0-9]{1,3}) (-1|[0-9]{1,3})"
)
_ROW: Final = re.compile(r"([0-9]{1,3})\t([^\n\t\x1e]*)")


@dataclass(frozen=True, slots=True)
class RowsUpdate:
    """One message that brings rows."""

    kind: str
    columns: int
    height: int
    serial: int
    cursor: tuple[int, int] | None
    rows: tuple[tuple[int, str], ...]


def whole(screen: TerminalScreen, serial: int) -> list[bytes]:
    """The messages that show a screen to whoever knows nothing of it."""
    filled = [(y, row) for y, row in enumerate(screen.rows) if row]
    return list(_messages("key", screen, serial, filled))


def changed(before: TerminalScreen, now: TerminalScreen, serial: int) -> list[bytes]:
    """The messages that turn one screen into the next, whose serial this is."""
    if (before.columns, len(before.rows)) != (now.columns, len(now.rows)):
        return whole(now, serial)
    both = enumerate(zip(before.rows, now.rows, strict=True))
    rows = [(y, row) for y, (was, row) in both if was != row]
    return list(_messages("rows", now, serial, rows))


def _messages(
    kind: str, screen: TerminalScreen, serial: int, rows: Iterable[tuple[int, str]]
) -> Iterator[bytes]:
    x, y = screen.cursor or (-1, -1)
    size = f"{screen.columns} {len(screen.rows)} {serial} {x} {y}\n"
    body: list[bytes] = []
    length = 0
    for at, row in rows:
        one = f"{at}\t{row}".encode()
        if body and length + len(one) > MAX_UPDATE_BYTES - 64:
            yield f"1 {kind} {size}".encode() + b"\x1e".join(body)
            kind, body, length = "part", [], 0
        body.append(one)
        length += len(one) + 1
    yield f"1 {kind} {size}".encode() + b"\x1e".join(body)


def parse(raw: bytes) -> RowsUpdate:
    """Read one message.

    Raises:
        NotOfTheSubset: Anything in it is not as it must be.
    """
    if len(raw) > MAX_UPDATE_BYTES:
        raise NotOfTheSubset(f"{len(raw)} bytes; {MAX_UPDATE_BYTES} are allowed")
    try:
        head, _, body = raw.decode().partition("\n")
    except UnicodeDecodeError as error:
        raise NotOfTheSubset("no UTF-8") from error
    found = _HEAD.fullmatch(head)
    if found is None:
        raise NotOfTheSubset("no heading")
    columns, height, serial, x, y = (int(one) for one in found.groups()[1:])
    if not (0 < columns <= MAX_COLUMNS and 0 < height <= MAX_ROWS):
        raise NotOfTheSubset(f"a screen of {columns}x{height}")
    if (x < 0) != (y < 0) or x >= columns or y >= height:
        raise NotOfTheSubset("a cursor beside the screen")
    rows = tuple(_row(part, columns, height) for part in body.split("\x1e") if body)
    return RowsUpdate(found[1], columns, height, serial, None if x < 0 else (x, y), rows)


def _row(part: str, columns: int, height: int) -> tuple[int, str]:
    found = _ROW.fullmatch(part)
    if found is None or int(found[1]) >= height:
        raise NotOfTheSubset("no row")
    return int(found[1]), checked_row(found[2], columns)


class ScreenSoFar:
    """A shared terminal as its messages build it up, in order."""

    def __init__(self) -> None:
        self.screen = NO_SCREEN
        self.lost = True
        """A whole screen is needed: none has come, or something between went missing."""
        self._serial = 0

    def take(self, update: RowsUpdate) -> bool:
        """Whether the screen is another one now."""
        key = update.kind == "key"
        due = self._serial + (update.kind == "rows")
        size = (update.columns, update.height)
        if not key and (
            self.lost
            or update.serial != due
            or size != (self.screen.columns, len(self.screen.rows))
        ):
            self.lost = True
            return False
        rows = [""] * update.height if key else list(self.screen.rows)
        for y, row in update.rows:
            rows[y] = row
        before, self.lost, self._serial = self.screen, False, update.serial
        self.screen = TerminalScreen(update.columns, tuple(rows), update.cursor)
        return self.screen != before
