"""What a server may send: whatever it is, the reader goes on, and what it gives out is bounded."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from tui.ports.transport_events import ChatReceived
from tui.transport.lasting import MESSAGE_MAX_BYTES
from tui.transport.livekit.data import DataReader
from tui.transport.livekit.roster import Roster
from tui.transport.livekit.sdp import mend_offer, offered_tracks
from tui.wire.sdp import SdpError

TEXTS = st.text(max_size=40) | st.sampled_from(["lk.chat", "lk.transcription", "s", "PA_x"])
SMALL = st.integers(0, 9)


def headers() -> st.SearchStrategy[Any]:
    return st.builds(
        models.DataStream.Header,
        stream_id=st.sampled_from("st"),
        topic=TEXTS,
        timestamp=st.integers(-(1 << 63), (1 << 63) - 1),
        total_length=st.integers(0, (1 << 64) - 1),
        attributes=st.dictionaries(TEXTS, TEXTS, max_size=3),
        inline_content=st.binary(max_size=20),
    )


def chunks() -> st.SearchStrategy[Any]:
    return st.builds(
        models.DataStream.Chunk,
        stream_id=st.sampled_from("st"),
        chunk_index=SMALL | st.integers(0, (1 << 64) - 1),
        content=st.binary(max_size=30),
    )


def trailers() -> st.SearchStrategy[Any]:
    return st.builds(
        models.DataStream.Trailer,
        stream_id=st.sampled_from("st"),
        attributes=st.dictionaries(TEXTS, TEXTS, max_size=3),
    )


def packets() -> st.SearchStrategy[Any]:
    common = {"participant_identity": TEXTS, "participant_sid": TEXTS, "sequence": SMALL}
    user = st.builds(models.UserPacket, payload=st.binary(max_size=60), topic=TEXTS)
    chat = st.builds(
        models.ChatMessage, id=TEXTS, message=TEXTS, timestamp=st.integers(-9, 1 << 62)
    )
    segment = st.builds(models.TranscriptionSegment, id=TEXTS, text=TEXTS)
    spoken = st.builds(
        models.Transcription,
        transcribed_participant_identity=TEXTS,
        track_id=TEXTS,
        segments=st.lists(segment, max_size=3),
    )
    return st.one_of(
        st.builds(models.DataPacket, user=user, **common),
        st.builds(models.DataPacket, chat_message=chat, **common),
        st.builds(models.DataPacket, transcription=spoken, **common),
        st.builds(models.DataPacket, stream_header=headers(), **common),
        st.builds(models.DataPacket, stream_chunk=chunks(), **common),
        st.builds(models.DataPacket, stream_trailer=trailers(), **common),
    )


@given(
    st.lists(
        packets().map(lambda one: one.SerializeToString()) | st.binary(max_size=60), max_size=12
    )
)
def test_data_packets(raws: list[bytes]) -> None:
    reader = DataReader()
    for at, raw in enumerate(raws):
        heard = reader.read(raw, at * 3.0)
        if isinstance(heard, ChatReceived):
            assert len(heard.text.encode()) <= MESSAGE_MAX_BYTES + 3


PEOPLE = st.builds(
    models.ParticipantInfo,
    sid=st.sampled_from(["PA_me", "PA_a", "PA_b", ""]),
    identity=st.sampled_from(["me", "a", "b", ""]),
    name=TEXTS,
    metadata=TEXTS | st.sampled_from(["{", "[]", '{"uid": 7}', "null"]),
    state=st.integers(0, 9),
    attributes=st.dictionaries(TEXTS, TEXTS, max_size=2),
    kind=st.integers(0, 99),
    tracks=st.lists(
        st.builds(
            models.TrackInfo,
            sid=TEXTS,
            type=st.integers(0, 9),
            source=st.integers(0, 99),
            muted=st.booleans(),
            width=st.integers(0, (1 << 32) - 1),
            mime_type=TEXTS,
            encryption=st.integers(0, 9),
        ),
        max_size=3,
    ),
)


@given(st.lists(PEOPLE, max_size=4), st.lists(TEXTS, max_size=3))
def test_who_is_here(people: list[Any], speaking: list[str]) -> None:
    roster = Roster(models.ParticipantInfo(sid="PA_me", identity="me"), people[:2])
    for person in people:
        roster.apply(person)
    roster.speakers([models.SpeakerInfo(sid=sid, level=2.0, active=True) for sid in speaking])
    roster.quality([rtc.ConnectionQualityInfo(participant_sid=sid) for sid in speaking])
    assert roster.local.pid == "PA_me"


LINES = st.sampled_from(
    [
        *("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 96 97"),
        *("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:0", "a=mid:1", "a=sendonly"),
        *("a=msid:PA_a|TR_x TR_x", "a=ssrc:7 cname:x", "a=ssrc:x", "a=rtpmap:96 VP8/90000", "a="),
        *("a=rtpmap:96 AV1/90000", "a=rtpmap:x", "a=ssrc-group:FID 7 8", "c=IN IP4 0.0.0.0", "m="),
    ]
) | st.text(max_size=30)


@given(st.lists(LINES, max_size=25))
def test_offers(lines: list[str]) -> None:
    offer = "\r\n".join(lines)
    with contextlib.suppress(SdpError):
        offered_tracks(offer)
    with contextlib.suppress(SdpError):
        mend_offer(offer)
