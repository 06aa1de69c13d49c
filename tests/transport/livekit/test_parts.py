"""The parts of the LiveKit transport that need no connection."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import replace

import pytest
from livekit.protocol import models, rtc

from tests.fakes.people import camera, screen
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.participant import Quality
from tui.ports.transport_events import (
    ChatReceived,
    DisconnectReason,
    MutedByServer,
    ParticipantLeft,
)
from tui.transport.backoff import Backoff
from tui.transport.livekit.address import ice_servers, parse_address
from tui.transport.livekit.data import DataReader
from tui.transport.livekit.data_writer import text_packets
from tui.transport.livekit.own_tracks import OwnTracks, best_wanted
from tui.transport.livekit.reconnect import final_reason
from tui.transport.livekit.roster import Roster

INFO = models.ParticipantInfo


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("wss://call.test", "wss://call.test"),
        ("https://call.test/", "wss://call.test"),
        ("http://127.0.0.1:7880/rtc", "ws://127.0.0.1:7880"),
        (" ws://[::1]:7880/team/?x=1 ", "ws://[::1]:7880/team"),
        ("wss://user:secret@call.test/", "wss://call.test"),
    ],
)
def test_an_address_is_normalised(url: str, base: str) -> None:
    address = parse_address(url)
    assert address.base == base
    assert address.signal_url().startswith(base + "/rtc?")


@pytest.mark.parametrize(
    "url", ["", "call.test", "ftp://call.test", "ws://", "ws://h:99999", "ws://[1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(CallsError) as refused:
        parse_address(url)
    assert refused.value.code == ErrorCode.CONNECTION_FAILED


def test_stun_is_not_asked_for_a_server_nearby() -> None:
    suggested = [
        rtc.ICEServer(urls=["stun:stun.test:3478", "http://odd"]),
        rtc.ICEServer(urls=["turn:turn.test?transport=udp"], username="u", credential="c"),
    ]
    for near in ("ws://localhost:1", "ws://127.9.9.9", "ws://[::1]:7", "ws://192.168.1.5"):
        relays = ice_servers(parse_address(near), suggested)
        assert [one.urls for one in relays] == [["turn:turn.test?transport=udp"]]
    far = ice_servers(parse_address("wss://call.test"), suggested)
    assert [one.urls for one in far] == [["stun:stun.test:3478"], ["turn:turn.test?transport=udp"]]
    assert parse_address("ws://localhost").is_loopback
    assert not parse_address("ws://192.168.1.5").is_loopback


def test_back_off_doubles_up_to_a_limit_and_spreads() -> None:
    steady = Backoff(spread=lambda: 0.0)
    assert [steady.wait_s(n) for n in range(1, 8)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert Backoff(spread=lambda: 1.0).wait_s(2) == pytest.approx(0.7)
    assert steady.wait_s(10_000) == 15
    assert steady.wait_s(10_000, unanswered=True) == 2


@pytest.mark.parametrize(
    ("leave", "reason"),
    [
        (rtc.LeaveRequest(reason=models.DUPLICATE_IDENTITY), DisconnectReason.REPLACED),
        (rtc.LeaveRequest(reason=models.PARTICIPANT_REMOVED), DisconnectReason.REMOVED),
        (rtc.LeaveRequest(reason=models.ROOM_DELETED), DisconnectReason.SESSION_ENDED),
        (rtc.LeaveRequest(reason=models.ROOM_CLOSED), DisconnectReason.SESSION_ENDED),
        (rtc.LeaveRequest(reason=models.SERVER_SHUTDOWN), DisconnectReason.SERVER_CLOSED),
        (rtc.LeaveRequest(reason=models.CLIENT_INITIATED), DisconnectReason.LEFT),
        (rtc.LeaveRequest(reason=models.SERVER_SHUTDOWN, action=rtc.LeaveRequest.RECONNECT), None),
        (rtc.LeaveRequest(reason=models.MIGRATION, action=rtc.LeaveRequest.RESUME), None),
        (rtc.LeaveRequest(reason=models.SERVER_SHUTDOWN, can_reconnect=True), None),
        (rtc.LeaveRequest(reason=models.STATE_MISMATCH), None),
    ],
)
def test_which_goodbye_is_final(leave: rtc.LeaveRequest, reason: DisconnectReason | None) -> None:
    assert final_reason(leave) is reason


# Chat and data


def read_all(reader: DataReader, packets: list[models.DataPacket], now_s: float = 0.0) -> list:
    events = []
    for packet in packets:
        packet.participant_identity = "alice"
        events.append(reader.read(packet.SerializeToString(), now_s))
    return [event for event in events if event is not None]


def test_a_text_stream_in_any_order_is_one_message() -> None:
    text = "ü" * 7990
    whole = list(text_packets(text, "lk.chat", 5, stream_id="M1", reply_to="M0"))
    assert len(whole) == 4
    for order in itertools.permutations(range(4)):
        heard = read_all(DataReader(), [whole[index] for index in order])
        assert heard == [ChatReceived("alice", text, 5, message="M1", reply_to="M0")]


def test_an_empty_message_and_another_topic() -> None:
    assert read_all(DataReader(), list(text_packets("", "lk.chat", 5, stream_id="M1"))) == [
        ChatReceived("alice", "", 5, message="M1")
    ]
    poll = DataReader()
    assert read_all(poll, list(text_packets("x", "poll", 5))) == []
    assert poll.dropped == 0, "it is nobody's fault"


def test_repeats_are_dropped() -> None:
    reader = DataReader()
    packets = list(text_packets("x", "lk.chat", 5))
    for number, packet in enumerate(packets, 1):
        packet.sequence, packet.participant_sid = number, "PA_1"
    assert len(read_all(reader, packets)) == 1
    assert read_all(reader, packets) == []
    assert reader.dropped == 3


def test_of_a_message_that_is_too_long_the_beginning_is_shown() -> None:
    reader = DataReader()
    (cut,) = read_all(reader, list(text_packets("x" * 100_000, "lk.chat", 5)))
    assert cut.text == "x" * 16_000 + "\N{HORIZONTAL ELLIPSIS}"
    assert reader.dropped == 1


def test_a_message_written_slowly_arrives() -> None:
    reader = DataReader()
    header, _, trailer = text_packets("x", "lk.chat", 5)
    header.stream_header.total_length = 0
    assert read_all(reader, [header]) == []
    for index in range(6):
        chunk = models.DataStream.Chunk(
            stream_id=header.stream_header.stream_id, chunk_index=index, content=b"word "
        )
        assert read_all(reader, [models.DataPacket(stream_chunk=chunk)], now_s=index * 20) == []
    (whole,) = read_all(reader, [trailer], now_s=121)
    assert whole.text == "word " * 6


def test_incomplete_and_headless_streams_are_dropped() -> None:
    reader = DataReader()
    half = list(text_packets("x" * 15_001, "lk.chat", 5))
    assert read_all(reader, half[:2]) == []
    assert read_all(reader, half[1:], now_s=31.0) == []  # the header is forgotten by then
    for index in range(1000):
        chunk = models.DataStream.Chunk(stream_id=str(index), content=b"x" * 16_000)
        read_all(reader, [models.DataPacket(stream_chunk=chunk)], now_s=32.0)
    assert len(reader._streams) <= 65


def test_older_forms_of_chat() -> None:
    reader = DataReader()
    old = models.DataPacket(chat_message=models.ChatMessage(message="hi", timestamp=7))
    assert read_all(reader, [old]) == [ChatReceived("alice", "hi", 7)]
    for payload, count in (
        (b'{"message": "hi", "timestamp": 8}', 1),
        (b'{"message": "hi", "ignoreLegacy": true}', 0),
        (b"[1]", 0),
        (b"{", 0),
        (b'{"message": "hi", "timestamp": "x"}', 0),
        (b"[" * 15_000, 0),
    ):
        user = models.UserPacket(topic="lk-chat-topic", payload=payload)
        assert len(read_all(reader, [models.DataPacket(user=user)])) == count


def test_a_compressed_message_is_read_within_limits() -> None:
    def packed(text: bytes) -> models.DataPacket:
        deflate = zlib.compressobj(wbits=-15)
        return models.DataPacket(
            stream_header=models.DataStream.Header(
                stream_id="1",
                topic="lk.chat",
                total_length=len(text),
                text_header=models.DataStream.TextHeader(),
                compression=models.DataStream.DEFLATE_RAW,
                inline_content=deflate.compress(text) + deflate.flush(),
            )
        )

    assert read_all(DataReader(), [packed(b"hello " * 50)])[0].text == "hello " * 50
    bomb = DataReader()
    assert read_all(bomb, [packed(b"a" * 10_000_000)]) == []
    assert bomb.dropped == 1


def test_garbage_is_counted() -> None:
    reader = DataReader()
    assert reader.read(b"\xff\xff\xff", 0.0) is None
    assert reader.read(b"", 0.0) is None
    assert reader.dropped == 1


# Roster


def info(sid: str, identity: str, version: int = 1, **fields: object) -> models.ParticipantInfo:
    return models.ParticipantInfo(
        sid=sid, identity=identity, version=version, state=INFO.ACTIVE, **fields
    )


def test_old_and_equal_updates_are_ignored() -> None:
    roster = Roster(info("PA_me", "me"), [info("PA_a", "alice", 3, name="New")])
    assert roster.apply(info("PA_a", "alice", 2, name="Old")) is None
    assert roster.apply(info("PA_a", "alice", 4, name="New")) is None
    assert roster.apply(info("PA_a", "alice", 5, name="Newer")) is not None
    assert roster.others[0].name == "Newer"


def test_a_late_goodbye_of_an_earlier_visit_is_ignored() -> None:
    roster = Roster(info("PA_me", "me"), [info("PA_1", "alice")])
    assert roster.apply(info("PA_2", "alice")) is not None
    gone = models.ParticipantInfo(sid="PA_1", identity="alice", state=INFO.DISCONNECTED)
    assert roster.apply(gone) is None
    gone.sid = "PA_2"
    assert roster.apply(gone) == ParticipantLeft("alice")
    assert roster.apply(gone) is None


def test_a_track_keeps_its_number_while_others_of_its_source_come_and_go() -> None:
    def shares(*sids: str) -> models.ParticipantInfo:
        source = models.TrackSource.SCREEN_SHARE
        tracks = [models.TrackInfo(sid=sid, source=source) for sid in sids]
        return info("PA_a", "alice", tracks=tracks)

    roster = Roster(info("PA_me", "me"), [shares("TR_1", "TR_2")])
    numbers = {one.sid: one.number for one in roster.others[0].tracks}
    assert numbers == {"TR_1": 0, "TR_2": 1}
    roster.apply(shares("TR_2"))
    assert roster.stream_of("PA_a", "TR_2") == replace(screen("alice"), number=1)
    roster.apply(shares("TR_2", "TR_3"))
    assert {one.sid: one.number for one in roster.others[0].tracks} == {"TR_2": 1, "TR_3": 0}
    assert roster.track_sid(screen("alice")) == "TR_3"


@pytest.mark.parametrize(
    ("mimes", "unknown"),
    [
        (["video/VP8"], ""),
        (["video/H264"], ""),
        (["video/VP9"], ""),
        (["video/AV1"], ""),
        (["video/H265"], "H265"),
        (["video/H265", "video/VP8"], ""),
        ([], ""),
        (["video/\x1b[2J" + "x" * 99], "[2J" + "X" * 12 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_pictures_that_nothing_here_decodes_are_known(mimes: list[str], unknown: str) -> None:
    codecs = [models.SimulcastCodecInfo(mime_type=mime) for mime in mimes[1:]]
    track = models.TrackInfo(
        sid="TR_1",
        type=models.VIDEO,
        source=models.TrackSource.CAMERA,
        mime_type=mimes[0] if mimes else "",
        codecs=codecs,
    )
    roster = Roster(info("PA_me", "me"), [info("PA_a", "alice", tracks=[track])])
    assert roster.others[0].tracks[0].unknown_codec == unknown


def test_a_track_of_unknown_source_is_a_microphone_or_a_camera() -> None:
    tracks = [
        models.TrackInfo(sid="TR_1", type=models.AUDIO, source=models.TrackSource.MICROPHONE),
        models.TrackInfo(sid="TR_2", type=models.AUDIO),
        models.TrackInfo(sid="TR_3", type=models.VIDEO),
    ]
    roster = Roster(info("PA_me", "me"), [info("PA_a", "alice", tracks=tracks)])
    assert [(one.source, one.number) for one in roster.others[0].tracks] == [
        (TrackSource.MICROPHONE, 0),
        (TrackSource.MICROPHONE, 1),
        (TrackSource.CAMERA, 0),
    ]


def test_tracks_speakers_and_quality() -> None:
    track = models.TrackInfo(sid="TR_1", source=models.TrackSource.CAMERA)
    roster = Roster(info("PA_me", "me"), [info("PA_a", "alice", tracks=[track])])
    assert roster.stream_of("PA_a", "TR_1") == camera("alice")
    assert roster.stream_of("PA_a", "TR_2") is None
    assert roster.stream_of("PA_x", "TR_1") is None
    loud = models.SpeakerInfo(sid="PA_a", level=0.9, active=True)
    quiet = models.SpeakerInfo(sid="PA_me", level=0.1, active=True)
    changed = roster.speakers([quiet, loud, models.SpeakerInfo(sid="PA_?", active=True)])
    assert changed is not None
    assert changed.ids == ("alice", "me")
    assert roster.speakers([quiet]) is None
    loud.active = False
    assert roster.speakers([loud]).ids == ("me",)
    quality = rtc.ConnectionQualityInfo(participant_sid="PA_a", quality=models.POOR)
    assert roster.quality([quality]).quality == {"alice": Quality.WEAK}
    assert roster.quality([quality]) is None
    quality.quality = models.EXCELLENT
    assert roster.quality([quality]).quality == {"alice": Quality.GOOD}


# Sending


def test_an_update_that_crosses_our_unmute_is_no_moderator() -> None:
    own = OwnTracks()
    own.published(TrackSource.MICROPHONE, "TR_1", object(), muted=True)  # type: ignore[arg-type]
    assert own.set_muted(TrackSource.MICROPHONE, muted=False) == "TR_1"
    assert own.seen_muted("TR_1", muted=True) is None
    assert own.seen_muted("TR_1", muted=False) is None
    assert own.seen_muted("TR_1", muted=True) == MutedByServer(TrackSource.MICROPHONE)
    assert own.seen_muted("TR_1", muted=True) is None
    assert own.told_muted("TR_?", muted=True) is None
    assert own.set_muted(TrackSource.CAMERA, muted=True) is None


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ((), (), 2),
        ((False, False), (), None),
        ((), (False, True), 1),
        ((False,), (True,), 0),
        ((), (True, True, True), 2),
        ((), (False, False, False), None),
    ],
)
def test_old_and_new_lists_of_wanted_qualities(
    old: tuple[bool, ...], new: tuple[bool, ...], wanted: int | None
) -> None:
    def qualities(enabled: tuple[bool, ...]) -> list[rtc.SubscribedQuality]:
        return [rtc.SubscribedQuality(quality=n, enabled=one) for n, one in enumerate(enabled)]

    update = rtc.SubscribedQualityUpdate(
        track_sid="TR_1",
        subscribed_qualities=qualities(old),
        subscribed_codecs=[rtc.SubscribedCodec(codec="vp8", qualities=qualities(new))],
    )
    assert best_wanted(update) == wanted


def test_who_calls_a_method_of_ours_learns_at_once_that_there_is_none() -> None:
    reader = DataReader()
    request = models.RpcRequest(id="r1", method="greet", response_timeout_ms=10_000)
    packet = models.DataPacket(participant_identity="agent", rpc_request=request)
    for _ in range(40):  # bounded, whoever asks
        assert reader.read(packet.SerializeToString(), 0) is None
    assert len(reader.replies) == 16
    reply = reader.replies.popleft()
    assert list(reply.destination_identities) == ["agent"]
    assert (reply.rpc_response.request_id, reply.rpc_response.error.code) == ("r1", 1400)
