"""Who records stands where everybody looks: header, people, and words."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.people import changed
from tests.panel.test_in_another_app import at_the_desk, calling, panel_of, until
from tests.screens.driving import text_of
from tui.domain.settings import parse_settings
from tui.front.call_words import participant_words, status_sentence
from tui.widgets.call_header import recorded_words
from tui.widgets.people_panel import tokens


async def test_the_header_says_rec_and_who() -> None:
    handle = calling()
    async with at_the_desk(handle, (100, 30)) as (app, pilot):
        snapshot = handle.snapshot()
        local, bo, *others = snapshot.participants
        bo = changed(bo, records=True)
        handle.change(participants=(local, bo, *others), recorded=True)
        await until(pilot, lambda: panel_of(app).view.snapshot.recorders, "the recorder")
        await pilot.pause()
        assert "REC Bo Chen" in text_of(app)
        shown = handle.snapshot()
        assert "records" in tokens(bo, 0)
        assert "records this call" in participant_words(bo, shown)
        assert "Recorded by Bo Chen" in status_sentence(shown, shown.started_at_ms)
        handle.change(participants=(replace(local, records=True), bo, *others))
        assert recorded_words(handle.snapshot()) == "REC you and Bo Chen"
        handle.change(participants=(local, *others))
        assert recorded_words(handle.snapshot()) == "REC by the server"
        hidden = parse_settings({"hideRecordingStatusIndicator": True})
        assert recorded_words(replace(handle.snapshot(), settings=hidden)) == ""
