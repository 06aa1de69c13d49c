"""Push-to-talk in the session: a lease, so that nobody's end leaves an open microphone (KEY-05)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import joined
from tui.domain.commands.own import KeepTalking, SetMuted, SetTalking
from tui.domain.ids import TrackSource
from tui.domain.media import BLOCK_SAMPLES
from tui.domain.snapshot import Snapshot
from tui.domain.talk import LEASE_S
from tui.ports.transport_events import MutedByServer, Reconnecting
from tui.session.core import SessionCore
from tui.session.seat import Seat


def local_muted(snapshot: Snapshot) -> bool:
    assert snapshot.local is not None
    return snapshot.local.audio_muted


def gate_closed(calls: SessionCore) -> bool:
    assert calls.current.newest is not None
    return calls.current.newest.media.capture.muted


async def test_talking_opens_and_closes_without_a_word() -> None:
    world = FakeWorld()
    async with joined(world, startAudioMuted=True) as (calls, heard):
        seat = Seat(calls)
        before = list(heard.texts)
        await seat.do(SetTalking(True))
        assert calls.outlet.newest.talking and not local_muted(calls.outlet.newest)
        assert not gate_closed(calls)
        await seat.do(SetTalking(False))
        assert not calls.outlet.newest.talking and local_muted(calls.outlet.newest)
        assert gate_closed(calls)
        assert heard.texts == before
        assert [v for n, v in world.transport.said if n == "muted-microphone"] == [False, True]


async def test_without_renewal_it_closes_after_the_lease() -> None:
    world = FakeWorld()
    async with joined(world, startAudioMuted=True) as (calls, heard):
        seat = Seat(calls)
        await seat.do(SetTalking(True))
        for _ in range(4):
            world.time.now_s += LEASE_S / 2
            await seat.do(KeepTalking())
            assert not gate_closed(calls)
        world.time.now_s += LEASE_S
        await heard.until(lambda: gate_closed(calls))
        await heard.until(lambda: local_muted(calls.outlet.newest))
        assert "mic: Microphone off: the talk key was lost." in heard.texts
        await seat.do(KeepTalking())
        assert gate_closed(calls), "a late word opens nothing"


@pytest.mark.parametrize(
    "event", [MutedByServer(TrackSource.MICROPHONE), Reconnecting(1, 0.5)], ids=["host", "network"]
)
async def test_a_host_and_a_lost_connection_close_it(event: Any) -> None:
    world = FakeWorld()
    async with joined(world, startAudioMuted=True) as (calls, heard):
        seat = Seat(calls)
        await seat.do(SetTalking(True))
        world.transport.hear(event)
        await heard.until(lambda: local_muted(calls.outlet.newest))
        assert gate_closed(calls) and not calls.outlet.newest.talking


async def test_unmuting_while_talking_stays_on_and_an_open_microphone_is_left_alone() -> None:
    world = FakeWorld()
    async with joined(world, startAudioMuted=True) as (calls, heard):
        seat = Seat(calls)
        await seat.do(SetTalking(True))
        await Seat(calls).do(SetMuted(False))
        assert not calls.outlet.newest.talking
        await seat.do(SetTalking(False))
        assert not gate_closed(calls)
        await seat.do(SetTalking(True))
        assert not calls.outlet.newest.talking
        world.time.now_s += 60
        await seat.do(SetTalking(False))
        assert not gate_closed(calls)
        assert heard.texts[-1] == "mic: Microphone on."


async def test_talking_into_a_muted_microphone_is_hinted_at_most_each_30_s() -> None:
    world = FakeWorld()
    hint = "mic: You are talking while muted."
    async with joined(world, startAudioMuted=True) as (calls, heard):
        loud = np.full(BLOCK_SAMPLES, 8000, np.int16)
        await heard.until(lambda: world.devices.microphone.on_block)

        def speak() -> bool:
            on_block = world.devices.microphone.on_block
            assert on_block is not None
            for _ in range(40):
                on_block(loud)
            return calls.outlet.newest.talking_while_muted

        await heard.until(speak)
        assert heard.texts.count(hint) == 1
        await Seat(calls).do(SetMuted(False))
        await heard.until(lambda: not calls.outlet.newest.talking_while_muted)
        await Seat(calls).do(SetMuted(True))
        await heard.until(speak)
        assert heard.texts.count(hint) == 1
        await Seat(calls).do(SetMuted(False))
        await heard.until(lambda: not calls.outlet.newest.talking_while_muted)
        world.time.now_s += 31
        await Seat(calls).do(SetMuted(True))
        await heard.until(speak)
        assert heard.texts.count(hint) == 2
