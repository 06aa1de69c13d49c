"""The accessible profile on a real terminal (A11Y-06, ux 3.2): the cursor, and what is written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.stage.terminal import Terminal

_ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*\x07?|P[^\x1b]*\x1b\\|[=>78c])")


class Walk:
    """What was seen at each mark, and written since the one before."""

    def __init__(self, scene: str, *keys: str, columns: int = 80, rows: int = 24) -> None:
        arguments = ["-m", "tests.screens.walker", scene, *keys]
        self._terminal = Terminal(arguments, columns, rows)
        self.steps: list[dict[str, Any]] = []
        self._raw = self.raw = b""
        read = self._terminal.read

        def noted(timeout_s: float) -> bytes | None:
            data = read(timeout_s)
            self._raw += data or b""
            self.raw += data or b""
            return data

        self._terminal.read = noted  # type: ignore[method-assign]
        try:
            self._terminal.run(self._marked, 240.0)
        finally:
            self._terminal.close()

    def _marked(self, words: list[str]) -> None:
        screen = self._terminal.screen
        step = json.loads(";".join(words))
        written, _, self._raw = self._raw.partition(json.dumps(step).encode() + b"\x07")
        x, y = screen.cursor.x, screen.cursor.y
        row = screen.display[y]
        self.steps.append(
            step
            | {
                "cursor": [x, y],
                "hidden": screen.cursor.hidden,
                "letter": row[x : x + 1],
                "beyond": row[x:].rstrip(),
                "screen": list(screen.display),
                "written": _ESCAPES.sub("", written.decode(errors="replace")),
                "bytes": written,
            }
        )


def stands_at_focus(step: dict[str, Any]) -> None:
    x, y, width, height = step["region"]
    at_x, at_y = step["cursor"]
    assert not step["hidden"], step["key"]
    if step["focus"].startswith("CommandInput") and at_y >= y + height:
        # The palette: what is typed goes into its field, and Enter takes the row of the cursor.
        assert step["letter"].strip(), (step["key"], step["screen"])
        return
    assert y <= at_y < y + height, (step["key"], step["focus"], step["cursor"], step["region"])
    assert x <= at_x <= x + width, (step["key"], step["focus"], step["cursor"], step["region"])
    if step["caret"]:
        assert step["cursor"] == step["caret"], step["focus"]
    else:
        assert step["letter"].strip(), (step["key"], step["focus"], step["screen"])


TABS = ["tab"] * 9
IN_CALL = [
    *("tab", "tab", "tab", "news", "down", "up"),
    *("p", "down", "down", "news", "escape"),
    *("c", "a", "b", "shift+tab", "escape", "escape"),
    *("e", "up", "up", "home", "news", "escape"),
    *("s", "down", "escape", "t", "down", "escape"),
    *("l", "tab", "tab", "escape", "a", "down", "up", "escape"),
    *("ctrl+g", "escape", "colon", "x", "escape"),
    *("ctrl+p", "m", "down", "down", "escape", "k", "k", "k"),
    *("tab", "tab", "enter", "down", "down", "escape"),
    *("question_mark", "down", "down", "news", "end", "escape"),
]


@pytest.mark.parametrize(
    ("scene", "keys", "stops"),
    [("login", TABS, 7), ("lobby", [*TABS, "down"], 4), ("green room", TABS, 6)],
    ids=["login", "lobby", "green room"],
)
def test_a11y_06_the_cursor_follows_the_focus(scene: str, keys: list[str], stops: int) -> None:
    walk = Walk(scene, *keys)
    assert [step["key"] for step in walk.steps] == ["start", *keys]
    for step in walk.steps:
        stands_at_focus(step)
    seen = {(step["focus"], *step["region"]) for step in walk.steps}
    assert len(seen) >= stops, seen


def test_a11y_06_in_a_call_the_cursor_follows_and_nothing_is_written_twice() -> None:
    walk = Walk("call", *IN_CALL)
    assert [step["key"] for step in walk.steps] == ["start", *IN_CALL]
    for step in walk.steps:
        stands_at_focus(step)
        if step["key"] == "news":  # who speaks has changed fifty times
            assert step["written"] == ""
    help_lines = [line.strip() for line in step_of(walk, "question_mark")["screen"]]
    written = step_of(walk, "question_mark")["written"]
    for line in help_lines:
        if not any(line in other for other in help_lines if other != line):
            assert written.count(line) == 1, line
    # Its own questions to the terminal would be spoken, too.
    assert not re.search(rb"\x1b[P_]|\x1b\[6n|\x1b\[\?1003h", walk.raw)


def step_of(walk: Walk, key: str) -> dict[str, Any]:
    return next(step for step in walk.steps if step["key"] == key)
