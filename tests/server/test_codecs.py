"""Codecs that not everybody has: who lacks the one of a picture is told so."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCSessionDescription
from livekit.protocol import models as m
from livekit.protocol import rtc

from tests.server.conftest import Connect, Running
from tests.server.lk_client import ColourVideo, LkClient, until


async def publish_as(client: LkClient, codec: str) -> str:
    """A camera that is called `codec` in the descriptions; answers its sid."""
    track = ColourVideo((200, 40, 40))
    named = [rtc.SimulcastCodec(codec=codec.lower(), cid=track.id)]
    await client.send(
        add_track=rtc.AddTrackRequest(cid=track.id, type=m.VIDEO, simulcast_codecs=named)
    )
    client.pub.addTransceiver(track, direction="sendonly")
    await client.pub.setLocalDescription(await client.pub.createOffer())
    sdp = client.pub.localDescription.sdp.replace("VP8/90000", f"{codec}/90000")
    await client.send(offer=rtc.SessionDescription(type="offer", sdp=sdp))
    answer = (await asyncio.wait_for(client._answers.get(), 10)).sdp
    assert f"{codec}/90000" in answer and "VP8" not in answer
    answer = answer.replace(f"{codec}/90000", "VP8/90000")
    await client.pub.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    published = client.all_responses("track_published")[-1]
    assert published.cid == track.id
    return str(published.track.sid)


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
async def test_who_cannot_decode_a_picture_is_told_once(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    ann, ben = await connect(server, "ann"), await connect(server, "ben")
    offered: list[str] = []
    take = ben.sub.setRemoteDescription

    async def as_vp8(offer: RTCSessionDescription) -> None:
        offered.append(offer.sdp)
        sdp = offer.sdp.replace(f"{codec}/90000", "VP8/90000")
        await take(RTCSessionDescription(sdp=sdp, type=offer.type))

    monkeypatch.setattr(ben.sub, "setRemoteDescription", as_vp8)
    sid = await publish_as(ann, codec)
    await until(lambda: ben.all_responses("subscription_response"), what="a word about it")
    assert any(f"{codec}/90000" in one for one in offered)
    seen = {track.sid: track for track in ben.participants[ann.sid].tracks}
    assert seen[sid].mime_type == f"video/{codec}"
    plain = await ann.publish(ColourVideo((40, 40, 200)), m.SCREEN_SHARE)  # one more offer
    await until(lambda: len(ben.received.get(plain.sid, [])) > 3, what="what it can decode")
    (told,) = ben.all_responses("subscription_response")
    assert (told.track_sid, told.err) == (sid, m.SE_CODEC_UNSUPPORTED)
