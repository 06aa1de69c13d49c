"""Cards have room for all that is in them, on every size, and hide nothing that must be seen."""

from __future__ import annotations

import pytest
from textual.widgets import Button

from tests.fakes.people import changed
from tests.screens.driving import card, in_call, logged_in, make_app, text_of, until
from tui.domain.participant import Role
from tui.panel.dialog import Dialog
from tui.panel.help import TextCard
from tui.panel.qr_card import QrCard
from tui.widgets.key_table import KeyTable


@pytest.mark.parametrize("columns", [50, 60, 80, 240])
@pytest.mark.parametrize("keys", ["l", "d", "o", "p enter"])
async def test_no_button_of_a_dialog_is_cut(keys: str, columns: int) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, keeps=True)
    async with in_call(app, (columns, 24)) as pilot:
        everybody = handle.snapshot().participants
        handle.change(participants=tuple(changed(p, role=Role.MODERATOR) for p in everybody))
        await pilot.pause()
        await pilot.press(*keys.split())
        await until(pilot, lambda: isinstance(card(app), Dialog), "the question")
        await pilot.pause()
        for button in app.screen.query(Button):
            room = button.parent.parent.content_region  # type: ignore[union-attr]
            assert room.x <= button.region.x, button.label
            assert button.region.right <= room.right, button.label


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (240, 67)])
async def test_the_words_of_the_help_keep_off_its_scrollbar(size: tuple[int, int]) -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, size) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(card(app), TextCard), "the help")
        await pilot.pause()
        table = app.screen.query_one(KeyTable)
        room = table.parent.scrollable_content_region.width  # type: ignore[union-attr]
        assert room > 30
        assert max(len(line.plain) for line in table.lines(table.content_size.width)) < room


@pytest.mark.parametrize("size", [(80, 24), (240, 67)])
async def test_a_code_stands_in_the_middle(size: tuple[int, int]) -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, size) as pilot:
        await pilot.press("colon", *"invite", "space", *"qr", "enter")
        await until(pilot, lambda: isinstance(card(app), QrCard), "the code")
        await pilot.pause()
        shown = app.screen.query_one(QrCard).region
        assert shown.width == min(size[0], 90)
        assert abs(shown.x - (size[0] - shown.right)) <= 1


async def test_the_keys_after_the_leader_leave_the_microphones_state_readable() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, (80, 24)) as pilot:
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "Key?" in text_of(app), "the keys")
        assert "MIC on" in text_of(app)
