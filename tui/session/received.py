"""Received media on its way: sound to the mixer, pictures to their slots, figures for `--stats`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tui.audio.mixer import Mixer
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.media import AudioPacket, PlanarFrame
from tui.ports.pictures import PictureSlots
from tui.session.clock import Clock
from tui.session.lip_sync import LipSync
from tui.video.raster import raster

FROZEN_AFTER_S: Final = 2.0
_HOLD_LEAST_S: Final = 0.010
_MEAN_EVERY_S: Final = 0.5
_MEAN_PIXELS: Final = 8


@dataclass(slots=True)
class VideoFigures:
    """What arrived of one participant's camera so far."""

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
    """The `MediaReceiver` of a call.

    Args:
        mixer: Takes the sound packets; thread-safe by itself.
        slots: Where pictures go, at the raster each slot wants.
        clock: For frame rates and frozen pictures.
    """

    def __init__(self, *, mixer: Mixer, slots: PictureSlots, clock: Clock):
        self._mixer = mixer
        self._slots = slots
        self._clock = clock
        self.fit_pictures = False
        """Show pictures whole, with bars, instead of cropped to fill."""
        self._wanted_s: dict[ParticipantId, float] = {}
        self.video: dict[ParticipantId, VideoFigures] = {}
        self.lip_sync = LipSync(mixer.heard_at_s, mixer.delay_more)
        self._held: dict[ParticipantId, deque[asyncio.TimerHandle]] = {}
        """Pictures that wait for their moment to be heard."""
        self.last_sound: dict[ParticipantId, Mapping[str, Any]] = {}
        """The mixer's figures of those whose sound has ended."""

    def audio_packet(self, identity: ParticipantId, packet: AudioPacket) -> None:
        """One Opus packet."""
        self._mixer.packet(identity, packet)

    def audio_ended(self, identity: ParticipantId) -> None:
        """No more sound of this participant."""
        figures = self._mixer.figures(identity)
        if figures:
            self.last_sound[identity] = figures
        self._mixer.remove(identity)

    def video_frame(self, identity: ParticipantId, source: TrackSource, frame: PlanarFrame) -> None:
        """One decoded picture of somebody's camera."""
        if source is not TrackSource.CAMERA:
            return
        now_s = self._clock.monotonic_s()
        figures = self.video.setdefault(identity, VideoFigures(first_s=now_s))
        figures.frames += 1
        figures.width, figures.height, figures.last_s = frame.width, frame.height, now_s
        if now_s - figures.mean_at_s >= _MEAN_EVERY_S:
            figures.mean_at_s = now_s
            figures.mean_rgb = _mean_rgb(frame)
        self._show_when_heard(identity, frame)

    def _show_when_heard(self, uid: ParticipantId, frame: PlanarFrame) -> None:
        hold_s = self.lip_sync.hold_s(uid, frame.at_s)
        width, height = self._slots.wanted(uid)
        held = self._held.setdefault(uid, deque())
        while held and (held[0].cancelled() or held[0].when() <= self._now_s()):
            held.popleft()
        if not width or not height or (hold_s < _HOLD_LEAST_S and not held):
            self.show(uid, frame)
            return
        # Scaled now, as its planes are the decoder's; never before the one in front of it.
        pixels = raster(frame, width, height)
        loop = asyncio.get_running_loop()
        due_s = max(loop.time() + hold_s, held[-1].when() if held else 0.0)
        held.append(loop.call_at(due_s, self._slots.put, uid, width, height, pixels))

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()

    def _drop_held(self, uid: ParticipantId) -> None:
        for waiting in self._held.pop(uid, ()):
            waiting.cancel()
        self.lip_sync.forget(uid)

    def show(self, uid: ParticipantId, frame: PlanarFrame, *, mirror: bool = False) -> None:
        """Put a picture into its slot at the raster the front end asked for, if it did."""
        width, height = self._slots.wanted(uid)
        if width and height:
            rgb = raster(frame, width, height, mirror=mirror, whole=self.fit_pictures)
            self._slots.put(uid, width, height, rgb)

    def wanted(self, uid: ParticipantId) -> None:
        """A front end has just asked for this participant's pictures, or for none any more."""
        self._wanted_s[uid] = self._clock.monotonic_s()

    def video_ended(self, identity: ParticipantId, source: TrackSource) -> None:
        """No more pictures of this source."""
        if source is TrackSource.CAMERA:
            self._drop_held(identity)
            self._slots.remove(identity)

    def is_frozen(self, uid: ParticipantId) -> bool:
        """Whether pictures are shown somewhere but none came for two seconds."""
        figures = self.video.get(uid)
        if figures is None or self._slots.wanted(uid) == (0, 0):
            return False
        # While nobody wanted them, none came.
        since_s = max(figures.last_s, self._wanted_s.get(uid, 0.0))
        return self._clock.monotonic_s() - since_s > FROZEN_AFTER_S


def _mean_rgb(frame: PlanarFrame) -> tuple[int, int, int]:
    pixels = raster(frame, _MEAN_PIXELS, _MEAN_PIXELS)
    count = _MEAN_PIXELS * _MEAN_PIXELS
    red, green, blue = (round(sum(pixels[channel::3]) / count) for channel in range(3))
    return red, green, blue
