from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.sound import (
    NumberDecoder,
    decoded,
    encoded,
    held_ms,
    numbered,
    played_numbers,
    sine,
)
from tui.audio.level import dbov, peak_hz
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import AudioPacket


class Line:
    """A buffer, a clock, and 10 ms pulls; packets arrive when the test says so."""

    def __init__(self, **options):
        self.buffer = PlayoutBuffer(**options)
        self.now_s = 100.0
        self.blocks = []

    def put(self, *packets: AudioPacket) -> None:
        for packet in packets:
            self.buffer.put(packet, self.now_s)

    def pull(self, times: int = 1) -> None:
        for _ in range(times):
            self.blocks.append(self.buffer.pull(480))
            self.now_s += 0.010

    def steadily(self, packets) -> None:
        """One packet, or None for a lost one, every 20 ms."""
        for packet in packets:
            if packet is not None:
                self.put(packet)
            self.pull(2)

    @property
    def heard(self) -> np.ndarray:
        return np.concatenate([block for block in self.blocks if block is not None])


def test_without_loss_the_sound_is_the_decoders_bit_for_bit():
    # Noise is never stretched, so the decoder alone decides what is heard.
    noise = np.random.default_rng(4).integers(-20_000, 20_000, 96_000).astype(np.int16)
    packets = encoded(noise)
    line = Line()
    line.steadily(packets)
    line.pull(4)
    want, heard = decoded(packets), line.heard
    assert len(want) <= len(heard) + 960
    assert np.array_equal(heard[: len(want)], want[: len(heard)])
    counts = line.buffer.counts()
    assert (counts.ok, counts.plc, counts.late, counts.gaps) == (len(packets), 0, 0, 0)


def test_nothing_is_due_before_anything_came():
    line = Line()
    line.pull(3)
    assert line.blocks == [None] * 3


def test_playing_starts_when_the_target_is_there_and_a_lone_packet_is_not_kept_for_ever():
    line = Line(decoder=NumberDecoder())
    line.put(numbered(0))
    line.pull()
    assert line.blocks[-1] is None
    line.pull(5)
    assert played_numbers(line.blocks) == [0]


def test_delay_stays_near_forty_milliseconds_on_a_quiet_network():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(250))
    assert line.buffer.target_ms < 45
    assert line.buffer.delay_ms < 60


def test_lost_packets_are_rebuilt_from_the_next_ones():
    line = Line(decoder=NumberDecoder())
    lost = set(range(20, 1000, 20))
    line.steadily(None if n in lost else numbered(n, fec=True) for n in range(1000))
    counts = line.buffer.counts()
    # Until it is known that packets get lost, the next one may not be there in time.
    assert counts.plc + counts.dry <= 6
    assert counts.fec >= len(lost) - 6
    assert lost - set(played_numbers(line.blocks)) <= set(range(20, 140, 20))


def test_room_for_rebuilding_is_made_only_while_packets_get_lost():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(250))
    before_ms = line.buffer.target_ms
    line.steadily(None if n % 20 == 0 else numbered(n) for n in range(250, 750))
    assert line.buffer.target_ms == pytest.approx(before_ms + 20, abs=5)
    line.steadily(numbered(n) for n in range(750, 1250))
    assert line.buffer.target_ms == pytest.approx(before_ms, abs=5)


def test_one_lost_packet_makes_no_room():
    line = Line(decoder=NumberDecoder())
    line.steadily(None if n == 250 else numbered(n) for n in range(500))
    assert line.buffer.target_ms < 45


def test_packets_on_their_way_count_as_waiting():
    """Every packet 0 to 100 ms late: the delay is that of the slowest, not half as much again."""
    line = Line(decoder=NumberDecoder())
    chance = np.random.default_rng(5)
    due = sorted((n * 0.02 + chance.uniform(0, 0.1), n) for n in range(1500))
    began_s = line.now_s
    spoken_to_played = []
    for at_s, n in due:
        while line.now_s - began_s < at_s:
            line.pull()
            numbers = played_numbers(line.blocks[-1:])
            if numbers and len(spoken_to_played) < 3000:
                spoken_to_played.append(line.now_s - began_s - numbers[-1] * 0.02)
        line.buffer.put(numbered(n), began_s + at_s)
    later = np.array(spoken_to_played[-400:])
    assert 0.09 < np.median(later) < 0.15
    counts = line.buffer.counts()
    assert counts.late + counts.plc + counts.dry < 90


def test_a_lost_packet_without_fec_is_concealed_and_adds_no_delay():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(100))
    before_ms = line.buffer.delay_ms
    line.steadily(None if n == 100 else numbered(n) for n in range(100, 400))
    counts = line.buffer.counts()
    assert counts.plc + counts.dry == 1
    assert counts.gaps == 0
    assert line.buffer.delay_ms < before_ms + 15


def test_a_burst_of_loss_adds_no_delay_and_is_one_gap():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(100))
    before_ms = line.buffer.delay_ms
    line.steadily(None if 100 <= n < 105 else numbered(n) for n in range(100, 300))
    assert line.buffer.counts().gaps == 1
    assert line.buffer.delay_ms < before_ms + 15


def test_a_late_packet_is_still_played_when_nothing_else_is_there():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(50))
    line.pull(6)  # number 50 is 40 ms late
    line.put(numbered(50))
    line.pull(4)
    assert played_numbers(line.blocks)[-1] == 50
    assert line.buffer.counts().late == 0


def test_a_packet_after_its_turn_is_late_and_not_played():
    line = Line(decoder=NumberDecoder())
    line.steadily(None if n == 20 else numbered(n) for n in range(60))
    line.put(numbered(20))
    line.pull(4)
    assert line.buffer.counts().late == 1
    assert 20 not in played_numbers(line.blocks)


def test_a_repeated_packet_is_not_played_again_even_after_running_dry():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(20))
    line.pull(40)
    assert line.buffer.counts().rebuffer == 1
    line.put(numbered(19))
    line.pull(20)
    heard = played_numbers(line.blocks)
    assert heard == sorted(set(heard))


def test_uneven_arrival_raises_the_target_and_quiet_lowers_it_again():
    line = Line(decoder=NumberDecoder())
    jitter = np.random.default_rng(3)
    due = sorted((n * 0.02 + jitter.uniform(0, 0.08), n) for n in range(400))
    began_s = line.now_s
    for at_s, n in due:
        while line.now_s - began_s < at_s:
            line.pull()
        line.buffer.put(numbered(n), began_s + at_s)
    raised_ms = line.buffer.target_ms
    assert 60 < raised_ms < 140
    counts = line.buffer.counts()
    assert counts.late + counts.plc + counts.drop < 20
    line.steadily(numbered(n) for n in range(405, 1400))
    assert line.buffer.target_ms < raised_ms / 2


def test_too_much_waiting_is_played_off_quickly():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(60))
    line.put(*(numbered(n) for n in range(60, 80)))  # 400 ms at once: somebody's network healed
    line.steadily(numbered(n) for n in range(80, 280))
    counts = line.buffer.counts()
    assert counts.drop + counts.acc > 0
    assert line.buffer.delay_ms < 460


def test_a_fast_sender_does_not_fill_the_buffer():
    packets = encoded(sine(200, 20.0))
    line = Line()
    sent = 0
    for pulled in range(1900):
        while sent * 0.02 * (1 - 0.002) < pulled * 0.01 and sent < len(packets):
            line.put(packets[sent])
            sent += 1
        line.pull()
    counts = line.buffer.counts()
    assert counts.acc >= 2
    assert line.buffer.delay_ms < 90
    assert counts.plc + counts.dry <= 2


def test_a_slow_sender_does_not_run_the_buffer_dry():
    packets = encoded(sine(200, 20.0))
    line = Line()
    sent = 0
    for pulled in range(1900):
        while sent * 0.02 * (1 + 0.002) < pulled * 0.01 and sent < len(packets):
            line.put(packets[sent])
            sent += 1
        line.pull()
    counts = line.buffer.counts()
    assert counts.exp >= 2
    assert counts.plc + counts.dry <= 3


def test_a_pause_of_the_sender_is_no_loss_and_no_gap():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(50))
    line.pull(100)  # one second of nothing: contiguous numbers, time stamps that jump
    line.steadily(numbered(n, paused_frames=50) for n in range(50, 120))
    counts = line.buffer.counts()
    assert (counts.plc, counts.gaps, counts.drop, counts.late) == (0, 0, 0, 0)
    assert played_numbers(line.blocks) == list(range(len(played_numbers(line.blocks))))


def test_a_stall_of_the_network_is_one_gap():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(50))
    line.pull(50)
    line.put(*(numbered(n) for n in range(50, 75)))
    line.steadily(numbered(n) for n in range(75, 120))
    assert line.buffer.counts().gaps == 1


def test_a_talker_who_leaves_is_no_gap():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(50))
    line.pull(200)
    assert line.buffer.counts().gaps == 0
    assert line.blocks[-1] is None


def test_numbers_wrap_around_unheard():
    packets = encoded(sine(440, 1.0), timestamp=2**32 - 9600, sequence=65530)
    line = Line()
    line.steadily(packets)
    line.pull(4)
    assert peak_hz(line.heard[4800:43_200]) == pytest.approx(440, abs=2)
    counts = line.buffer.counts()
    assert (counts.ok, counts.restart, counts.plc) == (len(packets), 0, 0)


def test_a_new_stream_of_time_stamps_goes_on_by_itself():
    line = Line(decoder=NumberDecoder())
    line.steadily(numbered(n) for n in range(50))
    line.steadily(
        numbered(n, first_timestamp=3_000_000_000, first_sequence=999) for n in range(50, 100)
    )
    line.pull(6)
    assert line.buffer.counts().restart == 1
    assert played_numbers(line.blocks)[-1] == 99


def test_what_is_not_opus_is_counted_and_dropped():
    line = Line()
    for data in (b"", b"\xff", bytes(5000)):
        line.put(AudioPacket(data, 0))
    line.pull(10)
    assert line.buffer.counts().damaged == 3
    assert all(block is None for block in line.blocks)


def test_a_damaged_body_is_concealed():
    packets = encoded(sine(440, 1.0))
    broken = [
        AudioPacket(packet.data[:1] + b"\xff" * 3, packet.timestamp, packet.sequence)
        if 20 <= n < 23
        else packet
        for n, packet in enumerate(packets)
    ]
    line = Line()
    line.steadily(broken)
    assert peak_hz(line.heard[-12_000:]) == pytest.approx(440, abs=4)


def test_packets_of_other_lengths_play():
    from tui.audio.opus import OpusEncoder

    sound = sine(440, 1.2)
    for length in (480, 1920, 2880):
        line = Line()
        with OpusEncoder() as encoder:
            for n in range(len(sound) // length):
                data = encoder.encode(sound[n * length : (n + 1) * length])
                line.put(AudioPacket(data, n * length, n))
                line.pull(length // 480)
        assert peak_hz(line.heard[-24_000:]) == pytest.approx(440, abs=4)
        assert line.buffer.counts().plc == 0


def test_lost_packets_make_no_silence():
    packets = encoded(sine(440, 3.0))
    lost = {30, 75, 110}
    line = Line()
    line.steadily(None if n in lost else packet for n, packet in enumerate(packets))
    levels = [dbov(line.heard[at : at + 960]) for at in range(4800, len(line.heard) - 960, 960)]
    assert min(levels) > -40  # libopus conceals a pure tone 14 dB down


def test_after_closing_nothing_raises():
    line = Line()
    line.steadily(encoded(sine(440, 0.2)))
    line.buffer.close()
    line.buffer.close()
    line.steadily(encoded(sine(440, 0.4)))
    assert all(block is None or len(block) == 480 for block in line.blocks)


# ---- any network
@st.composite
def networks(draw):
    """(steps, wrap): each step puts packets and pulls; any order, loss, repeats, pauses."""
    packets, paused = [], 0
    for number in range(draw(st.integers(1, 60))):
        if draw(st.integers(0, 14)) == 0:
            paused += draw(st.integers(1, 30))
        copies = draw(st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2]))
        for _ in range(copies):
            late = draw(st.sampled_from([0, 0, 0, 1, 2, 5, 20]))
            packets.append((number + late, number, paused))
    packets.sort(key=lambda packet: packet[0])
    steps = []
    for _, number, pause in packets:
        pulls = draw(st.sampled_from([2, 2, 2, 0, 1, 3, 8]))
        steps.append((number, pause, draw(st.booleans()), pulls))
    size = draw(st.sampled_from([480, 480, 256, 960, 1024, 1]))
    return steps, size, draw(st.booleans())


@settings(max_examples=60, deadline=None)
@given(networks())
def test_any_network_plays_in_order_bounded_and_exact(network):
    steps, size, wraps = network
    buffer = PlayoutBuffer(decoder=NumberDecoder())
    first_timestamp, first_sequence = (2**32 - 10_000, 65_530) if wraps else (0, 0)
    blocks, now_s = [], 5.0
    for number, paused, fec, pulls in steps:
        buffer.put(
            numbered(
                number,
                fec=fec,
                first_timestamp=first_timestamp,
                first_sequence=first_sequence,
                paused_frames=paused,
            ),
            now_s,
        )
        assert held_ms(buffer) <= 1220
        assert 20 <= buffer.target_ms <= 400
        for _ in range(pulls):
            blocks.append(buffer.pull(size))
            now_s += size / 48_000
    # A paused sender may be waited for 0.4 s after each of 30 pauses.
    blocks += [buffer.pull(480) for _ in range(1300)]
    assert held_ms(buffer) == 0  # nothing is kept for ever
    assert blocks[-1] is None
    assert all(block is None or len(block) in (size, 480) for block in blocks)
    heard = played_numbers(blocks)
    assert heard == sorted(set(heard))
    counts = buffer.counts()
    assert counts.received == len(steps)
    assert counts.ok <= counts.received
    buffer.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=40), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)),
        max_size=60,
    ),
    st.lists(st.sampled_from([0, 1, 480, 5000]), min_size=60, max_size=60),
)
def test_garbage_from_the_network_never_raises(packets, pulls):
    buffer = PlayoutBuffer()
    for (data, timestamp, sequence), samples in zip(packets, pulls, strict=False):
        buffer.put(AudioPacket(data, timestamp, sequence), 1.0)
        block = buffer.pull(samples)
        assert block is None or len(block) == samples
        assert held_ms(buffer) <= 1320
    buffer.close()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 120), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
def test_without_loss_every_packet_is_heard_once_in_order(count, timestamp, sequence):
    line = Line(decoder=NumberDecoder())
    line.steadily(
        numbered(n, first_timestamp=timestamp, first_sequence=sequence) for n in range(count)
    )
    line.pull(20)
    assert played_numbers(line.blocks) == list(range(count))
    assert line.buffer.counts().ok == count
    assert line.buffer.counts().plc == 0


# ---- a network that loses and repeats, against what a listener may expect
@st.composite
def journeys(draw):
    """What the network does with each packet of a call at its pace: copies, and pauses before."""
    count = draw(st.integers(5, 150))
    copies = draw(st.lists(st.sampled_from([1] * 12 + [0, 2]), min_size=count, max_size=count))
    pauses = draw(st.lists(st.sampled_from([0] * 20 + [1, 7, 40]), min_size=count, max_size=count))
    return copies, pauses, draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 2**16 - 1))


@settings(max_examples=60, deadline=None)
@given(journeys())
def test_exactly_what_arrives_is_heard_once_and_in_order(journey):
    copies, pauses, first_timestamp, first_sequence = journey
    line = Line(decoder=NumberDecoder())
    paused, arrived = 0, []
    for number, (times, pause) in enumerate(zip(copies, pauses, strict=True)):
        # After a loss a pause can't be told from more loss; then what follows is only later.
        line.pull(2 * pause)
        paused += pause
        for _ in range(times):
            line.put(
                numbered(
                    number,
                    paused_frames=paused,
                    first_timestamp=first_timestamp,
                    first_sequence=first_sequence,
                )
            )
        if times:
            arrived.append(number)
        line.pull(2)
    line.pull(80)
    assert played_numbers(line.blocks) == arrived
    counts = line.buffer.counts()
    assert counts.ok == len(arrived)
    assert counts.received == sum(copies)
    assert (counts.drop, counts.damaged, counts.restart) == (0, 0, 0)
