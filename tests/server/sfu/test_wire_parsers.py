"""STUN, RTP, RTCP, VP8 and SDP: known bytes, and that anything else raises only the named error."""

from __future__ import annotations

import contextlib
import os
import struct

import pytest
from aioice import stun as reference_stun
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from tui.server.rooms import sdp
from tui.server.sfu import key_starts, rtcp, rtp, vp8
from tui.server.sfu.layer import Layer
from tui.server.sfu.stun import (
    BindingRequest,
    BindingSuccess,
    StunError,
    binding_request,
    binding_success,
    parse_binding,
)
from tui.wire.rtp import EXTENSION_MID, header_extensions, parse_rtp
from tui.wire.sdp import SdpError, parse_description


def _binding_request(username: str = "abcd:efgh", password: str = "secret") -> bytes:
    message = reference_stun.Message(
        message_method=reference_stun.Method.BINDING,
        message_class=reference_stun.Class.REQUEST,
    )
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 5
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    message.add_fingerprint()
    return bytes(message)


def test_a_binding_request_is_read_and_checked() -> None:
    request = parse_binding(_binding_request())
    assert isinstance(request, BindingRequest)
    assert request.ufrag == "abcd"
    assert request.nominates
    assert request.authentic("secret")
    assert not request.authentic("guess")


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::1:2", "::ffff:192.0.2.7"])
def test_a_binding_response_satisfies_another_implementation(host: str) -> None:
    response = reference_stun.parse_message(binding_success(b"x" * 12, host, 4711, "secret"))
    assert response.message_class == reference_stun.Class.RESPONSE
    assert response.attributes["XOR-MAPPED-ADDRESS"] == (host.removeprefix("::ffff:"), 4711)
    assert response.check_message_integrity(b"secret")


def test_a_request_of_ours_satisfies_another_implementation() -> None:
    datagram = binding_request(b"y" * 12, "theirs:ours", "their secret")
    request = reference_stun.parse_message(datagram)
    assert request.message_class == reference_stun.Class.REQUEST
    assert request.attributes["USERNAME"] == "theirs:ours"
    assert "ICE-CONTROLLED" in request.attributes
    assert "USE-CANDIDATE" not in request.attributes
    assert request.check_message_integrity(b"their secret")


def test_an_answer_is_read_and_checked() -> None:
    answer = parse_binding(binding_success(b"x" * 12, "192.0.2.7", 1, "secret"))
    assert isinstance(answer, BindingSuccess)
    assert answer.transaction_id == b"x" * 12
    assert answer.authentic("secret")
    assert not answer.authentic("guess")


def test_other_stun_is_none_and_unsigned_requests_are_refused() -> None:
    indication = struct.pack("!HHI12s", 0x0011, 0, 0x2112A442, b"x" * 12)
    assert parse_binding(indication) is None
    with pytest.raises(StunError, match="MESSAGE-INTEGRITY"):
        parse_binding(struct.pack("!HHI12s", 1, 0, 0x2112A442, b"x" * 12))


@given(st.binary(max_size=200), st.integers(0, 90), st.integers(0, 255))
def test_stun_fuzz(garbage: bytes, at: int, value: int) -> None:
    valid = bytearray(_binding_request())
    valid[at % len(valid)] = value
    head = struct.pack("!HHI12s", 1, len(garbage) & ~3, 0x2112A442, b"x" * 12)
    for datagram in (garbage, bytes(valid), head + garbage[: len(garbage) & ~3]):
        with contextlib.suppress(StunError):
            parse_binding(datagram)


def test_the_outgoing_extension_is_what_the_offer_says() -> None:
    head = struct.pack("!BBHII", 0x90, 111, 1, 2, 3)
    for level, expected in ((-1, None), (0x85, b"\x85")):
        raw = head + rtp.outgoing_extension(1.5, level) + b"x"
        *_, extension, start, end = parse_rtp(raw)
        assert raw[start:end] == b"x"
        found = header_extensions(raw, extension, start)
        assert found[rtp.ABS_SEND_TIME_ID] == (0x60000).to_bytes(3, "big")
        assert found.get(rtp.AUDIO_LEVEL_ID) == expected


@pytest.mark.parametrize("level", [-1, 0x85])
@pytest.mark.parametrize("ids", [(0, 0), (7, 0), (0, 9), (7, 9), (14, 1)])
def test_extensions_are_numbered_as_a_client_does(level: int, ids: tuple[int, int]) -> None:
    block = rtp.renumbered(rtp.outgoing_extension(1.5, level), rtp.ExtensionIds(*ids))
    raw = struct.pack("!BBHII", 0x90, 111, 1, 2, 3) + block + b"x"
    *_, extension, start, end = parse_rtp(raw)
    assert raw[start:end] == b"x"
    expected = {ids[0]: (0x60000).to_bytes(3, "big")} if ids[0] else {}
    if ids[1] and level >= 0:
        expected[ids[1]] = b"\x85"
    assert header_extensions(raw, extension, start) == expected


def test_rtcp_is_understood_by_another_implementation() -> None:
    (pli,) = RtcpPacket.parse(rtcp.pli(77))
    assert isinstance(pli, RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc) == (RTCP_PSFB_PLI, 77)
    (nack,) = RtcpPacket.parse(rtcp.nack(77, [65534, 65535, 3, 40]))
    assert isinstance(nack, RtcpRtpfbPacket)
    assert [sequence & 0xFFFF for sequence in nack.lost] == [65534, 65535, 3, 40]
    (remb,) = RtcpPacket.parse(rtcp.remb(3_000_000, [1, 2]))
    assert isinstance(remb, RtcpPsfbPacket)
    bitrate, ssrcs = unpack_remb_fci(remb.fci)
    assert bitrate == pytest.approx(3_000_000, rel=0.001)
    assert ssrcs == [1, 2]
    (sent,) = RtcpPacket.parse(rtcp.sender_report(5, 1 << 40, (1 << 32) + 7, 8, 9))
    assert isinstance(sent, RtcpSrPacket)
    assert (sent.ssrc, sent.sender_info.rtp_timestamp) == (5, 7)
    layer = Layer(5, "", 90_000)
    layer.receive(10, 0, 1, 1.0)
    layer.receive(13, 0, 1, 1.0)
    (report,) = RtcpPacket.parse(rtcp.receiver_report([layer.report_block(2.0)]))
    assert isinstance(report, RtcpRrPacket)
    assert (report.reports[0].packets_lost, report.reports[0].fraction_lost) == (2, 128)
    assert list(rtcp.parse_report_blocks(201, 1, bytes(report))) == [(5, 0.5)]
    behind = rtcp.receiver_report([layer.report_block(3.0, lost_behind=0.25)])
    assert list(rtcp.parse_report_blocks(201, 1, behind)) == [(5, 0.25)]
    assert layer.loss == 0  # of our own way


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=60, unique=True).map(sorted))
def test_nacks_survive_the_trip(sequences: list[int]) -> None:
    packet = rtcp.nack(9, sequences)
    (split,) = rtcp.split_compound(packet)
    assert split[:2] == (rtcp.TRANSPORT_FEEDBACK, rtcp.FEEDBACK_NACK)
    ssrc, found = rtcp.parse_nack(packet)
    assert (ssrc, sorted(found)) == (9, sequences)


@given(st.integers(0, (1 << 40) - 1))
def test_remb_survives_the_trip(bits_per_second: int) -> None:
    packet = rtcp.remb(bits_per_second, [1])
    assert packet[12:16] == b"REMB"
    exponent, high, low = packet[17] >> 2, packet[17] & 3, packet[18] << 8 | packet[19]
    found = (high << 16 | low) << exponent
    assert bits_per_second * 0.9999 - 1 <= found <= bits_per_second


@given(
    st.lists(
        st.tuples(st.integers(0, 31), st.sampled_from([200, 201, 205, 206, 0]), st.binary()),
        max_size=4,
    ),
    st.binary(max_size=8),
)
def test_rtcp_fuzz(packets: list[tuple[int, int, bytes]], tail: bytes) -> None:
    compound = b"".join(
        struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body[: len(body) & ~3]
        for count, kind, body in packets
    )
    with contextlib.suppress(rtcp.RtcpError):
        for kind, count, packet in rtcp.split_compound(compound + tail):
            for parse in (
                lambda p: rtcp.parse_sender_report(p),
                lambda p: rtcp.parse_nack(p),
                lambda p, c=count: rtcp.parse_key_frame_request(c, p),
                lambda p, k=kind, c=count: list(rtcp.parse_report_blocks(k, c, p)),
            ):
                with contextlib.suppress(rtcp.RtcpError):
                    parse(packet)


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        (b"\x10\x00rest", (0, 0, 0, True)),
        (b"\x10\x01rest", (0, 0, 0, False)),
        (b"\x90\x80\x05\x00", (2, 7, 0, True)),
        (b"\x90\xe0\x81\x02\x09\x40\x00", (2, 15, 4, True)),
        (b"\x80\xc0\x05\x07\x00", (2, 7, 3, False)),
    ],
)
def test_vp8_descriptors(payload: bytes, fields: vp8.Vp8Fields) -> None:
    assert vp8.parse_vp8(payload) == fields


@given(st.binary(max_size=12), st.integers(-70_000, 70_000), st.integers(-600, 600))
def test_vp8_shift_changes_only_the_counters(
    payload: bytes, picture_shift: int, tl0_shift: int
) -> None:
    try:
        fields = vp8.parse_vp8(payload)
    except vp8.Vp8Error:
        return
    shifted = vp8.shift_counters(payload, fields, picture_shift, tl0_shift)
    assert vp8.parse_vp8(shifted) == fields
    assert vp8.shift_counters(shifted, fields, -picture_shift, -tl0_shift) == payload
    at, bits, tl0_at, _ = fields
    mask = (1 << bits) - 1
    before = vp8.picture_id(payload, fields)
    assert vp8.picture_id(shifted, fields) == (before + picture_shift) & mask
    touched = {tl0_at} if tl0_at else set()
    touched |= {at, at + 1} if bits == 15 else {at} if bits else set()
    assert all(payload[at] == shifted[at] for at in range(len(payload)) if at not in touched)


@given(st.binary(max_size=8))
def test_h264_fuzz(payload: bytes) -> None:
    for codec in ("H264", "VP9", "AV1", "OPUS"):
        assert key_starts.begins_key(codec, payload) in (True, False)


OFFER = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=fingerprint:sha-256 AA:BB
m=video 9 UDP/TLS/RTP/SAVPF 98 96 97
a=mid:0
a=sendonly
a=msid:stream track
a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:98 H264/90000
a=fmtp:98 packetization-mode=1
a=rid:q send
a=rid:f send
a=simulcast:send q;f
a=ssrc-group:FID 11 12
a=ssrc:11 cname:x
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:1
"""


def test_an_offer_is_read() -> None:
    description = parse_description(OFFER)
    assert description.fingerprints() == [("sha-256", "AA:BB")]
    video = description.sections[0]
    assert [codec.name for codec in video.codecs()] == ["H264", "VP8", "RTX"]
    chosen = sdp.choose_codec(video)
    assert chosen is not None
    assert chosen.payload_type == 96
    assert sdp.repair_payload_type(video, chosen) == 97
    preferred = sdp.choose_codec(video, "H264")
    assert preferred is not None
    assert preferred.payload_type == 98
    assert video.extensions() == [(4, EXTENSION_MID)]
    assert video.sending_rids() == ["q", "f"]
    assert video.media_ssrcs() == (11, 12)
    assert video.track_id == "track"
    assert video.sends


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        (["98 VP9/90000", "96 VP8/90000"], 98),
        (["98 VP9/90000", "98 profile-id=2", "99 VP9/90000", "99 profile-id=0"], 99),
        (["45 AV1/90000", "45 level-idx=5;profile=0;tier=0", "98 VP9/90000"], 98),
        (["98 VP9/90000", "98 profile-id=2", "96 VP8/90000"], 96),
        (["102 H264/90000", "102 packetization-mode=0"], None),
        (["102 H264/90000"], None),
        (["45 AV1/90000", "45 profile=1"], None),
        (["45 AV1/90000"], 45),
    ],
)
def test_vp9_is_answered_in_the_profile_that_is_forwarded(
    lines: list[str], chosen: int | None
) -> None:
    text = "v=0\nm=video 9 UDP/TLS/RTP/SAVPF 98 99 45 96 102\na=mid:0\n"
    for line in lines:
        text += f"a={'fmtp' if '=' in line else 'rtpmap'}:{line}\n"
    codec = sdp.choose_codec(parse_description(text).sections[0], "VP9")
    assert (codec and codec.payload_type) == chosen


@pytest.mark.parametrize(
    ("offered", "dtx", "stereo", "answered"),
    [
        ("", False, False, ""),
        ("", True, True, "usedtx=1;stereo=1"),
        ("minptime=10;useinbandfec=1;stereo=1", True, False, "minptime=10;useinbandfec=1;usedtx=1"),
        ("stereo=1; usedtx=1", False, False, ""),
        ("minptime=10;stereo=1", False, True, "minptime=10;stereo=1"),
        ("sprop-stereo=1;stereo=0", False, False, "sprop-stereo=1"),
    ],
)
def test_how_opus_is_answered(offered: str, answered: str, *, dtx: bool, stereo: bool) -> None:
    assert sdp.opus_answer(offered, dtx=dtx, stereo=stereo) == answered


@given(st.data())
def test_sdp_fuzz(data: st.DataObject) -> None:
    lines = OFFER.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = data.draw(st.integers(0, len(line)))
        lines[at] = (
            line[:cut]
            + data.draw(st.text(max_size=6))
            + line[cut:][: data.draw(st.integers(0, 40))]
        )
    with contextlib.suppress(SdpError):
        description = parse_description("\n".join(lines))
        description.fingerprints()
        for section in description.sections:
            codec = sdp.choose_codec(section)
            if codec is not None:
                sdp.repair_payload_type(section, codec)
            section.extensions()
            section.media_ssrcs()
            section.ssrcs()
            section.sending_rids()


def test_parsing_keeps_up_with_media() -> None:
    """Not a benchmark: guards against parsing in time quadratic in the packet's size."""
    body = os.urandom(1200)
    packet = struct.pack("!BBHII", 0x90, 96, 1, 2, 3) + rtp.outgoing_extension(1.0) + body
    for _ in range(2000):
        *_, start, end = parse_rtp(packet)
    assert end - start == 1200


@given(st.binary(max_size=40), st.booleans())
def test_estimates_fuzz(tail: bytes, marked: bool) -> None:
    packet = bytes(12) + (b"REMB" if marked else b"") + tail
    with contextlib.suppress(rtcp.RtcpError):
        found = rtcp.parse_remb(packet)
        assert found is None or found[0] >= 0
