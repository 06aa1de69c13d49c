"""Our own level in the status line: before muting, steady, and none where nothing may move."""

from __future__ import annotations

from typing import Any

import pytest

from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tui.domain.snapshot import Levels
from tui.front.levels import level_word, meter


@pytest.mark.parametrize(
    ("dbov", "word", "cells"),
    [
        (-127.0, "silent", "     "),
        (-60.0, "low", "     "),
        (-50.0, "low", "|    "),
        (-30.0, "good", "||   "),
        (-12.0, "good", "|||| "),
        (0.0, "loud", "|||||"),
    ],
)
def test_words_and_cells(dbov: float, word: str, cells: str) -> None:
    assert (level_word(dbov), meter(dbov)) == (word, cells)


async def test_the_status_line_shows_our_level_muted_or_not() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        handle.push(Levels({"ana": -10.0, "bo": -3.0}))
        await until(pilot, lambda: "MIC on ||||" in text_of(app), "the meter")
        await pilot.press("m")
        await until(pilot, lambda: "MIC off ||||" in text_of(app), "the meter, muted")
        handle.push(Levels({"ana": -127.0}))
        await until(pilot, lambda: "||" not in text_of(app), "silence")


@pytest.mark.parametrize("option", ["accessible", "reduced_motion"])
async def test_nothing_moves_where_nothing_may_move(option: str) -> None:
    handle = logged_in("Bo Chen")
    options: dict[str, Any] = {option: True}
    app = make_app(handle, **options)
    async with in_call(app) as pilot:
        handle.push(Levels({"ana": -10.0}))
        await pilot.pause(0.5)
        assert "||" not in text_of(app)
