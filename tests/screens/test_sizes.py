"""Every size: nothing raises, the microphone's state stays readable (spec ux 5, LAY-T2, LAY-T3)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle
from tests.fakes.people import person
from tests.screens.driving import called, in_call, logged_in, make_app, running, text_of, until
from tui.domain.commands.account import ListRunning
from tui.domain.commands.own import SetMuted
from tui.domain.guests import ACTIONS_OF_GUESTS
from tui.domain.participant import Role
from tui.domain.quality import PictureQuality
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, Phase, Snapshot
from tui.front.start import StartPlan
from tui.governor.report_words import QUALITY_HELP
from tui.panel.shown_words import alone_words
from tui.screens.login import LoginScreen
from tui.widgets.key_row import call_hints, fit_hints
from tui.widgets.status_line import clock_text, fit, status_fields

CROWD = ("Bo Chen", "Chi Okafor", "Dee Park", "Eli Moss", "Fay Ito", "Gus Ek", "Hal Roe")


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (60, 20), (80, 24), (120, 40), (240, 67)])
async def test_lay_t2_the_microphone_and_the_way_out_are_always_shown(
    size: tuple[int, int],
) -> None:
    app = make_app(logged_in(*CROWD))
    async with in_call(app, size):
        screen = text_of(app)
        assert "MIC on" in screen
        if size[1] >= 10:
            assert "l Leave" in screen
            assert "? Help" in screen


async def test_the_header_is_drawn_for_what_it_says_alone() -> None:
    """It was drawn for each snapshot: over a slow link a key's answer had to wait for it."""
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        assert app.call is not None
        header = app.call.header
        await pilot.pause()
        drawn: list[object] = []
        header.refresh = lambda *regions, **how: drawn.append(regions)  # type: ignore[method-assign]
        await pilot.press("m")
        await until(pilot, lambda: "MIC off" in text_of(app))
        assert drawn == []
        handle.change(title="Planning")
        await until(pilot, lambda: drawn)


async def test_below_the_smallest_size_it_says_so_and_keys_still_act() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app, (18, 5)) as pilot:
        assert "20x6" in text_of(app)
        await pilot.press("m")
        await until(pilot, lambda: handle.called(SetMuted))


async def test_lay_t3_random_sizes_keep_focus_draft_and_panel() -> None:
    handle = logged_in(*CROWD)
    app = make_app(handle)
    sizes = random.Random(7)
    async with in_call(app, (100, 30)) as pilot:
        assert app.call is not None
        await pilot.press("c")
        await until(pilot, lambda: app.call and app.focused is app.call.chat.input)
        app.call.chat.input.value = "draft"
        shapes = [(1, 1), (300, 4), (3, 100), (220, 60)]
        shapes += [(sizes.randint(1, 140), sizes.randint(1, 40)) for _ in range(14)]
        for number, shape in enumerate(shapes):
            await pilot.resize_terminal(*shape)
            handle.push(ChatMessage("bo", "Bo Chen", "word " * number, NOW_MS))
            await pilot.pause()
        await pilot.resize_terminal(100, 30)
        await pilot.pause(0.05)
        assert app.call.chat.input.value == "draft"
        assert app.call.open_panel == "chat"
        assert app.is_running


def a_call(**fields: object) -> Snapshot:
    local = person("ana", "Ana Lopez", is_local=True, audio_muted=False, video_paused=False)
    known: dict[str, object] = {
        "phase": Phase.LIVE,
        "started_at_ms": NOW_MS,
        "joined_at_ms": NOW_MS + 60_000,
        "participants": (local, person("bo", "Bo Chen", speaking=True)),
    }
    return Snapshot(**{**known, **fields})  # type: ignore[arg-type]


class TestStatusLine:
    def test_words_in_a_fixed_order(self) -> None:
        fields = status_fields(
            a_call(unread_chat=3, dominant_speaker="bo"), NOW_MS + 754_000, page=1, pages=2
        )
        assert [field.text for field in fields] == [
            "MIC on",
            "CAM on",
            "chat 3",
            "> Bo Chen",
            "2 people",
            "page 1/2",
            "12:34",
        ]

    def test_nothing_moves_when_the_microphone_is_muted(self) -> None:
        muted = a_call(participants=(person("ana", "Ana Lopez", is_local=True, audio_muted=True),))
        on, off = (status_fields(call, NOW_MS, meter="||   ")[0].text for call in (a_call(), muted))
        assert (on.split()[1], off.split()[1], len(on)) == ("on", "off", len(off))

    def test_a_camera_that_does_not_work_is_not_on(self) -> None:
        missing = DeviceState(DeviceKind.CAMERA, "default", "No camera here.")
        said = [field.text for field in status_fields(a_call(devices=(missing,)), NOW_MS)]
        assert "CAM none" in said and "CAM on" not in said

    def test_a_microphone_that_is_not_open_yet_is_not_on(self) -> None:
        opening = DeviceState(DeviceKind.MICROPHONE, "default", opening=True)
        said = [field.text for field in status_fields(a_call(devices=(opening,)), NOW_MS)]
        assert said[0] == "MIC opening"

    def test_nothing_is_sent_while_reconnecting(self) -> None:
        fields = status_fields(a_call(phase=Phase.RECONNECTING), NOW_MS)
        assert [field.text for field in fields][:2] == ["MIC off (not sending)", "RECONNECTING"]

    @pytest.mark.parametrize("width", range(3, 90))
    def test_it_fits_and_keeps_the_microphone(self, width: int) -> None:
        fields = status_fields(a_call(dominant_speaker="bo", unread_chat=3), NOW_MS, pages=2)
        shown = fit(fields, width)
        assert shown[0][0].startswith("M")
        assert len("  ".join(text for text, _ in shown)) <= width

    @pytest.mark.parametrize(
        ("milliseconds", "text"), [(0, "00:00"), (754_000, "12:34"), (3_723_000, "1:02:03")]
    )
    def test_clock(self, milliseconds: int, text: str) -> None:
        assert clock_text(milliseconds) == text

    def test_minutes_only_changes_once_a_minute(self) -> None:
        assert clock_text(59_000, minutes_only=True) == "0 min"


@pytest.mark.parametrize("width", range(8, 140))
def test_lay_t2_the_key_row_fits_and_never_cuts_a_word(width: int) -> None:
    shown = fit_hints(call_hints(a_call()), width)
    text = " ".join(f"{hint.key} {hint.title}" for hint in shown)
    assert len(text) <= width or len(shown) == 1
    if width >= 14:
        assert "l Leave" in text


def test_a_guest_by_ssh_is_offered_only_what_guests_may_do() -> None:
    guest = replace(a_call(), guest=True)
    offered = {hint.action_id for hint in call_hints(guest)}
    assert offered <= ACTIONS_OF_GUESTS and "hand.toggle" in offered
    assert alone_words(replace(guest, participants=guest.participants[:1])) == "Alone here."


@pytest.mark.parametrize("size", [(20, 6), (30, 8), (40, 12)])
async def test_every_button_of_a_dialog_comes_into_view(size: tuple[int, int]) -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, size) as pilot:
        app.ui.handle.change_participant("ana", role=Role.MODERATOR)  # type: ignore[attr-defined]
        await pilot.pause()
        await pilot.press("l")
        for label in ("l Leave", "a End for all", "d Detach", "s Stay", "l Leave"):
            await until(pilot, lambda label=label: label in text_of(app), label)  # type: ignore[misc]
            assert label in str(app.focused.label)  # type: ignore[union-attr]
            await pilot.press("tab")
        await pilot.press("shift+tab", "shift+tab")
        await until(pilot, lambda: "s Stay" in text_of(app), "back again")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.base, "staying")


async def test_a_guest_of_this_machine_is_not_asked_whether_to_detach() -> None:
    """Nobody but its user can attach to a call again."""
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        handle = app.ui.handle
        handle.change(guest=True)  # type: ignore[attr-defined]
        await pilot.pause()
        await pilot.press("l")
        await until(pilot, lambda: "s Stay" in text_of(app), "the question")
        assert "Detach" not in text_of(app)


async def test_a_menu_on_a_small_screen_has_its_words_whole_and_no_toast_on_them() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, (40, 11), notifications=True) as pilot:
        await pilot.press("a")
        app.ui.toast("something else")
        await until(pilot, lambda: "h High" in text_of(app), "the menu")
        await until(pilot, lambda: app.screen.query("Toast"), "the toast, which is not shown")
        for _ in range(4):
            await pilot.press("tab")
        text = " ".join(line.strip(" ▌▁▂▃▄▅▆▇█") for line in text_of(app).splitlines())
        words = f"n Audio: {QUALITY_HELP[PictureQuality.AUDIO]}"
        assert words in text
        assert "something else" not in text


async def test_the_banner_of_devices_leaves_room_on_the_smallest_screen() -> None:
    handle = logged_in("Bo Chen")
    handle.change(
        devices=tuple(
            DeviceState(kind, "default", f"No {kind} found.", "Plug one in.") for kind in DeviceKind
        )
    )
    app = make_app(handle)
    async with in_call(app, (20, 6)) as pilot:
        await until(pilot, lambda: "! s: devices fail" in text_of(app), "the banner")
        assert app.call is not None
        assert app.call.banner.size.height == 1
        await until(pilot, lambda: "Bo Chen" in text_of(app), "the others")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "No camera found." in text_of(app), "all of it")


@pytest.mark.parametrize("size", [(20, 6), (30, 8), (40, 12)])
async def test_what_is_typed_is_seen_in_the_smallest_forms(size: tuple[int, int]) -> None:
    handle = FakeHandle()
    app = make_app(handle, StartPlan())
    async with running(app, size) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen))
        await pilot.press(*"http://h", "tab", *"ana")
        await until(pilot, lambda: "ana" in text_of(app) and "User ID" in text_of(app), "the user")
        await pilot.press("tab", *"key", "enter")
        await until(pilot, lambda: called(handle, ListRunning), "the sessions screen")
        await pilot.press(*"daily")
        await until(pilot, lambda: "daily" in text_of(app), "the session ID")
        await pilot.resize_terminal(size[0], size[1] + 1)
        await until(pilot, lambda: "daily" in text_of(app), "the session ID after a resize")


@pytest.mark.parametrize("columns", [40, 48, 55, 56])
async def test_no_button_of_the_sign_in_screen_and_the_lobby_is_cut(columns: int) -> None:
    lobby = make_app(logged_in(), StartPlan())
    for app in (make_app(FakeHandle(), StartPlan()), lobby):
        async with running(app, (columns, 40)) as pilot:
            await until(pilot, lambda: app.screen.query("PlainButton"), "the screen")  # noqa: B023
            await pilot.pause()
            for button in app.screen.query("PlainButton"):
                if button.region:
                    right = button.region.right
                    assert right <= columns, f"{button} ends in column {right}"
                    assert button.region.width >= len(str(button.render()).strip()), str(button)
