"""What the server chooses of a session description, and the lines of its own (RFC 8829).

Both builders write for an ICE-lite peer with host candidates.
"""

from __future__ import annotations

import ipaddress
import itertools
import time
from collections.abc import Iterable, Sequence

from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.rtp import OPUS_PAYLOAD_TYPE
from tui.wire.sdp import Codec, Section

AUDIO_PAYLOAD_TYPE = OPUS_PAYLOAD_TYPE
RED_PAYLOAD_TYPE = 63
VIDEO_PAYLOAD_TYPES = {"VP8": 96, "H264": 102, "VP9": 98, "AV1": 100}
"""Payload types of everything the server offers."""
FORMAT_PARAMETERS = {
    "OPUS": "minptime=10;useinbandfec=1",
    "H264": "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "VP9": "profile-id=0",
}
_USUAL = {"H264": ("packetization-mode", "1"), "VP9": ("profile-id", "0"), "AV1": ("profile", "0")}
"""What of a codec's parameters has to be so, because we offer the others nothing else."""
VIDEO_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


def choose_codec(section: Section, preferred: str = "") -> Codec | None:
    """The codec to answer `section` with: opus, or `preferred` video, else the first we know."""
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
            if codec.name == name and _is_usual(codec):
                return codec
    return None


def _is_usual(codec: Codec) -> bool:
    name, wanted = _USUAL.get(codec.name, ("", ""))
    pairs = (one.strip().partition("=") for one in codec.parameters.split(";"))
    written = {key: value for key, _, value in pairs}
    # Without it H.264 means mode 0 (RFC 6184 8.1), VP9 and AV1 mean profile 0.
    return written.get(name, "0" if name else "") == wanted


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
    for index, address in enumerate(transport.addresses):
        priority = 2130706431 - index * 256
        lines.append(
            f"a=candidate:{index + 1} 1 udp {priority} {ipaddress.ip_address(address)} "
            f"{transport.mux.port} typ host"
        )
    ways = itertools.product(transport.mux.tcp.ports, transport.addresses)
    for index, (port, address) in enumerate(ways, len(transport.addresses)):
        # Behind all of UDP, as RFC 6544 4.2 wants it.
        lines.append(
            f"a=candidate:{index + 1} 1 tcp {1671430143 - index * 256} "
            f"{ipaddress.ip_address(address)} {port} typ host tcptype passive"
        )
    lines.append("a=end-of-candidates")
    return lines


def feedback_lines(section: Section, payload_type: int) -> list[str]:
    """What of our feedback about pictures the writer of `section` knows."""
    offered = section.attributes.get("rtcp-fb", [])
    return [
        f"a=rtcp-fb:{payload_type} {feedback}"
        for feedback in VIDEO_FEEDBACK
        if f"{payload_type} {feedback}" in offered or f"* {feedback}" in offered
    ]


def source_lines(down: DownTrack) -> list[str]:
    """Whose track a section carries, and its SSRC."""
    track = down.track
    msid = f"{track.owner_sid}|{track.sid} {track.sid}"
    return [
        f"a=msid:{msid}",
        f"a=ssrc:{down.ssrc} cname:{track.owner_sid}",
        f"a=ssrc:{down.ssrc} msid:{msid}",
    ]


def join_lines(lines: Sequence[str]) -> str:
    """The description as text."""
    return "\r\n".join(lines) + "\r\n"
