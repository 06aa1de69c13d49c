"""Only whole pictures of a fit size that follow from a key picture get to the decoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.transport.rtc.picture_buffer import ASK_EVERY_S, PATIENCE_S, PictureBuffer

SSRC = 7


def key(number: int, width: int = 160, height: int = 120) -> bytes:
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"\x10\0\0\x9d\x01\x2a" + size + b"key" + number.to_bytes(2, "big")


def inter(number: int) -> bytes:
    return b"\x11inter-picture" + number.to_bytes(2, "big")


@dataclass
class Line:
    """A buffer, and a sender that numbers packets from 65500, to pass the end of the numbers."""

    queued: int = 0
    failed: bool = False
    sealed: bool = False
    now_s: float = 100.0
    number: int = 65500
    timestamp: int = 0
    refused: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.buffer = PictureBuffer(
            lambda: self.queued,
            failed=lambda: self.failed,
            refused=lambda *size: self.refused.append(size),
            opened=lambda data: None if self.sealed else data,
            clock=lambda: self.now_s,
        )

    def packets(
        self, data: bytes, parts: int = 3, *, ssrc: int = SSRC, marked: bool = True
    ) -> list[Any]:
        self.timestamp += 6000
        step = -(-len(data) // parts)
        cut = [data[at : at + step] for at in range(0, len(data), step)]
        made = []
        for index, piece in enumerate(cut):
            last = marked and index == len(cut) - 1
            made.append(
                SimpleNamespace(
                    ssrc=ssrc,
                    sequence_number=self.number & 0xFFFF,
                    timestamp=self.timestamp,
                    marker=int(last),
                    _data=piece,
                )
            )
            self.number += 1
        return made

    def take(self, *packets: Any) -> list[bytes]:
        given_out = []
        for packet in packets:
            ask, picture = self.buffer.add(packet)
            self.asked += ask
            if picture is not None:
                given_out.append(picture.data)
        return given_out


def test_a_picture_is_given_with_its_last_packet():
    line = Line()
    first, second = line.packets(key(0)), line.packets(inter(1))
    assert line.take(*first[:-1]) == []
    assert line.take(first[-1]) == [key(0)]
    assert line.take(*second) == [inter(1)]
    assert line.asked == 1  # with the first packet, before the key picture was whole


def test_without_a_mark_the_next_picture_ends_it():
    line = Line()
    assert line.take(*line.packets(key(0), marked=False)) == []
    assert line.take(*line.packets(inter(1), marked=False)) == [key(0)]


def test_a_packet_sent_again_in_time_costs_no_picture():
    line = Line()
    line.take(*line.packets(key(0)))
    lost, *rest = line.packets(inter(1))
    later = line.packets(inter(2))
    assert line.take(*rest, *later) == []
    line.now_s += PATIENCE_S * 0.9
    assert line.take(lost) == [inter(1)]
    assert line.take(*line.packets(inter(3))) == [inter(2), inter(3)]


def test_after_a_loss_nothing_is_given_until_the_next_key_picture():
    line = Line()
    line.take(*line.packets(key(0)))
    asked = line.asked
    line.now_s += 10
    _lost, *rest = line.packets(inter(1))
    line.take(*rest)
    line.now_s += PATIENCE_S
    assert line.take(*line.packets(inter(2)), *line.packets(inter(3))) == []
    assert line.asked == asked + 1
    line.now_s += ASK_EVERY_S
    assert line.take(*line.packets(inter(4))) == []
    assert line.asked == asked + 2
    assert line.take(*line.packets(key(5)), *line.packets(inter(6))) == [key(5), inter(6)]


def test_losses_one_after_another_are_waited_for_together():
    line = Line()
    line.take(*line.packets(key(0)))
    for number in range(1, 21):  # of each picture one packet is lost, and nothing is sent again
        line.now_s += 0.05
        _lost, *rest = line.packets(inter(number))
        assert line.take(*rest) == []
    line.now_s += PATIENCE_S + 0.05
    assert line.take(*line.packets(key(21), 1)) == [key(21)]


def test_what_is_missing_before_a_key_picture_is_not_waited_for():
    line = Line()
    line.packets(inter(0))
    assert line.take(*line.packets(inter(1))[1:]) == []
    line.packets(inter(2))
    assert line.take(*line.packets(key(3), 1)) == [key(3)]


def test_a_stream_joined_in_the_middle_waits_for_a_key_picture():
    line = Line()
    line.packets(key(0))
    assert line.take(*line.packets(inter(1))[1:], *line.packets(inter(2))) == []
    assert line.asked == 1
    assert line.take(*line.packets(key(3))) == [key(3)]


def test_a_size_no_machine_should_decode_is_refused_and_not_asked_for_again():
    line = Line()
    line.take(*line.packets(key(0)))
    asked = line.asked
    line.now_s += 10
    assert line.take(*line.packets(key(1, 16000, 16000)), *line.packets(inter(2))) == []
    assert line.refused == [(16000 & 0x3FFF, 16000 & 0x3FFF)]
    assert line.asked == asked
    assert line.take(*line.packets(key(3, 640, 360)), *line.packets(inter(4))) == [
        key(3, 640, 360),
        inter(4),
    ]


def test_what_the_decoder_refused_is_followed_by_a_key_picture():
    line = Line()
    line.take(*line.packets(key(0)))
    line.now_s += 10
    line.failed = True
    one = line.packets(inter(1), 1)
    assert line.take(*one) == []
    line.failed = False
    assert line.take(*line.packets(inter(2))) == []
    assert line.take(*line.packets(key(3))) == [key(3)]


def test_a_decoder_that_is_behind_gets_nothing_until_it_has_caught_up():
    line = Line()
    line.take(*line.packets(key(0)))
    line.queued = 31
    assert line.take(*line.packets(inter(1))) == []
    line.queued = 16
    assert line.take(*line.packets(key(2)), *line.packets(inter(3))) == []
    line.queued = 15
    assert line.take(*line.packets(inter(4)), *line.packets(key(5)), *line.packets(inter(6))) == [
        key(5),
        inter(6),
    ]
    assert line.buffer.dropped == 4


def test_another_stream_on_the_same_section_starts_anew():
    line = Line()
    line.take(*line.packets(key(0)))
    line.number = 200
    assert line.take(*line.packets(inter(1), ssrc=8)) == []
    assert line.take(*line.packets(key(2), ssrc=8)) == [key(2)]


def test_padding_is_no_picture_and_no_loss():
    line = Line()
    line.take(*line.packets(key(0)))
    (padding,) = line.packets(b"x", 1)
    padding._data = b""
    assert line.take(padding, *line.packets(inter(1))) == [inter(1)]


def test_a_picture_without_end_is_bounded():
    line = Line()
    line.take(*line.packets(key(0)))
    endless = line.packets(b"\x11" + bytes(3000), 3001, marked=False)
    assert line.take(*endless) == []
    assert len(line.buffer._parts) <= 1025
    assert line.take(*line.packets(inter(2))) == []
    assert line.take(*line.packets(key(3))) == [key(3)]


FATES = ["on time"] * 8 + ["lost", "late", "twice"]


@given(
    st.lists(st.integers(0, 5).map(lambda n: n == 0), min_size=20, max_size=20),
    st.lists(st.sampled_from(FATES), min_size=40, max_size=40),
)
def test_whatever_is_lost_late_or_doubled_only_what_builds_on_a_key_picture_is_given(keys, fates):
    """The pictures given are runs of neighbours, each of which begins with a key picture."""
    line = Line()
    pictures = [key(n) if n == 0 or is_key else inter(n) for n, is_key in enumerate(keys)]
    sent = [packet for picture in pictures for packet in line.packets(picture, 2)]
    arriving: list[tuple[float, Any]] = []
    for index, (packet, fate) in enumerate(zip(sent, fates, strict=True)):
        if fate != "lost":
            arriving.append((index * 0.03 + (0.2 if fate == "late" else 0), packet))
        if fate == "twice":
            arriving.append((index * 0.03 + 0.1, packet))
    came: list[bytes] = []
    start_s = line.now_s
    for at_s, packet in sorted(arriving, key=lambda one: one[0]):
        line.now_s = start_s + at_s
        came += line.take(packet)
    numbers = [pictures.index(one) for one in came]
    assert numbers == sorted(set(numbers))
    for before, number in zip([None, *numbers], numbers, strict=False):
        assert pictures[number].startswith(b"\x10") or before == number - 1


def test_what_is_sealed_is_neither_given_out_nor_asked_for():
    line = Line(sealed=True)
    line.take(*line.packets(key(0)))
    asked = line.asked
    line.now_s += 10
    assert line.take(*line.packets(key(1)), *line.packets(inter(2))) == []
    assert line.asked == asked
    line.sealed = False
    line.now_s += 10
    assert line.take(*line.packets(inter(3))) == []
    assert line.asked == asked + 1
    assert line.take(*line.packets(key(4)), *line.packets(inter(5))) == [key(4), inter(5)]
