"""The call in somebody else's app: its rectangle, its keys, its colours, its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import ListView

from tests.fakes.handle import ANA, NOW_MS, FakeHandle, people
from tests.panel.desk import Desk
from tests.panel.desk_program import COLOURS
from tests.screens.driving import text_of
from tests.screens.test_contrast import faint
from tests.stage.terminal import Terminal
from tui.domain.commands.call import Invite, JoinById, Leave, SendChat
from tui.domain.commands.own import SetMuted
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, EndReason, IdlePrompt
from tui.front.qr import qr_lines
from tui.panel.call_panel import CallPanel
from tui.panel.card import Card
from tui.panel.dialog import Dialog, IdleDialog
from tui.panel.qr_card import QrCard

SIZES = [(60, 20), (100, 30)]
LIST_COLUMNS = 20


def calling(*names: str) -> FakeHandle:
    handle = FakeHandle(remotes=people(*(names or ("Bo Chen", "Chi Okafor"))))
    handle.change(user=ANA)
    return handle


@asynccontextmanager
async def at_the_desk(
    handle: FakeHandle, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[Desk, Pilot[None]]]:
    """The app with the call in it, joined; its list has the focus."""
    app = Desk(handle)
    async with app.run_test(size=size) as pilot:
        await handle.do(JoinById("standup", {}, MediaChoice()))
        await until(pilot, lambda: panel_of(app).view.snapshot.in_session, "the call")
        yield app, pilot


def panel_of(app: Desk) -> CallPanel:
    return app.query_one(CallPanel)


async def until(pilot: Pilot[None], holds: Callable[[], object], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + 5
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited in vain for {what}:\n{text_of(pilot.app)}")
        await pilot.pause(0.01)


def beside(app: Desk) -> list[str]:
    """What stands beside the panel."""
    return [line[:LIST_COLUMNS].rstrip() for line in text_of(app).splitlines()]


async def open_with(app: Desk, pilot: Pilot[None], key: str, kind: type[Card]) -> Card:
    panel_of(app).view.focus()
    await pilot.press(key)
    await until(pilot, lambda: app.query(kind), f"the card of {key}")
    await pilot.pause()
    return app.query_one(kind)


@pytest.mark.parametrize("size", SIZES)
async def test_all_of_it_is_in_its_own_rectangle(size: tuple[int, int]) -> None:
    async with at_the_desk(calling(), size) as (app, pilot):
        panel = panel_of(app)
        await until(pilot, lambda: "2 Bo Chen" in text_of(app), "the tiles")
        assert panel.region.x == LIST_COLUMNS and panel.region.right == size[0]
        for widget in panel.walk_children():
            assert not widget.region or panel.region.contains_region(widget.region)
        lines = text_of(app).splitlines()
        assert lines[0][LIST_COLUMNS:].strip().startswith("standup")
        assert "MIC on" in lines[-2]
        assert [line for line in beside(app) if line] == ["Ticket 0", "Ticket 1", "Ticket 2"]


async def test_its_own_size_decides_how_it_is_laid_out() -> None:
    async with at_the_desk(calling(), (100, 30)) as (app, pilot):
        view = panel_of(app).view
        assert view.has_class("-w80") and view.has_class("-h18")
        view.focus()
        await pilot.press("c")
        await until(pilot, lambda: view.chat.region.width, "the chat beside the tiles")
        assert view.stage.region.width and view.chat.region.right == 100
        await pilot.resize_terminal(60, 20)
        await until(pilot, lambda: view.has_class("-w20"), "the narrow form")
        await until(pilot, lambda: not view.stage.region.width, "the chat in place of the tiles")
        await pilot.resize_terminal(38, 20)
        await until(pilot, lambda: view.has_class("-w0"), "the smallest form")
        await until(pilot, lambda: "18x20: enlarge" in text_of(app), "why nothing is drawn")


async def test_keys_act_only_with_the_focus_in_it() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        assert isinstance(app.focused, ListView)
        assert "Tab or a click: keys of the call" in text_of(app)
        await pilot.press("m", "c", "l", "ctrl+t", "question_mark")
        await pilot.pause(0.2)
        assert not handle.called(SetMuted) and not panel_of(app).view.open_panel
        assert not app.query(Card)
        await pilot.press("tab")
        await until(pilot, lambda: "m Mic" in text_of(app), "which keys act now")
        await pilot.press("m")
        await until(pilot, lambda: handle.called(SetMuted) == [SetMuted(True)], "m")
        await pilot.press("shift+tab", "m")
        await pilot.pause(0.2)
        assert handle.called(SetMuted) == [SetMuted(True)]


async def test_a_click_gives_it_the_keys() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        await pilot.click("StatusLine")
        await until(pilot, lambda: app.focused is panel_of(app).view, "the focus")
        await pilot.press("m")
        await until(pilot, lambda: handle.called(SetMuted), "m")


async def test_what_is_typed_into_the_chat_is_no_key() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        panel_of(app).view.focus()
        await pilot.press("c")
        await until(pilot, lambda: app.focused is panel_of(app).view.chat.input, "the chat")
        await pilot.press(*"mr", "enter")
        await until(pilot, lambda: handle.called(SendChat), "the message")
        assert not handle.called(SetMuted)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: handle.called(SetMuted), "the key that acts there, too")


async def test_what_was_not_sent_is_in_the_field_again() -> None:
    handle = calling()

    async def lost(_: object) -> None:
        raise CallsError(ErrorCode.CONNECTION_FAILED, "Not sent: there was no connection.")

    handle.instead[SendChat] = lost
    async with at_the_desk(handle) as (app, pilot):
        panel = panel_of(app)
        panel.view.focus()
        await pilot.press("c")
        await until(pilot, lambda: app.focused is panel.view.chat.input, "the chat")
        await pilot.press(*"hello", "enter")
        await until(pilot, lambda: panel.view.chat.input.value == "hello", "the words again")
        said = panel.notices.event_log.lines()[-1].plain
        assert "It is in the chat's field again: Enter sends it." in said
        del handle.instead[SendChat]
        await pilot.press("enter")
        await until(pilot, lambda: handle.messages, "the message")


async def test_what_was_not_sent_while_another_line_is_written_is_up_in_the_chat() -> None:
    handle = calling()
    told = asyncio.Event()

    async def lost(_: object) -> None:
        await told.wait()
        raise CallsError(ErrorCode.CONNECTION_FAILED, "Not sent: there was no connection.")

    handle.instead[SendChat] = lost
    async with at_the_desk(handle) as (app, pilot):
        panel = panel_of(app)
        panel.view.focus()
        await pilot.press("c")
        field = panel.view.chat.input
        await until(pilot, lambda: app.focused is field, "the chat")
        await pilot.press(*"one", "enter", *"two")
        told.set()
        last = panel.notices.event_log.lines
        await until(pilot, lambda: "Up in the chat has it" in last()[-1].plain, "a word of it")
        assert field.value == "two"
        field.value = ""
        await pilot.press("up")
        assert field.value == "one"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["l", "question_mark", "ctrl+g", "a"])
async def test_cards_lie_in_it_and_the_rest_of_the_app_stays(
    size: tuple[int, int], key: str
) -> None:
    async with at_the_desk(calling(), size) as (app, pilot):
        before = beside(app)
        card = await open_with(app, pilot, key, Card)
        panel = panel_of(app)
        assert card.region.area and panel.region.contains_region(card.region)
        assert beside(app) == before
        assert app.focused in card.walk_children(with_self=True)
        await pilot.press("escape")
        await until(pilot, lambda: not app.query(Card), "the call again")
        assert app.focused is panel.view


async def test_tab_leads_out_of_a_card_to_the_app_and_not_to_what_it_covers() -> None:
    async with at_the_desk(calling()) as (app, pilot):
        card = await open_with(app, pilot, "l", Dialog)
        seen = set()
        for _ in range(8):
            await pilot.press("tab")
            seen.add(type(app.focused).__name__)
        assert seen == {"PlainButton", "ListView"}
        assert card.is_attached


async def test_a_key_of_the_call_does_nothing_under_a_card() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        await open_with(app, pilot, "l", Dialog)
        await pilot.press("m", "c")
        await pilot.pause(0.1)
        assert not handle.called(SetMuted) and not panel_of(app).view.open_panel
        await pilot.press("ctrl+t")
        await until(pilot, lambda: handle.called(SetMuted), "the key that acts in dialogs, too")


async def test_a_small_panel_shows_all_buttons_of_a_dialog() -> None:
    async with at_the_desk(calling(), (44, 10)) as (app, pilot):
        await open_with(app, pilot, "l", Dialog)
        for label in ("l Leave", "a End for all", "s Stay"):
            await until(pilot, lambda label=label: label in text_of(app), label)  # type: ignore[misc]
            await pilot.press("down")


async def test_the_idle_prompt_comes_and_goes() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        handle.change(idle=IdlePrompt(NOW_MS + 180_000))
        shown = lambda: any(card.region for card in app.query(IdleDialog))  # noqa: E731
        await until(pilot, shown, "the prompt")
        assert panel_of(app).region.contains_region(app.query_one(IdleDialog).region)
        handle.change(idle=None)
        await until(pilot, lambda: not app.query(IdleDialog), "its end")


async def test_toasts_stay_in_it() -> None:
    async with at_the_desk(calling(), (60, 20)) as (app, pilot):
        panel = panel_of(app)
        panel.toast("a word of two")
        await until(pilot, lambda: "a word of two" in text_of(app), "the toast")
        assert not app._notifications
        for toast in app.query(".toast"):
            assert panel.region.contains_region(toast.region)


async def test_leaving_tells_the_app() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        await open_with(app, pilot, "l", Dialog)
        await pilot.press("enter")
        await until(pilot, lambda: app.ended, "the end")
        assert app.ended[0].after.ended is EndReason.LEFT
        assert handle.called(Leave)
        await until(pilot, lambda: "You left." in text_of(app), "what has happened")


async def test_without_the_panel_there_is_no_call_and_another_begins_anew() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        await panel_of(app).remove()
        await until(pilot, lambda: handle.called(Leave), "leaving")
        assert not handle.snapshot().in_session
        other = calling("Dee Park")
        await app.query_one("#desk").mount(CallPanel(other))
        await other.do(JoinById("retro", {}, MediaChoice()))
        await until(pilot, lambda: "2 Dee Park" in text_of(app), "the other call")
        panel_of(app).view.focus()
        await pilot.press("m")
        await until(pilot, lambda: other.called(SetMuted), "its keys")
        assert not handle.called(SetMuted)


async def test_an_app_that_ends_leaves_the_call() -> None:
    handle = calling()
    async with at_the_desk(handle):
        assert handle.snapshot().in_session
    assert handle.called(Leave)


@pytest.mark.parametrize(
    "theme", ["textual-dark", "textual-light", "monokai", "dracula", "flexoki", "rose-pine-dawn"]
)
async def test_every_text_can_be_read_in_the_app_s_own_theme(theme: str) -> None:
    handle = calling()
    async with at_the_desk(handle, (110, 30)) as (app, pilot):
        app.theme = theme
        panel_of(app).view.focus()
        broken = DeviceState(DeviceKind.CAMERA, "none", "No camera found.", "plug one in")
        handle.change(dominant_speaker="bo", unread_chat=2, devices=(broken,))
        handle.change_participant("bo", speaking=True, hand_raised_at_ms=1)
        handle.push(ChatMessage("bo", "Bo Chen", "hello", NOW_MS))
        await pilot.pause(0.1)
        for key in ("c", "escape", "p", "s", "l"):
            await pilot.press(key)
            await pilot.pause(0.05)
            assert not list(faint(app, 4.5)), key


def test_pictures_are_drawn_in_it_by_textual_s_own_driver(tmp_path: Path) -> None:
    file = tmp_path / "places"
    terminal = Terminal(["-m", "tests.panel.desk_program", str(file)], 100, 30)
    drawn: list[list[str]] = []

    def look(_mark: list[str]) -> None:
        rows = terminal.screen.buffer
        drawn.append(
            [
                "".join(rows[y][x].data for x in range(LIST_COLUMNS)).strip()
                for y in range(terminal.screen.lines)
            ]
        )
        for who, (x, y, width, height) in json.loads(file.read_text()).items():
            colour = "".join(f"{part:02x}" for part in COLOURS[who])
            cells = [rows[y + j][x + i] for j in range(height - 1) for i in range(width)]
            assert {cell.bg for cell in cells} == {colour}, who

    try:
        terminal.run(look, timeout_s=60)
    finally:
        terminal.close()
    assert [line for line in drawn[0] if line] == ["Ticket 0", "Ticket 1", "Ticket 2"]


async def test_a_code_for_a_phone_is_whole_on_80_by_24() -> None:
    handle = calling()
    async with at_the_desk(handle, (LIST_COLUMNS + 80, 24)) as (app, pilot):
        panel_of(app).view.focus()
        await pilot.press(":", *"invite", "space", *"qr", "enter")
        await until(pilot, lambda: app.query(QrCard), "the code")
        await pilot.pause()
        code = app.query_one(QrCard).query_one(".code")
        assert code.region.height == code.virtual_size.height
        assert code.region in panel_of(app).region
        rows = [line[LIST_COLUMNS:] for line in text_of(app).splitlines()]
        for row in qr_lines(await handle.do(Invite())):
            assert any(line.startswith(row) for line in rows), row
        await pilot.press("escape")
        await until(pilot, lambda: not app.query(QrCard), "its end")
