"""What two sides tell one another of a media connection, whatever they write it in.

Signalling that is no SDP (Jingle) reads into these values and writes from them; `bundle` makes a
connection of them. Numbers are as they came: who makes something of a value checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from tui.domain.frozen import dataclass

AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
"""RFC 6464."""
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

_CODECS: Final = {"audio": ("opus",), "video": ("vp8",)}
_EXTENSIONS: Final = {"audio": (AUDIO_LEVEL,), "video": (ABS_SEND_TIME,)}
_FEEDBACK: Final = (("nack", ""), ("nack", "pli"), ("ccm", "fir"), ("goog-remb", ""))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ICE candidate (RFC 8445)."""

    foundation: str
    component: int
    protocol: str
    """`udp`, `tcp`, `ssltcp`, in lower case."""
    priority: int
    ip: str
    port: int
    type: str
    """`host`, `srflx`, `prflx` or `relay`."""
    related_ip: str = ""
    related_port: int = 0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of a DTLS certificate (RFC 8122)."""

    algorithm: str
    """`sha-256`."""
    value: str
    """Pairs of hexadecimal digits with colons between."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection: how to reach it, and how to know it."""

    ufrag: str
    pwd: str = field(repr=False)
    candidates: tuple[Candidate, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()


@dataclass(frozen=True, slots=True)
class Codec:
    """A payload type of a media section."""

    id: int
    name: str
    """In lower case."""
    clock_hz: int
    channels: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    feedback: tuple[tuple[str, str], ...] = ()
    """RTCP feedback (RFC 4585): type and subtype, which may be empty."""


@dataclass(frozen=True, slots=True)
class Section:
    """What can be sent as sound, or as pictures."""

    kind: str
    """`audio` or `video`."""
    codecs: tuple[Codec, ...] = ()
    """Best first."""
    extensions: Mapping[str, int] = field(default_factory=dict)
    """RTP header extensions (RFC 8285): id by URI."""

    @property
    def rtx(self) -> bool:
        """Whether packets are sent again in a stream of their own (RFC 4588)."""
        return any(codec.name == "rtx" for codec in self.codecs)


def agreed(offer: Section) -> Section | None:
    """The part of an offer that we can do, with the offer's numbers; None when that is nothing.

    Args:
        offer: Of a kind that is `audio` or `video`.
    """
    usable = _CODECS[offer.kind]
    main = next((one for one in offer.codecs if one.name in usable), None)
    if main is None:
        return None
    again = [
        one
        for one in offer.codecs
        if one.name == "rtx" and one.parameters.get("apt") == str(main.id) and offer.kind == "video"
    ]
    codecs = tuple(
        Codec(
            one.id,
            one.name,
            one.clock_hz,
            one.channels,
            dict(one.parameters),
            tuple(fb for fb in one.feedback if fb in _FEEDBACK),
        )
        for one in (main, *again[:1])
    )
    extensions = {
        uri: number
        for uri, number in offer.extensions.items()
        # One-byte headers (RFC 8285 4.2) have room for these.
        if uri in _EXTENSIONS[offer.kind] and 1 <= number <= 14
    }
    return Section(offer.kind, codecs, extensions)
