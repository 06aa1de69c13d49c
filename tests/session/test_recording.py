"""Recording a call: who is told first, what is kept, how it ends, and what others record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.people import camera, voice
from tests.fakes.world import FakeWorld, remote
from tests.session.rig import MEDIA, joined
from tui.domain.commands.own import StartRecording, StopRecording
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.media import AudioPacket, EncodedPicture, Pictures
from tui.ports.transport_events import ParticipantLeft, ParticipantUpdated, RecordingTold
from tui.session import recording
from tui.session.seat import Seat

FILE = "/tmp/call.mkv"
RECORDS = {"cellcall.recording": "pictures"}


async def test_everybody_is_told_before_anything_is_kept() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        world.transport.hear(RecordingTold(recorded=True))
        await Seat(calls).do(StartRecording(FILE), action="record.toggle")
        assert ("attributes", RECORDS) in world.transport.said
        assert "onRecordingToggleButtonClicked" in heard.events
        assert "onRecordingStarted" in heard.events
        told = f"record: You record this call, sound and pictures, to {FILE}. Everybody is told."
        assert told in heard.texts
        snapshot = calls.outlet.newest
        assert snapshot.recording == FILE and [one.id for one in snapshot.recorders] == ["ana"]
        # The server says it: nothing has to be written.
        assert not [said for said in world.transport.said if said[0] == "chat"]
        assert ("want", (camera("bo"), 640, 360)) in world.transport.said

        receiver, kept = world.transport.receiver, world.recordings.made[0]
        assert receiver is not None
        receiver.audio_packet(voice("bo"), AudioPacket(b"opus", 960))
        assert (voice("bo"), "Bo Chen", b"opus") in kept.sounds
        assert receiver.video_encoded(camera("bo"), EncodedPicture(b"follows", 0))
        assert not receiver.video_encoded(camera("bo"), EncodedPicture(b"key", 3000, (640, 360)))
        assert [title for _, title, _ in kept.pictures] == ["Bo Chen", "Bo Chen"]

        await Seat(calls).do(StopRecording())
        assert kept.closed
        assert world.transport.said[-1] == ("attributes", {"cellcall.recording": ""})
        assert heard.texts[-1] == f"record: You no longer record. 12 seconds are in {FILE}."
        assert heard.events[-1] == "onRecordingStopped"
        assert not calls.outlet.newest.recording
        receiver.audio_packet(voice("bo"), AudioPacket(b"later", 1920))
        assert len(kept.sounds) == 1
        await Seat(calls).do(StopRecording())  # nothing is nothing


async def test_our_own_voice_and_camera_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):
        await Seat(calls).do(StartRecording(FILE, Pictures.OFF))
        call = calls.current.joined()
        made = call.media.capture.made
        assert made is not None
        made(AudioPacket(b"mine", 0))
        kept = world.recordings.made[0]
        assert kept.sounds == [(voice("ana"), "Ana Lopez", b"mine")]
        assert not call.media.camera.encoded(EncodedPicture(b"key", 0, (320, 240)))
        assert kept.pictures == []  # sound alone
        await Seat(calls).do(StopRecording())
        assert call.media.capture.made is None


async def test_where_the_server_says_nothing_the_chat_does_also_to_newcomers() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartRecording(FILE))
        said = ("chat", "I record this call with cellcall.")
        assert world.transport.said.count(said) == 1
        world.transport.hear(ParticipantUpdated(remote("chi")))
        await heard.until(lambda: world.transport.said.count(said) == 2)
        world.transport.hear(ParticipantUpdated(remote("chi", muted=True)))
        await heard.until(lambda: (p := calls.outlet.newest.participant("chi")) and p.audio_muted)
        assert world.transport.said.count(said) == 2


async def test_nothing_is_recorded_where_nobody_can_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "TOLD_WITHIN_S", 0.01)
    world = FakeWorld()

    async def no_chat(_text: str) -> None:
        raise CallsError(ErrorCode.CONNECTION_FAILED, "Not sent.")

    world.transport.says_attributes = False
    monkeypatch.setattr(world.transport, "send_chat", no_chat)
    async with joined(world) as (calls, _):
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(StartRecording(FILE))
        assert refused.value.code == ErrorCode.NOT_SUPPORTED
        assert world.recordings.made == [] and not calls.outlet.newest.recording
        assert world.transport.said[-1] == ("attributes", {"cellcall.recording": ""})


async def test_what_is_refused() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        for path, pictures, word in (
            ("/no/call.mkv", "small", "can't be recorded"),
            (FILE, "huge", "off, small, full"),
        ):
            with pytest.raises(CallsError) as refused:
                await Seat(calls).do(StartRecording(path, pictures))
            assert refused.value.code == ErrorCode.VALIDATION
            assert word in refused.value.description
        assert not [said for said in world.transport.said if said[0] == "attributes"]
        await Seat(calls).do(StartRecording(FILE))
        with pytest.raises(CallsError) as twice:
            await Seat(calls).do(StartRecording(FILE))
        assert twice.value.code == ErrorCode.VALIDATION
        # Recording is switched off while it goes on.
        world.transport.hear(RecordingTold(allowed=False))
        await heard.until(lambda: "onRecordingStopped" in heard.events)
        assert world.recordings.made[0].closed
        with pytest.raises(CallsError) as off:
            await Seat(calls).do(StartRecording(FILE))
        assert off.value.code == ErrorCode.NOT_PERMITTED


async def test_a_full_disk_ends_the_recording_and_not_the_call() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartRecording(FILE))
        world.recordings.made[0].failed("no space left on device")
        await heard.until(lambda: "onRecordingStopped" in heard.events)
        assert (
            f"record: The recording ended: no space left on device. 12 seconds are in {FILE}."
        ) in heard.texts
        assert calls.outlet.newest.in_session and not calls.outlet.newest.recording


async def test_it_begins_with_the_call_and_ends_with_it() -> None:
    world = FakeWorld()
    media = replace(MEDIA, record=FILE, record_pictures="off")
    async with joined(world, media=media) as (calls, heard):
        await heard.until(lambda: "onRecordingStarted" in heard.events)
        await calls.current.leave()
        assert world.recordings.made[0].closed
        assert f"record: You no longer record. 12 seconds are in {FILE}." in heard.texts


async def test_a_recording_that_can_not_begin_with_the_call_is_told() -> None:
    world = FakeWorld()
    async with joined(world, media=replace(MEDIA, record="/no/call.mkv")) as (_, heard):
        told = "record: Nothing is recorded: /no/call.mkv can't be recorded to."
        await heard.until(lambda: told in heard.texts)


async def test_what_others_record_is_said_at_once_and_to_whoever_joins() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen", attributes=RECORDS),)
    async with joined(world) as (calls, heard):
        assert "record: Bo Chen records this call." in heard.texts
        assert heard.payload("onParticipantStartedRecording")["uid"] == "bo"
        assert [one.id for one in calls.outlet.newest.recorders] == ["bo"]
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen")))
        await heard.until(lambda: "record: Bo Chen no longer records this call." in heard.texts)
        assert "onParticipantStoppedRecording" in heard.events
        world.transport.hear(ParticipantUpdated(remote("bo", attributes=RECORDS)))
        await heard.until(lambda: calls.outlet.newest.recorders)
        world.transport.hear(ParticipantLeft(remote("bo").id))
        await heard.until(lambda: heard.events.count("onParticipantStoppedRecording") == 2)


async def test_a_recording_by_the_server_is_said() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        world.transport.hear(RecordingTold(recorded=True))
        await heard.until(lambda: "record: This call is recorded by the server." in heard.texts)
        assert calls.outlet.newest.recorded and "onRecordingStarted" in heard.events
        world.transport.hear(RecordingTold())
        await heard.until(lambda: "onRecordingStopped" in heard.events)


async def test_who_records_is_not_the_server() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen", attributes=RECORDS)))
        world.transport.hear(RecordingTold(recorded=True))
        await heard.until(lambda: calls.outlet.newest.recorded)
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen")))
        world.transport.hear(RecordingTold())
        await heard.until(lambda: not calls.outlet.newest.recorded)
        told = [text for text in heard.texts if text.startswith("record: ")]
        assert told == [
            "record: Bo Chen records this call.",
            "record: Bo Chen no longer records this call.",
        ]
