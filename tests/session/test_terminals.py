"""Shared terminals in a session: ours to the others, theirs to us, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.world import FakeCamera, FakeTransport, FakeWorld, remote
from tests.session.rig import Heard, joined
from tui.domain.commands.local import ReadTerminal
from tui.domain.commands.own import StartShare, StopShare
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.media import MediaName
from tui.domain.terminal_text import NO_SCREEN, ShownTerminal, TerminalScreen
from tui.ports.devices import Camera, DeviceUnavailable
from tui.ports.transport_events import (
    ParticipantLeft,
    ParticipantUpdated,
    RemoteTrack,
    RowsReceived,
)
from tui.session import own_terminal, terminals
from tui.session.core import SessionCore
from tui.session.seat import Seat
from tui.wire.terminal_rows import ASK, END, MAX_UPDATE_BYTES, ScreenSoFar, changed, parse, whole

BO, ANA = ParticipantId("bo"), ParticipantId("ana")
THEIRS = StreamId(BO, TrackSource.SCREEN_SHARE)
ONE, TWO = TerminalScreen(20, ("one", "")), TerminalScreen(20, ("one", "two"), (3, 1))


class FakeTerminal(FakeCamera):
    """Shows what a test puts."""

    label = "terminal"

    def __init__(self) -> None:
        super().__init__()
        self.screens: asyncio.Queue[TerminalScreen | None] = asyncio.Queue()

    async def next_screen(self) -> TerminalScreen:
        screen = await self.screens.get()
        if screen is None:
            raise DeviceUnavailable("The terminal is closed.", "")
        return screen


def world_with_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeWorld, FakeTerminal]:
    world, terminal = FakeWorld(), FakeTerminal()
    world.transport.others = (remote("bo", name="Bo Chen"),)

    async def open_share(name: MediaName) -> Camera:
        return terminal

    monkeypatch.setattr(world.devices, "open_share", open_share)
    return world, terminal


def sent(transport: FakeTransport) -> list[tuple[bytes, tuple[ParticipantId, ...]]]:
    return [said for what, said in transport.said if what == "rows"]


async def until_sent(transport: FakeTransport, many: int) -> None:
    async with asyncio.timeout(10):
        while len(sent(transport)) < many:
            await asyncio.sleep(0)


async def test_ours_goes_out_as_changed_rows_and_whole_to_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, terminal = world_with_terminal(monkeypatch)
    async with joined(world) as (calls, heard):
        seat, transport = Seat(calls), world.transport
        await seat.do(StartShare("pane:/tmp/tmux:%0"))
        assert "share: You share your terminal. Everybody in the call sees it." in heard.texts
        terminal.screens.put_nowait(ONE)
        await until_sent(transport, 1)
        terminal.screens.put_nowait(TWO)
        await until_sent(transport, 2)
        bo = ScreenSoFar()
        assert all(bo.take(parse(message)) for message, to in sent(transport) if not to)
        assert bo.screen == TWO
        assert b"one" not in sent(transport)[1][0]

        transport.hear(RowsReceived(BO, ASK))
        await until_sent(transport, 3)
        message, to = sent(transport)[2]
        assert to == (BO,)
        late = ScreenSoFar()
        assert late.take(parse(message))
        assert late.screen == TWO
        # We read it, too; it is one share more of ours, and no tile here.
        assert await seat.do(ReadTerminal(ANA)) == ShownTerminal(2, TWO)

        await seat.do(StopShare())
        assert sent(transport)[-1] == (END, ())
        assert (await seat.do(ReadTerminal(ANA))).serial == 0
        assert calls.outlet.newest.terminals == ()


async def test_a_terminal_that_closes_ends_the_share_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, terminal = world_with_terminal(monkeypatch)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartShare("pane:/tmp/tmux:%0"))
        terminal.screens.put_nowait(ONE)
        terminal.screens.put_nowait(None)
        await heard.until(lambda: "onScreenShareStopped" in heard.events)
        assert "share: You no longer share anything. The terminal is closed." in heard.texts
        assert terminal.closed.is_set()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            CallsError(ErrorCode.NOT_SUPPORTED, "This call carries no terminal as text."),
            "This call carries no terminal as text.",
        ),
        (ValueError("?"), "Sending it failed, a fault in cellcall; the log says more."),
    ],
    ids=["not carried", "a fault"],
)
async def test_one_that_goes_out_as_pictures_only_says_so(
    monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    world, terminal = world_with_terminal(monkeypatch)

    async def refuse(message: bytes, to: tuple[ParticipantId, ...] = ()) -> bool:
        raise error

    monkeypatch.setattr(world.transport, "send_rows", refuse)
    told = f"share: The others see your terminal as pictures, not as text. {why}"
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartShare("pane:/tmp/tmux:%0"))
        terminal.screens.put_nowait(ONE)
        await heard.until(lambda: told in heard.texts)
        assert "onScreenShareStopped" not in heard.events
        assert calls.outlet.newest.local is not None and calls.outlet.newest.local.shares
        assert not terminal.closed.is_set()


async def test_whatever_it_shows_no_more_is_sent_than_a_line_carries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, terminal = world_with_terminal(monkeypatch)
    slept: list[float] = []
    at_s = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal at_s
        slept.append(seconds)
        at_s += seconds
        while not terminal.screens.empty():  # all that is shown meanwhile
            await real_sleep(0)

    real_sleep = asyncio.sleep
    clock = replace(world.world().clock, monotonic_s=lambda: at_s, sleep=sleep)
    shown: list[TerminalScreen] = []

    async def show(screen: TerminalScreen) -> None:
        shown.append(screen)

    own = own_terminal.OwnTerminal(terminal, world.transport, show, clock)
    for number in range(3000):
        terminal.screens.put_nowait(TerminalScreen(200, (f"{number} " + "x" * 190,) * 40))
    terminal.screens.put_nowait(ONE)
    running = asyncio.create_task(own.run())
    bo = ScreenSoFar()
    read = 0
    async with asyncio.timeout(30):
        while bo.screen != ONE:
            await real_sleep(0)
            for message, _ in sent(world.transport)[read:]:
                bo.take(parse(message))
                read += 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not bo.lost
    size = sum(len(message) for message, _ in sent(world.transport))
    assert size <= own_terminal.BURST_BYTES + own_terminal.BYTES_PER_S * at_s + MAX_UPDATE_BYTES
    assert len(shown) == 3001


async def shares(world: FakeWorld, heard: Heard, calls: SessionCore) -> None:
    """Bo begins to share."""
    bo = remote("bo", name="Bo Chen")
    track = RemoteTrack("TR_share", TrackSource.SCREEN_SHARE, False, 1280, 720)
    world.transport.hear(ParticipantUpdated(replace(bo, tracks=(*bo.tracks, track))))
    await heard.until(lambda: calls.outlet.newest.shares == (THEIRS,))


async def test_theirs_is_asked_for_and_read_until_it_ends() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await shares(world, heard, calls)
        await until_sent(world.transport, 1)
        assert sent(world.transport) == [(ASK, (BO,))]
        assert calls.outlet.newest.terminals == ()
        for message in whole(ONE, 4):
            world.transport.hear(RowsReceived(BO, message))
        await heard.until(lambda: calls.outlet.newest.terminals == (THEIRS,))
        assert "share: Bo Chen shares a terminal. /share read reads it." in heard.texts
        first = await seat.do(ReadTerminal(BO))
        assert first.screen == ONE
        reading = asyncio.create_task(seat.do(ReadTerminal(BO, first.serial)))
        for message in changed(ONE, TWO, 5):
            world.transport.hear(RowsReceived(BO, message))
        second = await reading
        assert second.screen == TWO
        assert second.serial > first.serial
        reading = asyncio.create_task(seat.do(ReadTerminal(BO, second.serial)))
        world.transport.hear(ParticipantLeft(BO))
        assert await reading == ShownTerminal(0, NO_SCREEN)
        assert calls.outlet.newest.terminals == ()


async def test_hostile_rows_are_refused_and_a_whole_screen_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terminals, "ASK_AGAIN_S", 0.01)
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await shares(world, heard, calls)
        world.transport.hear(RowsReceived(BO, whole(ONE, 0)[0]))
        await heard.until(lambda: calls.outlet.newest.terminals == (THEIRS,))
        shown = await seat.do(ReadTerminal(BO))
        asked = len(sent(world.transport))
        world.transport.hear(RowsReceived(BO, b"1 rows 20 2 1 -1 -1\n0\t\x1b]0;x\x07"))
        await until_sent(world.transport, asked + 1)
        assert await seat.do(ReadTerminal(BO)) == shown
        world.transport.hear(RowsReceived(BO, whole(TWO, 9)[0]))
        assert (await seat.do(ReadTerminal(BO, shown.serial))).screen == TWO


async def test_who_floods_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        await shares(world, heard, calls)
        screen = TerminalScreen(490, ("x" * 490,) * 28)
        (message,) = whole(screen, 0)
        read = 0

        def counted(raw: bytes) -> object:
            nonlocal read
            read += len(raw)
            return parse(raw)

        monkeypatch.setattr(terminals, "parse", counted)
        # Ending a terminal between gives nobody more to send.
        for _ in range(200):
            world.transport.hear(RowsReceived(BO, message))
            world.transport.hear(RowsReceived(BO, END))
        world.transport.hear(ParticipantUpdated(remote("di", name="Di")))
        await heard.until(lambda: len(calls.outlet.newest.participants) == 3)
        assert 200 * len(message) > 2 * read > 0
        assert read <= 2 * terminals.BURST_BYTES


async def test_who_shows_and_hides_a_terminal_all_the_time_is_told_of_once() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        await shares(world, heard, calls)
        for _ in range(500):
            world.transport.hear(RowsReceived(BO, whole(ONE, 0)[0]))
            world.transport.hear(RowsReceived(BO, END))
        before = calls.outlet.newest.serial
        world.transport.hear(ParticipantUpdated(remote("di", name="Di")))
        await heard.until(lambda: len(calls.outlet.newest.participants) == 3)
        assert [told for told in heard.texts if "terminal" in told] == [
            "share: Bo Chen shares a terminal. /share read reads it."
        ]
        most = 2 * terminals.BURST_BYTES / terminals.SHOWING_COSTS
        assert calls.outlet.newest.serial - before < most


async def test_rows_of_nobody_are_nobodys() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        world.transport.hear(RowsReceived(ParticipantId("eve"), whole(ONE, 0)[0]))
        world.transport.hear(RowsReceived(ParticipantId("eve"), ASK))
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen")))
        await heard.until(lambda: len(calls.outlet.newest.participants) == 2)
        assert calls.outlet.newest.terminals == ()
