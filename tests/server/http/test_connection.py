"""Who gets in, what is refused and how, and that garbage harms nobody else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jwt
import pytest
import websockets
from google.protobuf import json_format
from livekit.protocol import models as m
from livekit.protocol import rtc
from websockets.frames import Frame, Opcode

from tests.server.conftest import ACCESS, Connect, Running, StartServer, request
from tests.server.lk_client import until
from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.limits import Limits
from tui.server.rooms import publisher


def _issued_ahead() -> str:
    """Of a machine whose clock is a day ahead."""
    claims = jwt.decode(issued(ACCESS, "ann", "demo"), options={"verify_signature": False})
    later = {"nbf": claims["nbf"] + 86_400, "exp": claims["exp"] + 86_400}
    return jwt.encode(claims | later, "secret-secret-secret-secret-secret", algorithm="HS256")


async def _refusal(url: str) -> tuple[int, str]:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url)
    response = refused.value.response
    return response.status_code, response.body.decode()


async def test_a_join_request_that_is_none_is_refused(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    token = issued(ACCESS, "ann", "demo")
    query = f"access_token={token}&join_request=x!"
    status, body = await _refusal(f"{server.ws}/rtc/v1?{query}")
    assert (status, "join_request must be" in body) == (400, True)
    status, answer = await request(server, "GET", f"/rtc/v1/validate?{query}")
    assert (status, answer.decode()) == (400, body)
    assert (await _refusal(f"{server.ws}/rtc/v1?join_request=x!"))[0] == 401
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        ("", 401, "no access token"),
        ("nonsense", 401, "invalid token"),
        (issued(ACCESS, "ann", "demo", lifetime_s=-100), 401, "expired"),
        (_issued_ahead(), 401, "not valid yet: the clock"),
        (issued(JwtAccess({"key": "wrong" * 8}), "ann", "demo"), 401, "invalid token"),
        (issued(JwtAccess({"other": "wrong" * 8}), "ann", "demo"), 401, "unknown API key"),
        (issued(ACCESS, "ann", "demo", room_join=False), 401, "does not allow joining"),
        (issued(ACCESS, "ann", ""), 401, "names no session"),
        (issued(ACCESS, "", "demo"), 401, "names no participant"),
        (issued(ACCESS, "ann", "demo", name="x" * 300), 400, "name is 300 characters"),
    ],
)
async def test_refusals_say_why(server: Running, token: str, status: int, text: str) -> None:
    came, body = await _refusal(f"{server.ws}/rtc?access_token={token}")
    assert came == status
    assert text in body
    assert await request(server, "GET", f"/rtc/validate?access_token={token}") == (
        status,
        body.encode(),
    )
    assert server.media.counters()["participants"] == 0


async def test_validate_and_plain_requests(server: Running) -> None:
    token = issued(ACCESS, "ann", "demo")
    assert await request(server, "GET", f"/rtc/validate?access_token={token}") == (200, b"success")
    assert (await request(server, "GET", f"/rtc?access_token={token}"))[0] == 426
    assert await request(server, "GET", "/") == (200, b"OK")


async def test_a_full_session_is_refused(start_server: StartServer, connect: Connect) -> None:
    server = await start_server(Limits(participants_per_session=2, sessions=1))
    await connect(server, "ann")
    await connect(server, "ben")
    token = issued(ACCESS, "cleo", "demo")
    refusal = await _refusal(f"{server.ws}/rtc?access_token={token}")
    assert refusal == (503, "session is full (2 of 2)")
    await connect(server, "ben")  # takes a place that is its own already
    token = issued(ACCESS, "cleo", "other")
    refusal = await _refusal(f"{server.ws}/rtc?access_token={token}")
    assert refusal == (503, "the server is full (1 of 1 sessions)")


async def test_a_resume_is_answered_with_reconnect(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann", query="reconnect=1&sid=PA_x")
    assert ann.leave is not None
    assert ann.leave.action == rtc.LeaveRequest.RECONNECT
    await asyncio.wait_for(ann.closed.wait(), 5)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xff\xff",
        b"",
        "not json",
        '{"offer": 3}',
        rtc.SignalRequest(offer=rtc.SessionDescription(sdp="rubbish")).SerializeToString(),
        rtc.SignalRequest(answer=rtc.SessionDescription(sdp="v=0\r\nm=")).SerializeToString(),
    ],
)
async def test_garbage_ends_only_its_sender(
    server: Running, connect: Connect, garbage: bytes | str
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.ws.send(garbage)
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.ws.close_code == 1007
    await until(lambda: ann.sid not in ben.participants, what="ann gone")
    assert server.media.counters()["malformed_signal"] == 1
    await ben.send(ping=1)
    await until(lambda: ben.all_responses("pong"), what="pong")


async def test_text_that_is_no_utf_8_closes_with_1007_and_one_line_in_the_log(
    server: Running, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        ann = await connect(server, "ann")
        ann.ws.transport.write(Frame(Opcode.TEXT, b"\xff\xfe{").serialize(mask=True))
        await asyncio.wait_for(ann.closed.wait(), 5)
        assert ann.ws.close_code == 1007
    told = [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]
    assert len(told) <= 1  # none, where a test before this one has been told
    assert not any(record.exc_info for record in told)


async def test_a_message_over_the_limit_closes_with_1009(
    start_server: StartServer, connect: Connect
) -> None:
    server = await start_server(Limits(signal_bytes=10_000))
    ann = await connect(server, "ann")
    await ann.ws.send(b"x" * 20_000)
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.ws.close_code == 1009
    await until(lambda: server.media.counters()["participants"] == 0, what="ann gone")


async def test_too_many_messages_end_their_sender(
    start_server: StartServer, connect: Connect
) -> None:
    server = await start_server(Limits(signal_messages_per_second=20))
    ann = await connect(server, "ann")
    for _ in range(60):
        await ann.send(ping=1)
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert "20 signalling messages a second" in (ann.ws.close_reason or "")


async def test_json_clients_are_answered_in_json(server: Running) -> None:
    token = issued(ACCESS, "ann", "demo")
    async with websockets.connect(f"{server.ws}/rtc?access_token={token}") as ws:
        join = rtc.SignalResponse.FromString(await ws.recv())  # type: ignore[arg-type]
        assert join.join.participant.identity == "ann"
        await ws.send(json.dumps({"ping": "7"}))
        async with asyncio.timeout(5):
            while not isinstance(answer := await ws.recv(), str):
                pass
        assert json_format.Parse(answer, rtc.SignalResponse()).pong > 0


async def test_own_texts_are_changed_within_limits(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")

    async def update(request_id: int, **texts: Any) -> rtc.RequestResponse:
        await ann.send(
            update_metadata=rtc.UpdateParticipantMetadata(request_id=request_id, **texts)
        )
        answer: rtc.RequestResponse = await until(
            lambda: next(
                (r for r in ann.all_responses("request_response") if r.request_id == request_id),
                None,
            ),
            what="answer",
        )
        return answer

    assert (await update(1, attributes={"hand": "up"})).reason == rtc.RequestResponse.OK
    await until(lambda: ben.participants[ann.sid].attributes.get("hand") == "up", what="hand")
    assert (await update(2, attributes={"hand": ""})).reason == rtc.RequestResponse.OK
    await until(lambda: "hand" not in ben.participants[ann.sid].attributes, what="hand down")
    for number, texts in enumerate(
        ({"name": "x" * 257}, {"metadata": "é" * 5000}, {"attributes": {"a": "b" * 8192}}), 3
    ):
        answer = await update(number, **texts)
        assert answer.reason == rtc.RequestResponse.LIMIT_EXCEEDED
        assert "at most" in answer.message
    assert ben.participants[ann.sid].name == "Ann"


async def test_what_a_token_does_not_grant_is_refused(server: Running, connect: Connect) -> None:
    ann = await connect(
        server,
        "ann",
        can_publish=False,
        can_update_own_metadata=False,
        can_publish_data=False,
        can_subscribe=False,
    )
    await ann.send(add_track=rtc.AddTrackRequest(cid="c", type=m.VIDEO))
    await ann.send(update_metadata=rtc.UpdateParticipantMetadata(request_id=9, name="Queen"))
    await ann.send_text("hello")
    answers = await until(
        lambda: len(found := ann.all_responses("request_response")) >= 5 and found, what="refusals"
    )
    assert {answer.reason for answer in answers} == {rtc.RequestResponse.NOT_ALLOWED}
    assert server.media.counters()["data_out"] == 0


async def test_a_camera_that_nobody_could_get_is_refused_by_name(
    server: Running, connect: Connect
) -> None:
    ann = await connect(server, "ann")
    for cid, codecs in (("a", ["video/H265"]), ("b", ["h265", "vp8"]), ("c", ["vvc"]), ("d", [""])):
        named = [rtc.SimulcastCodec(codec=codec, cid=cid) for codec in codecs]
        await ann.send(add_track=rtc.AddTrackRequest(cid=cid, type=m.VIDEO, simulcast_codecs=named))
    await until(lambda: len(ann.all_responses("track_published")) == 2, what="those it takes")
    assert [answer.cid for answer in ann.all_responses("track_published")] == ["b", "d"]
    refused = ann.all_responses("request_response")
    assert [answer.add_track.cid for answer in refused] == ["a", "c"]
    assert {answer.reason for answer in refused} == {rtc.RequestResponse.UNSUPPORTED_TYPE}
    assert refused[0].message == "H265 is not forwarded here, VP8, H264, VP9 and AV1 are"


async def test_track_and_message_limits(
    start_server: StartServer, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await start_server(
        Limits(tracks_per_participant=2, message_bytes=1000, chat_bytes=100)
    )
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    for index in range(3):
        await ann.send(add_track=rtc.AddTrackRequest(cid=f"c{index}", type=m.AUDIO))
    await until(lambda: ann.all_responses("request_response"), what="track refusal")
    refusal = ann.all_responses("request_response")[0]
    assert refusal.message == "the number of tracks is 3 tracks, at most 2 are allowed"
    # None of them was ever offered, so they hold no place for long.
    monkeypatch.setattr(publisher, "_OFFERED_WITHIN_S", 0.0)
    await ann.send(add_track=rtc.AddTrackRequest(cid="again", type=m.AUDIO))
    await until(lambda: len(ann.all_responses("track_published")) == 3, what="a place again")
    assert refusal.add_track.cid == "c2"
    await ann.send_text("x" * 101)
    assert ann.pub.sctp is not None
    ann.pub.sctp._remote_max_message_size = 0  # a client that ignores what it was told
    await ann.send_packet(m.DataPacket(user=m.UserPacket(payload=b"x" * 1001)))
    await ann.send_raw(b"\xff\xff\xff")
    await ann.send_text("short")
    await until(lambda: ben.texts() == ["short"], what="the short text")
    said = [answer.message for answer in ann.all_responses("request_response")[1:]]
    assert said[0] == "message is 101 bytes, at most 100 are allowed"
    assert "data packet is 10" in said[-1]
    assert server.media.counters()["malformed_data"] == 1


async def test_a_camera_announced_again_and_again_takes_no_more_than_its_place(
    start_server: StartServer, connect: Connect
) -> None:
    server = await start_server(Limits(tracks_per_participant=2))
    ann = await connect(server, "ann")
    for cid, source in (("m", m.MICROPHONE), *((f"c{n}", m.CAMERA) for n in range(30))):
        kind = m.AUDIO if source == m.MICROPHONE else m.VIDEO
        await ann.send(add_track=rtc.AddTrackRequest(cid=cid, type=kind, source=source))
    await until(lambda: len(ann.all_responses("track_published")) == 31, what="each of them")
    await ann.send(add_track=rtc.AddTrackRequest(cid="s", type=m.VIDEO, source=m.SCREEN_SHARE))
    await until(lambda: ann.all_responses("request_response"), what="one too many")
    (room,) = server.media._rooms
    assert set(room.participants["ann"].publisher._announced) == {"m", "c29"}


async def test_hidden_participants_are_not_shown(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    spy = await connect(server, "spy", hidden=True)
    ben = await connect(server, "ben")
    await until(lambda: ben.sid in ann.participants, what="ben")
    await spy.active()
    assert spy.sid not in ann.participants
    assert ben.join is not None
    assert [p.identity for p in ben.join.other_participants] == ["ann"]


async def test_brought_attributes(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann", query="attributes=eyJhIjogImIifQ")
    assert ann.join is not None
    assert dict(ann.join.participant.attributes) == {"a": "b"}
    token = issued(ACCESS, "ben", "demo")
    status, text = await _refusal(f"{server.ws}/rtc?access_token={token}&attributes=%21%21")
    assert (status, text) == (400, "attributes must be base64url of a JSON object")
