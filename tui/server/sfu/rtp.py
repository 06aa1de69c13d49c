"""What the embedded server puts into the headers of the RTP packets it sends."""

from __future__ import annotations

import struct
from typing import NamedTuple

ABS_SEND_TIME_ID = 3
AUDIO_LEVEL_ID = 2
"""Extension ids of everything the server sends, as its offers say."""
OPUS_PAYLOAD_TYPE = 111
"""Payload type of sound to subscribers, also inside redundant packets."""

_ONE_BYTE_PROFILE = 0xBEDE
_OUT_PLAIN = struct.Struct("!HHI")
_OUT_LEVEL = struct.Struct("!HHIBBBB")


class ExtensionIds(NamedTuple):
    """How a client numbers what its offer has; 0: not at all."""

    sent_at: int
    level: int


def outgoing_extension(now: float, audio_level: int = -1) -> bytes:
    """The extension block of a forwarded packet.

    Args:
        now: Monotonic seconds, for abs-send-time (6.18 fixed point, 24 bits).
        audio_level: The RFC 6464 byte (voice bit and -dBov) or -1 for none.
    """
    sent = (ABS_SEND_TIME_ID << 4 | 2) << 24 | int((now % 64) * 262144) & 0xFFFFFF
    if audio_level < 0:
        return _OUT_PLAIN.pack(_ONE_BYTE_PROFILE, 1, sent)
    return _OUT_LEVEL.pack(
        _ONE_BYTE_PROFILE, 2, sent, AUDIO_LEVEL_ID << 4, audio_level & 0xFF, 0, 0
    )


def renumbered(block: bytes, ids: ExtensionIds) -> bytes:
    """A block of `outgoing_extension` with these ids in place of ours."""
    parts = b""
    if ids.sent_at:
        parts = bytes((ids.sent_at << 4 | 2,)) + block[5:8]
    if ids.level and len(block) > 8:
        parts += bytes((ids.level << 4, block[9], 0, 0))
    return struct.pack("!HH", _ONE_BYTE_PROFILE, len(parts) // 4) + parts
