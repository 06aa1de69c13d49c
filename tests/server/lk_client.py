"""A LiveKit client for tests: websocket, livekit-protocol, aiortc. Not the product's client."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import av
import numpy as np
import websockets
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from google.protobuf import json_format
from livekit.protocol import models as m
from livekit.protocol import rtc


async def until(condition: Callable[[], Any], timeout_s: float = 15, what: str = "") -> Any:
    """Poll `condition` until it is true."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(what or getattr(condition, "__name__", "condition"))
        await asyncio.sleep(0.02)
    return value


def _configuration(policy: RTCBundlePolicy) -> RTCConfiguration:
    return RTCConfiguration(iceServers=[], bundlePolicy=policy)


def offered_as_livekit_client_does(text: str) -> str:
    """Every track's Opus with `stereo=1`."""
    return re.sub(
        r"(a=rtpmap:(\d+) opus/48000/2\r\n)",
        r"\1a=fmtp:\2 minptime=10;useinbandfec=1;stereo=1\r\n",
        text,
    )


class LkClient:
    def __init__(self) -> None:
        self.join: rtc.JoinResponse | None = None
        self.participants: dict[str, m.ParticipantInfo] = {}
        self.tracks: dict[str, MediaStreamTrack] = {}
        self.track_of: dict[str, str] = {}
        self.received: dict[str, list[Any]] = {}
        self.data: list[m.DataPacket] = []
        self.responses: list[rtc.SignalResponse] = []
        self.came_on: list[websockets.ClientConnection] = []
        """The websocket that each response came on."""
        self.leave: rtc.LeaveRequest | None = None
        self.closed = asyncio.Event()
        self._published: dict[str, asyncio.Future[m.TrackInfo]] = {}
        self._answers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue()
        self._offers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue()
        self._msids: dict[str, tuple[str, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # MAX_BUNDLE on the publisher stops the shared transport; BALANCED loses subscriber tracks.
        self.pub = RTCPeerConnection(_configuration(RTCBundlePolicy.BALANCED))
        self.sub = RTCPeerConnection(_configuration(RTCBundlePolicy.MAX_BUNDLE))
        self.channels = {
            "_reliable": self.pub.createDataChannel("_reliable"),
            "_lossy": self.pub.createDataChannel("_lossy", ordered=False, maxRetransmits=0),
        }
        self.sub.on("datachannel", self._channel)

    @property
    def sid(self) -> str:
        assert self.join is not None
        return self.join.participant.sid

    def spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def connect(self, url: str, token: str, *, query: str = "auto_subscribe=1") -> None:
        self.ws = await websockets.connect(
            f"{url}/rtc?access_token={token}&sdk=test&protocol=9&{query}", max_size=None
        )
        self.spawn(self._read())
        self.spawn(self._answer_offers())
        await until(lambda: self.join is not None or self.leave is not None, what="join response")
        if self.join is not None:
            self.spawn(self._ping(self.join.ping_interval))

    async def resume(self, url: str, token: str) -> None:
        """Another websocket for the same connection."""
        self.closed = asyncio.Event()
        self.ws = await websockets.connect(
            f"{url}/rtc?access_token={token}&protocol=9&reconnect=1&sid={self.sid}", max_size=None
        )
        self.spawn(self._read())

    async def active(self) -> None:
        await until(lambda: self.sub.connectionState == "connected", what="subscriber connection")

    async def send(self, **kind: Any) -> None:
        await self.ws.send(rtc.SignalRequest(**kind).SerializeToString())

    async def publish(
        self,
        track: MediaStreamTrack,
        source: m.TrackSource,
        name: str = "",
        *,
        stereo: bool = False,
    ) -> m.TrackInfo:
        wanted = self._published[track.id] = asyncio.get_running_loop().create_future()
        kind = m.AUDIO if track.kind == "audio" else m.VIDEO
        await self.send(
            add_track=rtc.AddTrackRequest(
                cid=track.id, name=name, type=kind, source=source, stereo=stereo
            )
        )
        info: m.TrackInfo = await asyncio.wait_for(wanted, 10)
        self.pub.addTransceiver(track, direction="sendonly")
        await self.negotiate()
        return info

    async def negotiate(self) -> None:
        await self.pub.setLocalDescription(await self.pub.createOffer())
        offer = rtc.SessionDescription(
            type="offer", sdp=offered_as_livekit_client_does(self.pub.localDescription.sdp)
        )
        await self.send(offer=offer)
        answer = await asyncio.wait_for(self._answers.get(), 10)
        await self.pub.setRemoteDescription(RTCSessionDescription(sdp=answer.sdp, type="answer"))
        await until(lambda: self.pub.connectionState == "connected", what="publisher connection")

    async def send_packet(self, packet: m.DataPacket, label: str = "_reliable") -> None:
        await self.send_raw(packet.SerializeToString(), label)

    async def send_raw(self, message: bytes | str, label: str = "_reliable") -> None:
        if self.pub.connectionState == "new":
            await self.negotiate()
        channel = self.channels[label]
        await until(lambda: channel.readyState == "open", what=f"channel {label}")
        channel.send(message)

    async def send_text(
        self, text: str, topic: str = "lk.chat", attributes: Mapping[str, str] | None = None
    ) -> None:
        stream, raw = str(uuid.uuid4()), text.encode()
        header = m.DataStream.Header(
            stream_id=stream,
            topic=topic,
            mime_type="text/plain",
            total_length=len(raw),
            text_header=m.DataStream.TextHeader(),
            attributes=attributes,
        )
        await self.send_packet(m.DataPacket(stream_header=header))
        chunk = m.DataStream.Chunk(stream_id=stream, content=raw)
        await self.send_packet(m.DataPacket(stream_chunk=chunk))
        await self.send_packet(m.DataPacket(stream_trailer=m.DataStream.Trailer(stream_id=stream)))

    def texts(self) -> list[str]:
        return [
            packet.stream_chunk.content.decode()
            for packet in self.data
            if packet.WhichOneof("value") == "stream_chunk"
        ]

    def all_responses(self, kind: str) -> list[Any]:
        return [getattr(r, kind) for r in self.responses if r.WhichOneof("message") == kind]

    async def close(self, *, tell: bool = True) -> None:
        if tell and not self.closed.is_set():
            with contextlib.suppress(websockets.ConnectionClosed):
                await self.send(leave=rtc.LeaveRequest(reason=m.CLIENT_INITIATED))
        await asyncio.gather(self.pub.close(), self.sub.close())
        if self.join is not None:
            await self.ws.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _channel(self, channel: Any) -> None:
        channel.on("message", lambda raw: self.data.append(m.DataPacket.FromString(raw)))

    async def _read(self) -> None:
        closed, ws = self.closed, self.ws
        try:
            async for raw in ws:
                self.came_on.append(ws)
                if isinstance(raw, str):  # after a test wrote text itself
                    self._handle(json_format.Parse(raw, rtc.SignalResponse()))
                else:
                    self._handle(rtc.SignalResponse.FromString(raw))
        except websockets.ConnectionClosed:
            pass
        finally:
            closed.set()

    def _handle(self, response: rtc.SignalResponse) -> None:
        self.responses.append(response)
        kind = response.WhichOneof("message")
        if kind == "join":
            self.join = response.join
            for participant in response.join.other_participants:
                self.participants[participant.sid] = participant
        elif kind == "answer":
            self._answers.put_nowait(response.answer)
        elif kind == "offer":
            self._offers.put_nowait(response.offer)
        elif kind == "update":
            for participant in response.update.participants:
                if participant.state == m.ParticipantInfo.DISCONNECTED:
                    self.participants.pop(participant.sid, None)
                elif participant.sid != self.sid:
                    self.participants[participant.sid] = participant
        elif kind == "track_published":
            wanted = self._published.pop(response.track_published.cid, None)
            if wanted is not None:
                wanted.set_result(response.track_published.track)
        elif kind == "leave":
            self.leave = response.leave

    async def _ping(self, every_s: float) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.sleep(every_s)
                await self.send(ping=1)

    async def _answer_offers(self) -> None:
        while True:
            offer = await self._offers.get()
            await self.sub.setRemoteDescription(RTCSessionDescription(sdp=offer.sdp, type="offer"))
            self._route_again(offer.sdp)
            await self.sub.setLocalDescription(await self.sub.createAnswer())
            answer = rtc.SessionDescription(
                type="answer", sdp=self.sub.localDescription.sdp, id=offer.id
            )
            await self.send(answer=answer)
            await until(
                lambda: self.sub.connectionState in ("connected", "failed", "closed"),
                what="subscriber connection",
            )

    def _route_again(self, text: str) -> None:
        """Sections are used again; aiortc neither reports that nor routes the new SSRC."""
        mid, ssrcs, msids = "", {}, {}
        for line in text.splitlines():
            if line.startswith("a=mid:"):
                mid = line[6:]
            elif line.startswith("a=ssrc:"):
                ssrcs[mid] = int(line[7:].split()[0])
            elif line.startswith("a=msid:"):
                msids[mid] = tuple(line[7:].split()[0].split("|"))
        for transceiver in self.sub.getTransceivers():
            mid = transceiver.mid
            if mid in ssrcs:
                router = transceiver.receiver.transport._rtp_router
                router.ssrc_table[ssrcs[mid]] = transceiver.receiver
            if mid in msids and self._msids.get(mid) != msids[mid]:
                self._msids[mid] = msids[mid]
                track_sid = msids[mid][1]
                self.tracks[track_sid] = transceiver.receiver.track
                self.track_of[mid] = track_sid
                self.spawn(self._receive(mid, transceiver.receiver.track))

    async def _receive(self, mid: str, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            self.received.setdefault(self.track_of[mid], []).append(frame)


class ColourVideo(MediaStreamTrack):
    """One colour, 160x120, 15 frames a second."""

    kind = "video"

    def __init__(self, rgb: tuple[int, int, int]) -> None:
        super().__init__()
        self.rgb, self.count = rgb, 0
        self.began = time.monotonic()

    async def recv(self) -> av.VideoFrame:
        self.count += 1
        await asyncio.sleep(max(0, self.began + self.count / 15 - time.monotonic()))
        picture = np.empty((120, 160, 3), np.uint8)
        picture[:] = self.rgb
        picture[:8, (self.count * 4) % 150 :][:, :8] = 128
        frame = av.VideoFrame.from_ndarray(picture, "rgb24")
        frame.pts, frame.time_base = self.count * 6000, fractions.Fraction(1, 90000)
        return frame


class Tone(MediaStreamTrack):
    """A sine, 48 kHz."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self.hertz, self.count = hertz, 0
        self.began = time.monotonic()

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(max(0, self.began + self.count / 48000 - time.monotonic()))
        phase = (np.arange(960) + self.count) * 2 * np.pi * self.hertz / 48000
        samples = (np.sin(phase) * 8000).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48000, self.count
        frame.time_base = fractions.Fraction(1, 48000)
        self.count += 960
        return frame


def median_colour(frame: av.VideoFrame) -> list[int]:
    pixels = frame.to_ndarray(format="rgb24").reshape(-1, 3)
    return [int(value) for value in np.median(pixels, 0)]


def strongest_hertz(frames: list[av.AudioFrame]) -> float:
    sound = np.concatenate([frame.to_ndarray().reshape(-1, 2)[:, 0] for frame in frames])
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * frames[0].sample_rate / len(sound))
