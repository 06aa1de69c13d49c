"""A terminal that understands exactly what the renderer writes, and fails at anything else."""

from __future__ import annotations

import re

Colour = tuple[int, ...] | None
Cell = tuple[str, Colour, Colour]
_TOKEN = re.compile(r"\x1b\[(\?2026[hl])|\x1b\[([0-9;]*)([CHmb])|([^\x1b\x00-\x1f])")


class Screen:
    """A grid of (character, foreground, background); a colour is RGB, a palette number or None."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells: list[list[Cell]] = [[(" ", None, None)] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.foreground: Colour = None
        self.background: Colour = None
        self.last = " "
        self.in_update = False
        self.updates = 0

    def feed(self, text: str) -> None:
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found, f"the terminal does not know {text[at : at + 20]!r}"
            at = found.end()
            sync, numbers, final, character = found.groups()
            if sync:
                self.in_update = sync.endswith("h")
                self.updates += self.in_update
            elif character:
                self.put(character)
            else:
                self.control([int(n or 0) for n in numbers.split(";")], final)

    def control(self, numbers: list[int], final: str) -> None:
        match final:
            case "C":
                self.x += max(1, numbers[0])
                assert self.x <= self.columns, "a step past the edge"
            case "H":
                self.y, self.x = numbers[0] - 1, numbers[1] - 1
                assert 0 <= self.y < self.rows and 0 <= self.x < self.columns
            case "b":
                for _ in range(numbers[0]):
                    self.put(self.last)
            case "m":
                self.colours(numbers)

    def colours(self, numbers: list[int]) -> None:
        rest = list(numbers)
        while rest:
            code = rest.pop(0)
            if code in (38, 48):
                kind = rest.pop(0)
                colour = tuple(rest.pop(0) for _ in range(3 if kind == 2 else 1))
            elif code == 0:
                self.foreground = self.background = None
                continue
            else:
                colour = (code % 10 + (8 if code >= 90 else 0),)
            if code // 10 in (3, 9):
                self.foreground = colour
            else:
                self.background = colour

    def put(self, character: str) -> None:
        assert self.x < self.columns, "text past the edge"
        self.cells[self.y][self.x] = (character, self.foreground, self.background)
        self.last = character
        self.x += 1
