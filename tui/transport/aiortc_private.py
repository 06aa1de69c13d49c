"""Every private name of aiortc and aioice that the client uses, and a check for each.

aiortc's public API decodes sound itself (151 ms mouth to ear against 79 ms, spec audio 2), hides
what a network did to a stream, and never offers 127.0.0.1. The functions here reach behind it.
`pyproject.toml` pins the minor version these were read in; `CHECKS` names what each needs, and a
contract test runs them all, so that a new release fails there and not in a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from aioice.ice import Connection
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCRtpSender
from aiortc.codecs import CODECS
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.exceptions import InvalidStateError
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcdtlstransport import RTCDtlsTransport, RtpRouter
from aiortc.rtcicetransport import RTCIceCandidate, RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpreceiver import RemoteStreamTrack, StreamStatistics
from aiortc.rtcrtpsender import RTCEncodedFrame
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket
from aiortc.sdp import candidate_from_sdp

from tui.transport.video_backlog import BoundedVideoBuffer

_JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
_REMOTE_STREAMS: Final = "_RTCRtpReceiver__remote_streams"
_DECODER_QUEUE: Final = "_RTCRtpReceiver__decoder_queue"
_ENCODER: Final = "_RTCRtpSender__encoder"
_CONNECT: Final = "_RTCPeerConnection__connect"
_ICE_TRANSPORTS: Final = "_RTCPeerConnection__iceTransports"


class Changed(AssertionError):
    """A new release of aiortc or aioice does not have what we use any more."""


PutPacket = Callable[[bytes, int, int, int], None]
"""Takes payload, RTP time stamp, sequence number and level (0 to -127 dBov) of an Opus packet."""


class AudioTap:
    """Stands in for a receiver's jitter buffer: packets go out at once, nothing is decoded."""

    def __init__(self, put: PutPacket) -> None:
        self._put = put

    def add(self, packet: Any) -> tuple[bool, None]:
        """As `aiortc.jitterbuffer.JitterBuffer.add`."""
        level = packet.extensions.audio_level
        # The extension counts down from full scale: 0 is loudest, 127 is silence (RFC 6464).
        if packet._data:
            self._put(
                packet._data,
                packet.timestamp,
                packet.sequence_number,
                -127 if level is None else -int(level[1]),
            )
        return False, None


def tap_audio(receiver: RTCRtpReceiver, put: PutPacket) -> None:
    """Send every packet of `receiver` to `put` instead of aiortc's decoder.

    Receiver reports and statistics go on working (measured, spec audio 2.2).
    """
    _require(receiver, _JITTER_BUFFER)
    setattr(receiver, _JITTER_BUFFER, AudioTap(put))


def watch_sender_reports(receiver: RTCRtpReceiver, take: Callable[[int, int, int], None]) -> None:
    """Give `take` SSRC, NTP time and RTP time stamp of every sender report to `receiver`.

    aiortc's own statistics leave the time stamp out.
    """
    original = _require(receiver, "_handle_rtcp_packet")

    async def handle(packet: Any) -> None:
        if isinstance(packet, RtcpSrPacket):
            take(packet.ssrc, packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)
        await original(packet)

    receiver._handle_rtcp_packet = handle  # type: ignore[method-assign]


def bound_video(receiver: RTCRtpReceiver) -> None:
    """Keep the queue to `receiver`'s decoder short (see `BoundedVideoBuffer`). Idempotent."""
    inner = _require(receiver, _JITTER_BUFFER)
    if not isinstance(inner, BoundedVideoBuffer):
        queue = _require(receiver, _DECODER_QUEUE)
        setattr(receiver, _JITTER_BUFFER, BoundedVideoBuffer(inner, queue.qsize))


def newest_frame(track: MediaStreamTrack, frame: Any) -> Any:
    """The newest decoded picture of `track`, dropping those between it and `frame`."""
    queue: asyncio.Queue[Any] = _require(track, "_queue")
    while not queue.empty():
        item = queue.get_nowait()
        if item is None:
            # The end of the track: leave it for the next recv().
            queue.put_nowait(None)
            break
        frame = item
    return frame


class LeveledTrack(Protocol):
    """A track of Opus packets that knows how loud the last one was."""

    level_dbov: int

    async def recv(self) -> Any:
        """The next packet, as `av.Packet`."""


def send_packets_with_level(sender: RTCRtpSender, track: LeveledTrack) -> None:
    """Send `track`'s packets as they are, with their level in the header (RFC 6464).

    aiortc computes a level only for sound that it encodes itself.
    """
    _require(sender, "_next_encoded_frame")

    async def next_encoded_frame(_codec: object) -> RTCEncodedFrame:
        packet = await track.recv()
        level = max(-127, min(0, track.level_dbov))
        return RTCEncodedFrame([bytes(packet)], packet.pts, level)

    sender._next_encoded_frame = next_encoded_frame  # type: ignore[method-assign,assignment]


class CeiledVp8Encoder(Vp8Encoder):
    """aiortc's VP8 encoder with a ceiling of our own on its bit rate.

    aiortc follows the receiver's estimate (REMB) up to 1.5 Mbit/s whatever the picture's size,
    and knows nothing else: without REMB (livekit-server) it sends 500 kbit/s for ever.
    """

    ceiling_bits_per_s = 500_000

    @property
    def target_bitrate(self) -> int:
        """What to encode at now, in bit/s."""
        wanted: int = Vp8Encoder.target_bitrate.fget(self)  # type: ignore[attr-defined]
        return min(wanted, self.ceiling_bits_per_s)

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        Vp8Encoder.target_bitrate.fset(self, bitrate)  # type: ignore[attr-defined]


def use_video_encoder(sender: RTCRtpSender, encoder: CeiledVp8Encoder) -> None:
    """Let `sender` encode with this; before its first picture."""
    _require(sender, _ENCODER)
    setattr(sender, _ENCODER, encoder)


def route_ssrcs(receiver: RTCRtpReceiver, ssrcs: Iterable[int]) -> None:
    """Send these streams to `receiver`.

    LiveKit re-uses the media sections of departed tracks with new SSRCs; aiortc registers SSRCs
    only when a receiver starts.
    """
    table = _require(_require(receiver.transport, "_rtp_router"), "ssrc_table")
    for ssrc in ssrcs:
        table[ssrc] = receiver


def receiver_streams(receiver: RTCRtpReceiver) -> dict[int, tuple[int, int, int]]:
    """By SSRC: packets received, packets lost, jitter in ticks of the codec's clock.

    `getStats()` gives all streams of a receiver the same id, so that a retransmission stream
    hides the real one.
    """
    streams: dict[int, Any] = _require(receiver, _REMOTE_STREAMS)
    return {
        ssrc: (one.packets_received, max(0, one.packets_lost), one.jitter)
        for ssrc, one in streams.items()
        if one.max_seq is not None
    }


async def ask_key_frame(receiver: RTCRtpReceiver, ssrc: int) -> None:
    """Send a picture loss indication (RFC 4585) for a stream; a lost connection is no error."""
    with contextlib.suppress(ConnectionError):
        await _require(receiver, "_send_rtcp_pli")(ssrc)


def ice_connections(pc: RTCPeerConnection) -> list[Connection]:
    """The ICE agents of `pc` that it has now; it makes more, and forgets those it bundles away."""
    transports: set[RTCIceTransport] = _require(pc, _ICE_TRANSPORTS)
    return [_require(ice, "_connection") for ice in transports]


def close_sockets(connection: Connection) -> None:
    """Close an ICE agent's UDP sockets at once, without the goodbyes of its `close`."""
    for protocol in _require(connection, "_protocols"):
        protocol.transport.close()


def connect_quietly_once_closed(pc: RTCPeerConnection) -> None:
    """Keep the task that connects `pc` from failing unheard when `pc` is closed meanwhile.

    aiortc starts it and forgets it; closed while ICE or DTLS begins, it raises into nowhere and
    asyncio complains in the log. What fails while `pc` is open still does.
    """
    connect = _require(pc, _CONNECT)

    async def connected() -> None:
        try:
            await connect()
        except (ConnectionError, InvalidStateError):
            if pc.signalingState != "closed":
                raise

    setattr(pc, _CONNECT, connected)


def parse_candidate(text: str) -> RTCIceCandidate:
    """An ICE candidate, as after `candidate:` in SDP; ValueError or IndexError when broken."""
    return candidate_from_sdp(text)


def known_codecs(kind: str) -> frozenset[str]:
    """Codec names aiortc can negotiate for `audio` or `video`, lower case, without `rtx`."""
    return frozenset(
        codec.mimeType.split("/")[1].lower()
        for codec in CODECS.get(kind, [])
        if not codec.mimeType.lower().endswith("/rtx")
    )


def _require(owner: object, name: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        raise Changed(
            f"{type(owner).__name__}.{name} is gone from the installed aiortc or aioice;"
            " install the version pyproject.toml asks for, or mend tui/transport/aiortc_private.py"
        ) from None


def _needs(condition: bool, what: str) -> None:
    if not condition:
        raise Changed(f"{what} changed in the installed aiortc or aioice")


def check_audio_tap() -> None:
    """`RTCRtpReceiver.__jitter_buffer` is set in the constructor and only `add`ed to."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs("self.__jitter_buffer = JitterBuffer(" in source, "RTCRtpReceiver.__jitter_buffer")
    _needs(
        "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)" in source,
        "how RTCRtpReceiver uses its jitter buffer",
    )
    _needs(
        list(inspect.signature(JitterBuffer.add).parameters) == ["self", "packet"],
        "JitterBuffer.add(packet)",
    )


def check_sender_reports() -> None:
    """`RTCRtpReceiver._handle_rtcp_packet(packet)` gets `RtcpSrPacket`s with both times."""
    _needs(
        list(inspect.signature(RTCRtpReceiver._handle_rtcp_packet).parameters)
        == ["self", "packet"],
        "RTCRtpReceiver._handle_rtcp_packet(packet)",
    )
    _needs(
        "await recipient._handle_rtcp_packet(packet)" in inspect.getsource(RTCDtlsTransport),
        "how RTCDtlsTransport hands on RTCP",
    )
    _needs(
        {"ntp_timestamp", "rtp_timestamp"} <= set(RtcpSenderInfo.__dataclass_fields__),
        "RtcpSenderInfo",
    )


def check_video_bound() -> None:
    """`RTCRtpReceiver.__decoder_queue` is a queue with `qsize`."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs("self.__decoder_queue: queue.Queue" in source, "RTCRtpReceiver.__decoder_queue")


def check_newest_frame() -> None:
    """`RemoteStreamTrack._queue` is an asyncio.Queue that ends with None."""
    source = inspect.getsource(RemoteStreamTrack)
    _needs("self._queue: asyncio.Queue = asyncio.Queue()" in source, "RemoteStreamTrack._queue")
    _needs("if frame is None:" in source, "how RemoteStreamTrack ends")


def check_audio_level() -> None:
    """`RTCRtpSender._next_encoded_frame(codec)` answers an `RTCEncodedFrame`."""
    _needs(
        list(inspect.signature(RTCRtpSender._next_encoded_frame).parameters) == ["self", "codec"],
        "RTCRtpSender._next_encoded_frame(codec)",
    )
    _needs(
        list(inspect.signature(RTCEncodedFrame).parameters)
        == ["payloads", "timestamp", "audio_level"],
        "RTCEncodedFrame(payloads, timestamp, audio_level)",
    )
    _needs(
        "packet.extensions.audio_level = (False, -enc_frame.audio_level)"
        in inspect.getsource(RTCRtpSender),
        "the sign of RTCEncodedFrame.audio_level",
    )


def check_video_encoder() -> None:
    """`RTCRtpSender.__encoder` may be set beforehand; VP8's asks its `target_bitrate`."""
    source = inspect.getsource(RTCRtpSender)
    _needs("if self.__encoder is None:" in source, "RTCRtpSender.__encoder")
    _needs("self.__encoder.target_bitrate = bitrate" in source, "how RTCRtpSender takes REMB")
    _needs("= self.target_bitrate" in inspect.getsource(Vp8Encoder.encode), "Vp8Encoder.encode")
    _needs(isinstance(Vp8Encoder.target_bitrate, property), "Vp8Encoder.target_bitrate")


def check_ssrc_routing() -> None:
    """`RTCDtlsTransport._rtp_router.ssrc_table` maps an SSRC to its receiver."""
    _needs(isinstance(RtpRouter().ssrc_table, dict), "RtpRouter.ssrc_table")
    _needs(
        "self._rtp_router = RtpRouter()" in inspect.getsource(RTCDtlsTransport),
        "RTCDtlsTransport._rtp_router",
    )


def check_statistics() -> None:
    """`RTCRtpReceiver.__remote_streams` maps an SSRC to a `StreamStatistics`."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs(
        "self.__remote_streams: dict[int, StreamStatistics] = {}" in source,
        "RTCRtpReceiver.__remote_streams",
    )
    fresh = StreamStatistics(48_000)
    _needs(fresh.packets_received == 0 and fresh.jitter == 0, "StreamStatistics")
    _needs(fresh.max_seq is None, "StreamStatistics.max_seq")
    _needs(isinstance(StreamStatistics.packets_lost, property), "StreamStatistics.packets_lost")


def check_gathering() -> None:
    """Gathering goes through `get_component_candidates(component, addresses, timeout)`."""
    _needs(
        "self._connection = Connection(" in inspect.getsource(RTCIceGatherer),
        "RTCIceGatherer._connection",
    )
    _needs(
        list(inspect.signature(Connection.get_component_candidates).parameters)
        == ["self", "component", "addresses", "timeout"],
        "aioice Connection.get_component_candidates(component, addresses, timeout)",
    )
    _needs(
        "self.get_component_candidates(component=component, addresses=addresses)"
        in inspect.getsource(Connection.gather_candidates),
        "how aioice calls get_component_candidates",
    )


def check_closing() -> None:
    """`Connection.close` may be called again: it closes the sockets that are there then."""
    source = inspect.getsource(Connection.close)
    _needs("await protocol.close()" in source, "how aioice Connection.close frees its sockets")
    _needs("return" not in source, "that aioice Connection.close may be called again")


def check_key_frames() -> None:
    """A receiver asks for a key frame by `_send_rtcp_pli(media_ssrc)`."""
    _needs(
        [*inspect.signature(RTCRtpReceiver._send_rtcp_pli).parameters] == ["self", "media_ssrc"],
        "RTCRtpReceiver._send_rtcp_pli",
    )


def check_connecting() -> None:
    """Descriptions that are set start `RTCPeerConnection.__connect` as a task, by its name."""
    _needs(
        inspect.getsource(RTCPeerConnection).count("asyncio.ensure_future(self.__connect())") == 2,
        "how RTCPeerConnection starts to connect",
    )


def check_sockets() -> None:
    """A peer connection knows its ICE transports, and they their UDP sockets."""
    _needs(
        "self.__iceTransports: set[RTCIceTransport]" in inspect.getsource(RTCPeerConnection),
        "RTCPeerConnection.__iceTransports",
    )
    _needs(
        "self._connection = gatherer._connection" in inspect.getsource(RTCIceTransport),
        "RTCIceTransport._connection",
    )
    _needs(
        "self._protocols: list[StunProtocol]" in inspect.getsource(Connection),
        "aioice Connection._protocols",
    )


def check_candidates() -> None:
    """`aiortc.sdp.candidate_from_sdp` reads what follows `candidate:`."""
    read = parse_candidate("1 1 udp 2130706431 127.0.0.1 7882 typ host")
    _needs((read.ip, read.port, read.type) == ("127.0.0.1", 7882, "host"), "candidate_from_sdp")


def check_codecs() -> None:
    """`aiortc.codecs.CODECS` lists what can be negotiated."""
    _needs("opus" in known_codecs("audio") and "vp8" in known_codecs("video"), "CODECS")


CHECKS: Final[tuple[Callable[[], None], ...]] = (
    check_audio_tap,
    check_sender_reports,
    check_video_bound,
    check_newest_frame,
    check_audio_level,
    check_video_encoder,
    check_ssrc_routing,
    check_statistics,
    check_gathering,
    check_closing,
    check_key_frames,
    check_connecting,
    check_sockets,
    check_candidates,
    check_codecs,
)
