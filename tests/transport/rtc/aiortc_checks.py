"""What `aiortc_private` and `ortc_private` need of the installed aiortc and aioice."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Final

from aioice.ice import Connection, StunProtocol
from aiortc import (
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSctpTransport,
    rtcrtpreceiver,
)
from aiortc.codecs import depayload
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator
from aiortc.rtcdtlstransport import RTCDtlsTransport, RtpRouter
from aiortc.rtcicetransport import RTCIceGatherer, RTCIceTransport
from aiortc.rtcrtpreceiver import RemoteStreamTrack, StreamStatistics
from aiortc.rtcrtpsender import RTCEncodedFrame
from aiortc.rtp import HeaderExtensionsMap, RtcpSenderInfo
from aiortc.sdp import SessionDescription

from tui.transport.rtc.aiortc_private import Changed, parse_candidate
from tui.transport.rtc.picture_codecs import known_codecs


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


def check_direct_voices() -> None:
    """A receiver's SRTP session, its numbers of header extensions, and its sockets' protocols."""
    source = inspect.getsource(RTCDtlsTransport)
    _needs("data = self._rx_srtp.unprotect(data)" in source, "RTCDtlsTransport._rx_srtp")
    _needs(
        "RtpPacket.parse(data, self._rtp_header_extensions_map)" in source,
        "RTCDtlsTransport._rtp_header_extensions_map",
    )
    ids = getattr(HeaderExtensionsMap(), "_HeaderExtensionsMap__ids", None)
    _needs(hasattr(ids, "audio_level"), "HeaderExtensionsMap.__ids")
    _needs(
        [*inspect.signature(StunProtocol.datagram_received).parameters] == ["self", "data", "addr"],
        "aioice StunProtocol.datagram_received",
    )
    read = set(re.findall(r"packet\.(\w+)", inspect.getsource(StreamStatistics.add)))
    _needs(read == {"sequence_number", "timestamp"}, "what StreamStatistics reads of a packet")


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
    """`RTCRtpReceiver` has a queue to its decoder, an error flag, a thread, one way to end it."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs("self.__decoder_queue: queue.Queue" in source, "RTCRtpReceiver.__decoder_queue")
    _needs("self.__decoder_error.is_set()" in source, "RTCRtpReceiver.__decoder_error")
    _needs("self.__decoder_thread = threading.Thread(" in source, "RTCRtpReceiver.__decoder_thread")
    _needs(source.count("self.__stop_decoder()") == 3, "RTCRtpReceiver.__stop_decoder")
    _needs("self.__decoder_thread.join()" in source, "how RTCRtpReceiver ends its decoder")


def check_repeat_requests() -> None:
    """`RTCRtpReceiver.__nack_generator` is asked with each packet, then for what is missing."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs(
        "self.__nack_generator.add(packet)" in source
        and "sorted(self.__nack_generator.missing)" in source
        and source.count("self.__nack_generator") == 5,
        "how RTCRtpReceiver asks for packets again",
    )


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


def check_pace() -> None:
    """A sender awaits `transport._send_rtp` for each packet, one after another."""
    source = inspect.getsource(RTCRtpSender)
    _needs("self.__transport = transport" in source, "RTCRtpSender.__transport")
    _needs(
        source.count("await self.transport._send_rtp(packet_bytes)") == 2,
        "how RTCRtpSender sends packets, new ones and again",
    )
    _needs("packet.serialize(self.__rtp_header_extensions_map)" in source, "their extensions")
    _needs("self._rtx_ssrc = random32()" in source, "RTCRtpSender._rtx_ssrc")


def check_estimate() -> None:
    """A receiver asks its `__remote_bitrate_estimator` to `add` each packet; its parts."""
    source = inspect.getsource(RTCRtpReceiver)
    _needs(
        "remb = self.__remote_bitrate_estimator.add(" in source,
        "how RTCRtpReceiver uses its RemoteBitrateEstimator",
    )
    for name in ("abs_send_time", "arrival_time_ms", "payload_size", "ssrc"):
        _needs(f"{name}=" in source, f"RemoteBitrateEstimator.add({name})")
    estimator = RemoteBitrateEstimator()
    estimator.rate_control.set_estimate(1000, 0)
    _needs(estimator.rate_control.current_bitrate_initialized, "AimdRateControl.set_estimate")
    _needs(estimator.rate_control.current_bitrate == 1000, "AimdRateControl.current_bitrate")
    _needs(estimator.detector.state() is BandwidthUsage.NORMAL, "OveruseDetector.state()")


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
    for name in ("rtx_ssrc", "active_ssrc", "lsr", "lsr_time"):
        _needs(f"self.__{name}: dict[int, " in source, f"RTCRtpReceiver.__{name}")
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


def check_received() -> None:
    """Whatever is not STUN goes through `Connection.data_received(data, component)`."""
    _needs(
        "self.receiver.data_received(data, self.local_candidate.component)"
        in inspect.getsource(StunProtocol),
        "how aioice hands on what it receives",
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


def check_red() -> None:
    """`RTCRtpTransceiver._codecs` says what is sent (the first) and received, by payload type."""
    source = inspect.getsource(RTCPeerConnection)
    _needs(source.count("codecs=transceiver._codecs") == 2, "RTCRtpTransceiver._codecs")
    _needs("transceiver._codecs = common" in source, "when RTCRtpTransceiver._codecs is set")
    _needs(
        "self._run_rtp(parameters.codecs[0])" in inspect.getsource(RTCRtpSender),
        "which codec RTCRtpSender takes",
    )
    _needs(
        "self.__codecs[codec.payloadType] = codec" in inspect.getsource(RTCRtpReceiver),
        "how RTCRtpReceiver knows its codecs",
    )
    read = SessionDescription.parse(
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 63\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"
    )
    (codec,) = read.media[0].rtp.codecs
    _needs(codec.parameters == {"111/111": None}, "how aiortc.sdp reads the parameters of RED")


def check_connection_without_descriptions() -> None:
    """ICE and DTLS roles, the router, a receiver's track and signature, a sender's SSRCs."""
    dtls = inspect.getsource(RTCDtlsTransport)
    _needs("self._rtp_router.route_rtp(packet)" in dtls, "how RTCDtlsTransport routes RTP")
    _needs("def _set_role(self, role: str)" in dtls, "RTCDtlsTransport._set_role(role)")
    _needs("ice_controlling=False" in inspect.getsource(RTCIceGatherer), "RTCIceGatherer")
    receiver = inspect.getsource(RTCRtpReceiver)
    _needs("self._track: Optional[RemoteStreamTrack] = None" in receiver, "RTCRtpReceiver._track")
    _needs("if self.__remote_bitrate_estimator is not None" in receiver, "RTCRtpReceiver's REMB")
    _needs("def _set_rtcp_ssrc(self, ssrc: int)" in receiver, "RTCRtpReceiver._set_rtcp_ssrc")
    _needs("async def _send_rtcp_pli(self, media_ssrc: int)" in receiver, "_send_rtcp_pli")
    sender = inspect.getsource(RTCRtpSender)
    _needs("self._ssrc = random32()" in sender, "RTCRtpSender._ssrc")
    _needs("self._rtx_ssrc = random32()" in sender, "RTCRtpSender._rtx_ssrc")
    sctp = inspect.getsource(RTCSctpTransport)
    _needs("async def _handle_data(self, data: bytes)" in sctp, "RTCSctpTransport._handle_data")
    _needs("async def _send_chunk(self, chunk: Chunk)" in sctp, "RTCSctpTransport._send_chunk")


def check_picture_codecs() -> None:
    """`get_decoder(codec)` makes a decoder in the thread, `depayload` leaves VP9 and AV1 alone."""
    source = inspect.getsource(rtcrtpreceiver)
    _needs("decoder = get_decoder(codec)" in source, "how aiortc makes decoders")
    _needs("self.__codecs: dict[int, RTCRtpCodecParameters] = {}" in source, "its codecs")
    foreign = RTCRtpCodecParameters("video/VP9", 90_000)
    _needs(depayload(foreign, b"\x08x") == b"\x08x", "aiortc.codecs.depayload")
    source = inspect.getsource(RTCPeerConnection.setRemoteDescription)
    _needs("find_common_codecs(CODECS[media.kind]" in source, "how aiortc agrees on codecs")


CHECKS: Final[tuple[Callable[[], None], ...]] = (
    check_audio_tap,
    check_direct_voices,
    check_sender_reports,
    check_video_bound,
    check_repeat_requests,
    check_newest_frame,
    check_audio_level,
    check_pace,
    check_estimate,
    check_video_encoder,
    check_ssrc_routing,
    check_statistics,
    check_gathering,
    check_received,
    check_closing,
    check_key_frames,
    check_connecting,
    check_sockets,
    check_candidates,
    check_codecs,
    check_red,
    check_picture_codecs,
    check_connection_without_descriptions,
)
