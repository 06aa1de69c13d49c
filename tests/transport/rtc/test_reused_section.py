"""A media section that carries one stream after another, as LiveKit re-uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiortc import (
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCRtpReceiver,
)
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack
from aiortc.rtp import RtpPacket

from tui.transport.rtc import aiortc_private

VP8, REPEATS = 96, 97
MOST_REPORTS = 31
"""The count of a receiver report has five bits (RFC 3550 6.4.2)."""


@pytest.fixture
async def receiver() -> AsyncIterator[RTCRtpReceiver]:
    path = RTCDtlsTransport(
        RTCIceTransport(RTCIceGatherer(iceServers=[])), [RTCCertificate.generateCertificate()]
    )
    receiver = RTCRtpReceiver("video", path)
    receiver._track = RemoteStreamTrack(kind="video")
    codecs = [
        RTCRtpCodecParameters("video/VP8", 90_000, payloadType=VP8),
        RTCRtpCodecParameters("video/rtx", 90_000, payloadType=REPEATS, parameters={"apt": VP8}),
    ]
    await receiver.receive(RTCRtpReceiveParameters(codecs=codecs))
    yield receiver
    await receiver.stop()


async def take(receiver: RTCRtpReceiver, packet: RtpPacket) -> None:
    whose = receiver.transport._rtp_router.route_rtp(packet)
    assert whose is receiver
    await receiver._handle_rtp_packet(packet, 0)


def media(ssrc: int, number: int) -> RtpPacket:
    packet = RtpPacket(payload_type=VP8, sequence_number=number, timestamp=90 * number, ssrc=ssrc)
    packet.payload = b"\x10\x00\x00"
    return packet


def repeat(ssrc: int, number: int, at: int) -> RtpPacket:
    """Of the media's packet `number`, with the number before its payload (RFC 4588 4)."""
    packet = RtpPacket(payload_type=REPEATS, sequence_number=at, timestamp=90 * number, ssrc=ssrc)
    packet.payload = number.to_bytes(2) + b"\x10\x00\x00"
    return packet


async def test_only_the_streams_it_carries_are_reported(receiver: RTCRtpReceiver) -> None:
    for turn in range(1, 100):
        ssrcs = (1000 * turn, 1000 * turn + 1)
        aiortc_private.route_ssrcs(receiver, ssrcs)
        await take(receiver, media(ssrcs[0], 1))
        await take(receiver, repeat(ssrcs[1], 2, 1))
    assert set(aiortc_private.receiver_statistics(receiver)) == set(ssrcs)
    assert set(receiver.transport._rtp_router.ssrc_table) == set(ssrcs)
    kept = [value for value in vars(receiver).values() if isinstance(value, dict)]
    assert max(len(one) for one in kept) <= MOST_REPORTS


async def test_repeats_of_a_later_stream_are_taken(receiver: RTCRtpReceiver) -> None:
    came: list[Any] = []

    class Taking:
        def add(self, packet: RtpPacket) -> tuple[bool, None]:
            came.append((packet.ssrc, packet.sequence_number))
            return False, None

    receiver._RTCRtpReceiver__jitter_buffer = Taking()
    for ssrc in (1000, 2000):
        aiortc_private.route_ssrcs(receiver, (ssrc, ssrc + 1))
        await take(receiver, media(ssrc, 1))
        await take(receiver, media(ssrc, 3))
        await take(receiver, repeat(ssrc + 1, 2, 1))
    assert came == [(ssrc, number) for ssrc in (1000, 2000) for number in (1, 3, 2)]


async def test_who_names_no_stream_keeps_what_comes(receiver: RTCRtpReceiver) -> None:
    aiortc_private.route_ssrcs(receiver, (1000,))
    await take(receiver, media(1000, 1))
    aiortc_private.route_ssrcs(receiver, ())
    await take(receiver, media(1000, 2))
    assert aiortc_private.receiver_streams(receiver)[1000][0] == 2
