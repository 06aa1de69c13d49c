"""The app on a terminal that was asked questions: what was typed, what comes late, what is told."""

from dataclasses import replace

from textual import events

from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tui.domain.look import ColourDepth, GlyphSet
from tui.screens.linux_terminal import AnswerlessParser
from tui.terminal.answers import AnswerFilter
from tui.terminal.detect import Found
from tui.terminal.profile import Source, TerminalProfile
from tui.widgets.tile import Tile

KITTY = TerminalProfile(
    name="kitty",
    version="0.40.1",
    term="xterm-kitty",
    answered=True,
    depth=ColourDepth.TRUECOLOR,
    depth_from=Source.ANSWERED,
    glyphs=GlyphSet.ALL,
    glyphs_from=Source.ANSWERED,
)


def keys_of(parser, data):
    return [message.key for message in parser.feed(data) if isinstance(message, events.Key)]


def test_a_late_answer_presses_no_key():
    parser = AnswerlessParser()
    parser.late = AnswerFilter(clock_s=lambda: 0.0)
    assert keys_of(parser, "m\x1b]4;4;rgb:00") == ["m"]
    assert keys_of(parser, "00/1111/2222\x1b\\") == []
    assert keys_of(parser, "\x1bP>|foot(1.20.0)\x1b\\\x1b[?62;4c") == []
    assert keys_of(parser, "r") == ["r"]


async def say(app, pilot, command):
    before = len(app.notices.event_log.lines())
    app.do("picture.set", command)
    await until(pilot, lambda: len(app.notices.event_log.lines()) > before, "an answer")
    return [line.plain for line in app.notices.event_log.lines()[before:]]


async def test_the_picture_command_tells_and_changes():
    app = make_app(logged_in("Bo Chen"), found=Found(KITTY))
    async with in_call(app) as pilot:
        told = await say(app, pilot, "")
        assert "Terminal: kitty 0.40.1, truecolor, all glyphs (detected)." in told[0]
        assert "/picture glyphs ascii|half|block" in told[1]
        told = await say(app, pilot, "glyphs half")
        assert "kitty 0.40.1, truecolor, half glyphs (as you chose)." in told[0]
        assert app.looks.terminal.look.glyphs is GlyphSet.HALF
        await pilot.press("s")
        await until(pilot, lambda: "half glyphs (as" in text_of(app), "the panel")
        assert all(tile.look.glyphs is GlyphSet.HALF for tile in app.query(Tile))
        assert app.call.stage.governor.best.glyphs is GlyphSet.HALF
        told = await say(app, pilot, "glyphs huge")
        assert "glyphs came as huge; allowed: ascii" in told[0]
        app.looks.found = Found(replace(KITTY, fits=GlyphSet.SEXTANT))
        told = await say(app, pilot, "glyphs octant")
        assert "so pictures come out torn; those of sextant do." in told[1]
        app.looks.found = Found(KITTY)
        await say(app, pilot, "auto")
        assert app.looks.terminal == KITTY
