"""Clients that vanish, stall or send garbage below the signalling."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from aioice import stun as reference_stun
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcsctptransport import SackChunk
from livekit.protocol import models as m
from livekit.protocol import rtc
from OpenSSL import SSL
from websockets.exceptions import ConnectionClosed

from tests.server.conftest import ACCESS, Connect, Running
from tests.server.lk_client import LkClient, until
from tests.server.sfu.test_wire_parsers import _binding_request
from tests.tokens import issued
from tui.server.http import connection
from tui.server.limits import Limits
from tui.server.rooms import upkeep
from tui.server.rooms.outbox import Outbox
from tui.server.sfu.counters import Counters
from tui.server.sfu.credentials import ServerCertificate
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.mux import Address, UdpMux
from tui.server.sfu.sctp import GuardedSctp
from tui.server.sfu.stun import binding_success, parse_binding
from tui.wire.sdp import SdpError


class _Ice:
    role, state = "controlled", "completed"


@contextmanager
def _deaf(server: Running) -> Iterator[None]:
    """The network swallows everything that clients send over UDP."""
    mux = server.media._mux
    mux.receive = lambda datagram, address: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        del mux.receive


async def test_a_websocket_that_is_not_brought_again_is_a_leave(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RESUME_WITHIN_S", 0.5)
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.active()
    ann.ws.transport.abort()
    await until(lambda: ann.sid not in ben.participants, what="ann gone")


async def test_without_a_media_path_it_is_a_leave_at_once(
    server: Running, connect: Connect
) -> None:
    with _deaf(server):
        ann, ben = await connect(server, "ann"), await connect(server, "ben")
        ann.ws.transport.abort()
        await until(lambda: ann.sid not in ben.participants, timeout_s=4, what="ann gone")


async def test_a_lost_websocket_is_brought_again_and_nobody_sees_it(
    server: Running, connect: Connect
) -> None:
    ann, ben, cleo = [await connect(server, who) for who in ("ann", "ben", "cleo")]
    await ann.active()
    await ben.active()
    ann.ws.transport.abort()
    await asyncio.wait_for(ann.closed.wait(), 5)
    await cleo.close()
    await until(lambda: cleo.sid not in ben.participants, what="cleo gone")
    before = len(ann.responses)
    await ann.resume(server.ws, issued(ACCESS, "ann", "demo"))
    await until(lambda: cleo.sid not in ann.participants, what="what it missed")
    assert ann.responses[before].WhichOneof("message") == "reconnect"
    assert set(ann.participants) == {ben.sid}
    offers = [r for r in ann.responses[before:] if r.WhichOneof("message") == "offer"]
    assert offers, "an answer may be lost with the websocket"
    await ann.send(ping=1)
    await until(lambda: ann.all_responses("pong"), what="an answer")
    assert ann.sid in ben.participants
    assert ("left", "demo", "ann") not in server.log.events


async def test_another_websocket_replaces_one_that_still_stands(
    server: Running, connect: Connect
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.active()
    await ben.active()
    first = ann.ws
    await ann.resume(server.ws, issued(ACCESS, "ann", "demo"))
    await asyncio.wait_for(first.wait_closed(), 5)
    await ann.send(ping=1)
    await until(lambda: ann.all_responses("pong"), what="an answer")
    assert ann.sid in ben.participants
    came = [
        response.WhichOneof("message")
        for response, websocket in zip(ann.responses, ann.came_on, strict=True)
        if websocket is ann.ws
    ]
    assert came == ["reconnect", "update", "room_update", "offer", "pong"], (
        "what is told after a resume may not go out on the websocket before it"
    )


async def test_lost_consent_is_a_leave_within_ten_seconds(
    server: Running, connect: Connect
) -> None:
    assert upkeep.CONSENT_TIMEOUT_S + 1 < 10
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.active()
    await ben.active()
    with _deaf(server):
        # Backdated instead of waited for.
        for participant in server.media._rooms.get("demo").participants.values():  # type: ignore[union-attr]
            if participant.identity == "ann":
                silent_since = time.monotonic() - upkeep.CONSENT_TIMEOUT_S
                participant.subscriber_transport.last_seen = silent_since
                participant.publisher_transport.last_seen = silent_since
        await until(lambda: ann.sid not in ben.participants, timeout_s=4, what="ann gone")
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert (ann.leave.reason, ann.leave.action) == (
        m.CONNECTION_TIMEOUT,
        rtc.LeaveRequest.RECONNECT,
    )
    assert server.media.counters()["lost_consent"] == 1
    assert ben.leave is None


async def test_chat_and_captions_missed_for_a_broken_connection_are_sent_again(
    server: Running, connect: Connect
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.active()
    await ben.active()
    await ben.send_text("before")
    await until(lambda: ann.texts() == ["before"], what="the first message")
    (room,) = server.media._rooms
    mine = room.participants["ann"]

    async def drop(_data: bytes) -> None:
        """What comes now is not confirmed."""

    assert ann.sub.sctp is not None
    ann.sub.sctp._handle_data = drop  # type: ignore[method-assign]
    await ben.send_text("on its way")
    await until(lambda: mine.data_out.unconfirmed(), what="an unconfirmed message")
    mine.leave(m.CONNECTION_TIMEOUT, action=rtc.LeaveRequest.RECONNECT, tell=True)
    await ben.send_text("while away")
    segment = {"lk.segment_id": "s"}
    for guess in ("a caption", "a caption is"):
        unsure = {**segment, "lk.transcription_final": "false"}
        await ben.send_text(guess, topic="lk.transcription", attributes=unsure)
    await ben.send_text("a caption is here", topic="lk.transcription", attributes=segment)
    await ben.send_text("a file's name", topic="something else")
    private = m.DataPacket(destination_identities=["cleo"], chat_message=m.ChatMessage(message="x"))
    await ben.send_packet(private)
    await ben.send_packet(m.DataPacket(chat_message=m.ChatMessage(message="and this")))
    missed = room.missed._away["ann"].keys
    await until(lambda: any(isinstance(one, bytes) for one in missed), what="all of it")
    again, cleo = await connect(server, "ann"), await connect(server, "cleo")
    await again.active()
    await cleo.active()
    await until(lambda: len(again.data) == 10, what="what was missed")
    assert again.texts() == ["on its way", "while away", "a caption is here"]
    assert again.data[-1].chat_message.message == "and this"
    await ben.send_text("now")
    await until(lambda: again.texts()[-1] == "now", what="the next one")
    assert cleo.texts() == ["now"]


async def test_a_client_that_stops_to_ping_is_put_out(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PING_TIMEOUT_S", 1)
    ann = await connect(server, "ann")
    await ann.active()
    with _deaf(server):
        (room,) = server.media._rooms
        mine = room.participants["ann"]
        mine.publisher_transport.last_seen = mine.subscriber_transport.last_seen = 0.0
        await ann.send(ping=1)
        await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.reason == m.CONNECTION_TIMEOUT
    assert ("left", "demo", "ann") in server.log.events


async def test_a_websocket_that_dies_beside_living_media_may_be_replaced(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PING_TIMEOUT_S", 1)
    ann = await connect(server, "ann")
    await ann.active()
    (room,) = server.media._rooms
    mine = room.participants["ann"]
    await ann.send(ping=1)
    mine.publisher_transport.last_seen = time.monotonic() + 2
    await until(lambda: mine.signal_lost_at is not None, what="the websocket given up")
    await ann.resume(server.ws, issued(ACCESS, "ann", "demo"))
    assert room.participants["ann"] is mine
    assert mine.signal_lost_at is None


async def test_a_client_that_never_pings_stays_while_its_media_path_lives(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Go SDK sends no pings; its last signalling message is the answer to our offer."""
    monkeypatch.setattr(connection, "PING_TIMEOUT_S", 1)
    ann = await connect(server, "ann")
    await ann.active()
    (room,) = server.media._rooms
    mine = room.participants["ann"]
    began = time.monotonic()
    while time.monotonic() < began + 3:  # three time-outs long
        mine.publisher_transport.last_seen = time.monotonic()  # as a packet does
        await asyncio.sleep(0.1)
        assert not ann.closed.is_set()
    mine.publisher_transport.last_seen = mine.subscriber_transport.last_seen = 0.0
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.reason == m.CONNECTION_TIMEOUT


async def test_garbage_on_the_udp_port_harms_nobody(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    await ann.active()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect(("127.0.0.1", server.media.udp_port))
        for first in range(0, 256, 3):
            stranger.send(bytes([first]) + os.urandom(60))
        stranger.send(b"")
        stranger.send(struct.pack("!HHI12s", 1, 0, 0x2112A442, b"x" * 12))
        await until(lambda: server.media.counters()["malformed_stun"] >= 3, what="garbage")
    await ann.send(ping=1)
    await until(lambda: ann.all_responses("pong"), what="pong")
    assert server.media.counters()["participants"] == 1


async def test_garbage_from_a_known_address_harms_nobody(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.send_text("first")
    room = server.media._rooms.get("demo")
    assert room is not None
    transport = room.participants["ann"].publisher_transport
    assert transport.address is not None
    for first in range(20, 192):
        server.media._mux.receive(bytes([first]) + os.urandom(40), transport.address)
    assert server.media.counters()["malformed_srtp"] > 0
    await ann.send_text("second")
    await until(lambda: ben.texts() == ["first", "second"], what="texts")


@pytest.mark.parametrize(("name", "channels"), [("x", 40), ("n" * 65, 1), ("n" * 50_000, 1)])
async def test_who_opens_data_channels_without_end_is_put_out(
    server: Running, connect: Connect, name: str, channels: int
) -> None:
    """698 with names of 50 kB were 26 MB of the server's memory, not given back."""
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.send_text("hello")
    await until(ben.texts, what="text")
    for number in range(channels):
        ann.pub.createDataChannel(f"{name}{number}")
    await asyncio.wait_for(ann.closed.wait(), 10)
    assert ann.leave is not None
    assert ann.leave.action == rtc.LeaveRequest.RECONNECT
    assert server.present == {"demo": ["ben"]}


async def test_broken_sctp_ends_only_its_sender(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    await ann.send_text("hello")
    await until(ben.texts, what="text")
    sctp = ann.pub.sctp
    assert sctp is not None
    # A second OPEN on the channel's stream trips an assertion in aiortc's receiver.
    opening = struct.pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
    channel = ann.channels["_reliable"]
    assert channel.id is not None
    await sctp._send(channel.id, 50, opening)
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert server.media.counters()["malformed_sctp"] == 1
    await until(lambda: ann.sid not in ben.participants, what="ann gone")
    assert not ben.closed.is_set()


async def test_what_sctp_still_says_after_dtls_goodbye_is_no_fault(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    dtls = RTCDtlsTransport(_Ice(), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]

    async def shut_down(_self: object, _data: bytes) -> None:
        raise SSL.Error([("SSL routines", "", "protocol is shutdown")])

    monkeypatch.setattr(RTCDtlsTransport, "_send_data", shut_down)
    broken: list[Exception] = []
    sctp = GuardedSctp(dtls, broken.append)
    sctp._remote_port = 5000
    with caplog.at_level("DEBUG", "tui.server.sfu.sctp"):
        await sctp._send_chunk(SackChunk())
    assert "protocol is shutdown" in caplog.text
    assert broken == []


async def test_a_client_that_reads_nothing_costs_no_memory() -> None:
    outbox = Outbox(3)
    for number in range(10):
        outbox.send(pong=number)
    assert outbox.overflowed
    outbox.close(rtc.LeaveRequest(reason=m.STATE_MISMATCH))
    outbox.send(pong=99)
    sent: list[bytes] = []

    class Socket:
        async def send_bytes(self, data: bytes) -> None:
            sent.append(data)

        async def send_text(self, data: str) -> None:
            raise AssertionError(data)

    await asyncio.wait_for(outbox.drain(Socket()), 1)
    kinds = [rtc.SignalResponse.FromString(data).WhichOneof("message") for data in sent]
    assert kinds == ["pong", "pong", "pong", "leave"]


async def test_an_overflowing_client_is_told_to_reconnect(
    server: Running, connect: Connect
) -> None:
    ann = await connect(server, "ann")
    room = server.media._rooms.get("demo")
    assert room is not None
    room.participants["ann"].outbox.overflowed = True
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.action == rtc.LeaveRequest.RECONNECT


@dataclass
class _Path:
    """A transport whose datagrams are seen, and what its peer would say."""

    mux: UdpMux
    transport: MediaTransport
    sent: list[tuple[bytes, Address]]

    def nominates(self, address: Address, password: str | None = None) -> None:
        datagram = _binding_request(
            f"{self.transport.ufrag}:peer", password or self.transport.password
        )
        assert parse_binding(datagram) is not None
        self.mux.receive(datagram, address)

    def asked(self, address: Address) -> bytes:
        """The transaction id of the last check sent to `address`."""
        for datagram, to in reversed(self.sent):
            message = reference_stun.parse_message(datagram)
            if to == address and message.message_class == reference_stun.Class.REQUEST:
                assert message.attributes["USERNAME"] == f"peer:{self.transport.ufrag}"
                assert message.check_message_integrity(b"peer secret")
                return bytes(message.transaction_id)
        raise AssertionError(f"{address} was not asked")

    def answers(self, address: Address, asked: bytes, password: str = "peer secret") -> None:
        self.mux.receive(binding_success(asked, "192.0.2.1", 1, password), address)


@pytest.fixture
async def path() -> AsyncIterator[_Path]:
    mux = UdpMux(Counters())
    await mux.listen("127.0.0.1")
    transport = MediaTransport(mux, ServerCertificate(), "t", Limits().message_bytes)
    sent: list[tuple[bytes, Address]] = []
    mux.send = lambda datagram, address: sent.append((datagram, address))  # type: ignore[method-assign]
    yield _Path(mux, transport, sent)
    await transport.close()
    await transport.close()
    assert not mux._by_address
    assert not mux._by_ufrag
    mux.close()
    mux.close()


async def test_the_mux_keeps_few_addresses(path: _Path) -> None:
    path.transport.start([("sha-256", "AA")], ("peer", "peer secret"), None)
    for port in range(1, 100):
        address = ("127.0.0.1", port)
        path.nominates(address)
        path.answers(address, path.asked(address))
        assert path.transport.address == address
    assert len(path.mux._by_address) == 8
    assert len(path.transport._confirmed) <= 8
    path.nominates(("127.0.0.1", 100), "guess")
    assert path.transport.address == ("127.0.0.1", 99)


async def test_media_goes_to_a_new_address_only_when_that_has_answered(path: _Path) -> None:
    """Else one datagram with a forged source turns a room's media onto a stranger."""
    home, victim = ("127.0.0.1", 5000), ("127.0.0.9", 6000)
    path.nominates(home)  # it may come before the description does
    assert path.transport.address is None
    path.transport.start([("sha-256", "AA")], ("peer", "peer secret"), None)
    path.answers(home, path.asked(home))
    assert path.transport.address == home
    path.sent.clear()
    for _ in range(50):
        path.nominates(victim)
    check = path.asked(victim)
    path.answers(home, check)  # the attacker's own address can't answer for another
    path.answers(victim, b"a guess 1234")
    path.answers(victim, check, "wrong")
    assert path.transport.address == home
    # What the stranger got is no more than what was sent in its name: an answer and a question.
    assert len(path.sent) == 100
    assert all(len(datagram) < 150 for datagram, _ in path.sent)
    path.nominates(victim)
    path.answers(victim, path.asked(victim))
    assert path.transport.address == victim
    path.nominates(home)  # known to answer: at once
    assert path.transport.address == home


async def test_a_taken_udp_port_is_an_error() -> None:
    first, second = UdpMux(Counters()), UdpMux(Counters())
    await first.listen("127.0.0.1")
    with pytest.raises(OSError, match="in use"):
        await second.listen("127.0.0.1", first.port)
    await second.listen("0.0.0.0", 0)
    assert "127.0.0.1" in second.addresses
    first.close()
    second.close()


def test_tokens_follow_livekits_format() -> None:
    from livekit import api

    grants = api.VideoGrants(room_join=True, room="demo", can_publish=False, room_admin=True)
    token = (
        api.AccessToken("key", "secret-secret-secret-secret-secret")
        .with_identity("ann")
        .with_name("Ann")
        .with_attributes({"a": "b"})
        .with_grants(grants)
        .to_jwt()
    )
    claims = ACCESS.verify(token)
    assert (claims.identity, claims.name, claims.room) == ("ann", "Ann", "demo")
    assert (claims.room_join, claims.can_publish, claims.can_subscribe) == (True, False, True)
    assert claims.attributes == {"a": "b"}
    assert claims.administers("demo")
    assert not claims.administers("other")
    ours = issued(ACCESS, "ben", "demo", metadata="m", attributes={"c": "d"}, hidden=True)
    theirs = api.TokenVerifier("key", "secret-secret-secret-secret-secret").verify(ours)
    assert (theirs.identity, theirs.metadata, theirs.attributes) == ("ben", "m", {"c": "d"})
    assert theirs.video is not None
    assert (theirs.video.room, theirs.video.room_join, theirs.video.hidden) == ("demo", True, True)


def _offer(sections: int, lines: int = 0) -> rtc.SessionDescription:
    text = "v=0\r\na=fingerprint:sha-256 AA\r\n" + "".join(
        f"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{number}\r\na=recvonly\r\n"
        + "a=rtpmap:111 opus/48000/2\r\n"
        + "a=fmtp:111 minptime=10;useinbandfec=1\r\n" * lines
        for number in range(sections)
    )
    return rtc.SessionDescription(type="offer", sdp=text)


_MOST = Limits().media_sections


@pytest.mark.parametrize(
    "message",
    [
        rtc.SignalRequest(offer=_offer(512, 1)).SerializeToString(),
        rtc.SignalRequest(offer=_offer(_MOST)).SerializeToString(),
        rtc.SignalRequest(offer=_offer(_MOST, 40)).SerializeToString(),
        rtc.SignalRequest(
            subscription=rtc.UpdateSubscription(track_sids=["a"] * 80_000, subscribe=True)
        ).SerializeToString(),
        rtc.SignalRequest(
            track_setting=rtc.UpdateTrackSettings(track_sids=["a"] * 80_000)
        ).SerializeToString(),
        '{"subscription": {"participantTracks": [' + ",".join(["{}"] * 10_000) + "]}}",
        '{"subscription": {"participantTracks": [' + ",".join(["{}"] * 2_000) + "]}}",
    ],
    ids=[
        "too many sections",
        "most sections",
        "long offer",
        "subscription",
        "settings",
        "too much json",
        "most json",
    ],
)
async def test_the_signalling_of_one_stalls_nobody_else(
    server: Running, connect: Connect, message: bytes | str
) -> None:
    """20 messages from each of four connections at once, beside a call of two elsewhere."""
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    attackers = [await connect(server, f"eve{number}", "other") for number in range(4)]
    longest = 0.0

    async def watch() -> None:
        # Of this process alone: what else the machine does in between is not our stall.
        nonlocal longest
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            longest, last = max(longest, now - last), now

    # Nor is what the collector spends on what hundreds of other tests left.
    gc.collect()
    gc.freeze()
    watching = asyncio.create_task(watch())

    async def attack(eve: LkClient) -> None:
        for _ in range(20):
            await eve.ws.send(message)

    results = await asyncio.gather(*map(attack, attackers), return_exceptions=True)
    assert all(one is None or isinstance(one, ConnectionClosed) for one in results)
    for eve in attackers:  # put out, or slow enough to be within the limits
        with suppress(ConnectionClosed):
            await eve.send(ping=1)
        await until(
            lambda eve=eve: eve.closed.is_set() or eve.all_responses("pong"), what="the end"
        )
    watching.cancel()
    gc.unfreeze()
    assert longest < 0.1
    assert not ann.closed.is_set()
    assert not ben.closed.is_set()
    await ann.send(ping=1)
    await until(lambda: ann.all_responses("pong"), what="pong")


async def test_an_answer_has_as_many_sections_as_the_offer(
    server: Running, connect: Connect
) -> None:
    ann = await connect(server, "ann")
    room = server.media._rooms.get("demo")
    assert room is not None
    subscriber = room.participants["ann"].subscriber
    await until(lambda: not subscriber._awaiting_answer, what="answer")
    subscriber.offer()
    with pytest.raises(SdpError, match="more than 1 media sections"):
        subscriber.answered(rtc.SessionDescription(sdp=_offer(2).sdp))
    await ann.close()
