"""LiveKit's captions as they come over data channels, in each of their forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from livekit.protocol import models

from tests.transport.livekit.test_parts import read_all
from tui.domain.ids import NOBODY
from tui.ports.transport_events import CaptionReceived, CaptionSegment
from tui.transport.livekit.captions import CAPTION_TOPIC, said_of
from tui.transport.livekit.data import DataReader
from tui.transport.livekit.data_writer import text_packets

Packet = models.DataPacket
Stream = models.DataStream
WORDS: Final = CaptionSegment("", "Hi.", True)


def words_of(events: list[CaptionReceived]) -> list[tuple[str, str, bool]]:
    return [(one.id, one.text, one.final) for event in events for one in event.segments]


def opened(stream: str, **attributes: str) -> Packet:
    said = {f"lk.{name}": value for name, value in attributes.items()}
    header = Stream.Header(
        stream_id=stream,
        topic=CAPTION_TOPIC,
        attributes=said,
        text_header=Stream.TextHeader(operation_type=Stream.CREATE),
    )
    return Packet(stream_header=header)


def chunk(stream: str, index: int, content: bytes) -> Packet:
    return Packet(stream_chunk=Stream.Chunk(stream_id=stream, chunk_index=index, content=content))


def closed(stream: str, **attributes: str) -> Packet:
    said = {f"lk.{name}": value for name, value in attributes.items()}
    return Packet(stream_trailer=Stream.Trailer(stream_id=stream, attributes=said))


def test_an_agent_that_speaks_comes_word_by_word() -> None:
    party = "🎉".encode()
    events = read_all(
        DataReader(),
        [
            opened("s", segment_id="SG_1", transcription_final="false"),
            chunk("s", 0, b"Good "),
            chunk("s", 1, b"morning " + party[:2]),
            chunk("s", 2, party[2:]),
            closed("s", transcription_final="true"),
        ],
    )
    assert words_of(events) == [
        ("SG_1", "Good ", False),
        ("SG_1", "Good morning ", False),
        ("SG_1", "Good morning 🎉", False),
        ("SG_1", "Good morning 🎉", True),
    ]


def test_guesses_at_what_a_person_says_come_as_streams_of_their_own() -> None:
    packets: list[Packet] = []
    for number, (text, final) in enumerate((("he low", "false"), ("Hello.", "true"))):
        said = {"lk.segment_id": "SG_2", "lk.transcription_final": final}
        packets += text_packets(text, CAPTION_TOPIC, number, said)
    events = read_all(DataReader(), packets)
    assert words_of(events) == [("SG_2", "he low", False), ("SG_2", "Hello.", True)]


def test_whose_words_they_are_is_told_by_a_track() -> None:
    reader = DataReader({"TR_bo": "bo"}.get)
    packets = list(text_packets("Hi.", CAPTION_TOPIC, 1, said_of(WORDS, "TR_bo")))
    (event,) = read_all(reader, packets)
    assert (event.id, event.speaker) == ("alice", "bo")
    (event,) = read_all(
        DataReader(), list(text_packets("Hi.", CAPTION_TOPIC, 1, said_of(WORDS, None)))
    )
    assert event.speaker == NOBODY
    assert event.segments[0].final
    assert event.segments[0].id, "made by whoever sends"


def test_the_older_packet() -> None:
    segments = [
        models.TranscriptionSegment(id="a", text="one", final=True, language="en"),
        models.TranscriptionSegment(id="b", text="tw", final=False),
    ]
    packet = Packet(
        transcription=models.Transcription(transcribed_participant_identity="bo", segments=segments)
    )
    (event,) = read_all(DataReader(), [packet])
    expected = (CaptionSegment("a", "one", True, "en"), CaptionSegment("b", "tw", False))
    assert event == CaptionReceived("alice", "bo", expected)
    assert read_all(DataReader(), [Packet(transcription=models.Transcription())]) == []


def test_of_ten_megabytes_the_beginning_is_kept() -> None:
    reader = DataReader()
    packets = list(text_packets("é" * 5_000_000, CAPTION_TOPIC, 1, said_of(WORDS, None)))
    events = read_all(reader, packets)
    last = events[-1].segments[0]
    assert last.final
    assert last.text == "é" * 8000 + "…"
    assert reader.dropped == 1


def test_what_is_no_text_or_has_a_gap_is_not_shown() -> None:
    bare = opened("s")
    bare.stream_header.ClearField("text_header")
    assert read_all(DataReader(), [bare, chunk("s", 0, b"\x00"), closed("s")]) == []
    gap = read_all(DataReader(), [opened("s"), chunk("s", 1, b"later"), chunk("s", 0, b"first ")])
    assert words_of(gap) == [("s", "first later", False)]


def test_a_guess_of_a_program_says_what_it_is() -> None:
    guess = CaptionSegment("P-3", "Good mor", False, "en", program=True)
    (event,) = read_all(
        DataReader(), list(text_packets("Good mor", CAPTION_TOPIC, 7, said_of(guess, None)))
    )
    assert event.segments == (replace(guess, at_ms=7),)
