"""Renumbering: whatever layers, losses and pauses come in, one unbroken stream goes out."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coded_pictures import captured, packets
from tui.server.rooms.speakers import SpeakerDetector
from tui.server.rooms.upkeep import quality_of
from tui.server.sfu import rtcp, vp8
from tui.server.sfu.adaptation import LayerCeiling
from tui.server.sfu.counters import Counters
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.layer import Layer
from tui.server.sfu.track import PublishedTrack
from tui.server.sfu.uplink import Uplink
from tui.wire import av1, rtp
from tui.wire.vp9 import parse_vp9


@dataclass
class FakeTransport:
    counters: Counters = field(default_factory=Counters)
    ready: bool = True
    name: str = "fake"
    sent: list[bytes] = field(default_factory=list)
    sent_rtcp: list[bytes] = field(default_factory=list)
    on_rtp: object = None
    on_rtcp: object = None

    def send_rtp(self, packet: bytes) -> None:
        self.sent.append(packet)

    def send_rtcp(self, packet: bytes) -> None:
        self.sent_rtcp.append(packet)


@dataclass
class Source:
    """A simulcast layer's packets, counters where they happen to be."""

    ssrc: int
    sequence: int
    timestamp: int
    picture: int
    tl0: int
    rid: str = ""

    def packet(self, *, key: bool = False, padding_only: bool = False) -> bytes:
        self.sequence = (self.sequence + 1) & 0xFFFF
        if padding_only:
            return rtp.RTP_HEADER.pack(0xA0, 96, self.sequence, self.timestamp, self.ssrc) + (
                b"\x00\x00\x03"
            )
        self.timestamp = (self.timestamp + 3000) & 0xFFFFFFFF
        self.picture = (self.picture + 1) & 0x7FFF
        self.tl0 = (self.tl0 + 1) & 0xFF
        extension = b""
        first = 0x80
        if self.rid:
            first = 0x90
            extension = (
                struct.pack("!HH", 0xBEDE, 1) + bytes([0x10, 0x30, 0x20]) + (self.rid.encode())
            )
        payload = struct.pack("!BBHBB", 0x90, 0xC0, 0x8000 | self.picture, self.tl0, not key)
        header = rtp.RTP_HEADER.pack(first, 0x80 | 96, self.sequence, self.timestamp, self.ssrc)
        return header + extension + payload + b"data"


def _room(
    rids: tuple[str, ...] = (),
) -> tuple[Uplink, FakeTransport, PublishedTrack, DownTrack, FakeTransport]:
    up, down_transport = FakeTransport(), FakeTransport()
    uplink = Uplink(up, 1_000_000)  # type: ignore[arg-type]
    track = PublishedTrack("TR_x", "PA_x", "video", up.send_rtcp)
    track.codec, track.mid, track.rids = "VP8", "0", rids
    uplink.learn_extension(rtp.EXTENSION_MID, 1)
    uplink.learn_extension(rtp.EXTENSION_RID, 2)
    uplink.bind_mid("0", track)
    down = DownTrack(track, down_transport, 100)  # type: ignore[arg-type]
    track.downs.append(down)
    return uplink, up, track, down, down_transport


def _check_unbroken(packets: list[bytes]) -> None:
    """Consecutive sequence numbers, picture ids and TL0 indices, timestamps that only grow."""
    fields = [rtp.parse_rtp(packet) for packet in packets]
    for before, after, raw_before, raw_after in zip(
        fields, fields[1:], packets, packets[1:], strict=False
    ):
        assert after[1] == (before[1] + 1) & 0xFFFF
        assert 0 < (after[2] - before[2]) & 0xFFFFFFFF < 0x80000000
        first, second = raw_before[before[5] :], raw_after[after[5] :]
        parsed = vp8.parse_vp8(first), vp8.parse_vp8(second)
        ids = vp8.picture_id(first, parsed[0]), vp8.picture_id(second, parsed[1])
        assert ids[1] == (ids[0] + 1) & 0x7FFF
        tl0 = vp8.tl0_index(first, parsed[0]), vp8.tl0_index(second, parsed[1])
        assert tl0[1] == (tl0[0] + 1) & 0xFF


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
def test_pictures_in_layers_go_on_whole_from_the_first_key_picture(codec: str) -> None:
    uplink, up, track, down, out = _room()
    track.codec = codec
    uplink.bind_ssrc(7, track, None)
    key, *others = captured(codec)
    begins = {"VP9": lambda one: parse_vp9(one).begins_key, "AV1": av1.begins_key}[codec]
    before = [one for one in others if not begins(one[0])][:1]
    for packet in packets([*before, key, *others]):
        header = rtp.RTP_HEADER.pack(
            0x80, packet.marker << 7 | 98, packet.sequence_number, packet.timestamp, 7
        )
        uplink._received(header + packet._data)
    fields = [rtp.parse_rtp(packet) for packet in out.sent]
    sent = [packet[one[5] :] for packet, one in zip(out.sent, fields, strict=True)]
    assert sent == [payload for picture in (key, *others) for payload in picture]
    assert [one[1] for one in fields] == [(fields[0][1] + n) & 0xFFFF for n in range(len(fields))]
    assert sum(one[0] >> 7 for one in fields) == len(others) + 1  # one mark for each picture
    assert down.layer is not None
    assert up.sent_rtcp  # a key picture was asked for


COUNTERS = st.tuples(
    st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 0x7FFF), st.integers(0, 255)
)
STEPS = st.lists(
    st.sampled_from(["q", "f", "want q", "want f", "pause", "resume", "mute", "unmute", "pad"]),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(COUNTERS, COUNTERS, STEPS)
def test_switches_pauses_and_padding_never_show(
    low: tuple[int, int, int, int], high: tuple[int, int, int, int], steps: list[str]
) -> None:
    uplink, _, track, down, out = _room(("q", "f"))
    sources = {"q": Source(1, *low, rid="q"), "f": Source(2, *high, rid="f")}
    for step in ["q", "f", *steps]:
        if step in sources:
            for number in range(3):
                uplink._received(sources[step].packet(key=number == 0))
        elif step == "pad":
            uplink._received(sources["q"].packet(padding_only=True))
        elif step.startswith("want"):
            down.highest = 0 if step.endswith("q") else 1
            down.choose(
                1e18 if not track.layers else max(layer.last_at for layer in track.layers.values())
            )
        elif step in ("pause", "resume"):
            down.set_paused(paused=step == "pause")
        else:
            track.set_muted(muted=step == "mute")
    assert out.counters.malformed_rtp == 0
    _check_unbroken(out.sent)


def test_a_layer_is_only_left_at_a_key_frame() -> None:
    uplink, up, _, down, out = _room(("q", "f"))
    low, high = Source(1, 5, 5, 5, 5, rid="q"), Source(2, 900, 900, 900, 90, rid="f")
    down.highest = 0
    uplink._received(low.packet(key=True))
    uplink._received(high.packet(key=True))
    assert len(out.sent) == 1
    down.highest = 1
    down.choose(max(layer.last_at for layer in down.track.layers.values()))
    assert rtcp.pli(2) in up.sent_rtcp
    uplink._received(high.packet())
    uplink._received(low.packet())
    assert len(out.sent) == 2
    uplink._received(high.packet(key=True))
    uplink._received(low.packet())
    assert len(out.sent) == 3
    assert down.layer is not None
    assert down.layer.rid == "f"


def test_late_packets_from_before_a_switch_are_left_out() -> None:
    uplink, _, track, down, out = _room()
    source = Source(1, 5, 5, 5, 5)
    uplink.bind_ssrc(1, track, None)
    uplink._received(source.packet(key=True))
    late = source.packet()
    down.set_paused(paused=True)
    uplink._received(source.packet())
    down.set_paused(paused=False)
    uplink._received(source.packet(key=True))
    uplink._received(late)
    uplink._received(source.packet())
    _check_unbroken(out.sent)
    assert len(out.sent) == 3


def test_losses_are_asked_for_and_repairs_passed_on() -> None:
    uplink, up, track, _, out = _room()
    source = Source(1, 65533, 5, 5, 5)
    uplink.bind_ssrc(1, track, 2)
    uplink.learn_repair(97)
    uplink._received(source.packet(key=True))
    lost = [source.packet(), source.packet()]
    uplink._received(source.packet())
    assert up.sent_rtcp[-1] == rtcp.nack(1, [65535, 0])
    uplink._received(lost[0])
    _, sequence, timestamp, _, _, start, _ = rtp.parse_rtp(lost[1])
    repair = rtp.RTP_HEADER.pack(0x80, 97, 1, timestamp, 2)
    uplink._received(repair + struct.pack("!H", sequence) + lost[1][start:])
    assert len(out.sent) == 4
    _check_unbroken(sorted(out.sent, key=lambda p: (rtp.parse_rtp(p)[1] + 5) & 0xFFFF))
    sent = len(up.sent_rtcp)
    uplink.ask_missing()
    assert len(up.sent_rtcp) == sent


def test_what_stays_missing_is_asked_for_five_times() -> None:
    uplink, up, track, _, _ = _room()
    source = Source(1, 10, 5, 5, 5)
    uplink.bind_ssrc(1, track, None)
    uplink._received(source.packet(key=True))
    source.packet()
    uplink._received(source.packet())
    for _ in range(10):
        uplink.ask_missing()
    assert up.sent_rtcp.count(rtcp.nack(1, [12])) == 6
    assert up.sent_rtcp.count(rtcp.pli(1)) == 1


def test_a_nack_is_answered_from_the_cache_within_a_budget() -> None:
    uplink, _, track, down, out = _room()
    source = Source(1, 10, 5, 5, 5)
    uplink.bind_ssrc(1, track, None)
    uplink._received(source.packet(key=True))
    for _ in range(299):
        uplink._received(source.packet())
    downlink = Downlink(out)  # type: ignore[arg-type]
    downlink.add(down)
    newest = rtp.parse_rtp(out.sent[-1])[1]
    wanted, count = out.sent[-2], len(out.sent)
    downlink.received_rtcp(rtcp.nack(down.ssrc, [(newest - 299) & 0xFFFF, newest - 1]))
    assert out.sent[count:] == [wanted]
    for _ in range(100):
        downlink.received_rtcp(rtcp.nack(down.ssrc, list(range(newest - 10, newest))))
    assert len(out.sent) - count == 60
    down.tick()
    downlink.received_rtcp(rtcp.nack(down.ssrc, [newest]))
    assert len(out.sent) - count == 61


def test_reports_and_requests_of_a_subscriber() -> None:
    uplink, up, track, down, out = _room()
    source = Source(1, 10, 5, 5, 5)
    uplink.bind_ssrc(1, track, None)
    uplink._received(source.packet(key=True))
    downlink = Downlink(out)  # type: ignore[arg-type]
    downlink.add(down)
    block = struct.pack("!IIIIII", down.ssrc, 64 << 24, 0, 0, 0, 0)
    downlink.received_rtcp(rtcp.receiver_report([block]) + rtcp.remb(500_000, [down.ssrc]))
    assert downlink.loss == 0.25
    downlink.received_rtcp(rtcp.pli(down.ssrc))
    downlink.received_rtcp(rtcp.pli(down.ssrc))  # too soon after the first
    assert up.sent_rtcp.count(rtcp.pli(1)) == 1
    downlink.received_rtcp(b"\x81\xce")
    assert out.counters.malformed_rtcp == 1
    uplink.received_rtcp(rtcp.sender_report(1, 7 << 32, 1000, 1, 1))
    ssrc, ntp, _ = rtcp.parse_sender_report(out.sent_rtcp[-1])
    assert (ssrc, ntp) == (down.ssrc, 7 << 32)
    uplink.received_rtcp(b"\x80\xc8\x00\x01\x00\x00\x00\x01")
    assert up.counters.malformed_rtcp == 1


def test_reception_statistics() -> None:
    layer = Layer(1, "", 90_000)
    for sequence in (65534, 65535, 0, 3, 2):
        layer.receive(sequence, 0, 10, 1.0)
    block = layer.report_block(1.0)
    ssrc, lost, highest = struct.unpack_from("!III", block)
    assert (ssrc, lost & 0xFFFFFF, highest) == (1, 1, 65536 + 3)
    assert layer.loss == pytest.approx(1 / 6)
    layer.receive(4, 0, 10, 1.0)
    layer.report_block(2.0)
    assert layer.loss == 0


@given(st.lists(st.booleans(), max_size=80), st.integers(0, 0xFFFF))
def test_dropped_packets_leave_no_gap(forwarded: list[bool], start: int) -> None:
    layer = Layer(1, "", 90_000)
    out = []
    for offset, forward in enumerate([True, *forwarded]):
        sequence = (start + offset) & 0xFFFF
        layer.receive(sequence, 0, 1, 1.0)
        if forward:
            out.append(layer.renumber(sequence))
        else:
            layer.drop(sequence)
    assert out == [(start + index) & 0xFFFF for index in range(len(out))]


@given(st.lists(st.binary(min_size=1, max_size=80), max_size=20))
def test_any_packets_of_a_publisher_are_survived(packets: list[bytes]) -> None:
    uplink, _, track, _, _ = _room()
    uplink.bind_ssrc(1, track, 2)
    uplink.learn_repair(97)
    for packet in packets:
        uplink._received(packet)
        uplink._received(b"\x80\x60\x00\x01" + bytes(7) + b"\x01" + packet)
        uplink._received(b"\x80\x61\x00\x01" + bytes(7) + b"\x02" + packet)
        uplink.received_rtcp(packet)
    assert uplink.loss <= 1


def test_speakers_have_hysteresis() -> None:
    detector = SpeakerDetector()
    assert detector.update({"a": 127}) == []
    (speaker,) = detector.update({"a": 10})
    assert speaker.active
    detector.update({"a": 10})
    still = detector.update({"a": 127})
    assert still[0].active
    detector.update({"a": 127})
    ended = detector.update({"a": 127})
    assert [(s.active, s.level) for s in ended] in ([(False, 0.0)], [])


def test_quality_comes_from_loss_and_silence() -> None:
    scores = [quality_of(0, 0), quality_of(0.05, 0), quality_of(0.3, 0), quality_of(0, 8)]
    assert [quality for quality, _ in scores] == [2, 1, 0, 3]
    assert [score for _, score in scores] == sorted((s for _, s in scores), reverse=True)


def test_the_ceiling_follows_loss_and_recovers() -> None:
    ceiling = LayerCeiling()
    lowered = [second for second in range(9) if ceiling.update(0.3, min(ceiling.index, 2), second)]
    assert ceiling.index == 0
    assert lowered[1] - lowered[0] >= 3  # reports of before still come
    assert not ceiling.update(0.5, 0, 9.0)  # nothing lower
    tries: dict[int, int] = {}
    for second in range(10, 200):
        ceiling.update(0.0, min(ceiling.index, 2), float(second))
        tries.setdefault(ceiling.index, second)
    assert list(tries) == [0, 1, 2, 3, 99]
    assert tries[2] - tries[1] >= 8


def test_scattered_loss_is_not_congestion() -> None:
    ceiling = LayerCeiling()
    for second in range(60):
        ceiling.update(0.2 if second % 4 == 0 else 0.0, 2, float(second))
    assert ceiling.index == 99


def test_a_failed_try_waits_longer() -> None:
    ceiling = LayerCeiling()
    raised: list[int] = []
    for second in range(300):
        forwarded = min(ceiling.index, 1)
        before = ceiling.index
        ceiling.update(0.3 if forwarded == 1 else 0.0, forwarded, float(second))
        if ceiling.index > before:
            raised.append(second)
    gaps = [after - before for before, after in itertools.pairwise(raised)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 2 * gaps[0]


def test_bandwidth_probes_are_not_passed_on() -> None:
    uplink, up, track, _, out = _room()
    source = Source(1, 100, 5, 5, 5)
    uplink.bind_ssrc(1, track, 2)
    uplink.learn_repair(97)
    packet = source.packet(key=True)
    uplink._received(packet)
    _, sequence, timestamp, _, _, start, _ = rtp.parse_rtp(packet)
    head = rtp.RTP_HEADER.pack(0x80, 97, 1, timestamp, 2)
    uplink._received(head + struct.pack("!H", sequence) + packet[start:])
    uplink._received(head + b"\x00\x01")
    assert len(out.sent) == 1
    assert (up.counters.repeats_dropped, up.counters.padding_dropped) == (1, 1)


def test_what_a_publisher_invents_is_not_kept_for_ever() -> None:
    """100,000 repair SSRCs were 13.6 MB, for as long as the participant stayed."""
    uplink, up, track, _, _ = _room(("q", "h"))
    lost: list[str] = []
    up.on_lost = lost.append
    uplink.learn_extension(rtp.EXTENSION_REPAIRED_RID, 3)
    uplink.learn_repair(97)
    for rid in ("q", "h"):
        uplink._received(Source(ord(rid), 1, 1, 1, 1, rid).packet(key=True))
    assert set(track.layers) == {"q", "h"}
    extension = struct.pack("!HH", 0xBEDE, 1) + bytes([0x10, 0x30, 0x30]) + b"q"
    for ssrc in range(1_000, 10_000):
        header = rtp.RTP_HEADER.pack(0x90, 97, 1, 1, ssrc)
        uplink._received(header + extension + b"\0\x05data")
        if lost:
            break
    assert len(lost) == 1
    assert "4096 sources" in lost[0]
    assert len(uplink._sources) == 4096
    assert len(uplink._repairs) == 1


def test_offers_again_and_again_leave_nothing_behind() -> None:
    uplink, _, track, _, _ = _room()
    for number in range(1000):
        uplink.bind_mid(str(number), track)
        uplink.bind_ssrc(2 * number + 1, track, 2 * number + 2)
    assert uplink._by_mid == {"999": track}
    assert uplink._repair_of == {2000: 1999}
    assert list(uplink._by_ssrc) == [1999]
