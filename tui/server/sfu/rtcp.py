"""RTCP as the forwarding unit needs it (RFC 3550 6, RFC 4585, RFC 5104, REMB draft)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

SENDER_REPORT = 200
RECEIVER_REPORT = 201
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206

FEEDBACK_NACK = 1
FEEDBACK_PLI = 1
FEEDBACK_FIR = 4
FEEDBACK_APPLICATION = 15

_OWN_SSRC = 1
_NACK_ITEM = struct.Struct("!HH")


class RtcpError(ValueError):
    """Not a well-formed RTCP packet."""


def split_compound(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The packets of a compound: packet type, count or format, the whole packet.

    Raises:
        RtcpError: Wrong version, or a length that does not fit.
    """
    at = 0
    while at < len(datagram):
        if at + 8 > len(datagram):
            raise RtcpError("less than 8 bytes left")
        first, kind, words = struct.unpack_from("!BBH", datagram, at)
        if first >> 6 != 2:
            raise RtcpError(f"version {first >> 6}, expected 2")
        end = at + 4 + 4 * words
        if end > len(datagram):
            raise RtcpError(f"packet type {kind} says {words} words, fewer came")
        yield kind, first & 31, datagram[at:end]
        at = end


def parse_sender_report(packet: bytes) -> tuple[int, int, int]:
    """SSRC, NTP timestamp (64 bits), RTP timestamp.

    Raises:
        RtcpError: Too short.
    """
    if len(packet) < 28:
        raise RtcpError(f"sender report of {len(packet)} bytes")
    ssrc, ntp, rtp = struct.unpack_from("!IQI", packet, 4)
    return ssrc, ntp, rtp


def parse_report_blocks(kind: int, count: int, packet: bytes) -> Iterator[tuple[int, float]]:
    """SSRC and fraction lost (0..1) of each report block of an SR or RR.

    Raises:
        RtcpError: Fewer blocks than the count says.
    """
    at = 28 if kind == SENDER_REPORT else 8
    if at + 24 * count > len(packet):
        raise RtcpError(f"{count} report blocks do not fit")
    for _ in range(count):
        ssrc, lost = struct.unpack_from("!IB", packet, at)
        yield ssrc, lost / 256
        at += 24


def parse_nack(packet: bytes) -> tuple[int, list[int]]:
    """Media SSRC and the sequence numbers asked for (RFC 4585 6.2.1).

    Raises:
        RtcpError: Too short.
    """
    media_ssrc = _media_ssrc(packet)
    sequences: list[int] = []
    for at in range(12, len(packet) - 3, 4):
        base, mask = _NACK_ITEM.unpack_from(packet, at)
        sequences.append(base)
        if mask:
            sequences += [(base + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1]
    return media_ssrc, sequences


def parse_key_frame_request(format_: int, packet: bytes) -> list[int]:
    """SSRCs a PLI (RFC 4585 6.3.1) or FIR (RFC 5104 4.3.1) asks a key frame of; else none.

    Raises:
        RtcpError: Too short.
    """
    media_ssrc = _media_ssrc(packet)
    if format_ == FEEDBACK_PLI:
        return [media_ssrc]
    if format_ == FEEDBACK_FIR:
        return [struct.unpack_from("!I", packet, at)[0] for at in range(12, len(packet) - 7, 8)]
    return []


def parse_remb(packet: bytes) -> tuple[int, tuple[int, ...]] | None:
    """Bits a second and the SSRCs they are for; None when it is other feedback (REMB draft 2.2).

    Raises:
        RtcpError: Fewer SSRCs than it says.
    """
    if packet[12:16] != b"REMB":
        return None
    if len(packet) < 20 or len(packet) < 20 + 4 * packet[16]:
        raise RtcpError(f"REMB of {len(packet)} bytes")
    exponent, mantissa = packet[17] >> 2, (packet[17] & 3) << 16 | packet[18] << 8 | packet[19]
    ssrcs: tuple[int, ...] = struct.unpack_from(f"!{packet[16]}I", packet, 20)
    return mantissa << exponent, ssrcs


def pli(media_ssrc: int) -> bytes:
    """Picture loss indication for `media_ssrc`."""
    return struct.pack("!BBHII", 0x80 | FEEDBACK_PLI, PAYLOAD_FEEDBACK, 2, _OWN_SSRC, media_ssrc)


def nack(media_ssrc: int, sequences: Sequence[int]) -> bytes:
    """Generic NACK for `sequences`, which must ascend (modulo 2^16)."""
    items: list[bytes] = []
    index = 0
    while index < len(sequences):
        base, mask = sequences[index], 0
        index += 1
        while index < len(sequences) and 0 < (sequences[index] - base) & 0xFFFF <= 16:
            mask |= 1 << (((sequences[index] - base) & 0xFFFF) - 1)
            index += 1
        items.append(_NACK_ITEM.pack(base, mask))
    head = struct.pack(
        "!BBHII", 0x80 | FEEDBACK_NACK, TRANSPORT_FEEDBACK, 2 + len(items), _OWN_SSRC, media_ssrc
    )
    return head + b"".join(items)


def remb(bits_per_second: int, ssrcs: Sequence[int]) -> bytes:
    """Receiver estimated maximum bitrate for at most 255 `ssrcs`."""
    exponent, mantissa = 0, bits_per_second
    while mantissa > 0x3FFFF:
        mantissa, exponent = mantissa >> 1, exponent + 1
    named = ssrcs[:255]
    body = b"REMB" + struct.pack(
        "!BBH", len(named), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF
    )
    body += struct.pack(f"!{len(named)}I", *named)
    head = (0x80 | FEEDBACK_APPLICATION, PAYLOAD_FEEDBACK, 2 + len(body) // 4, _OWN_SSRC, 0)
    return struct.pack("!BBHII", *head) + body


def receiver_report(blocks: Sequence[bytes]) -> bytes:
    """An RR of at most 31 24-byte report blocks."""
    body = b"".join(blocks)
    return (
        struct.pack("!BBHI", 0x80 | len(blocks), RECEIVER_REPORT, 1 + len(body) // 4, _OWN_SSRC)
        + body
    )


def sender_report(ssrc: int, ntp: int, rtp: int, packets: int, octets: int) -> bytes:
    """An SR without report blocks."""
    return struct.pack(
        "!BBHIQIII",
        0x80,
        SENDER_REPORT,
        6,
        ssrc,
        ntp,
        rtp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )


def _media_ssrc(packet: bytes) -> int:
    if len(packet) < 12:
        raise RtcpError(f"feedback of {len(packet)} bytes")
    ssrc: int = struct.unpack_from("!I", packet, 8)[0]
    return ssrc
