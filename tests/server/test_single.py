"""Signalling v1: one connection for both ways, beside clients with one for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from livekit.protocol import models as m

from tests.server.conftest import ACCESS, Connect, Running
from tests.server.lk_client import ColourVideo, Tone, median_colour, strongest_hertz, until
from tests.server.single_client import SingleClient
from tests.tokens import issued

JoinSingle = Callable[..., Awaitable[SingleClient]]


@pytest.fixture
async def join_single() -> AsyncIterator[JoinSingle]:
    clients: list[SingleClient] = []

    async def join(server: Running, uid: str, **sections: int) -> SingleClient:
        client = SingleClient()
        clients.append(client)
        await client.join(server.ws, issued(ACCESS, uid, "demo", name=uid.title()), **sections)
        return client

    yield join
    await asyncio.gather(*(client.close() for client in clients))


async def test_pictures_sound_and_words_both_ways(
    server: Running, connect: Connect, join_single: JoinSingle
) -> None:
    ann = await connect(server, "ann")
    video = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    audio = await ann.publish(Tone(440), m.MICROPHONE)
    ben = await join_single(server, "ben")
    assert ben.responses[0].WhichOneof("message") == "join"
    assert not ben.responses[0].join.subscriber_primary
    await until(lambda: len(ben.received.get(video.sid, [])) > 5, what="ann's pictures")
    await until(lambda: len(ben.received.get(audio.sid, [])) > 30, what="ann's sound")
    red, green, _blue = median_colour(ben.received[video.sid][-1])
    assert red > 150 and green < 90
    assert abs(strongest_hertz(ben.received[audio.sid][5:30]) - 440) < 10
    assert not ben.all_responses("offer")

    picture = await ben.publish(ColourVideo((40, 40, 200)), m.CAMERA)
    tone = await ben.publish(Tone(880), m.MICROPHONE)
    await until(lambda: len(ann.received.get(picture, [])) > 5, what="ben's pictures")
    await until(lambda: len(ann.received.get(tone, [])) > 30, what="ben's sound")
    assert median_colour(ann.received[picture][-1])[2] > 150
    assert abs(strongest_hertz(ann.received[tone][5:30]) - 880) < 10

    await ann.send_text("hello ben")
    await until(lambda: ben.data, what="a text")
    assert ben.data[-1].participant_identity == "ann"
    ben.channel.send(m.DataPacket(user=m.UserPacket(payload=b"hi")).SerializeToString())
    await until(lambda: [one for one in ann.data if one.user.payload == b"hi"], what="an answer")
    counters = server.media.counters()
    assert not {k: v for k, v in counters.items() if k.startswith("malformed") and v}


async def test_more_sections_are_asked_for_and_freed_ones_used_again(
    server: Running, connect: Connect, join_single: JoinSingle
) -> None:
    ben = await join_single(server, "ben", audios=1, videos=1)
    ann = await connect(server, "ann")
    first = await ann.publish(ColourVideo((200, 40, 40)), m.CAMERA)
    second = await ann.publish(ColourVideo((40, 200, 40)), m.SCREEN_SHARE)
    for sid in (first.sid, second.sid):
        await until(lambda sid=sid: len(ben.received.get(sid, [])) > 3, what="both pictures")
    asked = ben.all_responses("media_sections_requirement")
    assert sum(one.num_videos for one in asked) == 1
    assert not any(one.num_audios for one in asked)
    sections = len(ben.pc.getTransceivers())
    await ann.close()
    await until(lambda: not ben.carried, what="an answer without ann's tracks")
    cleo = await connect(server, "cleo")
    third = await cleo.publish(ColourVideo((40, 40, 200)), m.CAMERA)
    await until(lambda: third.sid in ben.carried.values(), what="a section for cleo's camera")
    assert len(ben.pc.getTransceivers()) == sections


async def test_two_of_them_hear_each_other(server: Running, join_single: JoinSingle) -> None:
    ann, ben = await join_single(server, "ann"), await join_single(server, "ben")
    tones = [await one.publish(Tone(hz), m.MICROPHONE) for one, hz in ((ann, 440), (ben, 880))]
    await until(lambda: len(ben.received.get(tones[0], [])) > 30, what="ann's sound")
    await until(lambda: len(ann.received.get(tones[1], [])) > 30, what="ben's sound")
