from __future__ import annotations

import numpy as np
import pytest

from tests.audio.sound import amplitude, play, sine
from tui.audio.clips import CLIPS_MAX
from tui.audio.earcons import earcon, speaker_test
from tui.audio.mixer import Mixer
from tui.audio.recorder import Recorder
from tui.domain.happenings.fact import Earcon


def test_a_clip_is_played_whole_once_and_says_when_it_is_over(mixer):
    over: list[bool] = []
    clip = sine(500, 0.1)
    mixer.clips.play(clip, over.append)
    out = np.concatenate([mixer.pull(480) for _ in range(9)])
    assert not over
    out = np.concatenate([out, *[mixer.pull(480) for _ in range(3)]])
    assert over == [True]
    assert np.array_equal(out[: len(clip)], clip)
    assert not out[len(clip) :].any()


def test_clips_are_part_of_the_echo_reference(clock):
    played: list[np.ndarray] = []
    mixer = Mixer(clock_s=lambda: clock[0], played=played.append)
    mixer.clips.play(sine(500, 0.01))
    mixer.pull(480)
    assert played[0].any()
    mixer.close()


def test_clips_are_heard_while_deafened(mixer, clock):
    mixer.deafened = True
    mixer.pull(480)
    mixer.clips.play(sine(900, 0.5))
    sound = play(mixer, clock, ana=sine(400, 0.5))
    assert amplitude(sound[4800:19_200], 900) == pytest.approx(0.25, abs=0.02)
    assert amplitude(sound[4800:19_200], 400) < 0.01


def test_stopping_or_closing_ends_every_clip(mixer):
    over: list[bool] = []
    mixer.clips.play(sine(500, 1), over.append)
    mixer.clips.stop()
    assert over == [False]
    assert not mixer.pull(480).any()
    mixer.clips.play(sine(500, 1), over.append)
    mixer.close()
    assert over == [False, False]


def test_one_clip_is_cut_off_at_once_without_a_click_and_the_others_go_on(mixer):
    over: list[bool] = []
    cut_off = mixer.clips.play(np.full(48_000, 8000, np.int16), over.append)
    mixer.clips.play(np.full(48_000, 100, np.int16))
    assert (mixer.pull(480) == 8100).all()
    cut_off()
    assert over == [False]
    falling = mixer.pull(480).astype(int)
    assert np.abs(np.diff(falling)).max() < 40, "8000 in 5 ms are 33 a sample"
    assert (falling[240:] == 100).all()
    assert (mixer.pull(480) == 100).all()
    cut_off()
    assert over == [False]


def test_too_many_clips_are_not_played_and_nobody_waits_for_them(mixer):
    over: list[tuple[int, bool]] = []
    for number in range(CLIPS_MAX + 1):
        mixer.clips.play(sine(500, 1), lambda whole, number=number: over.append((number, whole)))
    assert over == [(CLIPS_MAX, False)]


def test_ducking_turns_people_down_quickly_and_up_slowly_but_not_clips(mixer, clock):
    play(mixer, clock, ana=sine(400, 0.4, 0.2))
    mixer.duck(0.25)
    low = play(mixer, clock, bo=sine(1000, 0.6, 0.2))
    assert amplitude(low[12_000:], 1000) == pytest.approx(0.05, abs=0.01)
    mixer.duck(1.0)
    up = play(mixer, clock, cy=sine(2000, 1.5, 0.2))
    assert amplitude(up[9600:12_000], 2000) < 0.17
    assert amplitude(up[36_000:], 2000) == pytest.approx(0.2, abs=0.03)


def test_volume_reaches_its_new_value_without_a_step(mixer, clock):
    loud = play(mixer, clock, ana=sine(300, 0.5, 0.2))
    mixer.set_gain("ana", 0.0)
    assert mixer.gain("ana") == 0.0
    falling = mixer.pull(480)
    steps = np.abs(np.diff(np.concatenate((loud[-480:], falling)).astype(int)))
    assert steps.max() < 400  # a 300 Hz sine of this size moves 257 a sample
    assert not mixer.pull(480).any()


def test_doubled_volume_of_a_loud_person_is_limited_not_clipped(mixer, clock):
    mixer.set_gain("ana", 2.0)
    sound = play(mixer, clock, ana=sine(300, 1.0, 0.8))[24_000:]
    peak = int(np.abs(sound.astype(int)).max())
    assert 25_000 < peak <= 32_000


@pytest.mark.parametrize("name", list(Earcon))
def test_an_earcon_is_short_quiet_and_ends_in_silence(name):
    samples = earcon(name)
    assert 0.05 < len(samples) / 48_000 < 0.3
    assert 1000 < np.abs(samples.astype(int)).max() < 4000
    assert abs(int(samples[0])) < 50 and abs(int(samples[-1])) < 50


def test_earcons_differ_and_the_speaker_test_does_not_clip():
    assert len({earcon(name).tobytes() for name in Earcon}) == len(Earcon)
    assert 4000 < np.abs(speaker_test().astype(int)).max() < 10_000


def test_a_recorder_keeps_exactly_what_it_was_asked_for():
    full: list[bool] = []
    recorder = Recorder(0.025, lambda: full.append(True))
    blocks = [np.full(480, n, np.int16) for n in (1, 2, 3)]
    assert [recorder.add(block) for block in blocks] == [True, True, False]
    assert full == [True]
    assert np.array_equal(recorder.samples, np.concatenate(blocks)[:1200])
