"""What every transport does between two clients, asked of all that have a server."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from tests.fakes.people import camera, voice
from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource, near
from tests.transport.serving import Rig
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId, TrackSource
from tui.domain.participant import Role
from tui.ports.transport_events import (
    ChatReceived,
    Disconnected,
    DisconnectReason,
    MutedByServer,
    ParticipantLeft,
    ParticipantUpdated,
    Reconnected,
    Reconnecting,
    RowsReceived,
    SpeakersChanged,
)
from tui.transport.jitsi.transport import JitsiTransport

RED, GREEN = (81, 90, 200), (145, 54, 34)
MICROPHONE, CAMERA = TrackSource.MICROPHONE, TrackSource.CAMERA


async def two(rig: Rig, room: str, clients: list[Client]) -> tuple[Client, Client]:
    alice = await Client.join(rig, room, "alice")
    clients.append(alice)
    bob = await Client.join(rig, room, "bob")
    clients.append(bob)
    # livekit-server tells of participants who publish nothing only every three seconds.
    await alice.ready()
    await bob.ready()
    return alice, bob


async def test_two_see_each_other(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    assert alice.joined is not None
    assert bob.joined is not None
    assert alice.joined.session_id == bob.joined.session_id == room
    assert alice.id and alice.id != bob.id
    assert alice.joined.others == ()
    assert [one.id for one in bob.joined.others] == [alice.id]
    assert bob.joined.others[0].name == "Alice"
    assert abs(bob.joined.started_at_ms - time.time() * 1000) < 120_000
    assert abs(bob.joined.others[0].joined_at_ms - time.time() * 1000) < 120_000
    seen = await alice.next(
        ParticipantUpdated,
        lambda event: event.participant.id == bob.id and event.participant.uid == "bob",
    )
    assert seen.participant.name == "Bob"


async def test_sound_arrives_as_sent(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    source = ToneSource(440, level_dbov=-20)
    await alice.transport.publish_microphone(source, muted=False)
    await bob.media.until(lambda: len(bob.media.packets[alice.id]) >= 40)
    packets = bob.media.packets[alice.id][-30:]
    assert {packet.data for packet in packets} <= set(source._packets)
    assert all(
        (later.sequence - earlier.sequence) % 65536 == 1
        and (later.timestamp - earlier.timestamp) % 2**32 == 960
        for earlier, later in itertools.pairwise(packets)
    )
    if rig.hears_levels:
        assert packets[-1].level_dbov == -20
    speakers = await bob.next(SpeakersChanged, lambda event: alice.id in event.ids)
    assert speakers.ids == (alice.id,)
    stats = bob.transport.receive_stats()[voice(alice.id)]
    assert stats.packets >= 40
    assert stats.packets_lost == 0


async def test_pictures_arrive_both_ways(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await asyncio.gather(
        alice.transport.publish_camera(ColourSource(RED), muted=False),
        bob.transport.publish_camera(ColourSource(GREEN, (160, 120)), muted=False),
    )
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= 5)
    await alice.media.until(lambda: alice.media.video_count(bob.id) >= 5)
    assert near(bob.media.colour(alice.id), RED)
    assert near(alice.media.colour(bob.id), GREEN)
    assert bob.media.sizes[camera(alice.id)] == (320, 240)
    if coded := bob.media.encoded[camera(alice.id)]:  # a rig without a codec sends frames
        assert coded[0].key_size == (320, 240)
        assert all(one.data for one in coded)
        times = [one.timestamp for one in coded]
        assert all(0 < (b - a) % 2**32 < 90_000 for a, b in itertools.pairwise(times))
    assert alice.media.sizes[camera(bob.id)] == (160, 120)


async def test_both_media_at_once_and_seen_by_who_joins_later(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await Client.join(rig, room, "alice")
    clients.append(alice)
    await asyncio.gather(
        alice.transport.publish_microphone(ToneSource(), muted=False),
        alice.transport.publish_camera(ColourSource(RED), muted=False),
    )
    bob = await Client.join(rig, room, "bob")
    clients.append(bob)
    await bob.media.until(lambda: len(bob.media.packets[alice.id]) > 5)
    await bob.media.until(lambda: bob.media.video_count(alice.id) > 2)
    assert near(bob.media.colour(alice.id), RED)


async def test_muting_the_camera_stops_pictures_and_tells(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    alice, bob = await two(rig, room, clients)
    source = ColourSource(RED)
    await alice.transport.publish_camera(source, muted=False)
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= 3)
    await alice.transport.set_muted(CAMERA, muted=True)
    await bob.next(
        ParticipantUpdated, lambda event: any(track.muted for track in event.participant.tracks)
    )
    before = len(bob.events)
    count = bob.media.video_count(alice.id)
    await alice.transport.set_muted(CAMERA, muted=False)
    await bob.next(
        ParticipantUpdated,
        lambda event: not any(track.muted for track in event.participant.tracks),
        after=before,
    )
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= count + 3)
    assert camera(alice.id) not in bob.media.ended


async def test_a_share_is_a_stream_of_its_own_and_gone_at_its_end(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_camera(ColourSource(RED), muted=False)
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= 3)
    shared = StreamId(alice.id, TrackSource.SCREEN_SHARE)

    def shares(event: ParticipantUpdated) -> bool:
        sources = [track.source for track in event.participant.tracks]
        return event.participant.id == alice.id and TrackSource.SCREEN_SHARE in sources

    for colour in (GREEN, RED):  # and once more
        told, ended, seen = (
            len(bob.events),
            bob.media.ended.count(shared),
            bob.media.frames[shared],
        )
        await alice.transport.publish_share(ColourSource(colour, (640, 360), fps=5))
        await bob.next(ParticipantUpdated, shares, after=told)
        await bob.media.until(lambda seen=seen: bob.media.frames[shared] >= seen + 3)
        await bob.media.until(
            lambda colour=colour: near(bob.media.colours.get(shared, (0, 0, 0)), colour)
        )
        assert bob.media.sizes[shared] == (640, 360)
        await alice.transport.end_share()
        await bob.next(
            ParticipantUpdated,
            lambda event: event.participant.id == alice.id and not shares(event),
            after=told,
        )
        await bob.media.until(lambda ended=ended: bob.media.ended.count(shared) > ended)
        count = bob.media.video_count(alice.id)
        await bob.media.until(lambda count=count: bob.media.video_count(alice.id) >= count + 3)
    assert near(bob.media.colour(alice.id), RED)
    await alice.transport.end_share()


async def test_unwanted_pictures_do_not_come(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_camera(ColourSource(RED), muted=False)
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= 3)
    bob.transport.want_video(camera(alice.id), width=0, height=0)
    async with asyncio.timeout(5):
        while True:
            count = bob.media.video_count(alice.id)
            try:
                await bob.media.until(lambda n=count: bob.media.video_count(alice.id) > n, 0.5)
            except TimeoutError:
                break
    bob.transport.want_video(camera(alice.id), width=320, height=240)
    await bob.media.until(lambda: bob.media.video_count(alice.id) >= count + 3)


async def test_leaving_while_everything_begins(rig: Rig, room: str, clients: list[Client]) -> None:
    alice = await Client.join(rig, room, "alice")
    clients.append(alice)
    await alice.transport.publish_camera(ColourSource(RED), muted=False)
    for number, delay_s in enumerate((0.0, 0.02, 0.05, 0.1, 0.2)):
        guest = await Client.join(rig, room, f"guest-{number}")
        publishing = asyncio.gather(
            guest.transport.publish_microphone(ToneSource(), muted=False),
            guest.transport.publish_camera(ColourSource(GREEN), muted=False),
            return_exceptions=True,
        )
        await asyncio.sleep(delay_s)
        await guest.close()
        assert await asyncio.wait_for(publishing, 2) == [None, None]
        assert guest.events[-1] == Disconnected(DisconnectReason.LEFT)


async def test_published_muted(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_microphone(ToneSource(level_dbov=-127), muted=True)
    event = await bob.next(ParticipantUpdated, lambda event: bool(event.participant.tracks))
    assert [(one.source, one.muted) for one in event.participant.tracks] == [(MICROPHONE, True)]


async def test_chat_both_ways(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    long = "é" * 7900  # 15 800 bytes: more than one chunk
    await alice.transport.send_chat("hello bob")
    await bob.transport.send_chat(long)
    heard = await bob.next(ChatReceived)
    assert (heard.id, heard.text) == (alice.id, "hello bob")
    assert abs(heard.at_ms - time.time() * 1000) < 60_000
    heard = await alice.next(ChatReceived)
    assert (heard.id, heard.text) == (bob.id, long)
    with pytest.raises(CallsError) as refused:
        await alice.transport.send_chat("é" * 9000)
    assert refused.value.code == ErrorCode.VALIDATION


async def test_rows_of_a_terminal_arrive_in_order_or_are_refused(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    alice, bob = await two(rig, room, clients)
    messages = [b"1 key 80 24 0 -1 -1\n0\t" + b"x" * 13_000, b"1 end"]
    if isinstance(alice.transport, JitsiTransport):
        with pytest.raises(CallsError) as refused:
            await alice.transport.send_rows(messages[0])
        assert refused.value.code == ErrorCode.NOT_SUPPORTED
        return
    for message in messages:
        assert await alice.transport.send_rows(message)
    await bob.next(RowsReceived, lambda event: event.message == messages[-1])
    heard = [event for event in bob.events if isinstance(event, RowsReceived)]
    assert heard == [RowsReceived(alice.id, message) for message in messages]
    assert await bob.transport.send_rows(b"1 ask", (alice.id,))
    assert (await alice.next(RowsReceived)).message == b"1 ask"


async def test_attributes_are_set_and_removed(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.set_attributes({"hand": "1", "mood": "good"})
    await bob.next(
        ParticipantUpdated,
        lambda event: dict(event.participant.attributes) == {"hand": "1", "mood": "good"},
    )
    await alice.transport.set_attributes({"hand": ""}, name="Alice B.")
    event = await bob.next(
        ParticipantUpdated,
        lambda event: dict(event.participant.attributes) == {"mood": "good"},
        after=1,
    )
    assert event.participant.name == "Alice B."


async def test_leaving_is_seen_and_ends_media(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_microphone(ToneSource(), muted=False)
    await bob.media.until(lambda: len(bob.media.packets[alice.id]) > 3)
    started_s = time.monotonic()
    await alice.transport.leave()
    assert time.monotonic() - started_s < 1.5
    await alice.transport.leave()  # idempotent
    assert (await bob.next(ParticipantLeft)).id == alice.id
    await bob.media.until(lambda: voice(alice.id) in bob.media.ended)
    assert (await alice.next(Disconnected)).reason is DisconnectReason.LEFT


async def test_a_place_in_the_session_is_used_again(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    watcher = await Client.join(rig, room, "watcher")
    clients.append(watcher)
    for identity, colour in (("first", RED), ("second", GREEN), ("third", RED)):
        guest = await Client.join(rig, room, identity)
        clients.append(guest)
        await asyncio.gather(
            guest.transport.publish_microphone(ToneSource(), muted=False),
            guest.transport.publish_camera(ColourSource(colour), muted=False),
        )
        await watcher.media.until(lambda who=guest.id: watcher.media.video_count(who) > 3)
        await watcher.media.until(lambda who=guest.id: len(watcher.media.packets[who]) > 3)
        # livekit-server ends a track with black pictures, which may come in its successor's place.
        await watcher.media.until(
            lambda who=guest.id, sent=colour: near(watcher.media.colour(who), sent)
        )
        assert watcher.media.sizes[camera(guest.id)] == (320, 240)
        await guest.transport.leave()
        await watcher.next(ParticipantLeft, lambda event, who=guest.id: event.id == who)
        await watcher.media.until(lambda who=guest.id: camera(who) in watcher.media.ended)


async def test_removed(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await rig.remove(room, alice.id)
    assert (await alice.next(Disconnected)).reason is DisconnectReason.REMOVED
    assert (await bob.next(ParticipantLeft)).id == alice.id
    assert not [one for one in alice.events if isinstance(one, Reconnecting)]


async def test_ended_for_everybody(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await rig.end(room)
    for client in (alice, bob):
        assert (await client.next(Disconnected)).reason is DisconnectReason.SESSION_ENDED


async def test_muted_by_a_moderator(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_microphone(ToneSource(), muted=False)
    event = await bob.next(ParticipantUpdated, lambda event: bool(event.participant.tracks))
    await rig.mute(room, alice.id, event.participant.tracks[0].sid)
    assert (await alice.next(MutedByServer)).source is MICROPHONE
    await bob.next(
        ParticipantUpdated, lambda event: any(track.muted for track in event.participant.tracks)
    )


async def test_a_moderator_mutes_removes_and_ends(
    rig: Rig, room: str, clients: list[Client]
) -> None:
    ana = await Client.join(rig, room, "ana", moderator=True)
    clients.append(ana)
    bob = await Client.join(rig, room, "bob")
    clients.append(bob)
    chi = await Client.join(rig, room, "chi")
    clients.append(chi)
    assert ana.joined is not None and ana.joined.local.role is Role.MODERATOR
    assert bob.joined is not None and bob.joined.local.role is Role.NONE
    moderator = ana.transport.moderator
    assert moderator is not None
    assert bob.transport.moderator is None
    await bob.transport.publish_microphone(ToneSource(), muted=False)
    await ana.next(ParticipantUpdated, lambda event: bool(event.participant.tracks))
    await moderator.mute(bob.id, MICROPHONE)
    muted = await bob.next(MutedByServer)
    assert muted.source is MICROPHONE
    assert muted.by in ("", ana.id), "livekit-server does not say who it was"
    with pytest.raises(CallsError, match="has no camera in the call") as refused:
        await moderator.mute(bob.id, CAMERA)
    assert refused.value.code == ErrorCode.VALIDATION
    await moderator.remove(chi.id)
    assert (await chi.next(Disconnected)).reason is DisconnectReason.REMOVED
    await moderator.end_for_all()
    for client in (ana, bob):
        assert (await client.next(Disconnected)).reason is DisconnectReason.SESSION_ENDED


async def test_the_same_user_once_more(rig: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await two(rig, room, clients)
    again = await Client.join(rig, room, "alice")
    clients.append(again)
    if rig.new_id_every_time:
        assert again.id != alice.id
        await bob.next(
            ParticipantUpdated,
            lambda event: event.participant.id == again.id and event.participant.uid == "alice",
        )
        await alice.transport.send_chat("I am still here")
        assert (await bob.next(ChatReceived)).id == alice.id
    else:
        assert (await alice.next(Disconnected)).reason is DisconnectReason.REPLACED
        await again.transport.send_chat("it is me")
        assert (await bob.next(ChatReceived)).id == again.id


async def test_back_after_the_server_was_killed(
    mortal_rig: Rig, room: str, clients: list[Client]
) -> None:
    rig = mortal_rig
    alice, bob = await two(rig, room, clients)
    await alice.transport.publish_microphone(ToneSource(), muted=True)
    await alice.transport.publish_camera(ColourSource(RED), muted=False)
    await alice.transport.set_attributes({"hand": "7"})
    await bob.media.until(lambda: bob.media.video_count(alice.id) > 2)
    await rig.kill()
    assert (await alice.next(Reconnecting)).attempt == 1
    await bob.next(Reconnecting)
    await rig.restart()
    started_s = time.monotonic()
    await alice.next(Reconnected)
    back = await bob.next(Reconnected)
    assert time.monotonic() - started_s < 5
    count = bob.media.video_count(alice.id)
    await bob.media.until(lambda: bob.media.video_count(alice.id) > count + 3)

    def restored(event: ParticipantUpdated) -> bool:
        tracks = {one.source: one.muted for one in event.participant.tracks}
        return tracks == {MICROPHONE: True, CAMERA: False} and dict(
            event.participant.attributes
        ) == {"hand": "7"}

    lost = next(n for n, one in enumerate(bob.events) if isinstance(one, Reconnecting))
    between = bob.events[lost : bob.events.index(back)]
    assert not [one for one in between if isinstance(one, ParticipantUpdated)], "too early"
    known = [ParticipantUpdated(one) for one in back.joined.others]
    if not any(restored(event) for event in known):
        await bob.next(ParticipantUpdated, restored, after=bob.events.index(back))
    await bob.transport.send_chat("still here")
    assert (await alice.next(ChatReceived)).text == "still here"
