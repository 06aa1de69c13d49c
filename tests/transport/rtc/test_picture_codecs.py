"""VP9 and AV1 in session descriptions, beside what aiortc knows and without it."""

from __future__ import annotations

import re

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, rtcrtpreceiver
from aiortc.codecs import CODECS

from tui.transport.rtc import picture_codecs
from tui.transport.rtc.peer import Peer
from tui.transport.rtc.picture_codecs import known_codecs, with_stand_ins
from tui.wire.sdp import parse_description

ALL = """\
m=video 9 UDP/TLS/RTP/SAVPF 98 99 45 46 102 96 97
{transport}
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:98 VP9/90000
a=rtcp-fb:98 nack
a=rtcp-fb:98 nack pli
a=rtcp-fb:98 transport-cc
a=fmtp:98 profile-id=0
a=rtpmap:99 rtx/90000
a=fmtp:99 apt=98
a=rtpmap:45 AV1/90000
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:102 H265/90000
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=ssrc:11 cname:x
"""
ONE = """\
m=video 9 UDP/TLS/RTP/SAVPF 100
{transport}
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:100 AV1/90000
a=ssrc:11 cname:x
"""


async def _transport_lines() -> str:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.addTransceiver("video", direction="sendonly")
    await pc.setLocalDescription(await pc.createOffer())
    wanted = ("c=IN", "a=ice-ufrag", "a=ice-pwd", "a=fingerprint:sha-256", "a=setup")
    lines = [line for line in pc.localDescription.sdp.splitlines() if line.startswith(wanted)]
    await pc.close()
    return "\r\n".join(lines)


async def _answered(*offers: str) -> list[str]:
    transport = await _transport_lines()
    peer = Peer([], for_receiving=True, loopback=True)
    answers = []
    try:
        for offer in offers:
            head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
            text = head + offer.format(transport=transport).replace("\n", "\r\n")
            await peer.take_offer(text.replace("\r\r", "\r"))
            answers.append(await peer.answer())
        receiver = peer.pc.getTransceivers()[0].receiver
        known = getattr(receiver, "_RTCRtpReceiver__codecs")  # noqa: B009
        assert {one.name for one in known.values()} <= {"VP9", "AV1", "VP8", "rtx"}
    finally:
        await peer.close()
    return answers


async def test_what_is_offered_is_answered_in_its_order() -> None:
    (answer,) = await _answered(ALL)
    (section,) = parse_description(answer).sections
    assert section.formats == ("98", "99", "45", "46", "96", "97")
    named = [(codec.payload_type, codec.name) for codec in section.codecs()]
    assert named == [
        *((98, "VP9"), (99, "RTX"), (45, "AV1"), (46, "RTX"), (96, "VP8"), (97, "RTX")),
    ]
    assert section.attributes["rtcp-fb"][:2] == ["98 nack", "98 nack pli"]
    assert not any("transport-cc" in one for one in section.attributes["rtcp-fb"])
    assert section.codecs()[0].parameters == "profile-id=0"


async def test_a_section_with_nothing_else_is_answered_without_the_stand_in() -> None:
    first, second = await _answered(ONE, ALL)
    (section,) = parse_description(first).sections
    assert [(codec.payload_type, codec.name) for codec in section.codecs()] == [(100, "AV1")]
    assert "stand-in" not in first + second
    assert parse_description(second).sections[0].formats[0] == "98"


async def test_what_cannot_be_decoded_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_codecs, "decodable", lambda: frozenset({"VP9"}))
    assert known_codecs("video") == {"vp8", "h264", "vp9"}
    (answer,) = await _answered(ALL)
    assert re.findall(r"rtpmap:\d+ (\w+)/", answer) == ["VP9", "rtx", "VP8", "rtx"]


def test_aiortc_offers_no_more_than_before() -> None:
    assert known_codecs("video") == {"vp8", "h264", "vp9", "av1"}
    assert {one.name for one in CODECS["video"]} == {"VP8", "H264", "rtx"}
    with pytest.raises(ValueError, match="No decoder"):
        rtcrtpreceiver.get_decoder(type(CODECS["video"][0])("video/VP9", 90_000))


@pytest.mark.parametrize(
    "sdp", ["", "garbage", "v=0\r\nm=video 9 X 98\r\na=rtpmap:x VP9/90000\r\n"]
)
def test_what_is_no_offer_is_left_to_aiortc(sdp: str) -> None:
    assert with_stand_ins(sdp) == sdp
