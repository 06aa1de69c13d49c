"""Redundant sound (RFC 2198) in session descriptions, for aiortc, which knows no such codec.

How such packets are made is in `tui.wire.red`. A payload type of RED is worth nothing without that
of the Opus packets in it, and both are numbers of one media section.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiortc import RTCRtpCodecParameters, RTCSessionDescription
from aiortc.sdp import SessionDescription

from tui.domain.frozen import dataclass
from tui.domain.media import SAMPLE_RATE_HZ

_OPUS: Final = "audio/opus"
_RED: Final = "audio/red"


@dataclass(frozen=True, slots=True)
class RedTypes:
    """Payload types of one media section: redundant packets, and the Opus packets in them."""

    red: int
    opus: int


class RedCodec(RTCRtpCodecParameters):
    """RED as aiortc hands it to senders and receivers; its table of codecs has no such entry."""

    def __init__(self, types: RedTypes) -> None:
        super().__init__(
            mimeType=_RED,
            clockRate=SAMPLE_RATE_HZ,
            channels=2,
            payloadType=types.red,
            parameters={f"{types.opus}/{types.opus}": None},
        )
        self.types = types


OFFERED_RED: Final = RedTypes(63, 111)
"""As libwebrtc numbers them; livekit-server takes that for granted where it makes RED itself."""


def offering_red(offer: RTCSessionDescription) -> RTCSessionDescription:
    """`offer` with RED as the first choice of every audio section, Opus alone as the second.

    Only this description is changed: aiortc's table of codecs belongs to the whole process, and a
    connection that decodes by itself could not.
    """
    description = SessionDescription.parse(offer.sdp)
    for media in description.media:
        opus = [one for one in media.rtp.codecs if one.mimeType.lower() == _OPUS]
        if media.kind == "audio" and opus:
            opus[0].payloadType = OFFERED_RED.opus
            media.rtp.codecs = [RedCodec(OFFERED_RED), opus[0]]
            media.fmt = [OFFERED_RED.red, OFFERED_RED.opus]
    return RTCSessionDescription(sdp=str(description), type=offer.type)


def agreed_red(
    remote: Iterable[RTCRtpCodecParameters], agreed: Iterable[RTCRtpCodecParameters]
) -> RedTypes | None:
    """RED as the other side describes it, of the Opus that was agreed; None without one."""
    opus = next((one.payloadType for one in agreed if one.mimeType.lower() == _OPUS), None)
    for one in remote:
        if one.mimeType.lower() == _RED and one.clockRate == SAMPLE_RATE_HZ:
            inside = set("/".join(one.parameters).split("/"))
            if opus is not None and inside == {str(opus)} and one.payloadType is not None:
                return RedTypes(one.payloadType, opus)
    return None
