"""The private names of aiortc that a connection without session descriptions needs.

aiortc has the objects of ORTC and makes them only inside an `RTCPeerConnection`. As in
`aiortc_private`, `tests/transport/rtc/aiortc_checks.py` says what each function here needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceServer,
    RTCIceTransport,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSctpTransport,
)
from aiortc.rtcdtlstransport import RtpRouter
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, pack_remb_fci

_ESTIMATOR: Final = "_RTCRtpReceiver__remote_bitrate_estimator"


class StrictRouter(RtpRouter):
    """Routes packets by their SSRC, and drops those of nobody.

    aiortc's own gives an unknown SSRC to the only receiver of its payload type, which then mixes
    two streams into one.
    """

    def route_rtp(self, packet: Any) -> Any:
        """Who gets this packet."""
        return self.ssrc_table.get(packet.ssrc)


def controlled_ice(servers: Sequence[RTCIceServer]) -> RTCIceTransport:
    """An ICE agent whose other side nominates (RFC 8445 6.1.1).

    No servers means none: aiortc's default is Google's.
    """
    ice = RTCIceTransport(RTCIceGatherer(iceServers=list(servers)))
    ice._connection.ice_controlling = False
    return ice


def dtls_client(ice: RTCIceTransport) -> RTCDtlsTransport:
    """DTLS over `ice` that begins the handshake, with a certificate of its own."""
    dtls = RTCDtlsTransport(ice, [RTCCertificate.generateCertificate()])
    dtls._set_role("client")
    dtls._rtp_router = StrictRouter()
    return dtls


def bare_receiver(kind: str, dtls: RTCDtlsTransport, feedback_ssrc: int) -> RTCRtpReceiver:
    """A receiver that no description made.

    Its own bandwidth estimate is left out: it never exceeds half as much again as what comes in,
    and a bridge that takes it for the whole link stops forwarding.

    Args:
        kind: `audio` or `video`.
        dtls: Where its packets come from.
        feedback_ssrc: One of ours that was announced; reports of others are dropped.
    """
    receiver = RTCRtpReceiver(kind, dtls)
    receiver._track = RemoteStreamTrack(kind)
    receiver._set_rtcp_ssrc(feedback_ssrc)
    if not hasattr(receiver, _ESTIMATOR):
        raise AssertionError(f"RTCRtpReceiver.{_ESTIMATOR} is gone from the installed aiortc")
    setattr(receiver, _ESTIMATOR, None)
    return receiver


def ssrcs_of(sender: RTCRtpSender) -> tuple[int, int]:
    """The SSRCs of a sender: of its media, and of what it sends again."""
    return sender._ssrc, sender._rtx_ssrc


async def ask_key_picture(receiver: RTCRtpReceiver, ssrc: int) -> None:
    """Ask for a key picture (PLI, RFC 4585 6.3.1) of this stream."""
    await receiver._send_rtcp_pli(ssrc)


async def say_bandwidth(
    dtls: RTCDtlsTransport, bits_per_s: int, ssrcs: Sequence[int], *, feedback_ssrc: int
) -> None:
    """Tell how much may be sent to us in these streams (REMB, draft-alvestrand-rmcat-remb-03).

    Raises:
        ConnectionError: The connection is closed.
    """
    packet = RtcpPsfbPacket(
        fmt=RTCP_PSFB_APP,
        ssrc=feedback_ssrc,
        media_ssrc=0,
        fci=pack_remb_fci(bits_per_s, list(ssrcs)[:50]),
    )
    await dtls._send_rtp(bytes(packet))


class GuardedSctp(RTCSctpTransport):
    """aiortc's SCTP, which raises into nowhere at a peer's garbage, and once DTLS is closed."""

    _broken = False

    async def _handle_data(self, data: bytes) -> None:
        if self._broken:
            return
        try:
            await super()._handle_data(data)
        except Exception:  # its asserts and struct errors are the peer's garbage
            self._broken = True

    async def _send_chunk(self, chunk: Any) -> None:
        try:
            await super()._send_chunk(chunk)
        except Exception:  # ConnectionError, and OpenSSL's own once it said goodbye
            self._broken = True
