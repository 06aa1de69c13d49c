"""VP9 and AV1 for aiortc, which can neither negotiate nor decode them; they are only received.

aiortc's table of codecs is left as it is, because it belongs to the whole process: whoever offers
to send what stands there has to have an encoder. So the codecs are added to one connection's
sections, where the other side offers them. The private names that this needs are in
`tests/transport/rtc/aiortc_checks.py`, like those of `aiortc_private`.

The trap is a section with no codec of that table, over which aiortc stops the whole negotiation. It
is given one, a stand-in, which is taken out again before anything is answered.
"""

from __future__ import annotations

from typing import Any, Final

from aiortc import RTCPeerConnection, RTCRtpCodecParameters, rtcrtpreceiver
from aiortc.codecs import CODECS, is_rtx
from aiortc.sdp import SessionDescription

from tui.transport.rtc.aiortc_private import require
from tui.transport.rtc.decoders import DECODERS, decodable
from tui.wire.sdp import SdpError, Section, parse_description

_CODECS: Final = "_RTCRtpReceiver__codecs"
_FEEDBACK: Final = ("nack", "nack pli", "goog-remb")
_STAND_IN: Final = "stand-in"
_DYNAMIC: Final = range(96, 128)
_MAX_SECTIONS: Final = 4096
_MAX_CHARACTERS: Final = 4 * 1024 * 1024


def known_codecs(kind: str) -> frozenset[str]:
    """Codec names we can negotiate for `audio` or `video`, lower case, without `rtx`."""
    names = {codec.name.lower() for codec in CODECS.get(kind, []) if not is_rtx(codec)}
    return frozenset(names | ({one.lower() for one in decodable()} if kind == "video" else set()))


class PictureCodec(RTCRtpCodecParameters):
    """VP9 or AV1 as the other side described it."""


def with_stand_ins(sdp: str) -> str:
    """The offer with something for aiortc in each section that has VP9 or AV1."""
    try:
        offer = parse_description(sdp, _MAX_SECTIONS, max_characters=_MAX_CHARACTERS)
        lines = [*offer.lines]
        for section in offer.sections:
            lines += _with_stand_in(section)
    except SdpError:
        return sdp  # aiortc says what is wrong with it
    return "".join(line + "\r\n" for line in lines)


def _with_stand_in(section: Section) -> list[str]:
    free = next((one for one in _DYNAMIC if str(one) not in section.formats), None)
    if section.kind != "video" or free is None:
        return section.lines
    if not decodable() & {codec.name for codec in section.codecs()}:
        return section.lines
    return [
        f"{section.lines[0]} {free}",
        *section.lines[1:],
        f"a=rtpmap:{free} VP8/90000",
        f"a=fmtp:{free} {_STAND_IN}=1",
    ]


def accept_pictures(pc: RTCPeerConnection) -> None:
    """Receive VP9 and AV1 in each section of the remote offer that has them.

    Call it when `setRemoteDescription` has returned, as `aiortc_private.accept_red`.
    """
    if pc.remoteDescription.type != "offer":
        return
    described = SessionDescription.parse(pc.remoteDescription.sdp)
    remote = {media.rtp.muxId: media.rtp.codecs for media in described.media}
    for transceiver in pc.getTransceivers():
        offered = remote.get(transceiver.mid or "")
        if transceiver.kind != "video" or offered is None:
            continue
        transceiver._codecs = _agreed(offered, require(transceiver, "_codecs"))
        # A section that is used again for a track of another codec has its receiver already.
        known: dict[int, RTCRtpCodecParameters] = require(transceiver.receiver, _CODECS)
        if known:
            known.update({one.payloadType: one for one in transceiver._codecs if one.payloadType})
    _decode_them()


def _agreed(
    offered: list[RTCRtpCodecParameters], common: list[RTCRtpCodecParameters]
) -> list[RTCRtpCodecParameters]:
    agreed = {one.payloadType: one for one in common}
    for one in offered:
        if one.name.upper() in decodable() and one.clockRate == 90_000:
            agreed[one.payloadType] = PictureCodec(
                mimeType=one.mimeType,
                clockRate=one.clockRate,
                payloadType=one.payloadType,
                rtcpFeedback=[
                    wish
                    for wish in one.rtcpFeedback
                    if f"{wish.type} {wish.parameter or ''}".strip() in _FEEDBACK
                ],
                parameters=one.parameters,
            )
        elif one.name.lower() == "rtx" and one.parameters.get("apt") in agreed:
            agreed[one.payloadType] = one
    stand_ins = [one.payloadType for one in offered if _STAND_IN in one.parameters]
    return [
        agreed[one.payloadType]
        for one in offered
        if one.payloadType in agreed and one.payloadType not in stand_ins
    ]


def _decode_them() -> None:
    """Let aiortc's threads find our decoders, for codecs of our class alone. Idempotent."""
    theirs: Any = require(rtcrtpreceiver, "get_decoder")
    if hasattr(theirs, "without_ours"):
        return

    def get_decoder(codec: RTCRtpCodecParameters) -> Any:
        if isinstance(codec, PictureCodec):
            return DECODERS[codec.name.upper()]()
        return theirs(codec)

    get_decoder.without_ours = theirs  # type: ignore[attr-defined]
    rtcrtpreceiver.get_decoder = get_decoder  # type: ignore[attr-defined]
