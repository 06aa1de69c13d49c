"""RoomService: what moderators can do, and only in their own session."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from google.protobuf.message import Message
from livekit.protocol import models as m
from livekit.protocol import room as rm
from livekit.protocol import rtc

from tests.server.conftest import ACCESS, Connect, Running, request
from tests.server.lk_client import ColourVideo, until
from tests.tokens import issued

ADMIN = issued(ACCESS, "moderator", "demo", room_admin=True, room_create=True, room_list=True)


async def _call(
    server: Running, method: str, message: Message, token: str = ADMIN
) -> tuple[int, bytes]:
    return await request(
        server,
        "POST",
        f"/twirp/livekit.RoomService/{method}",
        message.SerializeToString(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"},
    )


async def _json(server: Running, method: str, body: Any, token: str = ADMIN) -> tuple[int, Any]:
    status, raw = await request(
        server,
        "POST",
        f"/twirp/livekit.RoomService/{method}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"}
        | ({"Authorization": f"Bearer {token}"} if token else {}),
    )
    return status, json.loads(raw)


async def test_lists_and_gets(server: Running, connect: Connect) -> None:
    await connect(server, "ann")
    status, body = await _call(server, "ListRooms", rm.ListRoomsRequest())
    assert status == 200
    rooms = rm.ListRoomsResponse.FromString(body).rooms
    assert [(room.name, room.num_participants) for room in rooms] == [("demo", 1)]
    status, body = await _call(server, "ListParticipants", rm.ListParticipantsRequest(room="demo"))
    names = [p.name for p in rm.ListParticipantsResponse.FromString(body).participants]
    assert (status, names) == (200, ["Ann"])
    status, found = await _json(server, "GetParticipant", {"room": "demo", "identity": "ann"})
    assert (status, found["identity"]) == (200, "ann")


async def test_a_muted_track_stops_here(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    await until(lambda: len(ben.received.get(info.sid, [])) > 3, what="pictures")
    status, body = await _call(
        server,
        "MutePublishedTrack",
        rm.MuteRoomTrackRequest(room="demo", identity="ann", track_sid=info.sid, muted=True),
    )
    assert status == 200
    assert rm.MuteRoomTrackResponse.FromString(body).track.muted
    before = server.media.counters()
    await until(
        lambda: server.media.counters()["muted_dropped"] > before["muted_dropped"] + 10,
        what="dropped packets",
    )
    assert server.media.counters()["rtp_out"] == before["rtp_out"]
    assert ann.all_responses("mute")[0].muted


async def test_a_moderator_chooses_what_somebody_receives(
    server: Running, connect: Connect
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    await until(lambda: len(ben.received.get(info.sid, [])) > 3, what="pictures")
    (room,) = server.media._rooms
    for wanted in (False, True):
        asked = rm.UpdateSubscriptionsRequest(
            room="demo", identity="ben", track_sids=[info.sid], subscribe=wanted
        )
        assert (await _call(server, "UpdateSubscriptions", asked))[0] == 200
        assert room.participants["ben"].subscriber.has(info.sid) == wanted
    nobody = rm.UpdateSubscriptionsRequest(room="demo", identity="eve", track_sids=[info.sid])
    assert (await _call(server, "UpdateSubscriptions", nobody))[0] == 404
    ben_token = issued(ACCESS, "ben", "demo")
    assert (await _call(server, "UpdateSubscriptions", asked, ben_token))[0] == 403


async def test_removal_tells_the_removed_and_the_others(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    status, _ = await _call(
        server, "RemoveParticipant", rm.RoomParticipantIdentity(room="demo", identity="ann")
    )
    assert status == 200
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.reason == m.PARTICIPANT_REMOVED
    await until(lambda: ann.sid not in ben.participants, what="ann gone")


async def test_nobody_opens_another_s_microphone(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    await ann.send(mute=rtc.MuteTrackRequest(sid=info.sid, muted=True))

    def muted() -> bool:
        tracks = ben.participants[ann.sid].tracks
        return bool(tracks) and tracks[0].muted

    await until(muted, what="muted")
    status, error = await _json(
        server,
        "MutePublishedTrack",
        {"room": "demo", "identity": "ann", "track_sid": info.sid, "muted": False},
    )
    assert (status, error["code"]) == (412, "failed_precondition")
    assert ann.all_responses("mute") == []
    assert muted()


async def test_rooms_are_created_and_deleted(server: Running, connect: Connect) -> None:
    status, room = await _json(
        server, "CreateRoom", {"name": "demo", "metadata": "m", "max_participants": 1}
    )
    assert (status, room["metadata"]) == (200, "m")
    ann = await connect(server, "ann")
    assert ann.join is not None
    assert ann.join.room.metadata == "m"
    assert (await _json(server, "DeleteRoom", {"room": "demo"}))[0] == 200
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert (await _json(server, "ListRooms", {}))[1] == {}
    status, error = await _json(server, "DeleteRoom", {"room": "demo"})
    assert (status, error["code"]) == (404, "not_found")


async def test_data_is_sent_to_those_named(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    for client in (ann, ben):
        channels = server_channels(server, client.sid)
        await until(lambda c=channels: c["_reliable"].readyState == "open", what="channel")
    status, _ = await _call(
        server,
        "SendData",
        rm.SendDataRequest(room="demo", data=b"psst", topic="t", destination_identities=["ann"]),
    )
    assert status == 200
    await _call(server, "SendData", rm.SendDataRequest(room="demo", data=b"all"))
    await until(lambda: len(ann.data) == 2 and ben.data, what="data")
    assert [packet.user.payload for packet in ann.data] == [b"psst", b"all"]
    assert [packet.user.payload for packet in ben.data] == [b"all"]
    status, body = await _call(
        server, "SendData", rm.SendDataRequest(room="demo", data=b"x" * 70_000)
    )
    assert (status, json.loads(body)["code"]) == (429, "resource_exhausted")


def server_channels(server: Running, sid: str) -> dict[str, Any]:
    for room in server.media._rooms:
        for participant in room.participants.values():
            if participant.sid == sid:
                return participant.subscriber_transport.channels
    raise AssertionError(sid)


async def test_participants_are_changed(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    await until(lambda: ben.received.get(info.sid), what="pictures")
    request_ = rm.UpdateParticipantRequest(
        room="demo",
        identity="ann",
        name="Queen Ann",
        attributes={"role": "host"},
        permission=m.ParticipantPermission(can_subscribe=True, can_publish=False),
    )
    status, _ = await _call(server, "UpdateParticipant", request_)
    assert status == 200
    await until(
        lambda: (p := ben.participants[ann.sid]).name == "Queen Ann" and not p.tracks,
        what="the change",
    )
    assert ben.participants[ann.sid].attributes["role"] == "host"
    assert ann.all_responses("track_unpublished")[0].track_sid == info.sid


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        (issued(ACCESS, "eve", "other", room_admin=True), 403, "permission_denied"),
        (issued(ACCESS, "eve", "demo"), 403, "permission_denied"),
        (issued(ACCESS, "eve", "", room_admin=True), 403, "permission_denied"),
        ("", 401, "unauthenticated"),
        ("rubbish", 401, "unauthenticated"),
    ],
)
async def test_only_moderators_of_this_session(
    server: Running, connect: Connect, token: str, status: int, code: str
) -> None:
    ann = await connect(server, "ann")
    for method, body in (
        ("RemoveParticipant", {"room": "demo", "identity": "ann"}),
        ("DeleteRoom", {"room": "demo"}),
        ("SendData", {"room": "demo", "data": ""}),
        ("ListParticipants", {"room": "demo"}),
        ("UpdateParticipant", {"room": "demo", "identity": "ann", "name": "x"}),
        ("CreateRoom", {"name": "new"}),
        ("ListRooms", {}),
    ):
        came, error = await _json(server, method, body, token)
        assert (came, error["code"]) == (status, code), method
    assert ann.leave is None
    assert list(server.present) == ["demo"]


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("Nothing", b"{}", "bad_route"),
        ("ListRooms", b"{", "malformed"),
        ("ListRooms", b'{"names": 3}', "malformed"),
        ("CreateRoom", b"{}", "invalid_argument"),
        ("GetParticipant", b'{"room": "demo", "identity": "nobody"}', "not_found"),
    ],
)
async def test_errors_are_twirp_errors(
    server: Running, method: str, body: bytes, code: str
) -> None:
    _, raw = await request(
        server,
        "POST",
        f"/twirp/livekit.RoomService/{method}",
        body,
        {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"},
    )
    assert json.loads(raw)["code"] == code
