from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from tests.audio.sound import decoded, sine
from tui.audio.capture import QUEUE_PACKETS, Capture
from tui.audio.gate import RAMP_SAMPLES, Gate
from tui.audio.level import dbov, peak_hz
from tui.audio.opus import OpusEncoder
from tui.audio.playout import PlayoutBuffer
from tui.ports.devices import DeviceUnavailable
from tui.ports.transport import EndOfMedia


class HandMicrophone:
    """A microphone the test speaks into."""

    label = "hand"
    hears_a_room = True

    def __init__(self, *, refuses: bool = False):
        self.on_block = None
        self.failed = False
        self.refuses = refuses

    def start(self, on_block):
        if self.refuses:
            raise DeviceUnavailable("refused", "ask again")
        self.on_block = on_block

    def stop(self):
        self.on_block = None


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def capture():
    capture = Capture()
    yield capture
    capture.close()


async def spoken(capture: Capture, sound: np.ndarray, *, block: int = 480) -> list:
    """Feed the sound and take every packet it makes."""
    packets = []
    for at in range(0, len(sound), block):
        capture.on_block(sound[at : at + block])
        while capture._packets:
            packets.append(await asyncio.wait_for(capture.next_packet(), 2))
    return packets


async def test_what_is_spoken_is_sent(capture):
    packets = await spoken(capture, sine(440, 1.0))
    assert len(packets) == 50
    assert [packet.timestamp for packet in packets] == list(range(0, 48_000, 960))
    assert [packet.sequence for packet in packets] == list(range(50))
    assert packets[-1].level_dbov == -15
    assert peak_hz(decoded(packets)[4800:]) == pytest.approx(440, abs=2)
    assert capture.level_dbov == pytest.approx(-15, abs=1)


async def test_blocks_of_any_length_make_whole_packets(capture):
    packets = await spoken(capture, sine(440, 0.5), block=417)
    assert len(packets) == 25
    assert peak_hz(decoded(packets)[4800:]) == pytest.approx(440, abs=3)


async def test_muted_from_the_start_not_one_sample_passes():
    capture = Capture(muted=True)
    packets = await spoken(capture, sine(440, 0.5, 0.9))
    assert {packet.level_dbov for packet in packets} == {-127}
    assert capture.level_dbov > -5  # the meter still shows it
    # Bit for bit what a silent room gives: the packets know nothing of the microphone.
    quiet = Capture()
    silence = await spoken(quiet, np.zeros(24_000, np.int16))
    assert [packet.data for packet in packets] == [packet.data for packet in silence]
    quiet.close()
    capture.close()


async def test_a_pause_costs_next_to_nothing_and_is_heard_as_one(capture):
    packets = await spoken(capture, sine(440, 0.5))
    pause = await spoken(capture, np.zeros(96_000, np.int16))
    again = await spoken(capture, sine(440, 0.5))
    assert len(pause) < 25  # of 100 frames
    sequences = [packet.sequence for packet in packets + pause + again]
    assert sequences == list(range(len(sequences)))
    assert again[-1].timestamp == packets[0].timestamp + 3 * 48_000 - 960
    buffer = PlayoutBuffer()
    arriving = {packet.timestamp // 960: packet for packet in packets + pause + again}
    for frame in range(150):
        if frame in arriving:
            buffer.put(arriving[frame], frame * 0.02)
        buffer.pull(960)
    counts = buffer.counts()
    assert (counts.plc, counts.drop, counts.gaps, counts.late) == (0, 0, 0, 0)
    assert counts.pause > 60
    buffer.close()


async def test_muting_stops_the_samples_within_ten_milliseconds(capture):
    loud = sine(440, 0.4, 0.9)
    before = await spoken(capture, loud)
    capture.set_muted(muted=True)
    after = await spoken(capture, loud)
    assert capture.muted
    assert before[-1].level_dbov == -4
    assert after[0].level_dbov < -10  # the 5 ms ramp
    assert {packet.level_dbov for packet in after[1:]} == {-127}
    # The codec rings out over its window; then there is its own rounding noise at most.
    assert dbov(decoded(before + after)[len(loud) + 2 * 960 :]) < -75
    capture.set_muted(muted=False)
    again = await spoken(capture, loud)
    assert dbov(decoded(again)[4800:]) == pytest.approx(-4, abs=1)


def test_the_gate_lets_through_nothing_after_its_ramp():
    gate = Gate()
    block = np.full(480, 20_000, np.int16)
    assert np.array_equal(gate.pass_through(block), block)
    gate.closed = True
    ramp = gate.pass_through(block)
    assert not ramp[RAMP_SAMPLES:].any()
    assert np.all(np.diff(ramp.astype(int)) <= 0)
    assert not gate.pass_through(block).any()
    gate.closed = False
    rise = gate.pass_through(block)
    assert rise[0] == 0
    assert np.array_equal(rise[RAMP_SAMPLES:], block[RAMP_SAMPLES:])
    assert RAMP_SAMPLES <= 480


async def test_without_a_microphone_silence_goes_on_in_time(capture):
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    packets = [await asyncio.wait_for(capture.next_packet(), 2)]
    while packets[-1].timestamp < 24_000:
        packets.append(await asyncio.wait_for(capture.next_packet(), 2))
    took_s = loop.time() - began_s
    assert 0.4 < took_s < 1.5
    assert dbov(decoded(packets)) < -80
    stamps = [packet.timestamp for packet in packets]
    assert stamps == sorted(set(stamps))
    assert {stamp % 960 for stamp in stamps} == {0}


async def test_a_stalled_microphone_is_stood_in_for_and_time_stamps_jump_over_the_hole():
    clock = Clock()
    capture = Capture(clock_s=clock)
    packets = await spoken(capture, sine(440, 0.1))
    clock.now_s += 0.5
    silent = await asyncio.wait_for(capture.next_packet(), 2)
    assert silent.level_dbov == -127
    assert silent.sequence == packets[-1].sequence + 1
    assert 0.3 < (silent.timestamp - packets[-1].timestamp) / 48_000 < 0.6
    more = await spoken(capture, sine(440, 0.1))
    assert more[0].timestamp > silent.timestamp
    capture.close()


async def test_time_stamps_grow_through_a_change_of_microphone(capture):
    first, second = HandMicrophone(), HandMicrophone()
    stamps = []
    for microphone in (first, second):
        capture.attach(microphone)
        assert capture.microphone is microphone
        for _ in range(6):
            microphone.on_block(sine(440, 0.01))
        stamps += [(await asyncio.wait_for(capture.next_packet(), 2)).timestamp for _ in range(3)]
    assert stamps == sorted(set(stamps))
    assert first.on_block is None
    capture.detach()
    capture.detach()
    assert second.on_block is None
    assert capture.microphone is None


async def test_a_microphone_that_refuses_leaves_none_and_the_track_alive(capture):
    capture.attach(HandMicrophone())
    with pytest.raises(DeviceUnavailable):
        capture.attach(HandMicrophone(refuses=True))
    assert capture.microphone is None
    assert (await asyncio.wait_for(capture.next_packet(), 2)).level_dbov == -127


async def test_nobody_taking_packets_drops_the_oldest(capture):
    for _ in range(100):
        capture.on_block(sine(440, 0.01))
    assert capture.dropped_packets == 50 - QUEUE_PACKETS
    assert (await capture.next_packet()).sequence == 40


async def test_a_waiting_reader_is_woken_by_the_devices_thread(capture):
    capture.on_block(sine(440, 0.01))  # half a packet
    reader = asyncio.create_task(capture.next_packet())
    await asyncio.sleep(0)
    thread = threading.Thread(target=capture.on_block, args=(sine(440, 0.01),))
    thread.start()
    packet = await asyncio.wait_for(reader, 2)
    thread.join()
    assert packet.level_dbov > -30


async def test_cancelling_a_reader_together_with_a_packet_ends_it(capture):
    async def read_on() -> None:
        while True:
            await capture.next_packet()

    for _ in range(20):
        reader = asyncio.create_task(read_on())
        await asyncio.sleep(0)
        thread = threading.Thread(target=capture.on_block, args=(sine(440, 0.02),))
        thread.start()
        thread.join()  # the wake-up is in the loop's queue
        await asyncio.sleep(0)
        reader.cancel()
        done, _ = await asyncio.wait({reader}, timeout=2)
        assert done == {reader}
        assert reader.cancelled()


async def test_talking_into_a_muted_microphone_is_noticed():
    clock = Clock()
    capture = Capture(clock_s=clock)

    def say(seconds: float, amplitude: float) -> None:
        for _ in range(round(seconds * 100)):
            clock.now_s += 0.01
            capture.on_block(sine(200, 0.01, amplitude))

    say(0.5, 0.3)
    assert not capture.talking_while_muted
    capture.set_muted(muted=True)
    say(0.1, 0.3)
    assert not capture.talking_while_muted  # a cough
    say(0.4, 0.3)
    assert capture.talking_while_muted
    say(3.0, 0.0005)
    assert not capture.talking_while_muted
    say(0.5, 0.3)
    capture.set_muted(muted=False)
    assert not capture.talking_while_muted
    capture.close()


async def test_the_processor_comes_before_the_gate():
    seen = []

    def process(block):
        seen.append(block)
        return block // 2

    capture = Capture(muted=True, process=process)
    packets = await spoken(capture, sine(440, 0.1, 0.5))
    assert len(seen) == 10
    assert dbov(decoded(packets)) < -80
    assert capture.level_dbov == pytest.approx(-15, abs=1)
    capture.close()


async def test_with_dtx_a_pause_costs_few_packets_and_the_far_end_hears_no_loss():
    capture = Capture(OpusEncoder(dtx=True))
    speech = sine(200, 1.0)
    sound = np.concatenate((speech, np.zeros(96_000, np.int16), speech))
    buffer = PlayoutBuffer()
    heard, sent = [], 0
    for at in range(0, len(sound), 960):
        capture.on_block(sound[at : at + 960])
        if capture._packets:
            sent += 1
            buffer.put(await capture.next_packet(), at / 48_000)
        heard += [buffer.pull(480), buffer.pull(480)]
    counts = buffer.counts()
    assert 100 < sent < 140  # of 200
    assert (counts.plc, counts.gaps, counts.drop, counts.late) == (0, 0, 0, 0)
    assert counts.pause > 50
    spoken_again = np.concatenate([block for block in heard[-60:] if block is not None])
    assert peak_hz(spoken_again) == pytest.approx(200, abs=5)
    capture.close()
    buffer.close()


async def test_closing_ends_the_stream_for_who_waits(capture):
    capture.attach(HandMicrophone())
    capture.on_block(sine(440, 0.01))
    reader = asyncio.create_task(capture.next_packet())
    await asyncio.sleep(0)
    capture.close()
    capture.close()
    with pytest.raises(EndOfMedia):
        await asyncio.wait_for(reader, 2)
    capture.on_block(sine(440, 0.02))
    with pytest.raises(EndOfMedia):
        await capture.next_packet()


def test_a_closed_loop_does_not_disturb_the_device():
    capture = Capture()

    async def wait_a_little():
        capture.on_block(sine(440, 0.01))
        reader = asyncio.create_task(capture.next_packet())
        await asyncio.sleep(0)
        return reader

    loop = asyncio.new_event_loop()
    reader = loop.run_until_complete(wait_a_little())
    reader.cancel()
    loop.run_until_complete(asyncio.gather(reader, return_exceptions=True))
    loop.close()
    for _ in range(4):
        capture.on_block(sine(440, 0.01))
    capture.close()
    assert capture.sent_packets == 0
