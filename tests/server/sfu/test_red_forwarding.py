"""Redundant audio through the server: to those who take it as it is, to others without copies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.sfu.test_forwarding import FakeTransport
from tui.server.rooms import sdp
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.track import PublishedTrack
from tui.server.sfu.uplink import Uplink
from tui.wire import rtp
from tui.wire.red import pack, unpack
from tui.wire.sdp import parse_description


class Room:
    """A publisher of redundant sound, one subscriber that takes it, one that doesn't."""

    def __init__(self, *, opus_type: int = 111) -> None:
        self.up = FakeTransport()
        self.uplink = Uplink(self.up, 1_000_000)  # type: ignore[arg-type]
        self.track = PublishedTrack("TR_x", "PA_x", "audio", self.up.send_rtcp)
        self.track.codec, self.track.mid = "OPUS", "0"
        self.track.opus_type, self.track.red_type = opus_type, 63
        self.uplink.bind_ssrc(7, self.track, None)
        self.taking, self.plain = FakeTransport(), FakeTransport()
        for transport, red_type in ((self.taking, 63), (self.plain, -1)):
            down = DownTrack(self.track, transport, 111)  # type: ignore[arg-type]
            down.red_type = red_type
            self.track.downs.append(down)

    def receive(self, sequence: int, payload: bytes, *, payload_type: int = 63) -> None:
        header = rtp.RTP_HEADER.pack(0x80, payload_type, sequence, sequence * 960, 7)
        self.uplink._received(header + payload)


def forwarded(transport: FakeTransport) -> list[tuple[int, int, int, bytes]]:
    """Payload type, sequence number, time stamp and payload of what went out."""
    found = []
    for packet in transport.sent:
        second, sequence, timestamp, _, _, start, end = rtp.parse_rtp(packet)
        found.append((second & 0x7F, sequence, timestamp, packet[start:end]))
    return found


@pytest.mark.parametrize("opus_type", [111, 96])
def test_copies_go_to_those_who_take_them_and_the_packet_itself_to_all(opus_type: int) -> None:
    room = Room(opus_type=opus_type)
    copies = [(1920, b"old")]
    for sequence in range(5, 9):
        room.receive(sequence, pack(b"new%d" % sequence, copies, opus_type))
    taken, plain = forwarded(room.taking), forwarded(room.plain)
    assert [one[0] for one in taken] == [63] * 4
    assert [unpack(one[3], 111) for one in taken] == [(b"new%d" % n, copies) for n in range(5, 9)]
    assert [(one[0], one[3]) for one in plain] == [(111, b"new%d" % n) for n in range(5, 9)]
    for sent in (taken, plain):
        assert all(b[1] - a[1] == 1 and b[2] - a[2] == 960 for a, b in pairwise(sent))


def test_opus_alone_goes_to_everybody_as_it_is() -> None:
    room = Room()
    room.receive(5, b"opus", payload_type=111)
    for transport in (room.taking, room.plain):
        assert forwarded(transport) == [(111, 5, 4800, b"opus")]


def test_a_broken_payload_goes_to_nobody_and_leaves_no_gap() -> None:
    room = Room()
    for sequence, payload in enumerate((pack(b"a", [], 111), b"\xef\x1e", b"", b"\x60x")):
        room.receive(sequence, payload)
    room.receive(4, pack(b"b", [], 111))
    for transport in (room.taking, room.plain):
        assert [one[1] for one in forwarded(transport)] == [0, 1]
    assert room.up.counters.malformed_rtp == 2


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_whatever_comes_what_goes_out_can_be_read(payloads: list[bytes]) -> None:
    room = Room()
    for sequence, payload in enumerate(payloads):
        room.receive(sequence, payload)
    plain = forwarded(room.plain)
    assert [unpack(one[3], 111)[0] for one in forwarded(room.taking)] == [one[3] for one in plain]


OFFERED = """\
v=0
m=audio 9 UDP/TLS/RTP/SAVPF {order}
a=mid:0
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10
a=rtpmap:63 red/48000/2
a=fmtp:63 {inside}
"""


@pytest.mark.parametrize(
    ("order", "inside", "wanted"),
    [
        ("63 111", "111/111", 63),
        ("63 111", "111", 63),
        ("111 63", "111/111", None),  # browsers
        ("63 111", "111/96", None),
        ("63 111", "", None),
        ("63 111", "minptime=10", None),
    ],
)
def test_red_is_taken_where_the_publisher_prefers_it(
    order: str, inside: str, wanted: int | None
) -> None:
    (section,) = parse_description(OFFERED.format(order=order, inside=inside)).sections
    opus = sdp.choose_codec(section)
    assert opus is not None
    assert opus.payload_type == 111
    assert sdp.red_payload_type(section, opus) == wanted
