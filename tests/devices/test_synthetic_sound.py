from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tests.devices.wait import until
from tui.audio.level import dbov, peak_hz
from tui.devices import pacing, tones
from tui.devices.echo import EchoLoop
from tui.devices.local import LocalDevices
from tui.devices.paced import PacedMicrophone
from tui.devices.pacing import PacedThread
from tui.domain.media import parse_media_name

DEVICES = LocalDevices()


def take(source, seconds: float) -> np.ndarray:
    return np.concatenate([source.next_block() for _ in range(round(seconds * 100))])


def test_a_tone_is_exact_and_continuous_over_its_loop():
    sound = take(tones.tone(441), 2.5)
    assert peak_hz(sound) == pytest.approx(441, abs=0.1)
    assert dbov(sound) == -15
    at = np.arange(len(sound)) / 48_000
    assert np.abs(sound - 8192 * np.sin(2 * np.pi * 441 * at)).max() <= 1.5


def test_beeps_sound_for_a_tenth_of_each_second():
    sound = take(tones.beeps(2000), 3)
    for second in range(3):
        one = sound[second * 48_000 : (second + 1) * 48_000]
        assert one[:4800].any()
        assert not one[4800:].any()
    assert peak_hz(sound[:4800]) == pytest.approx(2000, abs=10)


def test_silence_is_digital():
    assert not take(tones.silence(), 0.5).any()


def test_the_voice_is_there_loud_enough_and_pauses():
    sound = take(tones.voice(), 12)
    levels = [dbov(sound[at : at + 960]) for at in range(0, len(sound), 960)]
    assert max(levels) > -20
    assert np.median(levels) > -40
    assert min(levels) < -60
    assert np.array_equal(sound, take(tones.voice(), 12))


@pytest.mark.parametrize("name", ["test:tone=440", "test:beeps", "test:voice", "test:silence"])
def test_test_microphones_bring_ten_milliseconds_in_real_time(name):
    microphone = DEVICES.open_microphone(parse_media_name(name, role="microphone"))
    blocks: list[np.ndarray] = []
    began_s = time.monotonic()
    microphone.start(blocks.append)
    until(lambda: len(blocks) >= 30, 5, "thirty blocks")
    took_s = time.monotonic() - began_s
    microphone.stop()
    count = len(blocks)
    assert took_s > 0.15  # 0.29 s, less what is caught up after a stall
    assert {len(block) for block in blocks} == {480}
    assert {block.dtype for block in blocks} == {np.dtype(np.int16)}
    microphone.stop()
    assert len(blocks) == count
    assert not microphone.failed


def test_the_null_microphone_brings_nothing_and_the_null_speaker_pulls():
    null = parse_media_name("null", role="microphone")
    microphone, speaker = DEVICES.open_microphone(null), DEVICES.open_speaker(null)
    blocks: list[np.ndarray] = []
    pulls: list[int] = []

    def pull(samples: int) -> np.ndarray:
        pulls.append(samples)
        return np.zeros(samples, np.int16)

    microphone.start(blocks.append)
    speaker.start(pull)
    until(lambda: len(pulls) >= 10, 5, "ten pulls")
    speaker.stop()
    microphone.stop()
    assert blocks == []
    assert set(pulls) == {480}
    assert not microphone.failed
    assert not speaker.failed


class FakeTime:
    """`time.monotonic` and the wait of a paced thread, without waiting."""

    def __init__(self, stalls: dict[int, float]):
        self.now_s = 10.0
        self.stalls = stalls

    def monotonic(self) -> float:
        return self.now_s


def paced_times(monkeypatch, steps: int, stalls: dict[int, float]) -> list[float]:
    """When each step ran, on a clock that only waiting and stalls move."""
    clock = FakeTime(stalls)
    monkeypatch.setattr(pacing, "time", clock)
    ran: list[float] = []

    def step() -> None:
        ran.append(clock.now_s - 10.0)
        clock.now_s += clock.stalls.get(len(ran), 0.0) + 0.001
        if len(ran) == steps:
            thread.stop()

    thread = PacedThread("paced", step)

    def wait(seconds: float) -> bool:
        clock.now_s += seconds + 0.0003  # a scheduler is never early
        return False

    monkeypatch.setattr(thread._ending, "wait", wait)
    thread.start()
    thread._thread.join(5)
    return ran


def test_pacing_does_not_drift(monkeypatch):
    ran = paced_times(monkeypatch, 501, {})
    assert ran[-1] == pytest.approx(5.0, abs=0.002)


def test_a_short_stall_is_caught_up_and_a_long_one_only_in_part(monkeypatch):
    short = paced_times(monkeypatch, 200, {50: 0.08})
    assert short[-1] == pytest.approx(1.99, abs=0.002)
    monkeypatch.undo()
    long = paced_times(monkeypatch, 200, {50: 1.0})
    assert long[-1] == pytest.approx(1.99 + 1.0 - 0.1, abs=0.02)


def test_a_source_that_breaks_shows_as_failed():
    class Broken:
        def next_block(self):
            raise OSError("the disk is gone")

        def close(self):
            self.closed = True

    source = Broken()
    microphone = PacedMicrophone("broken", source)
    microphone.start(lambda block: None)
    until(lambda: microphone.failed, 5, "failed")
    microphone.stop()
    assert source.closed


def test_stopping_from_inside_does_not_hang():
    done = threading.Event()

    def step() -> None:
        thread.stop()
        done.set()

    thread = PacedThread("self", step)
    thread.start()
    assert done.wait(5)
    thread._thread.join(5)
    assert not thread._thread.is_alive()


def test_the_echo_comes_back_after_its_delay_with_the_robots_own_sound():
    class Own:
        label = "own"
        failed = False
        stopped = False

        def start(self, on_block):
            self.on_block = on_block

        def stop(self):
            self.stopped = True

    own = Own()
    echo = EchoLoop(0.1, gain=0.5)
    echo.use_own(own)
    returned = []
    for n in range(30):
        echo.hear(np.full(480, 1000 + n, np.int16))
        if n == 3:
            own.on_block(np.full(480, 7, np.int16))
        returned.append(int(echo.speak()[0]))
    assert returned[:3] == [0, 0, 0]
    assert returned[3] == 7
    assert returned[9:] == [int((1000 + n) * 0.5) for n in range(21)]
    echo.microphone.stop()
    assert own.stopped


def test_the_echo_loop_runs_as_speaker_and_microphone():
    echo = EchoLoop(0.05)
    heard = tones.tone(440)
    blocks: list[np.ndarray] = []
    echo.speaker.start(lambda samples: heard.next_block())
    echo.microphone.start(blocks.append)
    until(lambda: len(blocks) > 60, 10, "the echo")
    echo.microphone.stop()
    echo.speaker.stop()
    sound = np.concatenate(blocks)
    assert peak_hz(sound[-19_200:]) == pytest.approx(440, abs=3)
