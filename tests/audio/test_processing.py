from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.sound import sine, tone_amplitude
from tui.audio.far_reference import KEPT_MAX_SAMPLES, FarReference
from tui.audio.level import dbov
from tui.audio.processing import VoiceProcessing
from tui.devices.tones import voice
from tui.domain.media import SoundProcessing

BLOCK = 480
ONLY_ECHO = SoundProcessing(noise=False, gain=False)


def speech(seconds: float) -> np.ndarray:
    source = voice()
    return np.concatenate([source.next_block() for _ in range(round(seconds * 100))])


def room(far: np.ndarray) -> np.ndarray:
    """What a microphone hears of a loudspeaker: 60 ms later, 13 dB less, with a reflection."""
    echo = np.zeros(len(far))
    echo[2880:] = far[:-2880] * 0.22
    echo[3600:] += far[:-3600] * 0.05
    return echo.astype(np.int16)


def processed(processing: VoiceProcessing, near: np.ndarray, far: np.ndarray) -> np.ndarray:
    out = []
    for at in range(0, len(near) - BLOCK + 1, BLOCK):
        processing.played(far[at : at + BLOCK])
        out.append(processing.process(near[at : at + BLOCK]))
    return np.concatenate(out)


@pytest.fixture
def processing():
    processing = VoiceProcessing()
    processing.active = True
    return processing


def test_what_the_loudspeaker_plays_is_taken_out(processing):
    far = speech(8)
    near = room(far)
    out = processed(processing, near, far)
    late = slice(3 * 48_000, None)
    assert dbov(near[late]) > -45
    assert dbov(out[late]) < -75


def with_a_stop(stopped_ms: int, *, at_s: float) -> tuple[np.ndarray, dict[str, int]]:
    """What is left of an echo whose loudspeaker's thread hands over late, once."""
    processing, far = VoiceProcessing(ONLY_ECHO), speech(11)
    processing.active = True
    near, late, out = room(far), [], []
    for at in range(0, len(near) - BLOCK + 1, BLOCK):
        late.append(far[at : at + BLOCK])
        if not at_s <= at / 48_000 < at_s + stopped_ms / 1000:
            for block in late:
                processing.played(block)
            late = []
        out.append(processing.process(near[at : at + BLOCK]))
    return np.concatenate(out), processing.figures()


@pytest.mark.parametrize("stopped_ms", [20, 50, 100, 200])
def test_a_thread_that_stopped_for_a_moment_costs_half_a_second_of_echo(stopped_ms):
    out, figures = with_a_stop(stopped_ms, at_s=8)
    assert dbov(out[round(8.5 * 48_000) :]) < -75
    assert figures["reference_late"] == 1
    assert figures["reference_short"] == stopped_ms // 10


@pytest.mark.parametrize("longer_ms", [-40, 50, 100, 200])
def test_an_echo_that_comes_sooner_or_later_at_once_is_found_again(processing, longer_ms):
    processing.choose(ONLY_ECHO)
    far = speech(11)
    at = 7 * 48_000
    near = room(far)
    near[at:] = room(np.roll(far, longer_ms * 48))[at:]
    out = processed(processing, near, far)
    assert processing.figures()["echo_learnt_afresh"] == 1
    # 2 to 4 s for the canceller alone.
    assert dbov(out[at + 72_000 : at + 120_000]) < -55


def test_who_speaks_while_others_do_is_no_echo(processing):
    processing.choose(ONLY_ECHO)
    far = speech(10)
    processed(processing, (room(far) + np.roll(far, 4 * 48_000) // 2).astype(np.int16), far)
    assert processing.figures()["echo_learnt_afresh"] == 0


def test_a_loudspeaker_with_longer_blocks_is_not_taken_for_a_late_thread():
    far = FarReference()
    for size, seconds in ((2, 3), (8, 6)):
        for at in range(100 * seconds):
            if at % size == 0:
                far.add(np.ones(480 * size, np.int16))
            far.take(480)
    assert far.late <= 1
    assert far.short <= 8


def test_a_voice_alone_passes_whole(processing):
    near = speech(6)
    processing.choose(ONLY_ECHO)
    out = processed(processing, near, np.zeros_like(near))
    assert dbov(out[48_000:]) == pytest.approx(dbov(near[48_000:]), abs=1)


def test_steady_noise_is_taken_out_and_the_voice_is_not():
    noise = np.random.default_rng(1).normal(0, 300, 5 * 48_000).astype(np.int16)
    only_noise = VoiceProcessing(SoundProcessing(echo=False, gain=False))
    only_noise.active = True
    silent = np.zeros_like(noise)
    quiet = processed(only_noise, noise, silent)
    assert dbov(quiet[96_000:]) < dbov(noise[96_000:]) - 10
    near = speech(5)
    out = processed(only_noise, near, silent)
    assert dbov(out[96_000:]) == pytest.approx(dbov(near[96_000:]), abs=1.5)


def test_a_quiet_voice_is_lifted_and_a_loud_one_does_not_clip():
    only_gain = VoiceProcessing(SoundProcessing(echo=False, noise=False))
    only_gain.active = True
    quiet = (speech(10) * 0.1).astype(np.int16)
    lifted = processed(only_gain, quiet, np.zeros_like(quiet))
    assert dbov(lifted[-96_000:]) > dbov(quiet[-96_000:]) + 6
    loud = np.clip(speech(6) * 3.0, -32_000, 32_000).astype(np.int16)
    out = processed(only_gain, loud, np.zeros_like(loud))
    assert np.abs(out[96_000:].astype(int)).max() < 32_767


def test_each_stage_can_be_switched_while_it_runs(processing):
    tone = sine(440, 0.5)
    processing.choose(SoundProcessing(echo=False, noise=False, gain=False))
    assert np.array_equal(processed(processing, tone, tone), tone)
    processing.choose(SoundProcessing(echo=True, noise=False, gain=False))
    assert processing.choice == SoundProcessing(echo=True, noise=False, gain=False)
    assert not np.array_equal(processed(processing, tone, tone), tone)


def test_what_is_not_a_microphone_passes_untouched(processing):
    processing.active = False
    tone = sine(440, 1.0)
    assert np.array_equal(processed(processing, tone, tone), tone)


def test_blocks_of_any_length_come_back_as_long(processing):
    for samples in (0, 1, 417, 480, 960):
        assert len(processing.process(np.zeros(samples, np.int16))) == samples


def test_without_the_library_the_sound_passes_and_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    processing = VoiceProcessing()
    processing.active = True
    assert "headphones" in processing.missing
    tone = sine(440, 0.2)
    assert np.array_equal(processed(processing, tone, tone), tone)


# ---- the hand-over
def test_what_was_played_is_handed_over_in_order():
    far = FarReference()
    played = np.arange(1, 2001, dtype=np.int16)
    far.add(played[:700])
    assert np.array_equal(far.take(480), played[:480])
    far.add(played[700:])
    assert np.array_equal(far.take(1000), played[480:1480])
    assert far.short == far.cut == 0


def test_what_is_never_needed_does_not_delay_the_reference():
    far = FarReference()
    for _ in range(20):  # the loudspeaker was opened 200 ms before the microphone
        far.add(np.ones(480, np.int16))
    for _ in range(100):
        far.add(np.full(480, 2, np.int16))
        far.take(480)
    far.add(np.full(480, 3, np.int16))
    assert far.cut == 1
    assert 3 in [far.take(480)[0] for _ in range(3)]


def test_too_little_is_filled_with_silence():
    far = FarReference()
    far.add(np.ones(100, np.int16))
    taken = far.take(480)
    assert taken.sum() == 100
    assert len(taken) == 480
    assert far.short == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8000)), max_size=40))
def test_the_hand_over_never_grows_nor_reorders(steps):
    far, given_so_far, last = FarReference(), 0, 0
    for is_add, samples in steps:
        if is_add:
            # Numbers, so that order can be seen; small enough for 16 bits.
            numbers = (np.arange(given_so_far, given_so_far + samples) % 30_000 + 1).astype("i2")
            given_so_far += samples
            far.add(numbers)
        else:
            taken = far.take(samples)
            assert len(taken) == samples
            sound = taken[taken > 0]
            assert len(sound) <= KEPT_MAX_SAMPLES
            if len(sound):
                steps_between = np.diff(sound.astype(int)) % 30_000
                assert len(steps_between) == 0 or steps_between.min() >= 1
                last = int(sound[-1])
    assert last >= 0


def test_a_tone_that_is_an_echo_goes_down(processing):
    processing.choose(ONLY_ECHO)
    far = sine(700, 6.0)
    out = processed(processing, room(far), far)
    assert tone_amplitude(out[-960:], 700) < tone_amplitude(room(far)[-960:], 700) / 10
