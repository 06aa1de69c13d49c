"""Captions in the app: a strip, all of them, found and copied; typed by a captioner."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from cellcall.testing import Captions

from tests.fakes.handle import NOW_MS
from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tests.screens.scripted_call import scripted_handle
from tui.domain.captions import Caption
from tui.domain.commands.call import SendCaption, SendChat
from tui.domain.happenings import Captioned
from tui.screens.cursor import FocusCursor
from tui.widgets.captions_panel import LISTED_MAX

SAID = (
    Captions("Bo Chen", "the parser lands", at_s=1, final=False, segment="1"),
    Captions("Bo Chen", "The parser lands today.", at_s=2, segment="1"),
    Captions("Chi Okafor", "[bold]Good[/].", at_s=3, writer="Dee Park"),
    Captions("Bo Chen", "and then", at_s=4, final=False),
)


async def test_a11y_14_k_shows_a_strip_then_all_then_none() -> None:
    handle = scripted_handle(SAID)
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("k")
        assert "No captions yet." in text_of(app)
        await handle.calls.advance(1.5)
        await until(pilot, lambda: "Bo Chen: the parser lands" in text_of(app), "a guess")
        await handle.calls.advance(3)
        await until(pilot, lambda: "Bo Chen: and then" in text_of(app), "the newest")
        shown = text_of(app)
        assert "Bo Chen: The parser lands today.\n" in shown
        assert "Chi Okafor, written by Dee Park: [bold]Good[/]." in shown
        assert "k Captions" in shown
        assert app.call.stage.region.area > 0
        await pilot.press("k")
        rows: Any = app.call.captions_panel.rows
        await until(pilot, lambda: rows.option_count == 2, "the list")
        assert app.call.stage.region.area == 0
        assert rows.highlighted == 1
        app.do("captions.show")  # the key, so soon again, would be auto-repeat
        await pilot.pause()
        assert app.call.stage.region.area > 0
        assert not app.call.strip.display


async def test_the_list_is_read_by_line_searched_and_copied() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    for number in range(30):
        text = f"line {number}" if number != 4 else "the PARSER lands"
        handle.push(Captioned(Caption("Bo Chen", text, NOW_MS, NOW_MS + 1)))
    async with in_call(app) as pilot:
        await pilot.press("colon", *"transcript", "enter")
        rows: Any = app.call.captions_panel.rows
        await until(pilot, lambda: rows.highlighted == 29, "the list")
        handle.push(Captioned(Caption("Bo Chen", "the newest", NOW_MS, NOW_MS + 1)))
        await until(pilot, lambda: rows.highlighted == 30, "the cursor goes along")
        await pilot.press("up", "up")
        handle.push(Captioned(Caption("Bo Chen", "newer still", NOW_MS, NOW_MS + 1)))
        await until(pilot, lambda: rows.option_count == 32, "one more")
        assert rows.highlighted == 28
        await pilot.press("tab", *"parser", "enter")
        await until(pilot, lambda: rows.highlighted == 4, "the line found")
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: app.clipboard == "Bo Chen: the PARSER lands", "the copy")


async def test_a11y_06_the_cursor_stands_where_a_caption_of_several_rows_begins() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, accessible=True)
    for number in range(4):
        text = f"number {number} " + "goes on over the edge of the list and further " * 4
        handle.push(Captioned(Caption("Bo Chen", text, NOW_MS, NOW_MS + 1)))
    async with in_call(app) as pilot:
        await pilot.press("colon", *"transcript", "enter")
        rows: Any = app.call.captions_panel.rows
        await until(pilot, lambda: rows.highlighted == 3 and rows.has_focus, "the list")
        stood = []
        for number in (3, 2, 1, 0):
            await until(pilot, lambda n=number: rows.highlighted == n, "the cursor's line")
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            at = FocusCursor(app).at(strips)
            assert f"Bo Chen: number {number} goes on" in strips[at.y].text
            assert strips[at.y].crop(at.x, at.x + 1).text == strips[at.y].text.strip()[0]
            stood.append(at.y)
            await pilot.press("up")
        assert all(below - above > 1 for below, above in pairwise(stood))  # each has several rows


async def test_a_captioner_types_captions_into_the_field() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("colon", *"captioner", "enter")
        await until(pilot, lambda: app.call.snapshot.local.captioner, "the captioner")
        await pilot.press("c", *"bo: Hi.", "enter")
        await until(pilot, lambda: handle.called(SendCaption), "the caption")
        (sent,) = handle.called(SendCaption)
        assert (sent.text.strip(), sent.speaker) == ("Hi.", handle.snapshot().remotes[0].id)


async def test_a_flood_is_bounded_and_whoever_reads_back_stays_at_their_line() -> None:
    """As many as come in a minute of an agent that never ends a sentence."""
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.do("transcript.read")
        rows: Any = app.call.captions_panel.rows

        async def come(first: int, last: int) -> None:
            for number in range(first, last):
                handle.push(Captioned(Caption("Bo Chen", f"word {number}.", NOW_MS)))
            wanted = f"word {last - 1}."

            def is_last() -> bool:
                count = rows.option_count
                return bool(count) and wanted in str(rows.get_option_at_index(count - 1).prompt)

            await until(pilot, is_last, wanted, 60)

        await come(0, LISTED_MAX)
        rows.highlighted = 900
        await come(LISTED_MAX, LISTED_MAX + 800)
        assert rows.option_count == LISTED_MAX
        assert "word 900." in str(rows.get_option_at_index(rows.highlighted).prompt)
        app.do("chat.say", "still here")
        await until(pilot, lambda: handle.called(SendChat), "the chat")
        await come(LISTED_MAX + 800, 2000)
        assert rows.highlighted == 0  # their line is gone
