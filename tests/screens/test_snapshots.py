"""Pictures of every screen, to see a change of looks in review (spec ux 4.2).

`pytest tests/screens/test_snapshots.py --snapshot-update` after a change that is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cellcall.testing import ConnectionLost, Shares

from tests.fakes.handle import NOW_MS, FakeHandle
from tests.fakes.people import changed
from tests.screens.driving import Driver, logged_in, make_app, until
from tests.screens.scripted_call import (
    SCRIPT,
    TALKED_S,
    ScriptedHandle,
    pressing,
    scripted_handle,
)
from tui.app import CallApp
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import ListCalls
from tui.domain.participant import Role
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, Phase, RunningSession
from tui.front.start import StartPlan

Compare = Callable[..., bool]
SMALL, LARGE = (80, 24), (120, 36)


def lobby_handle() -> FakeHandle:
    handle = logged_in()
    handle.running = (RunningSession("standup", NOW_MS - 600_000, ("Bo Chen", "Chi Okafor")),)
    handle.log = (
        LoggedCall("retro", NOW_MS - 86_400_000, NOW_MS - 82_920_000, ("Ana Lopez", "Bo Chen")),
    )
    return handle


def call_handle() -> FakeHandle:
    return logged_in("Bo Chen", "Chi Okafor", "Dee Park")


async def settle(handle: FakeHandle, pilot: Driver) -> None:
    """In the call, everybody's camera off, something in every field of the status line."""
    app: Any = pilot.app
    await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
    app.ui.clock.now_ms += 754_000
    handle.change(
        participants=tuple(_dressed(participant) for participant in handle.snapshot().participants),
        dominant_speaker="bo",
    )
    handle.push(ChatMessage("bo", "Bo Chen", "notes are at example.org/n", NOW_MS))
    await until(pilot, lambda: "notes are" in app.call.chat.log_view.plain, "the chat")
    app.clear_notifications()
    await pilot.pause()


def _dressed(participant: Any) -> Any:
    return changed(
        participant,
        video_paused=True,
        speaking=participant.uid == "bo",
        role=Role.MODERATOR if participant.is_local else Role.NONE,
        audio_muted=participant.uid == "chi",
        hand_raised_at_ms=NOW_MS if participant.uid == "dee" else 0,
    )


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x36"])
def test_login(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(FakeHandle(), StartPlan()), terminal_size=size)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x36"])
def test_sessions(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = make_app(lobby_handle(), StartPlan())

    async def listed(pilot: Driver) -> None:
        await until(pilot, lambda: app.ui.handle.called(ListCalls))  # type: ignore[attr-defined]
        await pilot.press("escape")

    assert snap_compare(app, terminal_size=size, run_before=listed)


SCENES = {
    "call": (),
    "chat": ("c",),
    "people": ("p",),
    "devices": ("s",),
    "help": ("question_mark",),
    "leave": ("l",),
    "menu": ("p", "enter"),
    "leader": ("ctrl+g",),
    "command": ("colon", "u", "n"),
}


def scripted_app(handle: ScriptedHandle, **options: Any) -> CallApp:
    return make_app(handle, clock=handle.calls._room.clock.unix_ms, **options)


@pytest.mark.parametrize("scene", SCENES)
def test_call(snap_compare: Compare, scene: str) -> None:
    keys = SCENES[scene]
    handle = scripted_handle(pictures="none" if keys else "bars")
    after = pressing(handle, *keys)
    assert snap_compare(scripted_app(handle), terminal_size=SMALL, run_before=after)


def test_call_large(snap_compare: Compare) -> None:
    handle = scripted_handle(pictures="none")
    after = pressing(handle, "c")
    assert snap_compare(scripted_app(handle), terminal_size=LARGE, run_before=after)


def test_call_light(snap_compare: Compare) -> None:
    handle = scripted_handle(pictures="none")
    app = scripted_app(handle, theme="call-light")
    assert snap_compare(app, terminal_size=SMALL, run_before=pressing(handle, "p"))


def test_shares(snap_compare: Compare) -> None:
    handle = scripted_handle((*SCRIPT, Shares("Dee Park", at_s=9)))
    assert snap_compare(scripted_app(handle), terminal_size=LARGE, run_before=pressing(handle))


def test_connection_lost(snap_compare: Compare) -> None:
    handle = scripted_handle((*SCRIPT, ConnectionLost(at_s=TALKED_S - 1)))
    assert snap_compare(scripted_app(handle), terminal_size=SMALL, run_before=pressing(handle))


def test_banner(snap_compare: Compare) -> None:
    handle = call_handle()
    app = make_app(handle)

    async def broken(pilot: Driver) -> None:
        await settle(handle, pilot)
        problem = "PortAudio is not installed."
        handle.change(
            phase=Phase.LIVE,
            devices=(
                DeviceState(
                    DeviceKind.MICROPHONE, "none", problem, "sudo apt install libportaudio2"
                ),
            ),
        )
        await until(pilot, lambda: app.call and app.call.banner.text, "the banner")
        await pilot.pause()

    assert snap_compare(app, terminal_size=SMALL, run_before=broken)


def test_small(snap_compare: Compare) -> None:
    handle = scripted_handle()
    assert snap_compare(scripted_app(handle), terminal_size=(40, 12), run_before=pressing(handle))
