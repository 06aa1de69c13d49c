"""Several front ends hold the talk key, mute, die and come late, in any order (hypothesis).

The microphone is open exactly while it is on, or while somebody's lease lasts: nothing that is
lost, late or repeated leaves it open.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.fakes.world import FakeWorld
from tests.session.rig import joined
from tui.domain.commands import Command
from tui.domain.commands.own import KeepTalking, SetMicrophoneClosed, SetMuted, SetTalking
from tui.domain.ids import TrackSource
from tui.domain.talk import LEASE_S
from tui.session.seat import Seat

SEATS = st.integers(0, 2)


class TalkKeys(RuleBasedStateMachine):
    """Three front ends of one call, and what the microphone must be."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.world = FakeWorld()
        self.core, _ = self.runner.run(
            self.stack.enter_async_context(joined(self.world, startAudioMuted=True))
        )
        self.seats = [Seat(self.core) for _ in range(3)]
        self.on = False
        """By itself, without a talk key."""
        self.until_s: dict[int, float] = {}
        """Until when each seat's lease lasts."""

    @property
    def now_s(self) -> float:
        return self.world.time.now_s

    def do(self, seat: int, command: Command[None]) -> None:
        self.runner.run(self.seats[seat].do(command))

    @rule(seat=SEATS)
    def press(self, seat: int) -> None:
        self.do(seat, SetTalking(True))
        if not self.on:
            self.until_s[seat] = self.now_s + LEASE_S

    @rule(seat=SEATS)
    def let_go(self, seat: int) -> None:
        self.do(seat, SetTalking(False))
        self.until_s.pop(seat, None)

    @rule(seat=SEATS)
    def keep(self, seat: int) -> None:
        self.do(seat, KeepTalking())
        if seat in self.until_s:
            self.until_s[seat] = self.now_s + LEASE_S

    @rule(seat=SEATS)
    def die(self, seat: int) -> None:
        self.runner.run(self.seats[seat].leave())
        self.seats[seat] = Seat(self.core)
        self.until_s.pop(seat, None)

    @rule(seat=SEATS, muted=st.booleans())
    def mute(self, seat: int, muted: bool) -> None:
        self.do(seat, SetMuted(muted))
        self.on = not muted
        self.until_s.clear()

    @rule(seat=SEATS)
    def close_device(self, seat: int) -> None:
        self.do(seat, SetMicrophoneClosed(True))
        self.on = False
        self.until_s.clear()

    @rule()
    def moderator_mutes(self) -> None:
        call = self.core.current.joined()
        if not call.own.local.audio_muted:
            # By the server, which has told everybody already.
            self.world.transport.said.append(("muted-microphone", True))
            self.runner.run(call.own.muted_by_moderator(TrackSource.MICROPHONE))
            self.on = False
            self.until_s.clear()

    @rule(seconds=st.sampled_from([0.3, LEASE_S / 2, LEASE_S]))
    def time_passes(self, seconds: float) -> None:
        self.world.time.now_s += seconds
        self.runner.run(self.core.current.joined().own.tick())
        lasting = {seat: end for seat, end in self.until_s.items() if end > self.now_s}
        self.until_s = lasting

    @invariant()
    def it_is_open_only_while_it_may_be(self) -> None:
        call = self.core.current.joined()
        is_open = self.on or bool(self.until_s)
        assert call.media.capture.muted is not is_open
        assert self.core.outlet.newest.talking is bool(self.until_s)
        local = self.core.outlet.newest.local
        assert local is not None and local.audio_muted is not is_open
        said = [value for name, value in self.world.transport.said if name == "muted-microphone"]
        assert (said[-1] if said else True) is not is_open, "the others are told the same"

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


TestTalkKeys = TalkKeys.TestCase
TestTalkKeys.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
