"""What a data channel lets through, and how limits are worded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models as m

from tests.server.conftest import ACCESS
from tests.tokens import issued
from tui.server.access import AccessClaims, AccessRefused
from tui.server.limits import Limits, attributes_size, exceeded
from tui.server.rooms.datagate import DataGate, DataMalformed, DataRefused


def _gate(**limits: int) -> DataGate:
    return DataGate("ann", "PA_ann", Limits(**limits))


def _header(stream: str, size: int = 0, *, text: bool = True) -> bytes:
    kind = {"text_header": m.DataStream.TextHeader()} if text else {}
    header = m.DataStream.Header(stream_id=stream, total_length=size, **kind)
    return m.DataPacket(stream_header=header).SerializeToString()


def _chunk(stream: str, content: bytes) -> bytes:
    chunk = m.DataStream.Chunk(stream_id=stream, content=content)
    return m.DataPacket(stream_chunk=chunk).SerializeToString()


def test_the_sender_cannot_be_forged() -> None:
    forged = m.DataPacket(
        participant_identity="ben",
        participant_sid="PA_ben",
        user=m.UserPacket(participant_identity="ben", payload=b"x", destination_identities=["c"]),
    )
    admitted = _gate().admit(forged.SerializeToString())
    assert admitted is not None
    packet = m.DataPacket.FromString(admitted[1])
    assert (packet.participant_identity, packet.participant_sid) == ("ann", "PA_ann")
    assert (packet.user.participant_identity, packet.user.participant_sid) == ("ann", "PA_ann")
    assert list(admitted[0].destination_identities) == ["c"]


def test_text_is_counted_whatever_its_header_says() -> None:
    gate = _gate(chat_bytes=10)
    assert gate.admit(_header("s", 5)) is not None
    assert gate.admit(_chunk("s", b"x" * 6)) is not None
    with pytest.raises(DataRefused, match="message is 12 bytes, at most 10 are allowed"):
        gate.admit(_chunk("s", b"x" * 6))
    assert gate.admit(_chunk("s", b"x")) is None
    trailer = m.DataPacket(stream_trailer=m.DataStream.Trailer(stream_id="s"))
    assert gate.admit(trailer.SerializeToString()) is None
    with pytest.raises(DataRefused):
        gate.admit(_header("t", 11))
    chat = m.DataPacket(chat_message=m.ChatMessage(message="x" * 11))
    with pytest.raises(DataRefused):
        gate.admit(chat.SerializeToString())


def test_streams_of_bytes_are_not_messages() -> None:
    gate = _gate(chat_bytes=10)
    assert gate.admit(_header("s", 1 << 20, text=False)) is not None
    for _ in range(5):
        assert gate.admit(_chunk("s", b"x" * 9)) is not None


def test_the_oldest_of_too_many_streams_is_cut() -> None:
    gate = _gate(open_streams=2)
    for stream in "abc":
        gate.admit(_header(stream))
    assert gate.admit(_chunk("a", b"x")) is None
    assert gate.admit(_chunk("b", b"x")) is not None


def test_rate_and_size() -> None:
    gate = _gate(data_packets_per_second=3, message_bytes=50)
    with pytest.raises(DataRefused, match="data packet is 51 bytes"):
        gate.admit(b"x" * 51)
    for _ in range(3):
        gate.admit(m.DataPacket(user=m.UserPacket(payload=b"x")).SerializeToString())
    with pytest.raises(DataRefused, match="3 data packets a second"):
        gate.admit(b"")


@given(st.binary(max_size=200))
def test_any_message_is_survived(message: bytes) -> None:
    try:
        admitted = _gate().admit(message)
    except (DataMalformed, DataRefused):
        return
    assert admitted is None or admitted[0].participant_identity == "ann"


def test_words_and_sizes() -> None:
    assert exceeded("name", 300, 256, "characters") == (
        "name is 300 characters, at most 256 are allowed"
    )
    assert exceeded("name", 256, 256, "characters") is None
    assert attributes_size({"é": "ab"}) == 4


def test_what_tokens_allow() -> None:
    claims = AccessClaims(identity="ann", room="demo", room_join=True, room_admin=True)
    claims.joinable()
    assert claims.administers("demo")
    assert not claims.administers("")
    assert not AccessClaims(identity="ann", room="", room_admin=True).administers("")
    for lacking in (
        AccessClaims(identity="ann", room="demo"),
        AccessClaims(identity="ann", room_join=True),
        AccessClaims(identity="", room="demo", room_join=True),
    ):
        with pytest.raises(AccessRefused):
            lacking.joinable()


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.decode("latin-1")))
def test_any_token_is_survived(token: str) -> None:
    with pytest.raises(AccessRefused):
        ACCESS.verify(token)
    with pytest.raises(AccessRefused):
        ACCESS.verify(issued(ACCESS, "ann", "demo")[:-8] + token)


@given(st.lists(st.binary(max_size=60), max_size=10), st.data())
def test_data_packets_fuzz(raws: list[bytes], data: st.DataObject) -> None:
    """Garbage, and packets with bytes of theirs changed."""
    whole = m.DataPacket(
        participant_identity="eve",
        stream_header=m.DataStream.Header(stream_id="s", topic="lk.chat", total_length=5),
    ).SerializeToString()
    gate = _gate()
    for raw in raws:
        at = data.draw(st.integers(0, len(whole)))
        for message in (raw, whole[:at] + raw + whole[at:]):
            with contextlib.suppress(DataMalformed, DataRefused):
                admitted = gate.admit(message)
                assert admitted is None or admitted[0].participant_identity == "ann"
