"""The private names of aiortc and aioice that the client uses are still there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.clock import current_ntp_time
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.exceptions import InvalidStateError
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from tests.transport.rtc import aiortc_checks
from tui.transport.rtc import aiortc_private, sender_private, vp8_encoder
from tui.transport.rtc.described import ABS_SEND_TIME
from tui.transport.rtc.pacer import Pacer
from tui.transport.rtc.red_codec import RedTypes, offering_red


@pytest.mark.parametrize("check", aiortc_checks.CHECKS, ids=lambda check: check.__name__)
def test_what_we_use_is_there(check: Callable[[], None]) -> None:
    check()


def test_every_check_is_asked() -> None:
    defined = {name for name in vars(aiortc_checks) if name.startswith("check_")}
    assert defined == {check.__name__ for check in aiortc_checks.CHECKS}


def test_a_missing_name_is_said_clearly() -> None:
    with pytest.raises(aiortc_private.Changed, match=r"SimpleNamespace\._rtp_router is gone"):
        aiortc_private.route_ssrcs(SimpleNamespace(transport=SimpleNamespace()), [1])


async def agreed(answering: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """Codecs of a sender that offered RED and of the one that answers, first choice first."""
    sending, receiving = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    try:
        sending.addTransceiver("audio", direction="sendonly")
        offer = offering_red(await sending.createOffer())
        await sending.setLocalDescription(offer)
        await receiving.setRemoteDescription(sending.localDescription)
        assert aiortc_private.accept_red(receiving) == {"0": RedTypes(63, 111)}
        await receiving.setLocalDescription(await receiving.createAnswer())
        sdp = answering(receiving.localDescription.sdp)
        await sending.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        aiortc_private.accept_red(sending)
        both = [pc.getTransceivers()[0]._codecs for pc in (sending, receiving)]
        return [one.name for one in both[0]], [one.name for one in both[1]]
    finally:
        await sending.close()
        await receiving.close()


async def test_red_is_agreed_on_by_these_connections_alone() -> None:
    sent, received = await agreed(lambda sdp: sdp)
    assert sent[:2] == ["red", "opus"]
    assert received[:2] == ["red", "opus"]
    plain = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    plain.addTransceiver("audio")
    assert "red/" not in (await plain.createOffer()).sdp
    await plain.close()


@pytest.mark.parametrize(
    "answering",
    [
        lambda sdp: sdp.replace("red/48000/2", "unknown/48000/2"),
        lambda sdp: sdp.replace("fmtp:63 111/111", "fmtp:63 111/96"),
        lambda sdp: sdp.replace("a=fmtp:63 111/111\r\n", ""),
    ],
    ids=["not answered", "of another codec", "of nobody knows what"],
)
async def test_without_agreement_opus_is_sent_alone(answering: Callable[[str], str]) -> None:
    sent, _ = await agreed(answering)
    assert "red" not in sent
    assert sent[0] == "opus"


async def test_the_hooks_fit_a_real_receiver() -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    receiver: RTCRtpReceiver = pc.addTransceiver("audio").receiver
    aiortc_private.tap_audio(receiver, lambda *_packet: None)
    aiortc_private.route_ssrcs(receiver, [42])
    assert aiortc_private.receiver_streams(receiver) == {}
    video = pc.addTransceiver("video")
    aiortc_private.check_pictures(
        video.receiver, lambda _width, _height: None, lambda data: data, lambda _picture: False
    )
    aiortc_private.end_decoder_apart(video.receiver)
    encoder = vp8_encoder.CeiledVp8Encoder()
    encoder.ceiling_bits_per_s = 150_000
    sender_private.use_video_encoder(video.sender, encoder)
    encoder.target_bitrate = 1_500_000  # as aiortc does when the receiver says so
    assert encoder.target_bitrate == 150_000
    sender_private.pace_packets(video.sender, Pacer(lambda: 1.0, lambda: 1.0))
    await pc.close()


async def test_a_packet_that_waited_has_the_time_it_left_at() -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sender = pc.addTransceiver("video").sender
    sent: list[bytes] = []

    async def send_rtp(data: bytes) -> None:
        sent.append(data)

    sender_private.pace_packets(sender, Pacer(lambda: 400_000.0, lambda: 40_000.0))
    sender.setTransport(SimpleNamespace(_send_rtp=send_rtp))  # type: ignore[arg-type]
    ids = HeaderExtensionsMap()
    ids._HeaderExtensionsMap__ids.abs_send_time = 3  # type: ignore[attr-defined]
    sender._RTCRtpSender__rtp_header_extensions_map.configure(  # type: ignore[attr-defined]
        RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(3, ABS_SEND_TIME)])
    )
    packet = RtpPacket(payload_type=96, ssrc=sender._ssrc, payload=bytes(1000))
    packet.extensions.abs_send_time = current_ntp_time() >> 14 & 0xFFFFFF
    for number in (7, 8, 9):
        packet.sequence_number = number
        await sender.transport._send_rtp(packet.serialize(ids))
    packet.ssrc = sender._rtx_ssrc
    for _ in range(9):
        await sender.transport._send_rtp(packet.serialize(ids))
    await pc.close()
    read = [RtpPacket.parse(data, ids) for data in sent]
    new = [one for one in read if one.ssrc == sender._ssrc]
    stamps = [one.extensions.abs_send_time for one in new]
    first, second, third = (stamp for stamp in stamps if stamp is not None)
    assert (second - first) % (1 << 24) / (1 << 18) > 0.015
    assert (third - second) % (1 << 24) / (1 << 18) > 0.015
    assert [one.payload for one in new] == [packet.payload] * 3
    assert len(read) - len(new) <= 2  # 40 kbit/s may be sent again


def test_less_is_sent_at_once_and_more_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr(vp8_encoder.time, "monotonic", lambda: now_s)
    encoder = vp8_encoder.CeiledVp8Encoder()
    encoder.ceiling_bits_per_s = encoder.full_bits_per_s = 900_000
    encoder.target_bitrate = 2_000_000
    assert encoder.target_bitrate == 900_000
    encoder.target_bitrate = 300_000
    assert encoder.target_bitrate == 300_000
    encoder.target_bitrate = 310_000  # not worth a key picture
    assert encoder.target_bitrate == 300_000
    encoder.target_bitrate = 600_000
    assert encoder.target_bitrate == 300_000
    now_s += 2  # much more, soon: it is worth the key picture
    assert encoder.target_bitrate == 600_000
    encoder.target_bitrate = 720_000
    now_s += 2
    assert encoder.target_bitrate == 600_000
    now_s += 4
    assert encoder.target_bitrate == 720_000
    encoder.target_bitrate = 2_000_000  # the line is not narrow any more
    now_s += 2
    assert encoder.target_bitrate == 900_000


def test_on_a_narrow_line_a_picture_is_a_train_that_shows_how_wide_it_is() -> None:
    encoder = vp8_encoder.CeiledVp8Encoder()
    encoder.ceiling_bits_per_s = encoder.full_bits_per_s = 700_000
    encoder.target_bitrate = 3_000_000
    assert encoder.target_bitrate == 700_000
    assert len(encoder._packetize(bytes(2600), 1)) == 3
    assert encoder.pace_bits_per_s == 2.5 * 700_000
    encoder.target_bitrate = 300_000
    assert encoder.target_bitrate == 300_000
    pieces = encoder._packetize(bytes(2500), 1)
    assert len(pieces) == 4
    assert encoder.pace_bits_per_s == pytest.approx(1.3 * 700_000)
    data = bytes(range(256)) * 44
    pieces = encoder._packetize(data, 1)  # a key picture: slowly, in large packets
    assert encoder.pace_bits_per_s == pytest.approx(1.3 * 300_000)
    assert max(len(piece) for piece in pieces) <= 1300
    read = [VpxPayloadDescriptor.parse(piece) for piece in pieces]
    assert b"".join(rest for _, rest in read) == data
    assert [descriptor.partition_start for descriptor, _ in read] == [1] + [0] * (len(read) - 1)
    assert len(encoder._packetize(bytes(200), 1)) == 1


@pytest.mark.parametrize("failure", [ConnectionError("not connected"), InvalidStateError("closed")])
async def test_connecting_fails_unheard_only_once_closed(failure: Exception) -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    async def connect() -> None:
        raise failure

    name = "_RTCPeerConnection__connect"
    setattr(pc, name, connect)
    aiortc_private.connect_quietly_once_closed(pc)
    with pytest.raises(type(failure)):
        await getattr(pc, name)()
    await pc.close()
    await getattr(pc, name)()
    assert pc.connectionState == "closed"


async def test_a_busy_decoder_holds_up_neither_the_loop_nor_the_end() -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    receiver: RTCRtpReceiver = pc.addTransceiver("video").receiver
    aiortc_private.end_decoder_apart(receiver)
    queue = receiver._RTCRtpReceiver__decoder_queue
    decoded = threading.Event()
    thread = threading.Thread(target=decoded.wait)
    receiver._RTCRtpReceiver__decoder_thread = thread
    thread.start()
    for number in range(30):
        queue.put(number)
    receiver._handle_disconnect()  # returns although the thread goes on
    assert not await aiortc_private.decoders_ended([receiver], within_s=0.01)
    assert queue.get_nowait() is None  # the pictures that waited are dropped
    decoded.set()
    assert await aiortc_private.decoders_ended([receiver], within_s=10)
    await pc.close()
