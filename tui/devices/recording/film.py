"""One film of a recorded call: everybody's pictures as tiles, everybody's sound mixed.

It takes a recording's tracks in the order of time, once. The trap is memory: an hour has 10 GB of
pictures, so that nothing is kept but everybody's newest one, and a second of sound.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from tui.devices.media_file import UNREADABLE, open_media
from tui.devices.recording.canvas import HEIGHT, WIDTH, Canvas
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.media import SAMPLE_RATE_HZ
from tui.domain.text import clean, clean_name
from tui.ports.devices import DeviceUnavailable

FPS: Final = 15
_GONE_AFTER_S: Final = 3.0
"""Nothing came of somebody for so long: they are not in the film now."""
_FROZEN_AFTER_S: Final = 2.0
"""No picture came for so long: the name stands there alone."""
_MIXED_BEHIND: Final = SAMPLE_RATE_HZ // 2
"""Sound is mixed so much later than it came: tracks are not in step to the packet."""
_BLOCK: Final = SAMPLE_RATE_HZ // 50
_SCREEN: Final = ", screen"


def film(recording: Path, out: Path, progress: Callable[[float], None]) -> float:
    """Make the film; answers how long it is [s].

    Args:
        recording: A file with video and sound tracks.
        out: Is made; nobody else can read it.
        progress: Told how much is done, 0 to 1.

    Raises:
        CallsError: `VALIDATION_ERROR` for what is no recording, or can't be written.
    """
    try:
        source = open_media(str(recording))
    except DeviceUnavailable as refused:
        raise CallsError(ErrorCode.VALIDATION, refused.problem, field="film") from None
    except UNREADABLE as error:
        raise _unusable(recording, error, "can't be read as a recording") from None
    with source:
        if source.format.name.endswith("_pipe") or source.format.name.startswith("image2"):
            raise _unusable(recording, None, "is a picture, and no recording")
        if not any(one.type in ("audio", "video") for one in source.streams):
            raise _unusable(recording, None, "has neither sound nor pictures")
        try:
            os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except (OSError, ValueError) as error:
            raise _unusable(out, error, "can't be written") from None
        try:
            return _Film(source, out).make(progress)
        except BaseException as error:
            out.unlink(missing_ok=True)
            if isinstance(error, UNREADABLE):
                raise _unusable(out, error, "can't be written") from None
            raise


def _unusable(path: Path, error: Exception | None, what: str) -> CallsError:
    why = getattr(error, "strerror", None)
    told = f"{clean(str(path), 200)} {what}{f': {why.lower()}' if why else ''}."
    return CallsError(ErrorCode.VALIDATION, told, field="film")


class _Film:
    def __init__(self, source: Any, out: Path) -> None:
        self._source = source
        self._out = av.open(f"file:{out}", "w", format="matroska")
        self._video = self._video_stream()
        self._audio: Any = self._out.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
        self._canvas = Canvas()
        self._mix = np.zeros(SAMPLE_RATE_HZ * 2, np.int32)
        self._mixed = 0
        """Samples that were encoded; the mix begins there."""
        self._pictures = 0
        """How many were encoded."""
        self._titles = {one.index: _title(one) for one in source.streams}
        self._newest: dict[str, tuple[float, Any]] = {}
        self._heard_s: dict[str, float] = {}
        self._resamplers: dict[int, Any] = {}

    def _video_stream(self) -> Any:
        try:
            stream: Any = self._out.add_stream("libx264", rate=FPS)
            stream.options = {"preset": "ultrafast", "crf": "26"}
        except ValueError:  # a build of PyAV without it
            stream = self._out.add_stream("libvpx", rate=FPS)
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
            stream.bit_rate = 1_500_000
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        return stream

    def make(self, progress: Callable[[float], None]) -> float:
        length_s = (self._source.duration or 0) / 1_000_000
        now_s = 0.0
        with self._out:
            for packet in self._source.demux():
                if packet.pts is None or packet.stream.type not in ("audio", "video"):
                    continue
                now_s = max(now_s, float(packet.pts * packet.time_base))
                self._pictures_until(now_s)
                self._take(packet, now_s)
                self._mix_until(int(now_s * SAMPLE_RATE_HZ) - _MIXED_BEHIND)
                if length_s:
                    progress(min(1.0, now_s / length_s))
            self._pictures_until(now_s + 1 / FPS)
            self._mix_until(int(now_s * SAMPLE_RATE_HZ) + _BLOCK)
            for stream in (self._video, self._audio):
                self._out.mux(stream.encode(None))
        return now_s

    def _take(self, packet: Any, now_s: float) -> None:
        title = self._titles[packet.stream.index]
        self._heard_s[title] = now_s
        try:
            frames = packet.decode()
        except UNREADABLE:
            return  # a damaged packet; what follows is decoded
        for frame in frames:
            if packet.stream.type == "video":
                self._newest[title] = now_s, frame
            else:
                self._add(packet.stream.index, frame)

    def _add(self, index: int, frame: Any) -> None:
        resampler = self._resamplers.get(index)
        if resampler is None:
            resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE_HZ)
            self._resamplers[index] = resampler
        at = int(float(frame.pts * frame.time_base) * SAMPLE_RATE_HZ) - self._mixed
        for part in resampler.resample(frame):
            samples = part.to_ndarray()[0]
            begin, end = max(0, -at), min(len(samples), len(self._mix) - at)
            if begin < end:
                self._mix[at + begin : at + end] += samples[begin:end]
            at += len(samples)

    def _mix_until(self, sample: int) -> None:
        while self._mixed + _BLOCK <= sample:
            block = np.clip(self._mix[:_BLOCK], -32768, 32767).astype(np.int16)
            self._mix[:-_BLOCK] = self._mix[_BLOCK:]
            self._mix[-_BLOCK:] = 0
            frame = av.AudioFrame.from_ndarray(block[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, self._mixed
            frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
            self._out.mux(self._audio.encode(frame))
            self._mixed += _BLOCK

    def _pictures_until(self, now_s: float) -> None:
        while self._pictures / FPS < now_s:
            at_s = self._pictures / FPS
            frame = self._canvas.draw(
                {
                    title: self._picture_of(title, at_s)
                    for title, heard_s in self._heard_s.items()
                    if at_s - heard_s < _GONE_AFTER_S
                }
            )
            frame.pts, frame.time_base = self._pictures, Fraction(1, FPS)
            self._out.mux(self._video.encode(frame))
            self._pictures += 1

    def _picture_of(self, title: str, at_s: float) -> Any:
        came_s, frame = self._newest.get(title, (0.0, None))
        # Of a screen none come while nothing on it changes.
        return frame if title.endswith(_SCREEN) or at_s - came_s < _FROZEN_AFTER_S else None


def _title(stream: Any) -> str:
    """Whose it is; the sound of a screen is of the screen."""
    return clean_name(stream.metadata.get("title", "")) or f"Track {stream.index + 1}"
