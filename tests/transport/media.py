"""Real media for the tests: Opus packets, coloured pictures, and a receiver that remembers."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable

import av
import numpy as np

from tui.domain.ids import ParticipantId, StreamId, camera_of
from tui.domain.media import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.transport import EndOfMedia


def encode_tone(hz: float, packets: int = 50) -> list[bytes]:
    """`packets` Opus packets of 20 ms of a tone, by FFmpeg's libopus."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = SAMPLE_RATE_HZ
    encoder.layout = "mono"
    encoder.format = "s16"
    encoded: list[bytes] = []
    for index in range(packets + 2):
        at = np.arange(FRAME_SAMPLES) + index * FRAME_SAMPLES
        wave = (np.sin(2 * math.pi * hz * at / SAMPLE_RATE_HZ) * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = index * FRAME_SAMPLES
        encoded += [bytes(packet) for packet in encoder.encode(frame)]
    return encoded[:packets]


class ToneSource:
    """Packets of a tone at their own pace, for ever or `limit` of them."""

    def __init__(self, hz: float = 440, level_dbov: int = -20, limit: int | None = None) -> None:
        self.reported: list[float] = []
        self._packets = encode_tone(hz)
        self._level_dbov = level_dbov
        self._limit = limit
        self._sent = 0
        self._started_s: float | None = None

    def lost(self, fraction: float) -> None:
        self.reported.append(fraction)

    async def next_packet(self) -> AudioPacket:
        if self._limit is not None and self._sent >= self._limit:
            raise EndOfMedia
        loop = asyncio.get_running_loop()
        if self._started_s is None:
            self._started_s = loop.time()
        due_s = self._started_s + self._sent * 0.02
        if loop.time() - due_s > 0.5:  # nobody asked for a while
            self._started_s = loop.time() - self._sent * 0.02
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        packet = AudioPacket(
            self._packets[self._sent % len(self._packets)],
            self._sent * FRAME_SAMPLES,
            self._sent & 0xFFFF,
            self._level_dbov,
        )
        self._sent += 1
        return packet


class ColourSource:
    """Pictures of one colour, given as Y, U, V, with padded rows."""

    def __init__(
        self, yuv: tuple[int, int, int], size: tuple[int, int] = (320, 240), fps: float = 15
    ) -> None:
        self.size = size
        self.frames = 0
        self._yuv = yuv
        self._fps = fps
        self._next_s = 0.0

    def encoded(self, picture: EncodedPicture) -> bool:
        return False

    async def next_frame(self) -> PlanarFrame:
        loop = asyncio.get_running_loop()
        self._next_s = max(self._next_s + 1 / self._fps, loop.time())
        await asyncio.sleep(self._next_s - loop.time())
        self.frames += 1
        return picture(self._yuv, self.size)


def picture(yuv: tuple[int, int, int], size: tuple[int, int], padding: int = 7) -> PlanarFrame:
    width, height = size
    columns, rows = (width + 1) // 2, (height + 1) // 2
    y = np.full((height, width + padding), yuv[0], np.uint8)
    u = np.full((rows, columns + padding), yuv[1], np.uint8)
    v = np.full((rows, columns + padding), yuv[2], np.uint8)
    for plane, used in ((y, width), (u, columns), (v, columns)):
        plane[:, used:] = 255  # wrong colour: shows when a stride is ignored
    return PlanarFrame(
        width, height, y.tobytes(), u.tobytes(), v.tobytes(), width + padding, columns + padding
    )


class Recorder:
    """A `MediaReceiver` that counts and keeps the last of everything."""

    def __init__(self) -> None:
        self.sounds: dict[StreamId, list[AudioPacket]] = defaultdict(list)
        self.packets: dict[ParticipantId, list[AudioPacket]] = defaultdict(list)
        self.colours: dict[StreamId, tuple[int, int, int]] = {}
        self.sizes: dict[StreamId, tuple[int, int]] = {}
        self.frames: dict[StreamId, int] = defaultdict(int)
        self.ended: list[StreamId] = []
        self.refused: list[StreamId] = []
        self.encoded: dict[StreamId, list[EncodedPicture]] = defaultdict(list)
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def audio_packet(self, stream: StreamId, packet: AudioPacket) -> None:
        self.sounds[stream].append(packet)
        self.packets[stream.participant].append(packet)
        self._note()

    def audio_ended(self, stream: StreamId) -> None:
        self.ended.append(stream)
        self._note()

    def video_frame(self, stream: StreamId, frame: PlanarFrame) -> None:
        y = np.frombuffer(frame.y, np.uint8)[: frame.y_stride * frame.height]
        rows = (frame.height + 1) // 2
        u = np.frombuffer(frame.u, np.uint8)[: frame.uv_stride * rows]
        v = np.frombuffer(frame.v, np.uint8)[: frame.uv_stride * rows]
        width, half = frame.width, (frame.width + 1) // 2
        self.colours[stream] = (
            int(np.median(y.reshape(-1, frame.y_stride)[:, :width])),
            int(np.median(u.reshape(-1, frame.uv_stride)[:, :half])),
            int(np.median(v.reshape(-1, frame.uv_stride)[:, :half])),
        )
        self.sizes[stream] = (frame.width, frame.height)
        self.frames[stream] += 1
        self._note()

    def video_encoded(self, stream: StreamId, picture: EncodedPicture) -> bool:
        self.encoded[stream].append(picture)
        return False

    def video_refused(self, stream: StreamId) -> None:
        self.refused.append(stream)

    def video_ended(self, stream: StreamId) -> None:
        self.ended.append(stream)
        self._note()

    def colour(self, identity: ParticipantId) -> tuple[int, int, int]:
        return self.colours.get(camera_of(identity), (0, 0, 0))

    def video_count(self, identity: ParticipantId) -> int:
        return self.frames[camera_of(identity)]

    async def until(self, true: Callable[[], bool], timeout_s: float = 15.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    def _note(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)


def near(one: tuple[int, int, int], other: tuple[int, int, int], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))
