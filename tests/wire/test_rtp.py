"""RTP packets taken apart, against another implementation."""

from __future__ import annotations

import struct

from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.rtp import RtpError, header_extensions, parse_rtp, restamped


def test_an_rtp_packet_is_split_as_another_implementation_does() -> None:
    packet = RtpPacket(payload_type=96, marker=1, sequence_number=7, timestamp=9, ssrc=11)
    packet.csrc = [1, 2]
    packet.payload = b"payload"
    packet.padding_size = 4
    packet.extensions.mid = "3"
    packet.extensions.audio_level = (True, 20)
    ids = HeaderExtensionsMap()
    ids._HeaderExtensionsMap__ids.mid = 1  # type: ignore[attr-defined]
    ids._HeaderExtensionsMap__ids.audio_level = 2  # type: ignore[attr-defined]
    raw = packet.serialize(ids)
    second, sequence, timestamp, ssrc, extension, start, end = parse_rtp(raw)
    assert (second, sequence, timestamp, ssrc) == (0x80 | 96, 7, 9, 11)
    assert raw[start:end] == b"payload"
    assert header_extensions(raw, extension, start) == {1: b"3", 2: bytes([0x80 | 20])}


def test_a_packet_gets_another_time_and_nothing_else() -> None:
    ids = HeaderExtensionsMap()
    ids._HeaderExtensionsMap__ids.mid = 1  # type: ignore[attr-defined]
    ids._HeaderExtensionsMap__ids.abs_send_time = 5  # type: ignore[attr-defined]
    packet = RtpPacket(payload_type=96, sequence_number=7, payload=b"payload")
    packet.extensions.mid = "12"
    assert restamped(packet.serialize(ids), 5, 9) == packet.serialize(ids)
    packet.extensions.abs_send_time = 0x123456
    before = packet.serialize(ids)
    packet.extensions.abs_send_time = 0x654321
    assert restamped(before, 5, 0x654321) == packet.serialize(ids)
    assert restamped(before, 0, 0x654321) == restamped(before, 4, 0x654321) == before
    plain = RtpPacket(payload_type=96, sequence_number=7, payload=b"payload").serialize()
    assert restamped(plain, 5, 9) == plain


def test_two_byte_extensions_are_read() -> None:
    block = struct.pack("!HH", 0x1000, 2) + b"\x01\x03mid\x00\x05\x00"
    raw = struct.pack("!BBHII", 0x90, 96, 1, 2, 3) + block + b"x"
    *_, extension, start, _ = parse_rtp(raw)
    assert header_extensions(raw, extension, start) == {1: b"mid", 5: b""}


@given(st.binary(max_size=120), st.integers(0, 255))
def test_rtp_fuzz(garbage: bytes, first: int) -> None:
    for packet in (garbage, bytes([0x80 | first & 0x3F]) + garbage):
        try:
            *_, extension, start, end = parse_rtp(packet)
        except RtpError:
            continue
        assert 12 <= start <= end <= len(packet)
        if extension:
            for value in header_extensions(packet, extension, start).values():
                assert value in packet
