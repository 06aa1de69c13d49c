"""Byte streams as files: whole, damaged, too large, too many, and those that are none."""

from __future__ import annotations

import zlib

import pytest
from livekit.protocol import models

from tests.transport.livekit.test_parts import read_all
from tui.domain.files import COMING_MAX, FILE_MAX_BYTES
from tui.transport.livekit.data import DataReader
from tui.transport.livekit.files import TOLD_EVERY_BYTES

Stream = models.DataStream


def packets(
    content: bytes,
    *,
    size: int | None = None,
    topic: str = "my-topic",
    deflated: bool = False,
    stream_id: str = "F1",
    reason: str = "",
) -> list[models.DataPacket]:
    """As livekit-client's `sendFile` makes them."""
    body = zlib.compress(content, wbits=-15) if deflated else content
    header = Stream.Header(
        stream_id=stream_id,
        topic=topic,
        timestamp=7,
        total_length=len(content) if size is None else size,
        compression=Stream.DEFLATE_RAW if deflated else Stream.NONE,
        byte_header=Stream.ByteHeader(name="plan.pdf"),
    )
    chunks = [
        Stream.Chunk(stream_id=stream_id, chunk_index=number, content=body[at : at + 15_000])
        for number, at in enumerate(range(0, len(body), 15_000))
    ]
    return [
        models.DataPacket(stream_header=header),
        *(models.DataPacket(stream_chunk=chunk) for chunk in chunks),
        models.DataPacket(stream_trailer=Stream.Trailer(stream_id=stream_id, reason=reason)),
    ]


@pytest.mark.parametrize("deflated", [False, True])
def test_a_file_comes_whole(deflated: bool) -> None:
    content = bytes(range(256)) * 1000
    first, *more, last = read_all(DataReader(), packets(content, deflated=deflated))
    assert (first.id, first.key, first.name, first.size, first.done) == (
        "alice", "F1", "plan.pdf", 256_000, 0,
    )  # fmt: skip
    assert (last.content, last.why, last.at_ms) == (content, "", 7)
    assert all(one.content is None and one.done >= TOLD_EVERY_BYTES for one in more)


def test_what_is_no_whole_file_is_told_once() -> None:
    content = b"x" * 40_000
    lost = packets(content)
    del lost[2]
    for sent, why in (
        (lost, "a part of it was lost on the way"),
        (packets(content, size=50_000), "a part of it is missing"),
        (packets(content, size=30_000), "it is longer than its sender said"),
        (packets(content, size=FILE_MAX_BYTES + 1), "it has 16.0 MB or more"),
        (packets(content, reason="interrupted"), "its sender gave it up"),
        (packets(b"\0" * 3 * FILE_MAX_BYTES, size=0, deflated=True), "it has 16.0 MB or more"),
        ([*packets(b"ab", deflated=True)[:1], packets(b"\xff\xff\xff")[1]], "it came damaged"),
    ):
        reader = DataReader()
        told = [one.why for one in read_all(reader, sent) if one.why]
        assert len(told) == 1
        assert told[0].startswith(why[:30])
        assert not reader.files.has("alice", "F1")  # type: ignore[arg-type]


def test_only_so_many_are_on_their_way() -> None:
    reader = DataReader()
    for number in range(COMING_MAX):
        begun = packets(b"x", stream_id=str(number))[0]
        begun.participant_identity = f"sender {number // 2}"
        event = reader.read(begun.SerializeToString(), 0.0)
        assert event is not None
        assert not event.why  # type: ignore[union-attr]
    (event,) = read_all(reader, packets(b"x")[:1])
    assert event.why == "too many are on their way at once"
    gone = list(reader.files.gone("sender 0"))  # type: ignore[arg-type]
    assert [one.why for one in gone] == ["its sender left"] * 2
    begun, *_ = read_all(reader, packets(b"x")[:1])
    assert not begun.why
    # What is stale gives its place up.
    later = read_all(reader, [packets(b"x", stream_id=f"L{n}")[0] for n in range(3)], now_s=100.0)
    assert [one.why for one in later] == [""] * 3


def test_streams_of_other_use_are_no_files() -> None:
    for topic in ("lk.audio_stream", "cellcall.terminal"):
        assert read_all(DataReader(), packets(b"x", topic=topic)) == []
    for topic in ("", "lk.chat", "lk.file", "files"):
        assert read_all(DataReader(), packets(b"x", topic=topic))[-1].content == b"x"
