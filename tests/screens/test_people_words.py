"""What the people panel says of one person."""

from __future__ import annotations

from tests.fakes.people import person
from tests.screens.driving import called, in_call, logged_in, make_app, text_of, until
from tui.domain.commands.local import Pin
from tui.domain.ids import TrackSource
from tui.domain.participant import Stream
from tui.domain.sealing import Sealing
from tui.widgets.people_panel import tokens


def test_sealed_is_said_first() -> None:
    streams = (Stream(TrackSource.MICROPHONE),)
    bo = person("bo", "Bo Chen", streams=streams, sealing=Sealing.NO_KEY)
    assert tokens(bo, 0) == ["encrypted, you have no key", "cam off"]


async def test_a_shared_screen_has_a_row_of_its_own() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app) as pilot:
        bo = handle.snapshot().remotes[0]
        shared = (*bo.streams, Stream(TrackSource.SCREEN_SHARE))
        handle.change_participant("bo", streams=shared)
        await pilot.press("p")
        await until(pilot, lambda: "Bo Chen, screen" in text_of(app), "the row")
        await until(pilot, lambda: app.focused is app.call.people.rows)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "Pin" in text_of(app), "the menu")
        await pilot.press("p")
        await until(pilot, lambda: called(handle, Pin) == [Pin("bo", TrackSource.SCREEN_SHARE)])
