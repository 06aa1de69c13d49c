"""How the LiveKit transport takes what a server says, and what it does when it says nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from livekit.protocol import models, rtc

from tests.fakes.people import camera
from tests.transport.client import Client
from tests.transport.livekit.scripted import Scripted, scripted
from tests.transport.media import ColourSource, Recorder, ToneSource
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.join import LiveKitJoin
from tui.domain.participant import Role
from tui.ports.transport_events import (
    Disconnected,
    DisconnectReason,
    MutedByServer,
    OwnRoleChanged,
    ParticipantUpdated,
    Reconnected,
    Reconnecting,
)
from tui.transport import in_use, lasting
from tui.transport.backoff import Backoff
from tui.transport.livekit import handshake
from tui.transport.livekit.media_line import Line
from tui.transport.livekit.transport import LiveKitTransport
from tui.transport.rtc.tracks import MicrophoneTrack

QUICK = Backoff(first_s=0.05, most_s=0.1, spread=lambda: 0.0)


@pytest.fixture(autouse=True)
def as_if_media_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted server has none, and joining again waits for them."""

    async def found(_line: Line) -> None:
        pass

    async def run(_line: Line) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Line, "found", found)
    monkeypatch.setattr(Line, "run", run)


async def test_without_media_it_is_not_back(
    server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_line: Line) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Line, "found", never)
    monkeypatch.setattr(lasting, "_MEDIA_AGAIN_S", 0.1)
    await server.drop()
    ended = await client.next(Disconnected)
    assert (ended.reason, ended.detail) == (DisconnectReason.LOST, "no sound and no pictures came")
    assert not [one for one in client.events if isinstance(one, Reconnected)]
    assert len([one for one in client.events if isinstance(one, Reconnecting)]) > 1


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as one:
        yield one


@pytest.fixture
async def client(server: Scripted) -> AsyncIterator[Client]:
    made = Client(LiveKitTransport(backoff=QUICK, give_up_after_s=2), "me")
    made.joined = await made.transport.join(LiveKitJoin(server.url, "token-1"), made.media)
    made._reading = asyncio.create_task(made._read())
    yield made
    await made.close()


async def test_the_token_is_in_a_header_only(server: Scripted, client: Client) -> None:
    assert server.tokens == ["token-1"]
    assert "token-1" not in server.paths[0]
    assert client.joined is not None
    assert client.joined.session_id == "room"
    assert client.joined.started_at_ms == 1_700_000_000_000
    assert [one.name for one in client.joined.others] == ["Alice"]


async def test_garbage_is_ignored(server: Scripted, client: Client) -> None:
    await server.say_raw(b"\xff\xff\xff\xff")
    await server.say_raw("text")
    await server.say_raw(b"")
    await server.say_raw(bytes(range(256)))
    await server.say(trickle=rtc.TrickleRequest(candidateInit="{not json"))
    await server.say(trickle=rtc.TrickleRequest(candidateInit='{"candidate": "candidate:x"}'))
    await server.say(answer=rtc.SessionDescription(type="answer", sdp="nonsense"))
    await server.say(room_moved=rtc.RoomMovedResponse())
    bob = models.ParticipantInfo(sid="PA_b", identity="bob", version=1)
    await server.say(update=rtc.ParticipantUpdate(participants=[bob]))
    await client.next(ParticipantUpdated, lambda event: event.participant.id == "bob")
    assert not [one for one in client.events if isinstance(one, Reconnecting)]
    assert client.transport._connection._signalling.malformed >= 2


async def test_back_after_a_loss_with_the_newest_token(server: Scripted, client: Client) -> None:
    await client.transport.set_attributes({"hand": "1"})
    await server.heard("update_metadata")
    await server.say(refresh_token="token-2")
    await server.say(refresh_token="token-3")
    marker = models.ParticipantInfo(sid="PA_b", identity="bob", version=1)
    await server.say(update=rtc.ParticipantUpdate(participants=[marker]))
    await client.next(ParticipantUpdated)
    await server.drop()
    waiting = await client.next(Reconnecting)
    assert (waiting.attempt, waiting.wait_s) == (1, 0.05)
    back = await client.next(Reconnected)
    assert server.tokens == ["token-1", "token-3"]
    assert back.joined.local.pid == "PA_2"
    restored = await server.heard("update_metadata", 2)
    assert dict(restored.update_metadata.attributes) == {"hand": "1"}
    assert restored.update_metadata.name == "Me"


async def test_the_server_says_who_moderates(server: Scripted) -> None:
    transport = LiveKitTransport(backoff=QUICK, make_room_admin=lambda *_: pytest.fail("not asked"))
    client = Client(transport, "me")
    joined = await transport.join(LiveKitJoin(server.url, "token"), client.media)
    client._reading = asyncio.create_task(client._read())
    assert transport.moderator is None and joined.local.role is Role.NONE
    me = models.ParticipantInfo(
        sid=joined.local.pid, identity="me", version=9, metadata='{"role": "moderator"}'
    )
    await server.say(update=rtc.ParticipantUpdate(participants=[me]))
    assert (await client.next(OwnRoleChanged)).role is Role.MODERATOR
    assert transport.moderator is not None
    me.version, me.metadata = 10, ""
    await server.say(update=rtc.ParticipantUpdate(participants=[me]))
    await client.next(OwnRoleChanged, lambda event: event.role is Role.NONE)
    assert transport.moderator is None
    await client.close()


async def test_a_refused_token_ends_the_attempts(server: Scripted, client: Client) -> None:
    server.refuse_status = 401
    await server.drop()
    end = await client.next(Disconnected)
    assert end.reason is DisconnectReason.REFUSED
    assert "expired" in end.detail
    assert len([one for one in client.events if isinstance(one, Reconnecting)]) == 1


async def test_a_session_ended_while_we_were_away_is_over_for_us_too(
    server: Scripted, client: Client
) -> None:
    assert "again_in" not in server.paths[0]
    await server.drop()
    await client.next(Reconnected)
    assert "again_in=RM_1" in server.paths[1]
    server.refuse_status = 410
    await server.drop()
    end = await client.next(Disconnected)
    assert end.reason is DisconnectReason.SESSION_ENDED


async def test_giving_up(server: Scripted, client: Client) -> None:
    server.refuse_status = 503
    started_s = time.monotonic()
    await server.drop()
    end = await client.next(Disconnected)
    assert end.reason is DisconnectReason.LOST
    assert 1.5 < time.monotonic() - started_s < 4
    attempts = [one.attempt for one in client.events if isinstance(one, Reconnecting)]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) > 3
    with pytest.raises(CallsError, match="Not sent"):
        await asyncio.wait_for(client.transport.send_chat("too late"), 1)


async def test_a_message_waits_for_the_connection_and_not_for_ever(
    server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_use, "_SEND_WAIT_S", 0.1)
    server.refuse_status = 503
    await server.drop()
    await client.next(Reconnecting)
    with pytest.raises(CallsError, match="Not sent: there was no connection for"):
        await client.transport.send_chat("are you there?")


async def test_asked_to_join_again(server: Scripted, client: Client) -> None:
    leave = rtc.LeaveRequest(reason=models.SERVER_SHUTDOWN, action=rtc.LeaveRequest.RECONNECT)
    await server.say(leave=leave)
    await client.next(Reconnected)
    assert len(server.tokens) == 2


async def test_a_silent_server_is_noticed(server: Scripted) -> None:
    server.ping_interval, server.ping_timeout = 1, 1
    client = Client(LiveKitTransport(backoff=QUICK), "me")
    await client.transport.join(LiveKitJoin(server.url, "token"), client.media)
    client._reading = asyncio.create_task(client._read())
    assert (await server.heard("ping_req")).ping_req.timestamp > 0
    await client.next(Reconnecting, timeout_s=6)
    await client.close()


async def test_a_server_that_answers_pings_is_kept(server: Scripted) -> None:
    server.ping_interval, server.ping_timeout = 1, 1
    client = Client(LiveKitTransport(backoff=QUICK), "me")
    await client.transport.join(LiveKitJoin(server.url, "token"), client.media)
    client._reading = asyncio.create_task(client._read())
    for count in (1, 2, 3):
        asked = await server.heard("ping_req", count)
        sent_ms = asked.ping_req.timestamp
        await server.say(pong_resp=rtc.Pong(last_ping_timestamp=sent_ms, timestamp=sent_ms))
    assert client.events == []
    await client.close()


async def test_a_server_that_says_nothing_at_all(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshake, "JOIN_TIMEOUT_S", 0.3)
    server.silent = True
    transport = LiveKitTransport()
    with pytest.raises(CallsError) as failed:
        await transport.join(LiveKitJoin(server.url, "token"), Recorder())
    assert failed.value.code == ErrorCode.CONNECTION_FAILED
    await transport.leave()


async def test_refused_to_publish(server: Scripted, client: Client) -> None:
    publishing = asyncio.create_task(
        client.transport.publish_camera(ColourSource((1, 2, 3)), muted=False)
    )
    asked = await server.heard("add_track")
    await server.say(
        request_response=rtc.RequestResponse(
            reason=rtc.RequestResponse.NOT_ALLOWED, message="no\x1b!", add_track=asked.add_track
        )
    )
    with pytest.raises(CallsError) as refused:
        await publishing
    assert refused.value.code == ErrorCode.NOT_PERMITTED
    assert "\x1b" not in refused.value.description


async def test_wanted_sizes_are_told_once(server: Scripted, client: Client) -> None:
    client.transport.want_video(camera("alice"), width=10, height=10)
    client.transport.want_video(camera("alice"), width=320, height=180)
    track = models.TrackInfo(sid="TR_1", source=models.TrackSource.CAMERA)
    alice = models.ParticipantInfo(sid="PA_a", identity="alice", version=2, tracks=[track])
    await server.say(update=rtc.ParticipantUpdate(participants=[alice]))
    told = (await server.heard("track_setting")).track_setting
    assert (list(told.track_sids), told.width, told.height, told.disabled) == (
        ["TR_1"],
        320,
        180,
        False,
    )
    client.transport.want_video(camera("alice"), width=320, height=180)
    client.transport.want_video(camera("alice"), width=0, height=0)
    told = (await server.heard("track_setting", 2)).track_setting
    assert told.disabled


async def test_once_asked_pictures_nobody_named_are_not_wanted(
    server: Scripted, client: Client
) -> None:
    client.transport.want_video(camera("alice"), width=80, height=60, fps=4.5)
    tracks = [
        models.TrackInfo(sid="TR_1", source=models.TrackSource.CAMERA),
        models.TrackInfo(sid="TR_2", source=models.TrackSource.SCREEN_SHARE),
        models.TrackInfo(sid="TR_3", source=models.TrackSource.MICROPHONE),
    ]
    alice = models.ParticipantInfo(sid="PA_a", identity="alice", version=2, tracks=tracks)
    await server.say(update=rtc.ParticipantUpdate(participants=[alice]))
    told = [(await server.heard("track_setting", n)).track_setting for n in (1, 2)]
    assert [(one.track_sids[0], one.disabled, one.fps) for one in told] == [
        ("TR_1", False, 5),
        ("TR_2", True, 0),
    ]


async def test_muted_by_an_update(server: Scripted, client: Client) -> None:
    publishing = asyncio.create_task(client.transport.publish_microphone(ToneSource(), muted=False))
    asked = (await server.heard("add_track")).add_track
    track = models.TrackInfo(sid="TR_m", source=models.TrackSource.MICROPHONE)
    await server.say(track_published=rtc.TrackPublishedResponse(cid=asked.cid, track=track))
    await server.heard("offer")
    client.transport._connection._own.published(
        TrackSource.MICROPHONE, "TR_m", MicrophoneTrack(ToneSource()), muted=False
    )
    track.muted = True
    me = models.ParticipantInfo(sid="PA_1", identity="me", version=2, tracks=[track])
    await server.say(update=rtc.ParticipantUpdate(participants=[me]))
    assert (await client.next(MutedByServer)).source is TrackSource.MICROPHONE
    await client.transport.leave()
    assert await asyncio.gather(publishing, return_exceptions=True)


async def test_a_fault_while_joining_again_ends_the_call_in_words(
    server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def faulty() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(client.transport, "_open", faulty)
    await server.drop()
    ended = await client.next(Disconnected)
    assert ended.reason is DisconnectReason.LOST


async def test_wishes_for_pictures_are_bounded(client: Client) -> None:
    for number in range(3000):
        client.transport.want_video(camera(f"guest {number}"), width=8, height=8)
    assert len(client.transport._wants) == 1000
    assert camera("guest 2999") in client.transport._wants


async def test_leaving_at_any_moment_leaves_nothing_behind(server: Scripted) -> None:
    threads = threading.active_count()
    for delay_s in (0.0, 0.01, 0.05):
        client = Client(LiveKitTransport(backoff=QUICK), "me")
        await client.transport.join(LiveKitJoin(server.url, "token"), client.media)
        client._reading = asyncio.create_task(client._read())
        publishing = asyncio.create_task(
            client.transport.publish_microphone(ToneSource(), muted=False)
        )
        await asyncio.sleep(delay_s)
        started_s = time.monotonic()
        await client.close()
        assert time.monotonic() - started_s < 1.5
        await asyncio.wait_for(asyncio.gather(publishing, return_exceptions=True), 2)
    await server.drop()
    await asyncio.sleep(0)
    ours = {task.get_name() for task in asyncio.all_tasks()}
    assert not ours & {"livekit session", "signalling", "offers", "ping", "received pictures"}
    assert threading.active_count() <= threads + 1
