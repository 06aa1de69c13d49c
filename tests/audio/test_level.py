from __future__ import annotations

import numpy as np
import pytest

from tests.audio.sound import sine, tone_amplitude
from tui.audio.level import Meter, dbov, peak_hz
from tui.audio.stretch import lengthened, shortened


def test_levels_follow_rfc_6464():
    assert dbov(np.full(480, -32768, np.int16)) == 0
    assert dbov(sine(1000, 0.1, 1.0)) == -3
    assert dbov(sine(1000, 0.1, 0.1)) == -23
    assert dbov(np.zeros(480, np.int16)) == -127
    assert dbov(np.zeros(0, np.int16)) == -127


def test_a_meter_rises_at_once_and_falls_twenty_decibels_a_second():
    meter = Meter()
    meter.add(-10, 0.01)
    assert meter.dbov == -10
    for _ in range(50):
        meter.add(-90, 0.01)
    assert meter.dbov == pytest.approx(-20)
    meter.add(-5, 0.01)
    assert meter.dbov == -5


@pytest.mark.parametrize("hz", [100, 440, 443, 7000])
def test_the_strongest_tone_is_found(hz):
    noise = np.random.default_rng(1).normal(0, 200, 24_000)
    assert peak_hz((sine(hz, 0.5) + noise).astype(np.int16)) == pytest.approx(hz, abs=0.5)


def test_silence_has_no_tone():
    assert peak_hz(np.zeros(24_000, np.int16)) == 0.0
    assert peak_hz(np.zeros(0, np.int16)) == 0.0


def test_the_amplitude_of_a_tone_is_relative_to_full_scale():
    assert tone_amplitude(sine(600, 0.02, 0.5), 600) == pytest.approx(0.5, abs=0.01)
    assert tone_amplitude(sine(600, 0.02, 0.5), 5000) < 0.01
    assert tone_amplitude(np.zeros(0, np.int16), 600) == 0.0


def test_stretching_moves_the_length_by_a_pitch_period_and_keeps_the_pitch():
    voice = sine(200, 0.02)
    shorter, longer = shortened(voice), lengthened(voice)
    assert shorter is not None
    assert longer is not None
    assert 960 - 600 <= len(shorter) <= 960 - 120
    assert 960 + 120 <= len(longer) <= 960 + 600
    assert (960 - len(shorter)) % 240 == 0  # whole periods of 200 Hz
    # No click: no step larger than the sine itself makes.
    steepest = int(np.abs(np.diff(voice.astype(int))).max())
    for changed in (shorter, longer):
        assert int(np.abs(np.diff(changed.astype(int))).max()) <= steepest * 1.2


def test_noise_is_left_alone_but_quiet_may_always_be_stretched():
    noise = np.random.default_rng(2).integers(-20_000, 20_000, 960).astype(np.int16)
    assert shortened(noise) is None
    assert lengthened(noise) is None
    assert shortened(np.zeros(960, np.int16)) is not None


@pytest.mark.parametrize("length", [0, 1, 120, 240, 479, 480, 500, 1920, 5760])
def test_blocks_of_any_length_are_taken(length):
    block = sine(150, length / 48_000)
    for changed in (shortened(block), lengthened(block)):
        assert changed is None or changed.dtype == np.int16
