"""A client of LiveKit's signalling v1 for tests: one peer connection, which it offers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
from typing import Any

import websockets
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from livekit.protocol import models as m
from livekit.protocol import rtc

from tests.server.lk_client import until


def wrapped(request: rtc.JoinRequest, *, compressed: bool = True) -> str:
    """As livekit-client writes it into the address."""
    data = request.SerializeToString()
    kinds = rtc.WrappedJoinRequest.Compression
    whole = rtc.WrappedJoinRequest(
        compression=kinds.GZIP if compressed else kinds.NONE,
        join_request=gzip.compress(data) if compressed else data,
    )
    return base64.urlsafe_b64encode(whole.SerializeToString()).decode()


class SingleClient:
    """Joins with its offer, and offers again when asked."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.responses: list[rtc.SignalResponse] = []
        self.received: dict[str, list[Any]] = {}
        """By track id."""
        self.data: list[m.DataPacket] = []
        self.carried: dict[str, str] = {}
        """Track ids by media id, as the last answer said."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: set[str] = set()
        self._answers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue()
        self._negotiating = asyncio.Lock()

    def _spawn(self, work: Any) -> None:
        self._tasks.add(asyncio.ensure_future(work))

    def all_responses(self, kind: str) -> list[Any]:
        """Everything of one kind that came."""
        return [getattr(one, kind) for one in self.responses if one.WhichOneof("message") == kind]

    async def join(self, url: str, token: str, *, audios: int = 1, videos: int = 1) -> None:
        """Join with sections for so many tracks."""
        self._receive_more(audios, videos)
        self.channel = self.pc.createDataChannel("_reliable")
        self.channel.on("message", self._message)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        request = rtc.JoinRequest(
            connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
            publisher_offer=rtc.SessionDescription(
                type="offer", sdp=self.pc.localDescription.sdp, id=1
            ),
        )
        self.ws = await websockets.connect(
            f"{url}/rtc/v1?access_token={token}&join_request={wrapped(request)}", max_size=None
        )
        self._spawn(self._read())
        await self._take_answer()

    def _receive_more(self, audios: int, videos: int) -> None:
        for kind, count in (("audio", audios), ("video", videos)):
            for _ in range(count):
                self.pc.addTransceiver(kind, direction="recvonly")

    def _message(self, message: bytes) -> None:
        self.data.append(m.DataPacket.FromString(message))

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for data in self.ws:
                response = rtc.SignalResponse.FromString(data)
                self.responses.append(response)
                kind = response.WhichOneof("message")
                if kind == "answer":
                    self._answers.put_nowait(response.answer)
                elif kind == "media_sections_requirement":
                    self._spawn(self._offer_more(response.media_sections_requirement))

    async def _offer_more(self, wanted: rtc.MediaSectionsRequirement) -> None:
        async with self._negotiating:
            self._receive_more(wanted.num_audios, wanted.num_videos)
        await self.negotiate()

    async def negotiate(self) -> None:
        """Offer what there is now."""
        async with self._negotiating:
            await self.pc.setLocalDescription(await self.pc.createOffer())
            offer = rtc.SessionDescription(type="offer", sdp=self.pc.localDescription.sdp)
            await self.ws.send(rtc.SignalRequest(offer=offer).SerializeToString())
            await self._take_answer()

    async def _take_answer(self) -> None:
        answer = await asyncio.wait_for(self._answers.get(), 15)
        self.carried = dict(answer.mid_to_track_id)
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=answer.sdp, type="answer"))
        await until(lambda: self.pc.connectionState == "connected", what="its connection")
        for transceiver in self.pc.getTransceivers():
            mid = transceiver.mid or ""
            if mid in self.carried and mid not in self._listening:
                self._listening.add(mid)
                self._spawn(self._receive(mid, transceiver.receiver.track))

    async def _receive(self, mid: str, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            if mid in self.carried:
                self.received.setdefault(self.carried[mid], []).append(frame)

    async def publish(self, track: MediaStreamTrack, source: m.TrackSource) -> str:
        """Send a track; answers its sid."""
        kind = m.AUDIO if track.kind == "audio" else m.VIDEO
        request = rtc.AddTrackRequest(cid=track.id, type=kind, source=source)
        await self.ws.send(rtc.SignalRequest(add_track=request).SerializeToString())
        await until(
            lambda: any(one.cid == track.id for one in self.all_responses("track_published")),
            what="its track",
        )
        async with self._negotiating:
            self.pc.addTransceiver(track, direction="sendonly")
        await self.negotiate()
        answers = self.all_responses("track_published")
        return next(str(one.track.sid) for one in answers if one.cid == track.id)

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pc.close()
        await self.ws.close()
