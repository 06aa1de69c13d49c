"""A whole call over a transport that is not LiveKit's: the session does not know the difference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from tests.fakes.echo import EchoJoin, EchoRoom, EchoTransport
from tests.fakes.world import FakeWorld
from tests.session.rig import APP, MEDIA, Heard
from tui.domain.happenings import Joined, Left
from tui.domain.ids import TrackSource
from tui.domain.participant import Role
from tui.domain.snapshot import ChatMessage, EndReason, Phase, Snapshot
from tui.engine.local import LocalHandle
from tui.engine.slots import MemoryPictures
from tui.ports.handle import Handle
from tui.ports.service import JoinDocument
from tui.sdk.calls import Calls
from tui.sdk.testing.service import MemoryService
from tui.session.core import SessionCore


class EchoService(MemoryService):
    """Its join documents are of `EchoTransport`."""

    def __init__(self, room: EchoRoom) -> None:
        super().__init__(open_users=True)
        self.room = room

    async def resolve_call_token(self, auth_token: str, call_token: str) -> JoinDocument:
        document = await super().resolve_call_token(auth_token, call_token)
        user, moderator = document.user, document.transport.moderator
        return replace(document, transport=EchoJoin(self.room, user.uid, user.name, moderator))


@dataclass
class Person:
    calls: Calls
    heard: Heard

    @property
    def now(self) -> Snapshot:
        return self.heard.core.outlet.newest

    def others(self) -> dict[str, str]:
        """uid -> id of everybody else."""
        return {one.uid: one.id for one in self.now.remotes}


@asynccontextmanager
async def in_call(service: EchoService, uid: str) -> AsyncIterator[Person]:
    pictures = MemoryPictures()
    world = replace(
        FakeWorld().world(pictures),
        make_service=lambda _settings: service,
        make_transport=lambda _document: EchoTransport(),
    )
    core = SessionCore(world)

    async def open_handle() -> Handle:
        return LocalHandle(core, pictures)

    async with Calls(engine=open_handle, keep_login=False) as calls:
        person = Person(calls, Heard(core))
        await calls.init(APP)
        await calls.login(uid, service.api_key)
        result = await calls.join_session_by_id("standup", media=MEDIA)
        assert result.error is None, result.error
        yield person


async def test_a_whole_call() -> None:
    service = EchoService(EchoRoom("standup"))
    async with in_call(service, "ana") as ana, in_call(service, "bo") as bo:
        await ana.heard.until(lambda: "bo" in ana.others())
        await bo.heard.until(lambda: "ana" in bo.others())
        who = ana.others()["bo"]
        assert who != "bo", "an id is the transport's; whose client it is comes later"
        assert {one.uid: one.role for one in bo.now.participants} == {
            "bo": Role.NONE,
            "ana": Role.MODERATOR,
        }
        await ana.heard.until(lambda: "onParticipantJoined" in ana.heard.events)
        assert ana.heard.payload("onParticipantJoined")["uid"] == "bo"

        await bo.calls.send_chat("hello")
        await ana.heard.until(lambda: said(ana))
        assert [(one.uid, one.text) for one in said(ana)] == [("bo", "hello")]
        await bo.calls.raise_hand()
        await ana.heard.until(lambda: [one.uid for one in ana.now.hands] == ["bo"])

        await ana.heard.until(lambda: TrackSource.MICROPHONE in sources(ana, "bo"))
        await bo.calls.unmute_audio()
        await ana.calls.mute_participant("bo")
        await bo.heard.until(lambda: any("ana muted you" in text for text in bo.heard.texts))

        service.room.stop()
        await ana.heard.until(lambda: ana.now.phase is Phase.RECONNECTING)
        service.room.up = True
        for one in (ana, bo):
            await one.heard.until(lambda one=one: one.now.phase is Phase.LIVE)
        await ana.heard.until(lambda: len(ana.others()) == 1 and ana.others() != {"bo": who})
        assert list(ana.others()) == ["bo"]
        came = [one for one in ana.heard.happenings if isinstance(one, Joined)]
        left = [one for one in ana.heard.happenings if isinstance(one, Left)]
        assert (len(came), len(left)) == (1, 0), "who is back under a new id has not come or gone"

        await ana.calls.remove_participant("bo")
        await bo.heard.until(lambda: bo.now.ended is EndReason.REMOVED)
        await ana.heard.until(lambda: not ana.others())


def sources(person: Person, uid: str) -> set[TrackSource]:
    """What somebody else publishes."""
    return {one.source for p in person.now.remotes if p.uid == uid for one in p.streams}


def said(person: Person) -> list[ChatMessage]:
    return [one for one in person.heard.updates if isinstance(one, ChatMessage)]
