"""What the server's offers carry, and mending them where aiortc needs help.

aiortc's parser stops the whole negotiation at a media section without a codec it knows, or at a
rejected one (port 0) without transport attributes. One such section must not cost all others, so
it is replaced by an inactive one that aiortc can answer. An offer that is none is left to aiortc,
which refuses it.
"""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass
from tui.transport.rtc.picture_codecs import known_codecs
from tui.wire.sdp import Description, SdpError, Section, parse_description

_MAX_SECTIONS: Final = 4096
_MAX_CHARACTERS: Final = 4 * 1024 * 1024
_TRANSPORT: Final = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")
_PLACEHOLDER: Final = {
    "audio": ("UDP/TLS/RTP/SAVPF", "96", "opus/48000/2"),
    "video": ("UDP/TLS/RTP/SAVPF", "96", "VP8/90000"),
}


@dataclass(frozen=True, slots=True)
class OfferedTrack:
    """What one media section of an offer carries now."""

    mid: str
    kind: str
    participant_sid: str
    track_sid: str
    ssrcs: tuple[int, ...]


def offered_tracks(sdp: str) -> dict[str, OfferedTrack]:
    """The tracks an offer sends, by media id.

    livekit-server packs the ids as `a=msid:PA_participant|TR_track TR_track`, or
    `PA_participant|camera TR_track` when pictures and sound are to be synchronised.
    """
    tracks: dict[str, OfferedTrack] = {}
    offer = _read(sdp)
    for section in offer.sections if offer else ():
        stream, _, track_id = section.first("msid").partition(" ")
        if section.kind not in _PLACEHOLDER or not stream or not section.sends or not section.port:
            continue
        participant_sid, _, rest = stream.partition("|")
        track_sid = rest if rest.startswith("TR_") else track_id
        tracks[section.mid] = OfferedTrack(
            section.mid, section.kind, participant_sid, track_sid, section.ssrcs()
        )
    return tracks


def mend_offer(sdp: str) -> str:
    """The offer with each section that aiortc cannot read replaced by an inactive one."""
    offer = _read(sdp)
    if offer is None:
        return sdp
    transport = _transport_lines(offer)
    mended = [*offer.lines]
    for section in offer.sections:
        if section.kind not in _PLACEHOLDER or _readable(section):
            mended += section.lines
            continue
        profile, payload_type, codec = _PLACEHOLDER[section.kind]
        mended += [
            f"m={section.kind} 9 {profile} {payload_type}",
            "c=IN IP4 0.0.0.0",
            *transport,
            f"a=mid:{section.mid}",
            "a=inactive",
            "a=rtcp-mux",
            f"a=rtpmap:{payload_type} {codec}",
        ]
    return "".join(line + "\r\n" for line in mended)


def _read(sdp: str) -> Description | None:
    try:
        return parse_description(sdp, _MAX_SECTIONS, max_characters=_MAX_CHARACTERS)
    except SdpError:
        return None


def _readable(section: Section) -> bool:
    if not section.port or not section.first("setup") or not section.first("ice-ufrag"):
        return False
    try:
        names = {codec.name.lower() for codec in section.codecs()}
    except SdpError:
        return False
    return bool(names & known_codecs(section.kind))


def _transport_lines(offer: Description) -> list[str]:
    """ICE and DTLS lines of the first section that has them all, or of the session part."""
    for attributes in (*(one.attributes for one in offer.sections), offer.attributes):
        if all(name in attributes for name in _TRANSPORT):
            return [f"a={name}:{value}" for name in _TRANSPORT for value in attributes[name]]
    return []
