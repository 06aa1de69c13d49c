"""The playout buffer and redundant copies: each packet once, at its own time, whatever comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.sound import NumberDecoder, decoded, encoded, held_ms, numbered, played_numbers
from tests.audio.test_playout import Line
from tui.audio.playout import HELD_MAX_SAMPLES
from tui.domain.media import FRAME_SAMPLES, AudioPacket


def copy_of(packet: AudioPacket, back: int) -> AudioPacket:
    """As it comes in the packet `back` later."""
    return replace(packet, copied_after=back * FRAME_SAMPLES)


def send(line: Line, lost: set[int], count: int, *, backs: tuple[int, ...], **options) -> None:
    """Packets 0 to `count`, each with copies of those `backs` before it."""
    for n in range(count):
        if n not in lost:
            line.put(*(copy_of(numbered(n - b, **options), b) for b in backs if b <= n))
            line.put(numbered(n, **options))
        line.pull(2)


def test_a_copy_of_what_came_is_ignored():
    line, plain = (Line(decoder=NumberDecoder()) for _ in range(2))
    send(line, set(), 200, backs=(2, 1))
    send(plain, set(), 200, backs=())
    assert np.array_equal(line.heard, plain.heard)
    assert line.buffer.counts() == plain.buffer.counts()
    assert line.buffer.target_ms == plain.buffer.target_ms


@pytest.mark.parametrize("backs", [(1,), (2,), (2, 1)])
def test_lost_packets_are_played_from_their_copies(backs):
    line = Line(decoder=NumberDecoder())
    lost = set(range(150, 1000, 12))
    send(line, lost, 1000, backs=backs)
    late = set(range(250, 980)) - set(played_numbers(line.blocks))
    assert late == set()
    counts = line.buffer.counts()
    assert counts.copies >= len(lost) - 12
    assert counts.plc + counts.dry <= 12
    assert counts.late == counts.drop == counts.damaged == counts.gaps == 0


def test_what_lost_its_copy_too_is_rebuilt_from_fec():
    line = Line(decoder=NumberDecoder())
    lost = {n + k for n in range(150, 1000, 20) for k in (0, 1, 3)}
    send(line, lost, 1000, backs=(2,), fec=True)
    assert set(range(250, 980)) - set(played_numbers(line.blocks)) == set()
    counts = line.buffer.counts()
    assert counts.fec >= 38
    assert counts.copies >= 2 * 38


def test_room_is_made_for_copies_only_while_packets_get_lost():
    line = Line(decoder=NumberDecoder())
    send(line, set(), 250, backs=(2,))
    quiet_ms = line.buffer.target_ms
    lossy = Line(decoder=NumberDecoder())
    send(lossy, set(range(0, 600, 15)), 600, backs=(2,))
    assert lossy.buffer.target_ms == pytest.approx(quiet_ms + 40, abs=6)


def test_copies_from_before_a_pause_are_not_waited_for():
    lost = set(range(0, 600, 15))
    line, plain = (Line(decoder=NumberDecoder()) for _ in range(2))
    send(line, lost, 600, backs=(10,))
    send(plain, lost, 600, backs=())
    assert line.buffer.target_ms == plain.buffer.target_ms


def test_a_packet_that_comes_after_its_copy_was_played_is_late():
    line = Line(decoder=NumberDecoder())
    send(line, set(range(0, 300, 15)), 320, backs=(1,))
    line.put(numbered(285))
    line.pull(4)
    assert line.buffer.counts().late == 1
    heard = played_numbers(line.blocks)
    assert heard == sorted(set(heard))


def test_a_packet_that_comes_before_its_copy_is_due_takes_its_place():
    line = Line(decoder=NumberDecoder())
    send(line, set(), 100, backs=())
    line.put(copy_of(numbered(100), 1), numbered(101), numbered(100))
    line.pull(12)
    assert played_numbers(line.blocks)[-2:] == [100, 101]


def test_numbers_wrap_around_in_copies_too():
    line = Line(decoder=NumberDecoder())
    options = {"first_timestamp": 2**32 - 960 * 200, "first_sequence": 65_400}
    send(line, set(range(100, 400, 15)), 400, backs=(2,), **options)
    assert line.buffer.counts().restart == 0
    assert set(range(250, 390)) - set(played_numbers(line.blocks)) == set()


def test_a_pause_before_a_copy_is_still_a_pause():
    line = Line(decoder=NumberDecoder())
    send(line, set(), 50, backs=(2,))
    line.pull(100)
    for n in range(50, 120):
        if n > 51:
            line.put(copy_of(numbered(n - 2, paused_frames=50), 2))
        line.put(numbered(n, paused_frames=50))
        line.pull(2)
    counts = line.buffer.counts()
    assert (counts.plc, counts.gaps, counts.drop, counts.copies) == (0, 0, 0, 0)


def test_copies_alone_play_nothing():
    line = Line(decoder=NumberDecoder())
    line.put(*(copy_of(numbered(n), 1) for n in range(20)))
    line.pull(20)
    assert all(block is None for block in line.blocks)


NOISE = np.random.default_rng(6).integers(-20_000, 20_000, 960 * 50).astype(np.int16)
NOISE_PACKETS = encoded(NOISE)
NOISE_DECODED = decoded(NOISE_PACKETS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 49),
            st.integers(1, 20_000),
            st.integers(-20_000, 20_000),
            st.sampled_from([b"", b"\xff", bytes(5000), b"\x48\x00\x00\x01", b"\xfb\x3f" * 9]),
        ),
        max_size=60,
    )
)
def test_whatever_copies_come_what_arrives_is_heard_as_without_them(hostile):
    """No packet is lost here, so no copy has a hole to fill: the sound must not change."""
    line = Line()
    for n, packet in enumerate(NOISE_PACKETS):
        line.put(packet)
        for at, after, away, data in hostile:
            if at == n:
                stamp = (packet.timestamp + away) % 2**32
                # At the very end a copy of the future has nothing beside it: not a hole.
                if away < FRAME_SAMPLES:
                    line.put(AudioPacket(data, stamp, 0, copied_after=after))
        line.pull(2)
    want, heard = NOISE_DECODED, line.heard
    assert np.array_equal(heard[: len(want)], want[: len(heard)])
    assert held_ms(line.buffer) <= HELD_MAX_SAMPLES / 48 + 120
