"""What receivers report of our packets, and how much video to send for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiortc import RTCRtpSender

from tui.domain.media import EncodedPicture
from tui.transport.rtc.pacer import Pacer
from tui.transport.rtc.sender_private import (
    pace_packets,
    send_packets_with_level,
    use_video_encoder,
)
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack, Seal
from tui.transport.rtc.vp8_encoder import CeiledVp8Encoder

_PERIOD_S: Final = 1.0
_LEAST_BITS_PER_S: Final = 100_000
"""Below, libvpx makes 320x240 at 15 pictures a second unreadable; better fewer pictures."""
_MOST_BITS_PER_S: Final = 1_200_000


def full_rate(size: tuple[int, int]) -> int:
    """Bit/s for a picture on a good line: 470 k for 320x240, 980 k for 640x480."""
    width, height = size
    return min(_MOST_BITS_PER_S, 300_000 + int(width * height * 2.2))


def next_share(share: float, lost: float) -> float:
    """The share of the full rate to send, after a report of `lost` (0 to 1).

    The loss-based rule of Google congestion control (draft-ietf-rmcat-gcc-02, section 6).
    """
    if lost > 0.10:
        share *= 1.0 - 0.5 * lost
    elif lost < 0.02:
        share *= 1.05
    return max(0.05, min(1.0, share))


async def follow_reports(sender: RTCRtpSender, take: Callable[[float], None]) -> None:
    """Give `take` the share lost (0 to 1) of every new receiver report, for ever."""
    reported: tuple[int, int] | None = None
    while True:
        await asyncio.sleep(_PERIOD_S)
        for one in (await sender.getStats()).values():
            if one.type == "remote-inbound-rtp":
                report = (one.packetsReceived, one.packetsLost)
                if report != reported:
                    reported = report
                    take(one.fractionLost / 256)


def follow(sender: RTCRtpSender, track: MicrophoneTrack | CameraTrack) -> Coroutine[Any, Any, None]:
    """Let `sender` send a track of ours, before its first packet.

    Answers what must run beside it: following the reports of who receives it, for ever.
    """
    if isinstance(track, MicrophoneTrack):
        send_packets_with_level(sender, track)
        return follow_reports(sender, track.lost)
    return Uplink(sender, lambda: track.sent_size, track.encoded, track.seal).run()


class Uplink:
    """Adapts one video sender to what its receiver reports.

    Args:
        sender: Not yet sending.
        size: Width and height in pixels of what is sent now.
        encoded: See `FrameSource.encoded`.
        seal: Done to each encoded picture; None: nothing.
    """

    def __init__(
        self,
        sender: RTCRtpSender,
        size: Callable[[], tuple[int, int]],
        encoded: Callable[[EncodedPicture], bool],
        seal: Seal | None = None,
    ) -> None:
        self._sender = sender
        self._size = size
        self._share = self._share_before = 1.0
        self._narrow = False
        self._encoder = CeiledVp8Encoder(encoded)
        self._encoder.seal = seal
        use_video_encoder(sender, self._encoder)
        pacer = Pacer(lambda: self._encoder.pace_bits_per_s, lambda: self._encoder.again_bits_per_s)
        pace_packets(sender, pacer)
        self._apply()

    async def run(self) -> None:
        """Follow receiver reports, for ever."""
        await follow_reports(self._sender, self.take)

    def take(self, lost: float) -> None:
        """A receiver report: this share of the packets since the last one is lost."""
        narrow = self._encoder.is_narrow
        if narrow and not self._narrow:
            self._share_before = self._share
        elif self._narrow and not narrow:
            # What was lost before a narrow line says nothing of the wide one that it is now.
            self._share = max(self._share, self._share_before)
        self._narrow = narrow
        self._share = next_share(self._share, lost)
        self._apply()

    def _apply(self) -> None:
        full = full_rate(self._size())
        self._encoder.full_bits_per_s = full
        self._encoder.ceiling_bits_per_s = max(_LEAST_BITS_PER_S, int(full * self._share))
