"""Two clients through the real server: pictures, sound, messages, moderation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from livekit.protocol import models as m
from livekit.protocol import rtc

from tests.server.conftest import Connect, Running
from tests.server.lk_client import (
    ColourVideo,
    Tone,
    median_colour,
    strongest_hertz,
    until,
)


async def test_pictures_sound_and_text_both_ways(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    video = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    audio = await ann.publish(Tone(440), m.MICROPHONE)
    ben = await connect(server, "ben")
    await until(lambda: len(ben.received.get(video.sid, [])) > 5, what="ann's pictures")
    await until(lambda: len(ben.received.get(audio.sid, [])) > 30, what="ann's sound")
    red, green, blue = median_colour(ben.received[video.sid][-1])
    assert red > 150
    assert green < 90
    assert blue < 90
    assert abs(strongest_hertz(ben.received[audio.sid][5:30]) - 440) < 10

    tone = await ben.publish(Tone(880), m.MICROPHONE)
    await until(lambda: len(ann.received.get(tone.sid, [])) > 30, what="ben's sound")
    assert abs(strongest_hertz(ann.received[tone.sid][5:30]) - 880) < 10

    await ann.send_text("hello ben")
    await ben.send_text("hello ann")
    await until(lambda: ben.texts() and ann.texts(), what="texts")
    assert (ben.texts(), ann.texts()) == (["hello ben"], ["hello ann"])
    assert ben.data[-1].participant_identity == "ann"
    counters = server.media.counters()
    assert counters["participants"] == 2
    assert not {k: v for k, v in counters.items() if k.startswith("malformed") and v}

    await until(lambda: ben.all_responses("speakers_changed"), what="speakers")
    assert {s.sid for r in ben.all_responses("speakers_changed") for s in r.speakers} <= {
        ann.sid,
        ben.sid,
    }
    await ann.close()
    await until(lambda: ann.sid not in ben.participants, what="ann gone")
    assert ("left", "demo", "ann") in server.log.events


@pytest.mark.parametrize("stereo", [False, True])
async def test_sound_is_in_stereo_only_where_announced(
    server: Running, connect: Connect, *, stereo: bool
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(Tone(440), m.MICROPHONE, stereo=stereo)
    await until(lambda: len(ben.received.get(info.sid, [])) > 3, what="ann's sound")
    assert info.stereo is stereo
    answered = ann.all_responses("answer")[-1].sdp
    offered = ben.all_responses("offer")[-1].sdp
    assert ";stereo=1" in answered if stereo else "stereo" not in answered
    assert ";sprop-stereo=1" in offered if stereo else "stereo" not in offered
    assert "useinbandfec=1;usedtx=1" in answered


async def test_muted_tracks_are_not_forwarded(server: Running, connect: Connect) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    info = await ann.publish(ColourVideo((20, 200, 20)), m.CAMERA)
    await until(lambda: len(ben.received.get(info.sid, [])) > 3, what="pictures")
    await ann.send(mute=rtc.MuteTrackRequest(sid=info.sid, muted=True))
    await until(lambda: ben.participants[ann.sid].tracks[0].muted, what="mute")
    before = server.media.counters()
    await until(
        lambda: server.media.counters()["muted_dropped"] > before["muted_dropped"] + 10,
        what="dropped packets",
    )
    assert server.media.counters()["rtp_out"] == before["rtp_out"]
    seen = len(ben.received[info.sid])
    await ann.send(mute=rtc.MuteTrackRequest(sid=info.sid, muted=False))
    await until(lambda: len(ben.received[info.sid]) > seen + 5, what="pictures again")
    assert server.media.counters()["nacks_in"] == 0


async def test_media_sections_are_used_again(server: Running, connect: Connect) -> None:
    ben = await connect(server, "ben")
    for colour in ((200, 40, 40), (40, 200, 40), (40, 40, 200)):
        ann = await connect(server, "ann")
        info = await ann.publish(ColourVideo(colour), m.CAMERA)

        def shown(sid: str = info.sid, colour: Sequence[int] = colour) -> bool:
            # The first frames may still be those that were being decoded before.
            frames = ben.received.get(sid, [])
            seen = median_colour(frames[-1]) if len(frames) > 3 else (0, 0, 0)
            return all(abs(a - b) < 40 for a, b in zip(seen, colour, strict=True))

        await until(shown, what=f"colour {colour}")
        await ann.close()
        await until(lambda sid=ann.sid: sid not in ben.participants, what="ann gone")
    assert len(ben.sub.getTransceivers()) == 1


async def test_a_second_login_takes_the_place_of_the_first(
    server: Running, connect: Connect
) -> None:
    first = await connect(server, "ann")
    second = await connect(server, "ann")
    await asyncio.wait_for(first.closed.wait(), 5)
    assert first.leave is not None
    assert first.leave.reason == m.DUPLICATE_IDENTITY
    await second.active()
    assert server.present == {"demo": ["ann"]}
    assert second.join.participant.name == "Ann"
    assert ("ended", "demo") not in server.log.events


async def test_a_session_ends_with_its_last_participant(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    await ann.active()
    await ann.close()
    await until(lambda: ("ended", "demo") in server.log.events, what="session end")
    assert server.log.events == [
        ("started", "demo"),
        ("joined", "demo", "ann", "Ann"),
        ("left", "demo", "ann"),
        ("ended", "demo"),
    ]
    assert server.present == {}


async def test_stopping_tells_everybody(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    await ann.active()
    await server.media.stop()
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.reason == m.SERVER_SHUTDOWN
    assert ann.leave.action == rtc.LeaveRequest.DISCONNECT


async def test_ending_a_session_tells_everybody(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    assert server.media._rooms.end("demo", m.ROOM_DELETED)
    await asyncio.wait_for(ann.closed.wait(), 5)
    assert ann.leave is not None
    assert ann.leave.reason == m.ROOM_DELETED
    assert not server.media._rooms.end("demo", m.ROOM_DELETED)


async def test_whoever_limits_who_hears_them_is_heard_by_nobody_else(
    server: Running, connect: Connect
) -> None:
    ann, ben, cleo = [await connect(server, who) for who in ("ann", "ben", "cleo")]
    info = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    for one in (ben, cleo):
        await until(lambda one=one: one.received.get(info.sid), what="pictures")
    only = [rtc.TrackPermission(participant_identity="ben", all_tracks=True)]
    await ann.send(
        subscription_permission=rtc.SubscriptionPermission(
            all_participants=False, track_permissions=only
        )
    )
    await until(lambda: cleo.all_responses("subscription_permission_update"), what="the word")
    (told,) = cleo.all_responses("subscription_permission_update")
    assert (told.participant_sid, told.track_sid, told.allowed) == (ann.sid, info.sid, False)
    assert not ben.all_responses("subscription_permission_update")
    dee = await connect(server, "dee")
    await dee.active()
    room = server.media._rooms.get("demo")
    assert room is not None
    having = {who: one.subscriber.has(info.sid) for who, one in room.participants.items()}
    assert having == {"ann": False, "ben": True, "cleo": False, "dee": False}
    await cleo.send(subscription=rtc.UpdateSubscription(track_sids=[info.sid], subscribe=True))
    await cleo.send(ping=1)
    await until(lambda: cleo.all_responses("pong"), what="its turn")
    assert not room.participants["cleo"].subscriber.has(info.sid), "asking does not help"
    await ann.send(subscription_permission=rtc.SubscriptionPermission(all_participants=True))
    await until(lambda: room.participants["cleo"].subscriber.has(info.sid), what="the way back")
