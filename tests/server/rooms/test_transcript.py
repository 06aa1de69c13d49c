"""What a transcript takes out of packets, when it is kept, and what it never is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from livekit.protocol import models

from tui.server.limits import Limits
from tui.server.rooms.room import Room
from tui.server.rooms.transcript import ATTRIBUTE, LINES_MAX, CaptionStreams, Transcript

Stream = models.DataStream


def stream(
    text: str,
    *,
    number: str = "S1",
    final: str = "true",
    topic: str = "lk.transcription",
    program: str = "",
) -> list[models.DataPacket]:
    said = {"lk.transcription_final": final, "lk.segment_id": f"G{number}"}
    said["cellcall.program"] = program
    header = Stream.Header(stream_id=number, topic=topic, attributes=said)
    header.text_header.SetInParent()
    chunk = Stream.Chunk(stream_id=number, content=text.encode())
    return [
        models.DataPacket(stream_header=header),
        models.DataPacket(stream_chunk=chunk),
        models.DataPacket(stream_trailer=Stream.Trailer(stream_id=number)),
    ]


def words(packets: list[models.DataPacket], streams: CaptionStreams | None = None) -> list[str]:
    streams = streams or CaptionStreams()
    return [said[3] for packet in packets for said in streams.read("ana", packet)]


def test_final_words_are_taken_once_in_either_form() -> None:
    segment = models.TranscriptionSegment(id="GS1", text="Good morning.", final=True)
    guess = models.TranscriptionSegment(id="GS2", text="he low")
    older = models.DataPacket(transcription=models.Transcription(segments=[segment, guess]))
    assert words([*stream("Good morning."), older]) == ["Good morning."]
    assert words(stream("he low", final="false")) == []
    assert words(stream("a chat", topic="lk.chat")) == []
    inline = stream("")[0]
    inline.stream_header.inline_content = b"In one packet."
    assert words([inline]) == ["In one packet."]


def test_what_is_too_long_or_never_ends_is_bounded() -> None:
    streams = CaptionStreams()
    (cut,) = words(stream("x" * 10_000_000), streams)
    assert len(cut) == 16_000
    for number in range(1000):
        words(stream("open", number=str(number))[:2], streams)
    assert len(streams._open) <= 64


@dataclass
class Keeper:
    """Notes what it is told."""

    noted: list[tuple[str, ...]] = field(default_factory=list)

    def transcript_began(self, session_id: str, number: str, uid: str, at_ms: int) -> None:
        self.noted.append(("began", session_id, uid))

    def transcript_said(self, number: str, speaker: str, text: str, at_ms: int) -> None:
        self.noted.append(("said", speaker, text))

    def transcript_ended(self, number: str, at_ms: int) -> None:
        self.noted.append(("ended",))


@dataclass
class Person:
    info: models.ParticipantInfo
    moderates: bool = True


def person(identity: str, *, asks: bool = False, sealed: bool = False) -> Person:
    track = models.TrackInfo(encryption=models.Encryption.GCM if sealed else models.Encryption.NONE)
    said = {ATTRIBUTE: "1"} if asks else {}
    return Person(models.ParticipantInfo(identity=identity, tracks=[track], attributes=said))


def named(sender: str, _track: str, program: bool) -> str:
    return f"{sender}, written by a program" if program else sender


def test_it_is_kept_while_a_moderator_asks_and_nothing_is_sealed() -> None:
    keeper, told = Keeper(), []
    transcript = Transcript("standup", keeper, lambda: told.append(dict(transcript.told)))
    guest = person("bo", asks=True)
    guest.moderates = False
    transcript.look([guest])
    transcript.look([person("ana", asks=True), person("bo", sealed=True)])
    assert (keeper.noted, told) == ([], [])
    transcript.look([person("ana", asks=True), person("bo")])
    for packet in stream("Hello \x1b[2Jall."):
        transcript.heard("bo", packet, named)
    for packet in stream("Heard.", number="S3", program="1"):
        transcript.heard("bo", packet, named)
    transcript.look([person("ana", asks=True), person("bo", sealed=True)])
    for packet in stream("Sealed.", number="S2"):
        transcript.heard("bo", packet, named)
    assert told == [{"by": "ana"}, {}]
    assert keeper.noted == [
        ("began", "standup", "ana"),
        ("said", "bo", "Hello [2Jall."),
        ("said", "bo, written by a program", "Heard."),
        ("ended",),
    ]


def test_it_has_only_so_many_lines_and_none_where_nothing_is_kept() -> None:
    keeper = Keeper()
    transcript = Transcript("standup", keeper, lambda: None)
    transcript.look([person("ana", asks=True)])
    transcript._lines = LINES_MAX
    for packet in stream("Too late."):
        transcript.heard("bo", packet, named)
    assert [one[0] for one in keeper.noted] == ["began"]
    nowhere = Transcript("standup", None, lambda: None)
    nowhere.look([person("ana", asks=True)])
    assert not nowhere.told


def test_a_server_says_that_calls_are_not_to_be_recorded() -> None:
    services: Any = SimpleNamespace(limits=Limits(may_record=False))
    room = Room("standup", services, lambda _room, _participant: None)
    assert json.loads(room.info.metadata) == {"recording": "off"}
    room.set_metadata('{"topic": "plans"}')
    assert json.loads(room.info.metadata) == {"topic": "plans", "recording": "off"}
    services.limits = Limits()
    assert Room("standup", services, lambda _room, _participant: None).info.metadata == ""
