"""After a lost connection: who was there before and is there again has neither come nor gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from tests.fakes.loopback import LoopbackHub, LoopbackTransport
from tests.fakes.people import camera
from tests.fakes.world import FakeWorld
from tests.session.rig import APP, MEDIA, Heard
from tui.domain.commands.local import Pin
from tui.domain.happenings import (
    ConnectionRestored,
    HandLowered,
    HandRaised,
    Joined,
    Left,
    Present,
)
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.join import LiveKitJoin, TransportDocument
from tui.domain.media import AudioPacket, PlanarFrame
from tui.domain.participant import Quality
from tui.domain.snapshot import Phase
from tui.ports.transport import MediaReceiver
from tui.ports.transport_events import JoinedSession
from tui.session import upkeep
from tui.session.core import SessionCore
from tui.session.rejoin import AWAITED_S
from tui.session.seat import Seat

ROOM = "standup"


class Nothing:
    """Takes media, and looks at none."""

    def audio_packet(self, identity: ParticipantId, packet: AudioPacket) -> None: ...
    def audio_ended(self, identity: ParticipantId) -> None: ...
    def video_frame(
        self, identity: ParticipantId, source: TrackSource, frame: PlanarFrame
    ) -> None: ...
    def video_refused(self, stream: object) -> None: ...

    def video_ended(self, identity: ParticipantId, source: TrackSource) -> None: ...


class AsAna(LoopbackTransport):
    """Joins the hub, whatever the service's document says."""

    def __init__(self, hub: LoopbackHub):
        super().__init__(hub, retry_s=0.01)
        self._hub_token = hub.token(ROOM, ParticipantId("ana"), name="Ana Lopez")

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        return await super().join(LiveKitJoin("loopback:", self._hub_token), receiver)


class Scene:
    """`ana`, whose session is looked at, with Bo Chen and Chi Okafor, whose hand is up."""

    def __init__(self, hub: LoopbackHub, world: FakeWorld, calls: SessionCore):
        self.hub = hub
        self.world = world
        self.calls = calls
        self.heard = Heard(calls)
        self.others: dict[str, LoopbackTransport] = {}

    async def bring(self, uid: str, name: str) -> LoopbackTransport:
        transport = self.others[uid] = LoopbackTransport(self.hub, retry_s=0.03)
        token = self.hub.token(ROOM, ParticipantId(uid), name=name)
        await transport.join(LiveKitJoin("loopback:", token), Nothing())
        return transport

    def told(self) -> list[tuple[str, str]]:
        kinds = (Joined, Left, HandRaised, HandLowered)
        happenings = [one for one in self.heard.happenings if isinstance(one, kinds)]
        return [(type(one).__name__, one.person.name) for one in happenings]

    async def lose_everything(self) -> None:
        ended = len([one for one in self.heard.happenings if isinstance(one, ConnectionRestored)])
        self.hub.stop()
        await self.heard.until(lambda: self.calls.outlet.newest.phase is Phase.RECONNECTING)
        self.hub.start()
        await self.heard.until(
            lambda: (
                len([o for o in self.heard.happenings if isinstance(o, ConnectionRestored)]) > ended
            )
        )

    async def all_there(self, *names: str) -> None:
        def there() -> bool:
            people = self.calls.outlet.newest.participants
            awaited = any(one.quality is Quality.LOST for one in people)
            return not awaited and sorted(one.name for one in people) == sorted(names)

        await self.heard.until(there)


@asynccontextmanager
async def scene(*, new_ids: bool) -> AsyncIterator[Scene]:
    hub, world = LoopbackHub(new_ids=new_ids), FakeWorld()
    async with AsyncExitStack() as stack:
        calls = SessionCore(replace(world.world(), make_transport=lambda _document: AsAna(hub)))
        stack.push_async_callback(calls.aclose)
        one = Scene(hub, world, calls)
        await one.bring("bo", "Bo Chen")
        chi = await one.bring("chi", "Chi Okafor")
        for transport in one.others.values():
            stack.push_async_callback(transport.leave)
        await chi.set_attributes({"hand": "1767258000123"})
        await calls.init(APP)
        await calls.login("ana", world.service.api_key)
        await calls.join_session_by_id(ROOM, {}, MEDIA)
        await one.heard.until(lambda: "onSessionJoined" in one.heard.events)
        present = [one for one in one.heard.happenings if isinstance(one, Present)]
        assert sorted(who.person.uid for who in present) == ["bo", "chi"]
        yield one


@pytest.mark.parametrize("new_ids", [False, True])
async def test_nobody_comes_goes_or_raises_a_hand_again(new_ids: bool) -> None:
    async with scene(new_ids=new_ids) as one:
        before = {p.uid: p.id for p in one.calls.outlet.newest.participants}
        places = [p.uid for p in one.calls.outlet.newest.participants]
        await one.lose_everything()
        await one.all_there("Ana Lopez", "Bo Chen", "Chi Okafor")
        await one.heard.until(lambda: len(one.calls.outlet.newest.hands) == 1)
        assert one.told() == []
        after = {p.uid: p.id for p in one.calls.outlet.newest.participants}
        assert [p.uid for p in one.calls.outlet.newest.participants] == places
        assert all((before[uid] == after[uid]) is not new_ids for uid in places)
        await one.others["bo"].leave()
        await one.heard.until(lambda: one.told() == [("Left", "Bo Chen")])


async def test_a_pin_follows_whoever_comes_back_under_another_id() -> None:
    async with scene(new_ids=True) as one:
        bo = next(p for p in one.calls.outlet.newest.participants if p.uid == "bo")
        await Seat(one.calls).do(Pin(bo.id))
        await one.lose_everything()
        await one.all_there("Ana Lopez", "Bo Chen", "Chi Okafor")
        again = next(p for p in one.calls.outlet.newest.participants if p.uid == "bo")
        assert again.id != bo.id and one.calls.outlet.newest.pinned == camera(again.id)


async def test_who_does_not_come_back_has_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "TICK_S", 0.01)
    async with scene(new_ids=False) as one:
        one.hub.stop()
        await one.others["bo"].leave()
        await one.heard.until(lambda: one.calls.outlet.newest.phase is Phase.RECONNECTING)
        one.hub.start()
        await one.heard.until(lambda: one.calls.outlet.newest.phase is Phase.LIVE)
        async with asyncio.timeout(5):
            while one.hub.session(ROOM, ParticipantId("chi")) is None:
                await asyncio.sleep(0)
        assert ("Left", "Bo Chen") not in one.told()
        one.world.time.now_s += AWAITED_S
        await one.all_there("Ana Lopez", "Chi Okafor")
        assert one.told() == [("Left", "Bo Chen")]
