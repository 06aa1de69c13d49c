"""What a call says at a glance: alone, how long a connection takes, who speaks, our own picture."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.widgets import Input

from tests.screens.driving import STANDUP, in_call, logged_in, make_app, text_of, until
from tui.domain.settings import Layout
from tui.domain.snapshot import Phase
from tui.domain.text import CHAT_MAX_CHARACTERS
from tui.domain.tiling import OwnPlace
from tui.panel.shown_words import elapsed_words
from tui.widgets.tile import Tile


async def test_alone_it_says_what_to_do() -> None:
    handle = logged_in()
    app = make_app(handle)
    async with in_call(app) as pilot:
        await until(pilot, lambda: "Alone here. y copies the link" in text_of(app), "the hint")
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app):
        assert "Alone here" not in text_of(app)


async def test_a_lost_connection_counts_seconds_and_stands_still_where_nothing_may_move() -> None:
    for still, shown in ((False, "Nobody hears you.  7 s"), (True, "Nobody hears you.")):
        handle = logged_in("Bo Chen")
        app = make_app(handle, reduced_motion=still)
        async with in_call(app) as pilot:
            handle.change(phase=Phase.RECONNECTING)
            await until(pilot, lambda a=app: "Connection lost" in text_of(a), "the banner")
            app.ui.clock.now_ms += 7_000  # type: ignore[attr-defined]
            assert app.panel is not None
            app.panel.each_second()
            await until(pilot, lambda a=app, s=shown: s in text_of(a), "the words")
            assert ("7 s" in text_of(app)) is not still
    assert [elapsed_words(seconds) for seconds in (0, 1, 2)] == ["", "", "  2 s"]


async def test_who_speaks_is_marked_in_words_and_by_the_whole_label() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        handle.change_participant("bo", speaking=True)
        await until(pilot, lambda: ">2 Bo Chen" in text_of(app), "the mark")
        assert "speaking" in text_of(app)
        tiles = {tile.stream.participant: tile for tile in app.screen.query(Tile)}
        styles = {who: tile._label_strip()._segments[0].style for who, tile in tiles.items()}
        assert len({str(style) for style in styles.values()}) == 2


async def test_our_own_picture_goes_from_corner_to_corner_and_then_swaps() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        assert app.call is not None
        stage = app.call.stage
        app.do("self.move")
        assert stage.own_place is OwnPlace.BOTTOM_RIGHT, "only in spotlight"
        handle.change(layout=Layout.SPOTLIGHT)
        await until(pilot, lambda: stage._placed and stage._placed[-1].above, "the corner")
        seen = []
        for _ in OwnPlace:
            mine = next(p for p in stage._placed if p.stream.participant == "ana")
            seen.append((mine.x, mine.y, mine.above))
            if len(seen) == 1:
                await pilot.press("full_stop")
            else:  # the key, so soon again, would be auto-repeat
                app.do("self.move")
        assert len(set(seen)) == len(OwnPlace)
        assert [above for _, _, above in seen] == [True, True, True, True, False]
        assert stage.own_place is OwnPlace.BOTTOM_RIGHT


async def test_a_setting_keeps_our_own_picture_where_it_is() -> None:
    start = replace(STANDUP, settings={"enableSpotlightDrag": False, "layout": "SPOTLIGHT"})
    app = make_app(logged_in("Bo Chen"), start)
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("full_stop")
        assert app.call.stage.own_place is OwnPlace.BOTTOM_RIGHT


async def test_a_paste_over_the_limit_keeps_what_fits_and_says_so() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input), "the chat")
        assert isinstance(app.focused, Input)
        field = app.focused
        app.post_message(events.Paste("x" * 5000))
        await until(pilot, lambda: field.value, "the paste")
        assert len(field.value) == CHAT_MAX_CHARACTERS
        words = f"5000 characters; {CHAT_MAX_CHARACTERS} are allowed"
        lines = app.notices.event_log.lines
        await until(pilot, lambda: any(words in one.plain for one in lines()), "that it was cut")
