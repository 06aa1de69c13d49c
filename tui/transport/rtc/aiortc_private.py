"""Every private name of aiortc and aioice that the client uses (senders': `sender_private`).

aiortc's public API decodes sound itself (151 ms mouth to ear against 79 ms, spec audio 2), hides
what a network did to a stream, and never offers 127.0.0.1. The functions here reach behind it.
`pyproject.toml` pins the minor version these were read in; `tests/transport/rtc/aiortc_checks.py`
says what each needs, so that a new release fails there and not in a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from aioice.ice import Connection
from aiortc import (
    MediaStreamTrack,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
)
from aiortc.exceptions import InvalidStateError
from aiortc.rtcicetransport import RTCIceCandidate, RTCIceTransport
from aiortc.rtp import RtcpSrPacket
from aiortc.sdp import SessionDescription, candidate_from_sdp

from tui.domain.media import EncodedPicture
from tui.transport.rtc.arrival_estimate import ArrivalEstimate
from tui.transport.rtc.audio_tap import AudioTap, PutPacket
from tui.transport.rtc.coded import CODED, VP8
from tui.transport.rtc.picture_buffer import PictureBuffer
from tui.transport.rtc.red_codec import RedCodec, RedTypes, agreed_red
from tui.transport.rtc.repeat_requests import RepeatRequests

_CODECS: Final = "_RTCRtpReceiver__codecs"
_JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
_REMOTE_STREAMS: Final = "_RTCRtpReceiver__remote_streams"
_RTX_SSRC: Final = "_RTCRtpReceiver__rtx_ssrc"
_BY_SSRC: Final = (
    _REMOTE_STREAMS,
    _RTX_SSRC,
    "_RTCRtpReceiver__active_ssrc",
    "_RTCRtpReceiver__lsr",
    "_RTCRtpReceiver__lsr_time",
)
"""What a receiver keeps of each stream it ever got."""
_REPEAT_REQUESTS: Final = "_RTCRtpReceiver__nack_generator"
_ESTIMATOR: Final = "_RTCRtpReceiver__remote_bitrate_estimator"
_DECODER_QUEUE: Final = "_RTCRtpReceiver__decoder_queue"
_DECODER_ERROR: Final = "_RTCRtpReceiver__decoder_error"
_DECODER_THREAD: Final = "_RTCRtpReceiver__decoder_thread"
_STOP_DECODER: Final = "_RTCRtpReceiver__stop_decoder"
_CONNECT: Final = "_RTCPeerConnection__connect"
EXTENSION_IDS: Final = "_HeaderExtensionsMap__ids"
_ICE_TRANSPORTS: Final = "_RTCPeerConnection__iceTransports"


class Changed(AssertionError):
    """A new release of aiortc or aioice does not have what we use any more."""


def tap_audio(
    receiver: RTCRtpReceiver, put: PutPacket, known: Callable[[int, int], None] | None = None
) -> AudioTap:
    """Send every packet of `receiver` to `put` instead of aiortc's decoder.

    Receiver reports and statistics go on working (measured, spec audio 2.2). `known` is told SSRC
    and payload type of each packet that aiortc has taken and counted.
    """
    require(receiver, _JITTER_BUFFER)
    tap = AudioTap(put, known)
    setattr(receiver, _JITTER_BUFFER, tap)
    return tap


def watch_sender_reports(receiver: RTCRtpReceiver, take: Callable[[int, int, int], None]) -> None:
    """Give `take` SSRC, NTP time and RTP time stamp of every sender report to `receiver`.

    aiortc's own statistics leave the time stamp out.
    """
    original = require(receiver, "_handle_rtcp_packet")

    async def handle(packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            take(packet.ssrc, packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)
        await original(packet)

    receiver._handle_rtcp_packet = handle  # type: ignore[method-assign]


def check_pictures(
    receiver: RTCRtpReceiver,
    refused: Callable[[int, int], None],
    opened: Callable[[bytes], bytes | None],
    encoded: Callable[[EncodedPicture], bool],
) -> None:
    """Let only pictures that `PictureBuffer` has judged get to `receiver`'s decoder.

    What is missing of them is asked for by `RepeatRequests`, and `ArrivalEstimate` says what the
    line carries.

    Args:
        receiver: Of video, before it has got a packet.
        refused: Told width and height [pixels] of a key picture that is not decoded.
        opened: As `PictureBuffer` takes it.
        encoded: As `PictureBuffer` takes it.
    """
    queue, error = require(receiver, _DECODER_QUEUE), require(receiver, _DECODER_ERROR)
    require(receiver, _JITTER_BUFFER)
    codecs: dict[int, RTCRtpCodecParameters] = require(receiver, _CODECS)
    buffer = PictureBuffer(
        queue.qsize,
        failed=error.is_set,
        refused=refused,
        opened=opened,
        encoded=encoded,
        coded=lambda packet: CODED.get(codecs[packet.payload_type].name.upper(), VP8),
    )
    setattr(receiver, _JITTER_BUFFER, buffer)
    require(receiver, _REPEAT_REQUESTS)
    setattr(receiver, _REPEAT_REQUESTS, RepeatRequests())
    require(receiver, _ESTIMATOR)
    setattr(receiver, _ESTIMATOR, ArrivalEstimate())


def end_decoder_apart(receiver: RTCRtpReceiver) -> None:
    """Keep `receiver` from waiting for its decoder's thread on the event loop.

    aiortc joins that thread where it hears of the end, after all that waits was decoded: the whole
    call stood still for as long. Here what waits is dropped. `decoders_ended` waits elsewhere.
    """
    queue = require(receiver, _DECODER_QUEUE)
    require(receiver, _DECODER_THREAD)
    require(receiver, _STOP_DECODER)

    def stop() -> None:
        while not queue.empty():
            queue.get_nowait()
        queue.put(None)

    setattr(receiver, _STOP_DECODER, stop)


async def decoders_ended(receivers: Iterable[RTCRtpReceiver], *, within_s: float) -> bool:
    """Wait for the decoders of stopped receivers, for so long [s] in all; whether they ended."""
    until_s = time.monotonic() + within_s
    threads: list[threading.Thread] = [
        thread for one in receivers if (thread := require(one, _DECODER_THREAD)) is not None
    ]
    for thread in threads:
        await asyncio.to_thread(thread.join, max(0.0, until_s - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def newest_frame(track: MediaStreamTrack, frame: Any) -> Any:
    """The newest decoded picture of `track`, dropping those between it and `frame`."""
    queue: asyncio.Queue[Any] = require(track, "_queue")
    while not queue.empty():
        item = queue.get_nowait()
        if item is None:
            # The end of the track: leave it for the next recv().
            queue.put_nowait(None)
            break
        frame = item
    return frame


def route_ssrcs(receiver: RTCRtpReceiver, ssrcs: Sequence[int]) -> None:
    """Let `receiver` carry these streams, and no others.

    LiveKit re-uses the media sections of departed tracks with new SSRCs. aiortc registers SSRCs,
    and which of them repeats which (RFC 4588), only when a receiver starts, and forgets none:
    repeats of a later stream were thrown away, and receiver reports grew by a block for each
    former stream, beyond the 31 that fit (RFC 3550 6.4.2), until its task failed with the 62nd.

    Args:
        receiver: Of a section that has been agreed on.
        ssrcs: The media's first, then that of its retransmissions; none: as before.
    """
    table = require(require(receiver.transport, "_rtp_router"), "ssrc_table")
    kept = [require(receiver, name) for name in _BY_SSRC]
    if ssrcs:
        known = [ssrc for ssrc, whose in table.items() if whose is receiver]
        for former in set(known).difference(ssrcs):
            for by_ssrc in (table, *kept):
                by_ssrc.pop(former, None)
    for ssrc in ssrcs:
        table[ssrc] = receiver
    for repeats in ssrcs[1:2]:
        require(receiver, _RTX_SSRC)[repeats] = ssrcs[0]


def receiver_streams(receiver: RTCRtpReceiver) -> dict[int, tuple[int, int, int]]:
    """By SSRC: packets received, packets lost, jitter in ticks of the codec's clock.

    `getStats()` gives all streams of a receiver the same id, so that a retransmission stream
    hides the real one.
    """
    return {
        ssrc: (one.packets_received, max(0, one.packets_lost), one.jitter)
        for ssrc, one in receiver_statistics(receiver).items()
        if one.max_seq is not None
    }


def receiver_statistics(receiver: RTCRtpReceiver) -> dict[int, Any]:
    """What receiver reports are made of, by SSRC: a `StreamStatistics` each."""
    statistics: dict[int, Any] = require(receiver, _REMOTE_STREAMS)
    return statistics


def srtp_of(receiver: RTCRtpReceiver) -> Any:
    """The `pylibsrtp.Session` of what `receiver` gets, once packets have come in."""
    return require(receiver.transport, "_rx_srtp")


def extension_ids(receiver: RTCRtpReceiver) -> Any:
    """The ids of RTP header extensions as negotiated: one attribute for each, None or a number."""
    return require(require(receiver.transport, "_rtp_header_extensions_map"), EXTENSION_IDS)


Paths = RTCPeerConnection | RTCIceTransport
"""What has ICE agents: a peer connection, or a bare ICE transport."""


def datagram_protocols(pc: Paths) -> list[Any]:
    """The asyncio `DatagramProtocol`s that get what the sockets of `pc` bring."""
    return [one for ice in ice_connections(pc) for one in require(ice, "_protocols")]


def ask_for_answer(pc: Paths) -> None:
    """Send a STUN binding request on every pair in use, as aioice's consent check does.

    Its answer is dropped as one of nobody's: that it comes is enough.
    """
    for connection in ice_connections(pc):
        for pair in require(connection, "_nominated").values():
            # Nominated again, or a server that lives at the end of one (ICE-lite) goes on sending
            # to the address that we had before our network changed.
            request = connection.build_request(pair, nominate=connection.ice_controlling)
            password = connection.remote_password
            if password is not None:
                request.add_message_integrity(password.encode())
                with contextlib.suppress(OSError):
                    pair.protocol.send_stun(request, pair.remote_addr)


def ice_connections(pc: Paths) -> list[Connection]:
    """The ICE agents of `pc` that it has now; it makes more, and forgets those it bundles away."""
    if isinstance(pc, RTCIceTransport):
        return [require(pc, "_connection")]
    transports: set[RTCIceTransport] = require(pc, _ICE_TRANSPORTS)
    return [require(ice, "_connection") for ice in transports]


def close_sockets(connection: Connection) -> None:
    """Close an ICE agent's UDP sockets at once, without the goodbyes of its `close`.

    Who asks over them whether the other side still listens (RFC 7675) would fail unheard.
    """
    asking: asyncio.Task[None] | None = require(connection, "_query_consent_task")
    if asking is not None:
        asking.cancel()
    for protocol in require(connection, "_protocols"):
        protocol.transport.close()


def connect_quietly_once_closed(pc: RTCPeerConnection) -> None:
    """Keep the task that connects `pc` from failing unheard when `pc` is closed meanwhile.

    aiortc starts it and forgets it; closed while ICE or DTLS begins, it raises into nowhere and
    asyncio complains in the log. What fails while `pc` is open still does.
    """
    connect = require(pc, _CONNECT)

    async def connected() -> None:
        try:
            await connect()
        except (ConnectionError, InvalidStateError):
            if pc.signalingState != "closed":
                raise

    setattr(pc, _CONNECT, connected)


def accept_red(pc: RTCPeerConnection) -> dict[str, RedTypes]:
    """Use RED in each audio section whose remote description has it; by media id.

    Call it when `setRemoteDescription` has returned, in the same task before anything else is
    awaited: the task that hands the codecs to sender and receiver is about to run.
    """
    found: dict[str, RedTypes] = {}
    described = SessionDescription.parse(pc.remoteDescription.sdp)
    remote = {media.rtp.muxId: media for media in described.media}
    for transceiver in pc.getTransceivers():
        mid = transceiver.mid or ""
        if transceiver.kind != "audio" or mid not in remote:
            continue
        codecs: list[RTCRtpCodecParameters] = require(transceiver, "_codecs")
        types = agreed_red(remote[mid].rtp.codecs, codecs)
        if types is not None:
            found[mid] = types
            transceiver._codecs = [RedCodec(types), *codecs]
    return found


def parse_candidate(text: str) -> RTCIceCandidate:
    """An ICE candidate, as after `candidate:` in SDP; ValueError or IndexError when broken."""
    return candidate_from_sdp(text)


def require(owner: object, name: str) -> Any:
    """An attribute that is there, or `Changed`."""
    try:
        return getattr(owner, name)
    except AttributeError:
        raise Changed(
            f"{type(owner).__name__}.{name} is gone from the installed aiortc or aioice;"
            " install the version pyproject.toml asks for,"
            " or mend tui/transport/rtc/aiortc_private.py"
        ) from None
