"""Keys and what they do: one below another with the words beside them, or in columns."""

from __future__ import annotations

import textwrap

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from tui.domain.frozen import dataclass
from tui.widgets.legible import legible

_KEY_WIDTH = 15
_NARROW = 40
"""Below this the words go under the keys."""


@dataclass(frozen=True, slots=True)
class KeyTableRow:
    """One line. Without keys it is a heading; without a text, empty space."""

    keys: str
    text: str
    note: bool = False
    """A remark over the whole width."""


class KeyTable(Widget):
    """Our own words only: plain text, one cell a character."""

    DEFAULT_CSS = "KeyTable { height: auto; padding-right: 1; }"  # beside a scrollbar

    def __init__(self, rows: list[KeyTableRow]) -> None:
        super().__init__()
        self.rows = rows

    def lines(self, width: int) -> list[Content]:
        """The table, `width` cells wide."""
        lines: list[Content] = []
        indent = 2 if width < _NARROW else _KEY_WIDTH
        for row in self.rows:
            if row.note:
                lines += [
                    Content.styled(part, "$text-muted") for part in textwrap.wrap(row.text, width)
                ]
            elif not row.keys:
                lines.append(Content.styled(row.text, legible(self, "bold $text-primary")))
            else:
                parts = textwrap.wrap(row.text, max(10, width - indent)) or [""]
                keys = (row.keys, legible(self, "bold $footer-key-foreground"))
                if len(row.keys) + 1 > indent:
                    lines.append(Content.assemble(keys))
                else:
                    first = f"{'':{indent - len(row.keys)}}{parts.pop(0)}"
                    lines.append(Content.assemble(keys, first))
                lines += [Content(" " * indent + part) for part in parts]
        return lines

    def render(self) -> Content:
        """All lines."""
        return Content("\n").join(self.lines(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as there are lines."""
        return len(self.lines(width))


class KeyColumns(Widget):
    """Keys and their titles in as many columns as fit."""

    DEFAULT_CSS = "KeyColumns { height: auto; }"

    def __init__(self, hints: list[tuple[str, str]]) -> None:
        super().__init__()
        self._hints = hints
        self._column = max((len(key) + len(title) for key, title in hints), default=0) + 4

    def _per_line(self, width: int) -> int:
        return max(1, width // self._column)

    def render(self) -> Content:
        """Row by row."""
        per_line = self._per_line(self.content_size.width)
        lines = []
        for start in range(0, len(self._hints), per_line):
            parts: list[str | tuple[str, str]] = []
            for key, title in self._hints[start : start + per_line]:
                parts += [
                    (f"{key:>4}", legible(self, "bold $footer-key-foreground")),
                    f" {title}".ljust(self._column - 4),
                ]
            lines.append(Content.assemble(*parts))
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the columns need."""
        return -(-len(self._hints) // self._per_line(width))
