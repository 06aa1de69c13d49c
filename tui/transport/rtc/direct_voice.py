"""Voice packets straight from the socket to who plays them, past aiortc's queue and task.

aiortc hands each datagram through a queue to a task and makes a dozen objects of it, which is
most of what receiving a voice costs, fifty times a second for each of them. A stream whose first
packets came the long way is known and routed there; from then on its packets are decrypted and
handed out here, in the socket's own callback. Everything else (pictures, RTCP, DTLS, STUN) goes
the long way for ever, and so do the first packets after every negotiation.

The traps: the statistics that receiver reports are made of are aiortc's and must go on counting,
and a media section may be given to another stream, so what is known is forgotten with each offer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import pylibsrtp
from aiortc import RTCRtpReceiver

from tui.transport.rtc.aiortc_private import (
    Paths,
    datagram_protocols,
    extension_ids,
    receiver_statistics,
    srtp_of,
    tap_audio,
)
from tui.transport.rtc.audio_tap import AudioTap, PutPacket
from tui.wire.rtp import RtpError, header_extensions, parse_rtp

_LEAST_BYTES: Final = 12
_SSRC: Final = slice(8, 12)


@dataclass(slots=True)
class _Stamp:
    """What aiortc's statistics read of a packet."""

    sequence_number: int = 0
    timestamp: int = 0


@dataclass(slots=True)
class _Stream:
    """One stream that may come this way."""

    tap: AudioTap
    statistics: Any
    srtp: Any
    extension_ids: Any
    payload_types: set[int] = field(default_factory=set)
    stamp: _Stamp = field(default_factory=_Stamp)

    def take(self, datagram: bytes) -> None:
        """One packet as it came from the network; one that is not genuine is dropped."""
        try:
            packet = self.srtp.unprotect(datagram)
            second, sequence, timestamp, _, extension, start, end = parse_rtp(packet)
        except (pylibsrtp.Error, RtpError):
            return
        level = None
        if extension:
            found = header_extensions(packet, extension, start)
            level = found.get(self.extension_ids.audio_level)
        stamp = self.stamp
        stamp.sequence_number, stamp.timestamp = sequence, timestamp
        self.statistics.add(stamp)
        # The extension counts down from full scale: 0 is loudest, 127 is silence (RFC 6464).
        dbov = -(level[0] & 0x7F) if level else -127
        self.tap.take(packet[start:end], second & 0x7F, timestamp, sequence, dbov)


class DirectVoices:
    """The voices that a peer connection receives.

    Args:
        pc: One whose media sections are bundled, or its one ICE transport.
    """

    def __init__(self, pc: Paths) -> None:
        self._pc = pc
        self._streams: dict[bytes, _Stream] = {}

    def tap(self, receiver: RTCRtpReceiver, put: PutPacket) -> AudioTap:
        """Give every packet of `receiver` to `put`, on whichever way it comes."""

        def known(ssrc: int, payload_type: int) -> None:
            stream = self._streams.get(ssrc.to_bytes(4))
            if stream is None or stream.tap is not tap:
                stream = _Stream(
                    tap,
                    receiver_statistics(receiver)[ssrc],
                    srtp_of(receiver),
                    extension_ids(receiver),
                )
                self._streams[ssrc.to_bytes(4)] = stream
            stream.payload_types.add(payload_type)

        tap = tap_audio(receiver, put, known)
        return tap

    def begin(self) -> None:
        """The connection stands: look at what its sockets bring. Idempotent."""
        for protocol in datagram_protocols(self._pc):
            if not hasattr(protocol, "long_way"):
                self._stand_before(protocol)

    def forget(self) -> None:
        """Media sections may carry other streams from now on."""
        self._streams.clear()

    def _stand_before(self, protocol: Any) -> None:
        long_way = protocol.long_way = protocol.datagram_received
        streams = self._streams

        def datagram_received(datagram: bytes, address: tuple[Any, ...]) -> None:
            # Version 2, and not RTCP, whose packet types are 64 to 95 here (RFC 5761 4).
            if len(datagram) > _LEAST_BYTES and 0x80 <= datagram[0] < 0xC0:
                stream = streams.get(datagram[_SSRC])
                if stream is not None and datagram[1] & 0x7F in stream.payload_types:
                    stream.take(datagram)
                    return
            long_way(datagram, address)

        protocol.datagram_received = datagram_received
