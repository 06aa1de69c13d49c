"""Received media on its way: sound to the mixer, pictures to their slots, figures for `--stats`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tui.audio.mixer import Mixer
from tui.domain.ids import ParticipantId, StreamId, camera_of
from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.slots import PictureSlots
from tui.session.clock import Clock
from tui.session.streams.lip_sync import LipSync
from tui.session.streams.zooming import Zooming
from tui.video.raster import raster

FROZEN_AFTER_S: Final = 2.0
_HOLD_LEAST_S: Final = 0.010
_MEAN_EVERY_S: Final = 0.5
_MEAN_PIXELS: Final = 8


@dataclass(slots=True)
class VideoFigures:
    """What arrived of one stream of pictures so far."""

    frames: int = 0
    width: int = 0
    height: int = 0
    mean_rgb: tuple[int, int, int] = (0, 0, 0)
    first_s: float = 0.0
    last_s: float = 0.0
    mean_at_s: float = field(default=-1.0)

    @property
    def fps(self) -> float:
        """Mean frame rate between the first and the last frame."""
        span = self.last_s - self.first_s
        return (self.frames - 1) / span if self.frames > 1 and span > 0 else 0.0


class ReceivedMedia:
    """The `MediaReceiver` of a call: what comes goes through its taps, in their order.

    What reaches it was sealed perhaps and is opened; that happens in the transport, before anything
    is decoded. Packets of sound are as they were sent; pictures come so, and again decoded.

    Args:
        mixer: Takes the sound packets; thread-safe by itself.
        slots: Where pictures go, at the raster each slot wants.
        clock: For frame rates and frozen pictures.
    """

    def __init__(self, *, mixer: Mixer, slots: PictureSlots, clock: Clock):
        self._mixer = mixer
        self._slots = slots
        self._clock = clock
        self.packet_taps: list[Callable[[StreamId, AudioPacket], None]] = [mixer.packet]
        self.picture_taps: list[Callable[[StreamId, PlanarFrame], None]] = [
            self._count,
            self._show_when_heard,
        ]
        self.encoded_taps: list[Callable[[StreamId, EncodedPicture], bool]] = []
        """Each answers whether it needs a key picture."""
        self.zooming = Zooming()
        self.fit_pictures = False
        """Show pictures whole, with bars, instead of cropped to fill. Shares always are."""
        self._wanted_s: dict[StreamId, float] = {}
        self.video: dict[StreamId, VideoFigures] = {}
        self.refused: set[StreamId] = set()
        """Of which pictures came that could not be decoded, and none since that could."""
        self._lip_sync = LipSync(mixer.heard_at_s, mixer.delay_more)
        self._held: dict[StreamId, deque[asyncio.TimerHandle]] = {}
        """Pictures that wait for their moment to be heard."""
        self._last_sound: dict[StreamId, Mapping[str, Any]] = {}
        """The mixer's figures of those whose sound has ended."""

    # ---- what the transport brings
    def audio_packet(self, stream: StreamId, packet: AudioPacket) -> None:
        """One Opus packet."""
        for tap in self.packet_taps:
            tap(stream, packet)

    def audio_ended(self, stream: StreamId) -> None:
        """No more of this sound."""
        figures = self._mixer.figures(stream)
        if figures:
            self._last_sound[stream] = figures
        self._mixer.remove(stream)

    def video_encoded(self, stream: StreamId, picture: EncodedPicture) -> bool:
        """One whole picture, before it is decoded."""
        needed = [tap(stream, picture) for tap in self.encoded_taps]
        return any(needed)

    def video_frame(self, stream: StreamId, frame: PlanarFrame) -> None:
        """One decoded picture."""
        self.refused.discard(stream)
        self.zooming.came(stream, frame)
        for tap in self.picture_taps:
            tap(stream, frame)

    def video_refused(self, stream: StreamId) -> None:
        """Pictures came that are not decoded."""
        self.refused.add(stream)

    def video_ended(self, stream: StreamId) -> None:
        """No more of these pictures."""
        self.refused.discard(stream)
        for waiting in self._held.pop(stream, ()):
            waiting.cancel()
        self._lip_sync.forget(stream)
        if self.zooming.zoom is not None and self.zooming.zoom.stream == stream:
            self.zooming.look(None)
        self._slots.remove(stream)

    def forget(self, who: ParticipantId) -> None:
        """Somebody left: nothing comes of them any more."""
        for stream in [one for one in self._mixer.streams if one.participant == who]:
            self.audio_ended(stream)
        for stream in {camera_of(who), *(one for one in self.video if one.participant == who)}:
            self.video_ended(stream)

    # ---- taps
    def _count(self, stream: StreamId, frame: PlanarFrame) -> None:
        now_s = self._clock.monotonic_s()
        figures = self.video.setdefault(stream, VideoFigures(first_s=now_s))
        figures.frames += 1
        figures.width, figures.height, figures.last_s = frame.width, frame.height, now_s
        if now_s - figures.mean_at_s >= _MEAN_EVERY_S:
            figures.mean_at_s = now_s
            figures.mean_rgb = _mean_rgb(frame)

    def _show_when_heard(self, stream: StreamId, frame: PlanarFrame) -> None:
        hold_s = self._lip_sync.hold_s(stream, frame.at_s)
        held = self._held.setdefault(stream, deque())
        loop = asyncio.get_running_loop()
        while held and (held[0].cancelled() or held[0].when() <= loop.time()):
            held.popleft()
        if hold_s < _HOLD_LEAST_S and not held:
            self.show(stream, frame)
        elif pictures := self._scaled(stream, frame):
            # Scaled now, because the planes belong to the decoder; shown after the one before it.
            due_s = max(loop.time() + hold_s, held[-1].when() if held else 0.0)
            held.append(loop.call_at(due_s, self._put, stream, pictures))

    # ---- pictures to their slots
    def show(self, stream: StreamId, frame: PlanarFrame, *, mirror: bool = False) -> None:
        """Put a picture into its slots at the rasters front ends asked for, if any did."""
        self._put(stream, self._scaled(stream, frame, mirror=mirror))

    def _put(self, stream: StreamId, pictures: Sequence[tuple[int, int, bytes]]) -> None:
        for width, height, rgb in pictures:
            self._slots.put(stream, width, height, rgb)

    def _scaled(
        self, stream: StreamId, frame: PlanarFrame, *, mirror: bool = False
    ) -> list[tuple[int, int, bytes]]:
        """Width, height and pixels for each raster that is wanted."""
        whole = self.fit_pictures or stream.is_share
        drawn = []
        for width, height in self._slots.wanted(stream):
            rgb = self.zooming.drawn(stream, frame, (width, height))
            if rgb is None:
                rgb = raster(frame, width, height, mirror=mirror, whole=whole)
            drawn.append((width, height, rgb))
        return drawn

    def show_again(self) -> None:
        """Another part is looked at: a screen on which nothing moves sends no picture for it."""
        zoom, newest = self.zooming.zoom, self.zooming.newest
        if zoom is not None and newest is not None:
            self.show(zoom.stream, newest)

    def wanted(self, stream: StreamId) -> None:
        """A front end has just asked for these pictures, or for none any more."""
        self._wanted_s[stream] = self._clock.monotonic_s()

    def is_frozen(self, stream: StreamId) -> bool:
        """Whether pictures are shown somewhere but none came for two seconds.

        Of a shared screen none come while nothing on it changes.
        """
        figures = self.video.get(stream)
        if stream.is_share or figures is None or not self._slots.wanted(stream):
            return False
        # While nobody wanted them, none came.
        since_s = max(figures.last_s, self._wanted_s.get(stream, 0.0))
        return self._clock.monotonic_s() - since_s > FROZEN_AFTER_S

    # ---- figures
    def sound_figures(self, stream: StreamId) -> Mapping[str, Any]:
        """What became of a stream's sound, also after its end; empty when there was none."""
        return self._mixer.figures(stream) or self._last_sound.get(stream, {})


def _mean_rgb(frame: PlanarFrame) -> tuple[int, int, int]:
    pixels = raster(frame, _MEAN_PIXELS, _MEAN_PIXELS)
    count = _MEAN_PIXELS * _MEAN_PIXELS
    red, green, blue = (round(sum(pixels[channel::3]) / count) for channel in range(3))
    return red, green, blue
