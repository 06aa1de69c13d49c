"""What is spared a slow link: pictures drawn anew because a dialog comes or goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tui.widgets.stage import Stage


@pytest.mark.parametrize(("bits_per_s", "dimmed"), [(128_000, False), (0, True), (4e7, True)])
async def test_a_dialog_dims_the_call_only_where_the_link_carries_it(
    monkeypatch: pytest.MonkeyPatch, bits_per_s: float, dimmed: bool
) -> None:
    report = Stage.report
    monkeypatch.setattr(Stage, "report", lambda it: replace(report(it), bits_per_s=bits_per_s))
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        assert app.call is not None
        app.call.draw_status()
        await pilot.press("l")
        await until(pilot, lambda: "Leave Standup?" in text_of(app), "the dialog")
        assert ("2 Bo Chen" in text_of(app)) == dimmed


async def test_leaving_draws_no_picture_again() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await until(pilot, lambda: "2 Bo Chen" in text_of(app), "the tiles")
        assert app.call is not None
        app.call.show_leaving()
        await until(pilot, lambda: "Leaving…" in text_of(app), "what is going on")
        assert "2 Bo Chen" not in text_of(app)
        assert "MIC on" in text_of(app)
