"""A call sealed end to end, on each LiveKit server: who has the key, who has none, who another."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.people import voice
from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource, near
from tests.transport.serving import Rig
from tui.domain.ids import ParticipantId
from tui.domain.join import LiveKitJoin
from tui.domain.sealing import Sealing
from tui.ports.transport_events import (
    ChatReceived,
    FileReceived,
    ParticipantUpdated,
    Reconnected,
    RowsReceived,
)
from tui.transport.one_connection import Ended

KEY = "correct horse"
RED = (82, 90, 240)


async def _join(rig: Rig, room: str, who: str, key: str) -> Client:
    client = Client(rig.transport(), ParticipantId(who))
    document = rig.document(room, client.identity, moderator=False)
    assert isinstance(document, LiveKitJoin)
    client.joined = await client.transport.join(replace(document, key=key), client.media)
    client.follow()
    await client.ready()
    return client


def _is(who: str, sealing: Sealing) -> object:
    return lambda event: (event.participant.id, event.participant.sealing) == (who, sealing)


async def test_only_the_key_opens_it(served: Rig, room: str, clients: list[Client]) -> None:
    ana, bob = [await _join(served, room, who, KEY) for who in ("ana", "bob")]
    eve = await _join(served, room, "eve", "")
    mal = await _join(served, room, "mal", "another key")
    clients += [ana, bob, eve, mal]
    await ana.transport.publish_microphone(ToneSource(440), muted=False)
    await ana.transport.publish_camera(ColourSource(RED), muted=False)
    await bob.media.until(lambda: len(bob.media.packets["ana"]) >= 20)
    await bob.media.until(lambda: bob.media.video_count("ana") >= 5)
    assert near(bob.media.colour("ana"), RED)
    await bob.next(ParticipantUpdated, _is("ana", Sealing.SEALED))
    await eve.next(ParticipantUpdated, _is("ana", Sealing.NO_KEY))
    # By ten frames that can't be opened.
    told = await mal.next(ParticipantUpdated, _is("ana", Sealing.OTHER_KEY))
    assert {track.sealing for track in told.participant.tracks} == {Sealing.OTHER_KEY}

    # Who is not sealed is not played, and told apart.
    await eve.transport.publish_microphone(ToneSource(880), muted=False)
    await bob.next(ParticipantUpdated, _is("eve", Sealing.NOT_SEALED))
    # What is written by one who is not sealed, or in another key, is not shown, and says so.
    await mal.transport.send_chat("not for you")
    await bob.next(ParticipantUpdated, _is("mal", Sealing.OTHER_KEY))
    await ana.transport.send_chat("for bob")
    assert await ana.transport.send_rows(b"1 end")
    assert (await bob.next(RowsReceived)).message == b"1 end"
    said = await bob.next(ChatReceived)
    assert (said.id, said.text) == ("ana", "for bob")
    await ana.transport.send_file("plan", "text/plain", b"secret" * 9000, lambda _sent: None)
    file = await bob.next(FileReceived, lambda event: event.content is not None)
    assert (file.id, file.name, file.content) == ("ana", "plan", b"secret" * 9000)

    heard = len(bob.media.packets["ana"])
    await bob.media.until(lambda: len(bob.media.packets["ana"]) >= heard + 10)
    assert bob.media.packets["eve"] == []
    assert bob.media.packets["mal"] == []
    for other in (eve, mal):
        assert other.media.packets["ana"] == []
        assert other.media.video_count("ana") == 0
        assert not [one for one in other.events if isinstance(one, ChatReceived | FileReceived)]


async def test_a_sealed_call_is_sealed_after_a_loss(
    served: Rig, room: str, clients: list[Client]
) -> None:
    ana, bob = [await _join(served, room, who, KEY) for who in ("ana", "bob")]
    clients += [ana, bob]
    await ana.transport.publish_microphone(ToneSource(440), muted=False)
    await bob.media.until(lambda: len(bob.media.packets["ana"]) >= 5)
    ana.transport._connection._life.end(Ended("cut by the test"))  # type: ignore[attr-defined]
    await ana.next(Reconnected)
    await bob.media.until(lambda: voice("ana") in bob.media.ended)
    heard = len(bob.media.packets["ana"])
    await bob.media.until(lambda: len(bob.media.packets["ana"]) >= heard + 10)
    await ana.transport.send_chat("still sealed")
    assert (await bob.next(ChatReceived)).text == "still sealed"
    # A key is replaced by adding one: who has it already opens both, who has not is told.
    await ana.transport.use_key(f"{KEY}\nthe next key")
    await bob.next(ParticipantUpdated, _is("ana", Sealing.OTHER_KEY))
    await bob.transport.use_key(f"{KEY}\nthe next key")
    after = len(bob.events)
    await bob.next(ParticipantUpdated, _is("ana", Sealing.SEALED), after=after)
