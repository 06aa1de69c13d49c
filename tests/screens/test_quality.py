"""Choosing how pictures are drawn: by key, by command, and what the stats panel says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.people import camera
from tests.screens.driving import STANDUP, called, in_call, logged_in, make_app, text_of, until
from tui.domain.commands.local import SetFitPictures
from tui.domain.quality import PictureQuality, QualityChoice
from tui.governor.ladder import STILLS


async def test_the_key_opens_a_menu_and_the_choice_is_kept() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: "Five a second, in larger cells" in text_of(app))
        assert "Now: auto." in text_of(app)
        await pilot.press("s")
        await until(pilot, lambda: app.looks.drawing.quality.quality is PictureQuality.STILLS)
        assert app.call is not None
        assert app.call.stage.governor.choice.quality is PictureQuality.STILLS
        await pilot.press("a")
        await until(pilot, lambda: "Now: stills." in text_of(app))
        await pilot.press("escape")
        await pilot.pause()
        assert app.looks.drawing.quality.quality is PictureQuality.STILLS


async def type_command(pilot, text: str) -> None:
    await pilot.press("colon", *("space" if letter == " " else letter for letter in text), "enter")


async def test_a_command_turns_pictures_off_and_none_are_asked_for() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        people = handle.snapshot().participants
        shown = [camera(p.id) for p in people if handle.shown.get(camera(p.id), (0, 0)) != (0, 0)]
        assert app.call is not None
        await type_command(pilot, "quality audio")
        await until(pilot, lambda: app.looks.drawing.quality.quality is PictureQuality.AUDIO)
        await until(pilot, lambda: all(handle.shown[stream] == (0, 0) for stream in shown))
        if shown:
            await until(pilot, lambda: "pictures are off" in text_of(app))
        await type_command(pilot, "quality high")
        await until(pilot, lambda: all(handle.shown[stream] != (0, 0) for stream in shown))


async def test_an_unknown_word_is_explained() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await type_command(pilot, "quality best")
        await until(
            pilot, lambda: any("auto, high, low" in e.text for e in app.notices.event_log.last(3))
        )
        assert app.looks.drawing.quality == QualityChoice()


async def test_the_choice_of_the_command_line_is_the_stage_s() -> None:
    choice = QualityChoice(PictureQuality.STILLS, 500_000)
    app = make_app(logged_in("Bo Chen"), replace(STANDUP, quality=choice))
    async with in_call(app):
        assert app.call is not None
        assert app.call.stage.governor.choice == choice
        assert app.call.stage.governor._top() == STILLS


async def test_the_stats_panel_tells_what_is_drawn() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "Terminal: its link" in text_of(app))


@pytest.mark.parametrize("word", ["fit", "crop"])
async def test_fit_or_crop(word: str) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await type_command(pilot, f"fit {word}")
        await until(pilot, lambda: called(handle, SetFitPictures))
        assert handle.snapshot().fit_pictures is (word == "fit")


async def test_moving_the_focus_does_not_draw_the_whole_screen() -> None:
    app = make_app(logged_in("Bo Chen", "Cleo"))
    async with in_call(app) as pilot:
        full = 0
        assert app.call is not None
        compositor = app.screen._compositor
        draw = compositor.render_full_update

        def counted(*arguments: object, **options: object) -> object:
            nonlocal full
            full += 1
            return draw(*arguments, **options)

        compositor.render_full_update = counted  # type: ignore[method-assign]
        await pilot.press("tab", "right", "left")
        await pilot.pause(0.1)
        assert app.call.stage.focused_stream == app.call.stage.stream_at(1)
        assert not full
