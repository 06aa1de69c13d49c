"""Files and answers in the app's chat: a picture is drawn, and a line is answered where it is."""

from __future__ import annotations

import base64

from tests.fakes.handle import NOW_MS
from tests.screens.driving import in_call, logged_in, make_app, until
from tui.domain.commands.call import SendChat
from tui.domain.files import Sample, SentFile
from tui.domain.look import GlyphSet, Look
from tui.domain.snapshot import ChatMessage
from tui.widgets.sample_cells import ROWS_MAX, sample_lines

RED_BLUE = Sample(16, 32, base64.b64encode(b"\xff\0\0" * 256 + b"\0\0\xff" * 256).decode())
"""Red above, blue below."""


def picture(number: int) -> ChatMessage:
    file = SentFile(number, "cat.png", 91_000, 640, 1280, RED_BLUE)
    told = f"sent picture {number}: cat.png, 640 by 1280, 91 kB. /save {number} keeps it."
    return ChatMessage("bo", "Bo Chen", told, NOW_MS, number=number, file=file)


async def test_a_picture_is_drawn_in_the_chat_and_answered_on_its_line() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app, (100, 40)) as pilot:
        await pilot.press("c")
        handle.push(ChatMessage("bo", "Bo Chen", "hello", NOW_MS, number=1))
        handle.push(picture(2))
        assert app.call is not None
        log = app.call.chat.log_view
        await until(pilot, lambda: len(log.plain.split("\n")) == 2 + ROWS_MAX, "a picture")
        assert "sent picture 2: cat.png, 640 by 1280, 91 kB. /save 2 keeps it." in log.plain
        await pilot.press("shift+tab")
        await pilot.press("ctrl+r")
        assert app.call.chat.input.value == "/reply 2 "
        await pilot.press(*"Nice", "enter")
        await until(pilot, lambda: handle.called(SendChat) == [SendChat("Nice", 2)])
        await until(pilot, lambda: "answers message 2" in log.plain)


async def test_where_pictures_are_not_drawn_their_words_stand() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, accessible=True)
    async with in_call(app, (100, 40)) as pilot:
        await pilot.press("c")
        handle.push(picture(1))
        assert app.call is not None
        log = app.call.chat.log_view
        await until(pilot, lambda: "sent picture 1: cat.png" in log.plain)
        assert len(log.plain.splitlines()) == 1


def test_a_sample_is_drawn_in_any_look_and_stays_in_its_room() -> None:
    for glyphs in GlyphSet:
        for columns in (1, 10, 400):
            lines = sample_lines(RED_BLUE, columns, Look(glyphs))
            assert len(lines) <= ROWS_MAX
            assert all(line.cell_length <= columns for line in lines)
    top, *_, bottom = sample_lines(RED_BLUE, 10, Look(GlyphSet.HALF))
    colours = [line.spans[0].style.background for line in (top, bottom)]  # type: ignore[union-attr]
    assert [(one.r, one.g, one.b) for one in colours] == [(255, 0, 0), (0, 0, 255)]
