"""Session descriptions (RFC 8866, RFC 8829) as far as LiveKit's two peer connections need them.

Parsing keeps attributes as text; both builders write for an ICE-lite peer with one candidate.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tui.server.sfu.dtls import Fingerprint, MediaTransport
from tui.server.sfu.rtp import OPUS_PAYLOAD_TYPE

AUDIO_PAYLOAD_TYPE = OPUS_PAYLOAD_TYPE
RED_PAYLOAD_TYPE = 63
VIDEO_PAYLOAD_TYPES = {"VP8": 96, "H264": 102}
"""Payload types of everything the server offers."""
FORMAT_PARAMETERS = {
    "OPUS": "minptime=10;useinbandfec=1",
    "H264": "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
}
VIDEO_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")
_DIRECTIONS = ("sendonly", "recvonly", "inactive", "sendrecv")
_MAX_BYTES = 1 << 19


class SdpError(ValueError):
    """Not a session description this server can use."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One `a=rtpmap` with its `a=fmtp`."""

    payload_type: int
    encoding: str
    """As written: `VP8/90000`, `opus/48000/2`."""
    parameters: str

    @property
    def name(self) -> str:
        """Upper-case name: `VP8`, `OPUS`, `RTX`."""
        return self.encoding.split("/", 1)[0].upper()


@dataclass(slots=True)
class Section:
    """One media section."""

    kind: str
    """`audio`, `video` or `application`."""
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str, default: str = "") -> str:
        """The first value of attribute `name`."""
        return self.attributes.get(name, [default])[0]

    @property
    def mid(self) -> str:
        """Media identification tag (RFC 5888)."""
        return self.first("mid")

    @property
    def sends(self) -> bool:
        """Whether the writer of the description sends in this section."""
        written = next((name for name in _DIRECTIONS if name in self.attributes), "sendrecv")
        return written in ("sendonly", "sendrecv")

    @property
    def rejected(self) -> bool:
        """Whether the section is switched off (port 0 without being bundled)."""
        return self.port == 0 and "bundle-only" not in self.attributes

    @property
    def track_id(self) -> str:
        """The track part of `a=msid`; LiveKit's client track id."""
        return self.first("msid").rpartition(" ")[2]

    def codecs(self) -> list[Codec]:
        """The codecs in order of preference.

        Raises:
            SdpError: A payload type is not a number.
        """
        parameters = {
            value.partition(" ")[0]: value.partition(" ")[2]
            for value in self.attributes.get("fmtp", [])
        }
        found = [
            Codec(
                _number(value.partition(" ")[0], 127, "payload type"),
                value.partition(" ")[2],
                parameters.get(value.partition(" ")[0], ""),
            )
            for value in self.attributes.get("rtpmap", [])
        ]
        order = {payload_type: index for index, payload_type in enumerate(self.formats)}
        return sorted(found, key=lambda codec: order.get(str(codec.payload_type), len(order)))

    def extensions(self) -> list[tuple[int, str]]:
        """Header extension ids and URIs (RFC 8285 5).

        Raises:
            SdpError: An id is not a number from 1 to 255.
        """
        found = []
        for value in self.attributes.get("extmap", []):
            identifier, _, rest = value.partition(" ")
            number = _number(identifier.partition("/")[0], 255, "extension id")
            found.append((number, rest.partition(" ")[0]))
        return found

    def sending_rids(self) -> list[str]:
        """RTP stream ids the writer sends (RFC 8851)."""
        return [
            value.partition(" ")[0]
            for value in self.attributes.get("rid", [])
            if value.partition(" ")[2].startswith("send")
        ]

    def ssrcs(self) -> tuple[int | None, int | None]:
        """The media SSRC and its repair SSRC (RFC 5576), None where not given.

        Raises:
            SdpError: An SSRC is not a 32-bit number.
        """
        for value in self.attributes.get("ssrc-group", []):
            words = value.split()
            if len(words) == 3 and words[0] == "FID":
                return _number(words[1], 0xFFFFFFFF, "SSRC"), _number(words[2], 0xFFFFFFFF, "SSRC")
        for value in self.attributes.get("ssrc", []):
            return _number(value.partition(" ")[0], 0xFFFFFFFF, "SSRC"), None
        return None, None


@dataclass(frozen=True, slots=True)
class Description:
    """A parsed session description."""

    attributes: dict[str, list[str]]
    """Session-level attributes."""
    sections: tuple[Section, ...]

    def fingerprints(self) -> list[Fingerprint]:
        """All certificate fingerprints, each once.

        Raises:
            SdpError: There is none.
        """
        values = [
            value
            for attributes in (*(section.attributes for section in self.sections), self.attributes)
            for value in attributes.get("fingerprint", [])
        ]
        found = []
        for value in dict.fromkeys(values):
            algorithm, _, digest = value.partition(" ")
            if digest:
                found.append((algorithm, digest.strip()))
        if not found:
            raise SdpError("a session description without a certificate fingerprint")
        return found


def parse_description(text: str, max_sections: int = 512) -> Description:
    """Parse an offer or answer.

    Raises:
        SdpError: It is not one, is too long, or has more than `max_sections` media sections.
    """
    if len(text) > _MAX_BYTES:
        raise SdpError(f"a session description of {len(text)} characters")
    if not text.startswith("v=0"):
        raise SdpError("a session description begins with v=0")
    session: dict[str, list[str]] = {}
    sections: list[Section] = []
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append(_media_line(line))
            if len(sections) > max_sections:
                raise SdpError(f"more than {max_sections} media sections")
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            attributes = sections[-1].attributes if sections else session
            attributes.setdefault(name, []).append(value)
    mids = [section.mid for section in sections]
    if any(not mid or " " in mid for mid in mids) or len(set(mids)) != len(mids):
        raise SdpError("every media section needs a mid of its own")
    return Description(session, tuple(sections))


def choose_codec(section: Section, preferred: str = "") -> Codec | None:
    """The codec to answer `section` with: opus, or `preferred` video, else VP8, else H.264."""
    offered = section.codecs()
    if section.kind == "audio":
        return next((codec for codec in offered if codec.name == "OPUS"), None)
    if section.kind != "video":
        return None
    wanted = dict.fromkeys(
        name for name in (preferred, *VIDEO_PAYLOAD_TYPES) if name in VIDEO_PAYLOAD_TYPES
    )
    for name in wanted:
        for codec in offered:
            if codec.name == name and (
                name != "H264" or "packetization-mode=1" in codec.parameters
            ):
                return codec
    return None


def opus_answer(offered: str, *, dtx: bool, stereo: bool) -> str:
    """The format parameters (RFC 7587 6.1) to answer an offer of Opus with.

    livekit-client offers `stereo=1` for every track. Only one announced so may be coded in stereo:
    a voice in two channels is spared for nothing, and has no forward error correction.
    """
    kept = [
        parameter
        for parameter in (word.strip() for word in offered.split(";"))
        if parameter and parameter.partition("=")[0] not in ("stereo", "usedtx")
    ]
    return ";".join(kept + ["usedtx=1"] * dtx + ["stereo=1"] * stereo)


def repair_payload_type(section: Section, codec: Codec) -> int | None:
    """The RTX payload type for `codec`, None when not offered."""
    wanted = f"apt={codec.payload_type}"
    for offered in section.codecs():
        if offered.name == "RTX" and wanted in offered.parameters.split(";"):
            return offered.payload_type
    return None


def red_payload_type(section: Section, opus: Codec) -> int | None:
    """The payload type of redundant packets of `opus` (RFC 2198), where the writer prefers them.

    Browsers list RED further down and then send a copy in every packet, on good lines too.
    """
    first = next(iter(section.codecs()), None)
    if first is None or first.encoding.lower() != "red/48000/2":
        return None
    return first.payload_type if carries(first, opus.payload_type) else None


def carries(codec: Codec, payload_type: int) -> bool:
    """Whether `codec` is RED of nothing but this payload type."""
    return codec.name == "RED" and set(codec.parameters.split("/")) == {str(payload_type)}


def session_lines(bundled: Iterable[str], version: int) -> list[str]:
    """The lines before the first media section."""
    return [
        "v=0",
        f"o=- {int(time.time())} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(bundled),
        "a=msid-semantic: WMS *",
    ]


def transport_lines(transport: MediaTransport, setup: str) -> list[str]:
    """ICE and DTLS lines of one media section; `setup` as in RFC 8842 5.2."""
    lines = [
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {transport.certificate.sha256}",
        f"a=setup:{setup}",
    ]
    for index, address in enumerate(transport.mux.addresses):
        priority = 2130706431 - index * 256
        lines.append(
            f"a=candidate:{index + 1} 1 udp {priority} {ipaddress.ip_address(address)} "
            f"{transport.mux.port} typ host"
        )
    lines.append("a=end-of-candidates")
    return lines


def join_lines(lines: Sequence[str]) -> str:
    """The description as text."""
    return "\r\n".join(lines) + "\r\n"


def _media_line(line: str) -> Section:
    words = line[2:].split()
    if len(words) < 4:
        raise SdpError(f"a media line with {len(words)} words")
    kind, port, protocol, *formats = words
    if kind not in ("audio", "video", "application"):
        raise SdpError("a media section that is neither audio, video nor application")
    return Section(kind, _number(port.partition("/")[0], 65535, "port"), protocol, tuple(formats))


def _number(text: str, highest: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or int(text) > highest:
        raise SdpError(f"{what} must be a number from 0 to {highest}")
    return int(text)
