"""A call as a person lives it: who is there, what is told, how it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.people import camera, screen
from tests.fakes.world import FakeWorld, remote
from tests.session.rig import MEDIA, joined, logged_in
from tui.domain.commands.call import (
    EndForAll,
    GetStats,
    MarkChatRead,
    MuteOther,
    ReadChat,
    Readmit,
    Remove,
    SendChat,
    StopVideoOf,
)
from tui.domain.commands.local import Pin, SetLayout, Unpin
from tui.domain.commands.own import ListDevices, SetDevice, SetHandRaised, SetMuted, SetVideoPaused
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.media import MediaName, PlanarFrame
from tui.domain.participant import Quality, Role
from tui.domain.sealing import Sealing
from tui.domain.settings import Layout
from tui.domain.snapshot import ChatMessage, DeviceKind, EndReason, Phase
from tui.ports.devices import Camera
from tui.ports.transport_events import (
    ChatReceived,
    Disconnected,
    DisconnectReason,
    JoinedSession,
    MediaConnected,
    MediaMissing,
    MutedByServer,
    OwnRoleChanged,
    ParticipantLeft,
    ParticipantUpdated,
    QualityChanged,
    Reconnected,
    Reconnecting,
    RemoteParticipant,
    RemoteTrack,
    SpeakersChanged,
)
from tui.session import upkeep
from tui.session.lifetime import ENDINGS
from tui.session.rejoin import AWAITED_S
from tui.session.seat import Seat


def grey(width: int = 32, height: int = 24) -> PlanarFrame:
    luma, chroma = bytes([126]) * (width * height), bytes([128]) * (width * height // 4)
    return PlanarFrame(width, height, luma, chroma, chroma, width, width // 2)


async def test_joining_tells_who_is_there_and_publishes() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world, startAudioMuted=True) as (calls, heard):
        snapshot = calls.outlet.newest
        assert snapshot.phase is Phase.LIVE and snapshot.title == "standup"
        assert [p.name for p in snapshot.participants] == ["Ana Lopez", "Bo Chen"]
        assert snapshot.local is not None and snapshot.local.role is Role.MODERATOR
        assert (
            "call: Joined standup. 2 people: Ana Lopez (you), Bo Chen. You are muted."
            in heard.texts
        )
        assert heard.events[:2] == ["onSessionJoined", "onParticipantJoined"]
        assert heard.payload("onParticipantJoined") == {
            "pid": "PA_bo",
            "name": "Bo Chen",
            "uid": "bo",
        }
        await heard.until(lambda: ("camera", False) in world.transport.said)
        assert ("microphone", True) in world.transport.said
        assert snapshot.invite.startswith("cellcall join standup --server ")
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        assert "mic: Your microphone is on." not in heard.texts


async def test_what_is_on_is_said_when_it_is_so() -> None:
    world = FakeWorld()
    async with joined(world) as (_, heard):
        assert "call: Joined standup. 1 person: Ana Lopez (you)." in heard.texts
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        assert "mic: Your microphone is on." in heard.texts
        assert ("camera", False) in world.transport.said


async def test_what_is_missing_is_not_said_to_be_on() -> None:
    world = FakeWorld()
    world.devices.missing = {DeviceKind.MICROPHONE, DeviceKind.CAMERA}
    async with joined(world, media=MediaChoice()) as (calls, heard):
        await heard.until(lambda: any("No camera here." in text for text in heard.texts))
        await calls.current.leave()
        assert any("No microphone here." in text for text in heard.texts)
        assert not any("is on" in text for text in heard.texts)


async def test_a_display_name_is_what_everybody_reads() -> None:
    world = FakeWorld()
    async with joined(world, displayName="Ana from sales") as (calls, heard):
        local = calls.outlet.newest.local
        assert local is not None and local.name == "Ana from sales" and not local.avatar
        await heard.until(lambda: ("name", "Ana from sales") in world.transport.said)


async def test_others_come_speak_mute_raise_hands_and_go() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        hear = world.transport.hear
        hear(ParticipantUpdated(remote("bo")))
        hear(ParticipantUpdated(remote("bo", muted=True)))
        hear(ParticipantUpdated(remote("bo", attributes={"hand": "1767258000123"})))
        hear(SpeakersChanged(("bo",)))
        hear(QualityChanged({"bo": Quality.WEAK}))
        await heard.until(
            lambda: (p := calls.outlet.newest.participant("bo")) and p.quality is Quality.WEAK
        )
        world.time.now_s += 0.5
        await heard.until(
            lambda: (p := calls.outlet.newest.participant("bo")) is None or p.speaking
        )
        bo = calls.outlet.newest.participant("bo")
        assert bo is not None and bo.speaking and bo.hand_raised_at_ms == 1767258000123
        assert calls.outlet.newest.dominant_speaker == "bo"
        hear(ParticipantUpdated(remote("bo")))
        hear(ParticipantLeft("bo"))
        await heard.until(lambda: "onParticipantLeft" in heard.events)
        assert [name for name in heard.events if name.startswith(("onParticipant", "onDom"))] == [
            "onParticipantJoined",
            "onParticipantListChanged",
            "onParticipantAudioMuted",
            "onParticipantAudioUnmuted",
            "onParticipantHandRaised",
            "onDominantSpeakerChanged",
            "onParticipantHandLowered",
            "onParticipantLeft",
            "onParticipantListChanged",
        ]
        assert "leave: Bo left. You are alone." in heard.texts


async def test_mute_camera_and_hand_reach_the_others() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await heard.until(lambda: ("camera", False) in world.transport.said)
        await Seat(calls).do(SetMuted(True))
        await Seat(calls).do(SetVideoPaused(True))
        await Seat(calls).do(SetHandRaised(True))
        local = calls.outlet.newest.local
        assert local is not None
        assert local.audio_muted and local.video_paused and local.hand_raised_at_ms
        assert world.devices.camera.closed.is_set(), "a paused camera is closed"
        said = world.transport.said
        assert ("muted-microphone", True) in said and ("muted-camera", True) in said
        assert ("attributes", {"hand": str(local.hand_raised_at_ms)}) in said
        await Seat(calls).do(SetMuted(False))
        await Seat(calls).do(SetVideoPaused(False))
        await Seat(calls).do(SetHandRaised(False))
        assert ("attributes", {"hand": ""}) in said
        assert said.count(("camera", False)) == 1, "the track is published once"
        assert "hand: Your hand is up. You are number 1." in heard.texts


async def test_a_camera_turned_off_before_it_is_published_stays_off() -> None:
    world = FakeWorld()
    opening, go = asyncio.Event(), asyncio.Event()
    open_camera = world.devices.open_camera

    async def slow(name: MediaName) -> Camera:
        opening.set()
        await go.wait()
        return await open_camera(name)

    world.devices.open_camera = slow  # type: ignore[method-assign]
    async with joined(world) as (calls, heard):
        await opening.wait()
        pausing = asyncio.create_task(Seat(calls).do(SetVideoPaused(True)))
        await heard.until(lambda: not pausing.done())
        go.set()
        await pausing
        await heard.until(lambda: world.devices.camera.closed.is_set())
        local = calls.outlet.newest.local
        assert local is not None and local.video_paused
        assert ("camera", False) not in world.transport.said
        await Seat(calls).do(SetVideoPaused(False))
        assert ("camera", False) in world.transport.said


async def test_a_moderator_can_mute_us_but_never_unmute() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        world.transport.hear(MutedByServer(TrackSource.MICROPHONE))
        await heard.until(lambda: "onAudioMuted" in heard.events)
        local = calls.outlet.newest.local
        assert local is not None and local.audio_muted
        assert any(text.startswith("host: A moderator muted you.") for text in heard.texts)


async def test_chat_from_before_we_came_is_shown_and_is_no_news() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        bo = ParticipantId("bo")
        world.transport.hear(ChatReceived(bo, "earlier", 5, history=True))
        world.transport.hear(ChatReceived(bo, "now", 6))
        await heard.until(lambda: calls.outlet.newest.unread_chat == 1)
        said = [(one.text, one.history) for one in await Seat(calls).do(ReadChat())]
        assert said == [("earlier", True), ("now", False)]
        assert any(text.endswith("Bo Chen: now") for text in heard.texts)
        assert not any("earlier" in text for text in heard.texts)


async def test_a_message_of_several_lines_keeps_them() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world) as (calls, heard):
        world.transport.hear(ChatReceived(ParticipantId("bo"), "for x in y:\n\tz(\x1b)\n", 5))
        await heard.until(lambda: calls.outlet.newest.unread_chat == 1)
        await Seat(calls).do(SendChat("a\n  b"))
        assert ("chat", "a\n  b") in world.transport.said
        said = [(one.text, one.lines) for one in await Seat(calls).do(ReadChat())]
        assert said == [
            ("for x in y:  z()", ("for x in y:", "    z()")),
            ("a   b", ("a", "  b")),
        ]


async def test_the_moderator_who_muted_us_is_named() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (_, heard):
        world.transport.hear(MutedByServer(TrackSource.MICROPHONE, ParticipantId("bo")))
        await heard.until(lambda: any("Bo Chen muted you." in text for text in heard.texts))


async def test_whether_we_are_a_moderator_is_learned_live() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", role=Role.MODERATOR), remote("chi"))
    async with joined(world) as (calls, heard):
        roles = {one.id: one.role for one in calls.outlet.newest.participants}
        assert roles == {"ana": Role.MODERATOR, "bo": Role.MODERATOR, "chi": Role.NONE}
        world.transport.moderator = None
        world.transport.hear(OwnRoleChanged(Role.NONE))
        await heard.until(lambda: calls.outlet.newest.local.role is Role.NONE)
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(Remove(ParticipantId("bo")))
        assert refused.value.code == ErrorCode.NOT_PERMITTED
        world.transport.moderator = world.transport.deeds
        world.transport.hear(OwnRoleChanged(Role.MODERATOR))
        await heard.until(lambda: any("You are a moderator now." in one for one in heard.texts))
        await Seat(calls).do(Remove(ParticipantId("bo")))
        assert world.transport.deeds.done == [("remove", "bo")]
        assert [one.name for one in calls.outlet.newest.removed] == ["Bo"]
        await Seat(calls).do(Readmit(ParticipantId("bo")))
        assert world.transport.deeds.done[1:] == [("readmit", "bo")]
        assert not calls.outlet.newest.removed


async def test_a_moderator_acts_by_source_and_others_may_not() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"), remote("chi", tracks=()))
    world.transport.deeds.missing = {"chi"}
    async with joined(world) as (calls, _):
        await Seat(calls).do(MuteOther(ParticipantId("bo")))
        await Seat(calls).do(StopVideoOf(ParticipantId("bo")))
        await Seat(calls).do(Remove(ParticipantId("bo")))
        assert world.transport.deeds.done == [
            ("mute", "bo", TrackSource.MICROPHONE),
            ("mute", "bo", TrackSource.CAMERA),
            ("remove", "bo"),
        ]
        with pytest.raises(CallsError, match="no microphone"):
            await Seat(calls).do(MuteOther(ParticipantId("chi")))
        await Seat(calls).do(EndForAll())
        assert calls.outlet.newest.ended is EndReason.ENDED_FOR_ALL
    other = FakeWorld(service=world.service)
    token = await other.service.create_auth_token("bo", other.service.api_key)
    await other.service.create_call_token(token, "retro")
    async with logged_in(other) as (calls, _):
        await calls.join_session_by_id("retro", {}, MEDIA)
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(MuteOther(ParticipantId("bo")))
        assert refused.value.code == ErrorCode.NOT_PERMITTED


async def test_chat_goes_both_ways_cleaned_and_counted() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world) as (calls, heard):
        world.transport.hear(ChatReceived("bo", "hi\x1b[31m \u202ethere\n[/]", 5))
        world.transport.hear(ChatReceived("bo", "\x00\u200b", 6))
        await heard.until(lambda: calls.outlet.newest.unread_chat == 1)
        await Seat(calls).do(SendChat("  hello  "))
        assert ("chat", "hello") in world.transport.said
        texts = [(m.name, m.text, m.is_local) for m in await Seat(calls).do(ReadChat())]
        assert texts == [("Bo", "hi[31m there [/]", False), ("Ana Lopez", "hello", True)]
        assert sum(isinstance(update, ChatMessage) for update in heard.updates) == 2
        await Seat(calls).do(MarkChatRead())
        assert calls.outlet.newest.unread_chat == 0
        for text in ("", "\x00", "x" * 4001):
            with pytest.raises(CallsError) as refused:
                await Seat(calls).do(SendChat(text))
            assert refused.value.code == ErrorCode.VALIDATION


async def test_a_lost_connection_is_told_once_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upkeep, "TICK_S", 0.01)
    world = FakeWorld()
    world.transport.others = (remote("bo"), remote("chi"))
    async with joined(world) as (calls, heard):
        world.transport.hear(Reconnecting(1, 0.0))
        world.transport.hear(Reconnecting(2, 0.5))
        await heard.until(lambda: calls.outlet.newest.reconnect_attempt == 2)
        assert calls.outlet.newest.phase is Phase.RECONNECTING
        world.time.now_s += 6
        back = RemoteParticipant("ana", "Ana Lopez", pid="PA_new")
        world.transport.hear(Reconnected(JoinedSession("standup", 1, back, (remote("bo"),))))
        await heard.until(lambda: calls.outlet.newest.phase is Phase.LIVE)
        chi = calls.outlet.newest.participant(ParticipantId("chi"))
        assert chi is not None and chi.quality is Quality.LOST, "may be reconnecting, too"
        assert not any("left" in text for text in heard.texts)
        world.time.now_s += AWAITED_S
        await heard.until(lambda: "leave: Chi left. 2 people." in heard.texts)
        assert [p.id for p in calls.outlet.newest.participants] == ["ana", "bo"]
        assert sum("Connection lost" in text for text in heard.texts) == 1
        assert "net: Connected again after 6 seconds. You are heard." in heard.texts
        assert heard.events.count("onConnectionLost") == 1
        assert heard.events.count("onConnectionRestored") == 1


async def test_the_gap_is_counted_from_the_last_that_came() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        world.transport.hear(Reconnecting(1, 0.0, silent_s=2.6))
        await heard.until(lambda: calls.outlet.newest.phase is Phase.RECONNECTING)
        world.time.now_s += 7
        ana = RemoteParticipant("ana", "Ana Lopez", pid="PA_me")
        world.transport.hear(Reconnected(JoinedSession("standup", 1, ana, ())))
        await heard.until(lambda: calls.outlet.newest.phase is Phase.LIVE)
        assert "net: Connected again after 10 seconds. You are heard." in heard.texts


async def test_nobody_is_said_to_be_in_a_call_before_media_flow() -> None:
    world = FakeWorld()
    world.transport.way = None
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with logged_in(world) as (calls, heard):
        joining = asyncio.create_task(calls.join_session_by_id("standup", {}, MEDIA))
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        world.transport.hear(ParticipantUpdated(remote("chi", name="Chi Okafor")))
        world.transport.hear(MediaConnected())
        assert "onSessionJoined" not in heard.events
        assert not joining.done()
        await joining
        await heard.until(lambda: any("Chi Okafor joined" in text for text in heard.texts))
        told = [text for text in heard.texts if "oined" in text]
        assert told[0].startswith("call: Joined standup. 2 people: Ana Lopez (you), Bo Chen.")
        assert heard.events.count("onParticipantJoined") == 2


async def test_who_gives_up_waiting_for_media_has_left() -> None:
    world = FakeWorld()
    world.transport.way = None
    async with logged_in(world) as (calls, heard):
        joining = asyncio.create_task(calls.join_session_by_id("standup", {}, MEDIA))
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        joining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await joining
        assert world.transport.left
        assert world.devices.microphone.on_block is None
        assert calls.outlet.newest.phase is Phase.ENDED


async def test_a_missing_way_for_media_is_said_with_its_cause_and_so_is_the_way_found() -> None:
    world = FakeWorld()
    world.transport.way = MediaMissing("UDP may\x1b be blocked")
    async with joined(world) as (_, heard):
        await heard.until(lambda: "onSessionJoined" in heard.events)
        assert (
            "call: You are in standup, but nobody hears you and you hear nobody:"
            " UDP may be blocked. Still trying. 1 person: Ana Lopez (you)."
        ) in heard.texts
        world.transport.hear(MediaConnected())
        await heard.until(
            lambda: "net: Sound and pictures get through now. You are heard." in heard.texts
        )
        assert heard.events.count("onSessionJoined") == 1


@pytest.mark.parametrize("reason", list(DisconnectReason))
async def test_every_end_is_told_and_releases_everything(reason: DisconnectReason) -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        transport, microphone = world.transport, world.devices.microphone
        transport.hear(Disconnected(reason, "detail\x1b[2J"))
        await heard.until(lambda: calls.outlet.newest.phase is Phase.ENDED)
        assert calls.outlet.newest.ended is ENDINGS[reason]
        assert "onSessionLeft" in heard.events
        assert transport.left and microphone.on_block is None
        assert all("\x1b" not in text for text in heard.texts)
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(SetMuted(True))
        assert refused.value.code == ErrorCode.NO_SESSION


async def test_missing_devices_are_named_and_the_call_runs() -> None:
    world = FakeWorld()
    world.devices.missing = set(DeviceKind)
    async with joined(world, media=MediaChoice()) as (calls, heard):
        await heard.until(lambda: all(d.problem for d in calls.outlet.newest.devices))
        local = calls.outlet.newest.local
        assert local is not None and local.video_paused
        assert "info: No microphone here. Plug in a microphone." in heard.texts
        assert world.devices.speaker.pull is not None, "the mix is still drained"
        world.devices.missing = set()
        await Seat(calls).do(SetVideoPaused(False))
        local = calls.outlet.newest.local
        assert local is not None and not local.video_paused
        assert any("Camera works again" in text for text in heard.texts)


async def test_pictures_go_to_the_slots_that_were_asked_for() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world) as (calls, heard):
        receiver = world.transport.receiver
        assert receiver is not None
        receiver.video_frame(camera("bo"), grey())
        assert world.pictures.newest(camera("bo")) is None, "nobody asked"
        world.pictures.want(camera("bo"), 8, 6)
        Seat(calls).show_picture(camera("bo"), 8, 6)
        assert ("want", (camera("bo"), 8, 6)) in world.transport.said
        receiver.video_frame(camera("bo"), grey())
        picture = world.pictures.newest(camera("bo"))
        assert picture is not None and (picture.width, picture.height) == (8, 6)
        assert len(picture.rgb) == 8 * 6 * 3
        assert all(abs(value - 128) <= 3 for value in picture.rgb)
        figures = (await Seat(calls).do(GetStats()))["participants"]["bo"]
        assert figures["video_frames"] == 2 and figures["video_width"] == 32
        assert figures["packets_lost"] == 2 and figures["jitter_ms"] == 3.5
        world.transport.hear(ParticipantLeft("bo"))
        await heard.until(lambda: "onParticipantLeft" in heard.events)
        assert world.pictures.newest(camera("bo")) is None
        assert (await Seat(calls).do(GetStats()))["participants"]["bo"]["video_frames"] == 2


async def test_pinning_leaves_tile_and_comes_back() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(Pin(ParticipantId("bo")))
        assert calls.outlet.newest.layout is Layout.SIDEBAR
        await Seat(calls).do(Unpin())
        assert calls.outlet.newest.layout is Layout.TILE
        await Seat(calls).do(Pin(ParticipantId("bo")))
        await Seat(calls).do(SetLayout(Layout.SPOTLIGHT))
        assert calls.outlet.newest.pinned is None
        await Seat(calls).do(Unpin())
        assert calls.outlet.newest.layout is Layout.SPOTLIGHT
        assert heard.payload("onCallLayoutChanged") == "SPOTLIGHT"
        with pytest.raises(CallsError):
            await Seat(calls).do(Pin(ParticipantId("nobody")))


async def test_a_device_can_be_exchanged_in_the_call() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await Seat(calls).do(SetDevice("microphone", "test:tone=880"))
        assert str(world.devices.opened[-1][1]) == "test:tone=880"
        assert "onAudioInputDeviceChanged" in heard.events
        world.devices.missing = {DeviceKind.SPEAKER}
        with pytest.raises(CallsError, match="No speaker here"):
            await Seat(calls).do(SetDevice("speaker", "other"))
        with pytest.raises(CallsError, match="allowed: microphone, speaker, camera"):
            await Seat(calls).do(SetDevice("printer", "x"))
        assert (await Seat(calls).do(ListDevices("camera")))[0].label == "Fake camera"


async def test_in_a_voice_session_nobody_has_pictures() -> None:
    world = FakeWorld()
    track = RemoteTrack("TR_cam", TrackSource.CAMERA, muted=False)
    world.transport.others = (remote("bo", tracks=(track,)),)
    async with joined(world, sessionType="VOICE") as (calls, heard):
        world.transport.hear(ParticipantUpdated(remote("chi", tracks=(track,))))
        await heard.until(lambda: len(calls.outlet.newest.participants) == 3)
        assert not any(one.has_video for one in calls.outlet.newest.participants)
        Seat(calls).show_picture(camera("bo"), 80, 48)
        wanted = [value for name, value in world.transport.said if name == "want"]
        assert wanted == [(camera("bo"), 0, 0), (camera("chi"), 0, 0)]


async def test_settings_without_effect_are_told() -> None:
    async with joined(FakeWorld(), streamUrl="rtmp://x") as (_, heard):
        assert (
            "info: Without effect here: streamUrl. `cellcall settings` lists what works."
            in heard.texts
        )


async def test_who_chose_no_devices_is_told_so() -> None:
    world = FakeWorld()
    nothing = MediaChoice("none", "none", "null")
    async with joined(world, media=nothing) as (calls, heard):
        assert "call: Joined standup. 1 person: Ana Lopez (you). You are muted. Camera off." in (
            heard.texts
        )
        assert ("microphone", True) in world.transport.said
        await Seat(calls).do(SetVideoPaused(False))
        assert (
            "cam: The camera stays off: this call has none. /use camera NAME takes one."
            in heard.texts
        )
        await Seat(calls).do(SetMuted(False))
        assert (
            "mic: Microphone on, but it does not work: none is chosen. /use microphone NAME takes "
            "one." in heard.texts
        )


async def test_in_a_peer_call_the_other_connection_is_watched() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with joined(world, isPeerCall=True) as (_, heard):
        for quality in (Quality.WEAK, Quality.LOST, Quality.LOST, Quality.GOOD):
            world.transport.hear(QualityChanged({"bo": quality, "ana": quality}))
        await heard.until(lambda: "onRemoteConnectionRestored" in heard.events)
        assert [name for name in heard.events if "RemoteConnection" in name] == [
            "onRemoteConnectionLost",
            "onRemoteConnectionRestored",
        ]


async def test_a_camera_that_can_not_be_chosen_leaves_the_camera_off() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await heard.until(lambda: ("camera", False) in world.transport.said)
        world.devices.missing.add(DeviceKind.CAMERA)
        with pytest.raises(CallsError, match="No camera here"):
            await Seat(calls).do(SetDevice("camera", "nonsense"))
        local = calls.outlet.newest.local
        assert local is not None and local.video_paused
        assert ("muted-camera", True) in world.transport.said


async def test_pictures_that_can_not_be_shown_are_said_once() -> None:
    world = FakeWorld()
    eve, bo = remote("eve", name="Eve Moss"), remote("bo", name="Bo Chen")
    vp9 = replace(eve, tracks=tuple(replace(one, unknown_codec="VP9") for one in eve.tracks[1:]))
    world.transport.others = (bo, vp9)
    async with joined(world) as (calls, heard):
        words = "info: The camera of Eve Moss is sent as VP9, which can't be shown here."
        assert heard.texts.count(words) == 1
        receiver = world.transport.receiver
        assert receiver is not None
        too_large = "info: The camera of Bo Chen is too large to be shown here."
        for _ in range(3):
            receiver.video_refused(camera("bo"))
            world.time.now_s += 1
            await heard.until(lambda: too_large in heard.texts)
        assert heard.texts.count(too_large) == 1
        receiver.video_frame(camera("bo"), grey())
        world.time.now_s += 1
        await heard.until(lambda: not calls.outlet.newest.remotes[0].streams[1].refused)


async def test_what_is_sealed_is_said_once_and_is_no_speech() -> None:
    world = FakeWorld()
    eve = remote("eve", name="Eve Moss")
    tracks = tuple(replace(one, sealing=Sealing.NO_KEY) for one in eve.tracks)
    sealed = replace(eve, tracks=tracks, sealing=Sealing.NO_KEY)
    world.transport.others = (remote("bo"), sealed)
    async with joined(world) as (calls, heard):
        words = "info: What Eve Moss sends is encrypted, and you have no key."
        assert heard.texts.count(words) == 1
        world.transport.hear(SpeakersChanged(("eve", "bo")))
        world.transport.hear(QualityChanged({"eve": Quality.WEAK}))
        await heard.until(lambda: calls.outlet.newest.remotes[1].quality is Quality.WEAK)
        world.time.now_s += 1
        await heard.until(lambda: calls.outlet.newest.dominant_speaker == "bo")
        assert [p.speaking for p in calls.outlet.newest.remotes] == [True, False]
        world.transport.hear(ParticipantUpdated(eve))
        await heard.until(lambda: not calls.outlet.newest.remotes[1].sealing.shut)
        world.transport.hear(ParticipantUpdated(sealed))
        await heard.until(lambda: calls.outlet.newest.remotes[1].sealing.shut)
        assert heard.texts.count(words) == 2


async def test_the_camera_is_on_when_it_is_open_and_not_before() -> None:
    world = FakeWorld()
    opening, go = asyncio.Event(), asyncio.Event()
    open_camera = world.devices.open_camera

    async def slow(name: MediaName) -> Camera:
        opening.set()
        await go.wait()
        return await open_camera(name)

    world.devices.open_camera = slow  # type: ignore[method-assign]
    async with joined(world) as (calls, heard):
        await opening.wait()
        local = calls.outlet.newest.local
        assert local is not None and local.video_paused
        assert "call: Joined standup. 1 person: Ana Lopez (you)." in heard.texts
        go.set()
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        local = calls.outlet.newest.local
        assert local is not None and not local.video_paused


SCREEN = RemoteTrack("TR_screen", TrackSource.SCREEN_SHARE, False, 640, 360)


async def test_a_shared_screen_is_said_and_pinned_while_it_lasts() -> None:
    world = FakeWorld()
    bo = remote("bo", name="Bo Chen")
    sharing = replace(bo, tracks=(*bo.tracks, SCREEN))
    world.transport.others = (bo, remote("chi"))
    async with joined(world) as (calls, heard):
        world.transport.hear(ParticipantUpdated(sharing))
        await heard.until(lambda: calls.outlet.newest.pinned == screen("bo"))
        assert calls.outlet.newest.layout is Layout.SIDEBAR
        assert calls.outlet.newest.shares == (screen("bo"),)
        assert "share: Bo Chen shares a screen." in heard.texts
        assert heard.payload("onParticipantStartedScreenShare")["uid"] == "bo"
        world.transport.hear(ParticipantUpdated(bo))
        await heard.until(lambda: calls.outlet.newest.pinned is None)
        assert calls.outlet.newest.layout is Layout.TILE
        assert "share: Bo Chen stopped sharing the screen." in heard.texts
        assert heard.payload("onParticipantStoppedScreenShare")["uid"] == "bo"


async def test_of_two_shared_screens_the_newest_is_pinned_and_then_the_other() -> None:
    world = FakeWorld()
    people = [remote("bo"), remote("chi")]
    first, second = (replace(one, tracks=(*one.tracks, SCREEN)) for one in people)
    world.transport.others = (first, people[1])
    async with joined(world) as (calls, heard):
        await heard.until(lambda: calls.outlet.newest.pinned == screen("bo"))
        assert "share: Bo shares a screen." in heard.texts  # they did when we came
        world.transport.hear(ParticipantUpdated(second))
        await heard.until(lambda: calls.outlet.newest.pinned == screen("chi"))
        world.transport.hear(ParticipantLeft("chi"))
        await heard.until(lambda: calls.outlet.newest.pinned == screen("bo"))
        assert calls.outlet.newest.layout is Layout.SIDEBAR
        await Seat(calls).do(SetLayout(Layout.SPOTLIGHT))  # what the person chose, stays
        world.transport.hear(ParticipantUpdated(people[0]))
        await heard.until(lambda: not calls.outlet.newest.shares)
        assert calls.outlet.newest.layout is Layout.SPOTLIGHT


async def test_nobody_sees_a_shared_screen_in_a_voice_session() -> None:
    world = FakeWorld()
    bo = remote("bo")
    world.transport.others = (replace(bo, tracks=(*bo.tracks, SCREEN)),)
    async with joined(world, sessionType="VOICE") as (calls, heard):
        assert calls.outlet.newest.shares == ()
        assert calls.outlet.newest.pinned is None
        assert "share: Bo shares a screen." not in heard.texts
