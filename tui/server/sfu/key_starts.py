"""Where a stream can be begun: the first packet of a key frame, told by its payload.

VP8 is told in `vp8`, whose descriptor is read for every packet. Of VP9 and AV1 all spatial layers
are forwarded, so that a picture begins with the lowest.
"""

from __future__ import annotations

from tui.wire import av1
from tui.wire.vp9 import Vp9Error, parse_vp9


def begins_key(codec: str, payload: bytes) -> bool:
    """Whether a key frame of `codec` begins with `payload`; False for what is none."""
    if codec == "H264":
        return h264_starts_key_frame(payload)
    if codec == "AV1":
        return av1.begins_key(payload)
    try:
        return codec == "VP9" and parse_vp9(payload).begins_key
    except Vp9Error:
        return False


def h264_starts_key_frame(payload: bytes) -> bool:
    """Whether an H.264 payload (RFC 6184) carries an IDR slice or the SPS before one."""
    kind = payload[0] & 31 if payload else 0
    if kind == 28 and len(payload) > 1:  # FU-A: only its first fragment counts
        return bool(payload[1] & 0x80) and payload[1] & 31 in (5, 7)
    if kind == 24 and len(payload) > 3:  # STAP-A
        return payload[3] & 31 in (5, 7)
    return kind in (5, 7)
