"""Our microphone and camera as aiortc takes them: tracks that wait, never end, and can be muted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from aiortc import MediaStreamTrack

from tui.audio.redundancy import Redundancy
from tui.domain.media import AudioPacket, EncodedPicture
from tui.ports.transport import EndOfMedia, FrameSource, PacketSource
from tui.transport.rtc.frames import from_planar

_log = logging.getLogger(__name__)

Seal = Callable[[bytes], bytes]
"""Encrypts one encoded frame, end to end."""
_LEAST_SIDE: Final = 32
_VIDEO_TIME_BASE: Final = Fraction(1, 90_000)
"""RTP clock of video (RFC 7741 4.1)."""


class MicrophoneTrack(MediaStreamTrack):
    """Opus packets of a `PacketSource`, passed on as they are.

    At the end of its source a track waits: aiortc would end the sender for good, and a new source
    could not be put in its place.
    """

    kind = "audio"

    def __init__(self, source: PacketSource) -> None:
        super().__init__()
        self._source = source
        self._replaced = asyncio.Event()
        self._redundancy = Redundancy()
        self.seal: Seal | None = None
        """Done to each packet; set before the first one."""

    def replace(self, source: PacketSource) -> None:
        """Send another source from now on; whoever owns the old one closes it."""
        self._source = source
        self._replaced.set()

    def lost(self, fraction: float) -> None:
        """Take a receiver report, and pass it on to the source."""
        self._redundancy.lost(fraction)
        self._source.lost(fraction)

    def redundant(self, data: bytes, timestamp: int, payload_type: int) -> bytes:
        """The payload of a redundant packet, with copies while packets get lost."""
        return self._redundancy.payload(data, timestamp, payload_type)

    async def next_packet(self) -> AudioPacket:
        """The next packet of whichever source there is."""
        while True:
            source = self._source
            self._replaced.clear()
            try:
                packet = await source.next_packet()
            except EndOfMedia:
                await self._replaced.wait()
                continue
            return packet if self.seal is None else replace(packet, data=self.seal(packet.data))

    async def recv(self) -> Any:
        """Not to be used: packets go out by `sender_private.send_packets_with_level`."""
        raise TypeError("packets of a microphone are taken by next_packet()")


def smaller(size: tuple[int, int], divisor: int | None) -> tuple[int, int]:
    """(width, height) of a picture with each side divided; None divides nothing.

    Even, as the encoder takes them, and never less than 32 pixels wide or high.
    """
    if divisor in (1, None) or min(size) // divisor < _LEAST_SIDE:
        return size
    return size[0] // divisor & ~1, size[1] // divisor & ~1


class CameraTrack(MediaStreamTrack):
    """Pictures of a `FrameSource`, no larger than anybody needs them.

    None while muted or while nobody receives them.
    """

    kind = "video"

    def __init__(self, source: FrameSource, *, muted: bool) -> None:
        super().__init__()
        self._source = source
        self._replaced = asyncio.Event()
        self._open = asyncio.Event()
        self._started_s: float | None = None
        self.divisor: int | None = 1
        """By what each side may be divided, nobody wanting more than that; None: nobody receives
        it, and the source goes on (the self view) unencoded."""
        self.seal: Seal | None = None
        """Done to each encoded picture; set before the first one."""
        self.set_muted(muted=muted)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._source.size

    @property
    def sent_size(self) -> tuple[int, int]:
        """Width and height of the pictures that are sent now."""
        return smaller(self.size, self.divisor)

    def encoded(self, picture: EncodedPicture) -> bool:
        """See `FrameSource.encoded`; tells whichever source there is."""
        return self._source.encoded(picture)

    def replace(self, source: FrameSource) -> None:
        """Send another source from now on; whoever owns the old one closes it."""
        self._source = source
        self._replaced.set()

    def set_muted(self, *, muted: bool) -> None:
        """Stop or start sending; the track stays published."""
        if muted:
            self._open.clear()
        else:
            self._open.set()

    async def recv(self) -> Any:
        """The next picture, as `av.VideoFrame`; waits while muted."""
        loop = asyncio.get_running_loop()
        while True:
            await self._open.wait()
            source = self._source
            self._replaced.clear()
            try:
                picture = await source.next_frame()
            except EndOfMedia:
                await self._replaced.wait()
                continue
            if not self._open.is_set() or source is not self._source:
                continue
            if self.divisor is None:
                continue
            try:
                frame = from_planar(picture)
                size = smaller((frame.width, frame.height), self.divisor)
                if size != (frame.width, frame.height):
                    frame = frame.reformat(*size, interpolation="AREA")
            except ValueError as error:
                _log.warning("a picture of our camera is not usable: %s", error)
                continue
            # The source's own clock may jump (a file that starts again); RTP's must not.
            if self._started_s is None:
                self._started_s = loop.time()
            frame.pts = int((loop.time() - self._started_s) * 90_000)
            frame.time_base = _VIDEO_TIME_BASE
            return frame
