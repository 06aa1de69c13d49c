"""The private names of aiortc's senders: packets as they are, an encoder of ours, and their pace.

As in `aiortc_private`, whose `require` says when a new release lacks one.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol

from aiortc import RTCRtpCodecParameters, RTCRtpSender
from aiortc.clock import current_ntp_time
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtcrtpsender import RTCEncodedFrame

from tui.domain.media import AudioPacket
from tui.transport.rtc.aiortc_private import EXTENSION_IDS, require
from tui.transport.rtc.pacer import Pacer
from tui.transport.rtc.red_codec import RedCodec
from tui.wire.rtp import restamped

_ENCODER: Final = "_RTCRtpSender__encoder"
_TRANSPORT: Final = "_RTCRtpSender__transport"
_EXTENSIONS: Final = "_RTCRtpSender__rtp_header_extensions_map"


class PacketTrack(Protocol):
    """A track of Opus packets."""

    async def next_packet(self) -> AudioPacket:
        """The next one; never ends."""

    def redundant(self, data: bytes, timestamp: int, payload_type: int) -> bytes:
        """`data` as the payload of a redundant packet (RFC 2198); every packet, in order."""


def send_packets_with_level(sender: RTCRtpSender, track: PacketTrack) -> None:
    """Send `track`'s packets as they are, with their level in the header (RFC 6464).

    aiortc computes a level only for sound that it encodes itself. Where RED was negotiated, they
    are sent as redundant packets, with copies or without: one stream is never both.
    """
    require(sender, "_next_encoded_frame")

    async def next_encoded_frame(codec: RTCRtpCodecParameters) -> RTCEncodedFrame:
        packet = await track.next_packet()
        data, level = packet.data, max(-127, min(0, packet.level_dbov))
        if isinstance(codec, RedCodec):
            data = track.redundant(data, packet.timestamp, codec.types.opus)
        return RTCEncodedFrame([data], packet.timestamp, level)

    sender._next_encoded_frame = next_encoded_frame  # type: ignore[method-assign]


def use_video_encoder(sender: RTCRtpSender, encoder: Vp8Encoder) -> None:
    """Let `sender` encode with this; before its first picture."""
    require(sender, _ENCODER)
    setattr(sender, _ENCODER, encoder)


class _Paced:
    """A sender's transport whose media packets of that sender wait their turn."""

    def __init__(self, transport: Any, sender: RTCRtpSender, pacer: Pacer) -> None:
        self._transport = transport
        self._ssrc, self._again = sender._ssrc.to_bytes(4), sender._rtx_ssrc.to_bytes(4)
        self._extensions: Any = require(sender, _EXTENSIONS)
        self._pacer = pacer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    async def _send_rtp(self, data: bytes) -> None:
        ssrc = data[8:12]
        # RTCP has another SSRC there: bytes 8 to 12 of it are not its sender's.
        if ssrc in (self._ssrc, self._again) and not 192 <= data[1] <= 223:
            waits_s = self._pacer.wait_s(data, again=ssrc == self._again)
            if waits_s is None:
                return
            if waits_s:
                await asyncio.sleep(waits_s)
                # Who receives it would take our wait for one before the line.
                identifier = require(self._extensions, EXTENSION_IDS).abs_send_time or 0
                data = restamped(data, identifier, current_ntp_time() >> 14 & 0xFFFFFF)
        await self._transport._send_rtp(data)


def pace_packets(sender: RTCRtpSender, pacer: Pacer) -> None:
    """Let each media packet of `sender` leave as `pacer` says; before the first one.

    The sender's task waits meanwhile: what it sends next is the newest picture there is then.
    """
    for name in ("_ssrc", "_rtx_ssrc"):
        require(sender, name)
    setattr(sender, _TRANSPORT, _Paced(require(sender, _TRANSPORT), sender, pacer))

    def set_transport(transport: Any) -> None:
        setattr(sender, _TRANSPORT, _Paced(transport, sender, pacer))

    sender.setTransport = set_transport  # type: ignore[method-assign]
