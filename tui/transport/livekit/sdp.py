"""Reading and mending the server's offers, where aiortc needs help.

aiortc's parser stops the whole negotiation at a media section without a codec it knows, or at a
rejected one (port 0) without transport attributes. One such section must not cost all others, so
it is replaced by an inactive one that aiortc can answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.transport.rtc.aiortc_private import known_codecs

_TRANSPORT_LINES = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:")
_SENDING = ("a=sendrecv", "a=sendonly")
_DIRECTIONS = (*_SENDING, "a=recvonly", "a=inactive")
_PLACEHOLDER = {
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
    for lines in _sections(sdp)[1:]:
        kind = lines[0][2:].split(" ", 1)[0]
        mid = _value(lines, "a=mid:")
        stream, _, track_id = _value(lines, "a=msid:").partition(" ")
        sends = any(line in _SENDING for line in lines) or not any(
            line in _DIRECTIONS for line in lines
        )
        if kind not in ("audio", "video") or not mid or not stream or not sends:
            continue
        if lines[0].split(" ")[1:2] == ["0"]:
            continue
        participant_sid, _, rest = stream.partition("|")
        track_sid = rest if rest.startswith("TR_") else track_id
        tracks[mid] = OfferedTrack(mid, kind, participant_sid, track_sid, _ssrcs(lines))
    return tracks


def mend_offer(sdp: str) -> str:
    """The offer with each section that aiortc cannot read replaced by an inactive one."""
    sections = _sections(sdp)
    transport = _transport_lines(sections)
    mended = [sections[0]]
    for lines in sections[1:]:
        kind = lines[0][2:].split(" ", 1)[0]
        if kind in _PLACEHOLDER and not _readable(kind, lines):
            profile, payload_type, codec = _PLACEHOLDER[kind]
            lines = [
                f"m={kind} 9 {profile} {payload_type}",
                "c=IN IP4 0.0.0.0",
                *transport,
                f"a=mid:{_value(lines, 'a=mid:')}",
                "a=inactive",
                "a=rtcp-mux",
                f"a=rtpmap:{payload_type} {codec}",
            ]
        mended.append(lines)
    return "".join(line + "\r\n" for lines in mended for line in lines)


def _readable(kind: str, lines: list[str]) -> bool:
    if lines[0].split(" ")[1:2] == ["0"]:
        return False
    if not _value(lines, "a=setup:") or not _value(lines, "a=ice-ufrag:"):
        return False
    codecs = {
        line.partition(" ")[2].split("/", 1)[0].lower()
        for line in lines
        if line.startswith("a=rtpmap:")
    }
    return bool(codecs & known_codecs(kind))


def _transport_lines(sections: list[list[str]]) -> list[str]:
    """ICE and DTLS lines of the first section that has them all, or of the session part."""
    for lines in [*sections[1:], sections[0]]:
        found = [line for line in lines if line.startswith(_TRANSPORT_LINES)]
        if {line.partition(":")[0] + ":" for line in found} == set(_TRANSPORT_LINES):
            return found
    return []


def _sections(sdp: str) -> list[list[str]]:
    """The session part, then one list of lines for each media section."""
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        if line:
            sections[-1].append(line)
    return sections


def _value(lines: list[str], prefix: str) -> str:
    return next((line[len(prefix) :].strip() for line in lines if line.startswith(prefix)), "")


def _ssrcs(lines: list[str]) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for line in lines:
        if line.startswith("a=ssrc:"):
            number = line[len("a=ssrc:") :].split(" ", 1)[0]
            if number.isascii() and number.isdecimal() and int(number) < 1 << 32:
                found[int(number)] = None
    return tuple(found)
