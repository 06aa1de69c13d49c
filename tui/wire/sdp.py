"""Reading session descriptions (RFC 8866, RFC 8829), as client and server both do.

Attributes stay text until they are asked for. The trap is that every number in them is whatever
the other side wrote: each is checked where it is read.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

_DIRECTIONS = ("sendonly", "recvonly", "inactive", "sendrecv")


class SdpError(ValueError):
    """Not a session description we can use."""


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
    lines: list[str] = field(default_factory=list)
    """As written, the media line first."""

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
    def receives(self) -> bool:
        """Whether the writer of the description does nothing but receive in this section."""
        return "recvonly" in self.attributes

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

    def media_ssrcs(self) -> tuple[int | None, int | None]:
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

    def ssrcs(self) -> tuple[int, ...]:
        """Every SSRC that is named, in order; what is no 32-bit number is passed over."""
        found: dict[int, None] = {}
        for value in self.attributes.get("ssrc", []):
            with contextlib.suppress(SdpError):
                found[_number(value.partition(" ")[0], 0xFFFFFFFF, "SSRC")] = None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Description:
    """A parsed session description."""

    attributes: dict[str, list[str]]
    """Session-level attributes."""
    sections: tuple[Section, ...]
    lines: tuple[str, ...] = ()
    """Those before the first media section, as written."""

    def fingerprints(self) -> list[tuple[str, str]]:
        """All certificate fingerprints (algorithm, digest), each once.

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

    def ice_credentials(self) -> tuple[str, str] | None:
        """The first ICE ufrag and password (RFC 8839 5.4), None when one is missing."""
        for attributes in (*(section.attributes for section in self.sections), self.attributes):
            if "ice-ufrag" in attributes and "ice-pwd" in attributes:
                return attributes["ice-ufrag"][0], attributes["ice-pwd"][0]
        return None


def parse_description(
    text: str, max_sections: int = 512, *, max_characters: int = 1 << 19
) -> Description:
    """Parse an offer or answer.

    Raises:
        SdpError: It is not one, is too long, or has more than `max_sections` media sections.
    """
    if len(text) > max_characters:
        raise SdpError(f"a session description of {len(text)} characters")
    if not text.startswith("v=0"):
        raise SdpError("a session description begins with v=0")
    session: dict[str, list[str]] = {}
    sections: list[Section] = []
    head: list[str] = []
    for line in filter(None, text.splitlines()):
        if line.startswith("m="):
            sections.append(_media_line(line))
            if len(sections) > max_sections:
                raise SdpError(f"more than {max_sections} media sections")
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            attributes = sections[-1].attributes if sections else session
            attributes.setdefault(name, []).append(value)
        (sections[-1].lines if sections else head).append(line)
    mids = [section.mid for section in sections]
    if any(not mid or " " in mid for mid in mids) or len(set(mids)) != len(mids):
        raise SdpError("every media section needs a mid of its own")
    return Description(session, tuple(sections), tuple(head))


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
