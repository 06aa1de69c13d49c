"""What one receiver of a peer connection brings: packets of sound, or decoded pictures.

The trap is that a media section outlives what it carries: servers give it to another stream, so
what is known of the sender is forgotten with each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

import av
from aiortc import RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError

from tui.domain.media import SAMPLE_RATE_HZ, AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.transport import ReceiveStats
from tui.transport.rtc import aiortc_private
from tui.transport.rtc.audio_tap import AudioTap
from tui.transport.rtc.direct_voice import DirectVoices
from tui.transport.rtc.frames import to_planar
from tui.transport.rtc.red_codec import RedTypes
from tui.transport.rtc.sender_clock import SenderClock

_log = logging.getLogger(__name__)

_VIDEO_CLOCK_HZ: Final = 90_000
_DECODERS_END_WITHIN_S: Final = 1.0


class Incoming:
    """One receiver, from before its first packet to its end.

    Args:
        receiver: Which has got no packet yet.
        voices: Of the same peer connection.
        opened: Takes each packet of sound and each whole picture before anything is decoded, and
            answers what is in it; None: it is sealed, or nobody knows whose it is.
        put_packet: Takes packets of sound, in arrival order.
        put_encoded: Takes whole pictures before they are decoded; see
            `tui.ports.transport.MediaReceiver.video_encoded`.
        put_picture: Takes pictures; their planes are valid only during the call.
        refuse_picture: Told of each key picture that is not decoded.
    """

    def __init__(
        self,
        receiver: RTCRtpReceiver,
        voices: DirectVoices,
        *,
        opened: Callable[[bytes], bytes | None],
        put_packet: Callable[[AudioPacket], None],
        put_encoded: Callable[[EncodedPicture], bool],
        put_picture: Callable[[PlanarFrame], None],
        refuse_picture: Callable[[], None],
    ) -> None:
        self.kind = str(receiver.track.kind)
        """`audio` or `video`."""
        self.receiver = receiver
        self._opened = opened
        self._put_packet = put_packet
        self._put_picture = put_picture
        self._refuse_picture = refuse_picture
        self._clock_hz = SAMPLE_RATE_HZ if self.kind == "audio" else _VIDEO_CLOCK_HZ
        self._clock = SenderClock(self._clock_hz)
        self._ssrcs: tuple[int, ...] = ()
        self._told_refused = False
        self._tap: AudioTap | None = None
        self._pictures: asyncio.Task[None] | None = None
        aiortc_private.watch_sender_reports(receiver, self._reported)
        aiortc_private.end_decoder_apart(receiver)
        if self.kind == "audio":
            self._tap = voices.tap(receiver, self._packet)
        else:
            aiortc_private.check_pictures(receiver, self._refused, opened, put_encoded)
            self._pictures = asyncio.create_task(self._watch(), name="received pictures")

    def carry(self, ssrcs: tuple[int, ...], red: RedTypes | None, *, other: bool) -> None:
        """It carries these streams from now on.

        Args:
            ssrcs: The media's first, then that of its retransmissions.
            red: Which packets are redundant ones; None: as before.
            other: It is another track than before.
        """
        if other:
            self._told_refused = False
        self._ssrcs = ssrcs
        if self._tap is not None and red is not None:
            self._tap.red = red
        aiortc_private.route_ssrcs(self.receiver, ssrcs)

    def forget_sender(self) -> None:
        """Another stream comes instead: nothing is known of its sender's time."""
        self._clock.forget()

    def stats(self) -> ReceiveStats | None:
        """What the network did to the media; None before the first packet."""
        streams = aiortc_private.receiver_streams(self.receiver)
        media = [one for one in self._ssrcs[:1] if one in streams]
        ssrc = media[0] if media else max(streams, key=lambda s: streams[s][0], default=None)
        if ssrc is None:
            return None
        packets, lost, ticks = streams[ssrc]
        return ReceiveStats(packets, lost, round(ticks * 1000 / self._clock_hz, 2))

    async def close(self) -> None:
        """Take no more pictures; the peer connection is closed after it."""
        if self._pictures is not None:
            self._pictures.cancel()
            await asyncio.gather(self._pictures, return_exceptions=True)

    def _reported(self, ssrc: int, ntp: int, timestamp: int) -> None:
        # Reports of other streams on the same section say nothing.
        if not self._ssrcs or ssrc == self._ssrcs[0]:
            self._clock.report(ntp, timestamp)

    def _refused(self, width: int, height: int) -> None:
        """A key picture was too large, or its header broken; logged once for each track."""
        self._refuse_picture()
        if not self._told_refused:
            self._told_refused = True
            _log.warning("a picture of %d x %d pixels is not decoded", width, height)

    def _packet(self, data: bytes, timestamp: int, sequence: int, dbov: int, after: int) -> None:
        sound = self._opened(data)
        if sound is None:
            return
        at_s = self._clock.at_s(timestamp)
        self._put_packet(AudioPacket(sound, timestamp, sequence, dbov, at_s, after))

    async def _watch(self) -> None:
        """Take every decoded picture, whether it is shown or not: aiortc's queue has no bound."""
        track = self.receiver.track
        while True:
            try:
                frame = aiortc_private.newest_frame(track, await track.recv())
            except MediaStreamError:
                return
            if isinstance(frame, av.VideoFrame):
                self._put_picture(to_planar(frame, self._clock.at_s(frame.pts or 0)))


async def decoders_ended(ended: Iterable[Incoming]) -> None:
    """Wait a second for the decoders of receivers whose peer connection is closed."""
    receivers = [one.receiver for one in ended]
    if not await aiortc_private.decoders_ended(receivers, within_s=_DECODERS_END_WITHIN_S):
        _log.warning("a picture is decoded %g s after the end", _DECODERS_END_WITHIN_S)
