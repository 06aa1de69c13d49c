"""RTP packets as byte offsets (RFC 3550 5.1, RFC 8285): parsing without copying the payload."""

from __future__ import annotations

import struct

RTP_HEADER = struct.Struct("!BBHII")
"""First byte, marker and payload type, sequence number, timestamp, SSRC."""

EXTENSION_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
EXTENSION_RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
EXTENSION_REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
EXTENSION_AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
EXTENSION_ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

_ONE_BYTE_PROFILE = 0xBEDE
_TWO_BYTE_PROFILE = 0x1000


class RtpError(ValueError):
    """Not a well-formed RTP packet."""


RtpFields = tuple[int, int, int, int, int, int, int]
"""Marker and payload type byte, sequence, timestamp, SSRC, then where the extension starts (0 =
none), where the payload starts, where it ends."""


def parse_rtp(packet: bytes) -> RtpFields:
    """Split `packet`. A tuple, not an object: this runs for every packet.

    Raises:
        RtpError: Wrong version, or lengths that do not fit in the packet.
    """
    size = len(packet)
    if size < 12:
        raise RtpError(f"{size} bytes, an RTP packet has at least 12")
    first, second, sequence, timestamp, ssrc = RTP_HEADER.unpack_from(packet)
    if first >> 6 != 2:
        raise RtpError(f"version {first >> 6}, expected 2")
    start = 12 + 4 * (first & 15)
    extension = 0
    if first & 0x10:
        extension = start
        if start + 4 > size:
            raise RtpError("extension header does not fit")
        start += 4 + 4 * (packet[start + 2] << 8 | packet[start + 3])
    end = size
    if first & 0x20:
        end -= packet[-1]
        if not packet[-1]:
            raise RtpError("padding of length 0")
    if start > end:
        raise RtpError("header, extension and padding are longer than the packet")
    return second, sequence, timestamp, ssrc, extension, start, end


def header_extensions(packet: bytes, start: int, end: int) -> dict[int, bytes]:
    """Extension id -> value.

    Args:
        packet: A packet `parse_rtp` accepted.
        start: Where its extension starts.
        end: Where its payload starts.

    Returns:
        What is there; broken or unknown contents end the walk, as RFC 8285 4.2 wants.
    """
    found: dict[int, bytes] = {}
    profile = packet[start] << 8 | packet[start + 1]
    at = start + 4
    if profile == _ONE_BYTE_PROFILE:
        while at < end:
            head = packet[at]
            if head == 0:
                at += 1
                continue
            if head >> 4 == 15:
                break
            after = at + 2 + (head & 15)
            if after > end:
                break
            found[head >> 4] = packet[at + 1 : after]
            at = after
    elif profile & 0xFFF0 == _TWO_BYTE_PROFILE:
        while at + 1 < end:
            if packet[at] == 0:
                at += 1
                continue
            after = at + 2 + packet[at + 1]
            if after > end:
                break
            found[packet[at]] = packet[at + 2 : after]
            at = after
    return found


def restamped(packet: bytes, identifier: int, stamp: int) -> bytes:
    """`packet` with another abs-send-time.

    Args:
        packet: Of RTP, well formed.
        identifier: Of the extension, as negotiated; 0: it is not.
        stamp: 24 bits, 18 of them of a second.

    Returns:
        The packet as it is, if it has no such extension among those of one byte (RFC 8285 4.2).
    """
    extension, start = parse_rtp(packet)[4:6]
    if not identifier or not extension or packet[extension : extension + 2] != b"\xbe\xde":
        return packet
    at = extension + 4
    while at < start:
        head = packet[at]
        if head == identifier << 4 | 2 and at + 4 <= start:
            return packet[: at + 1] + stamp.to_bytes(3) + packet[at + 4 :]
        at += 2 + (head & 15) if head else 1
    return packet
