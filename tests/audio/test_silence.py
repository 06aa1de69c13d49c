"""Silence is encoded once, goes on as it would, and what comes after it sounds as it would."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.sound import sine
from tui.audio.level import dbov
from tui.audio.opus import OpusDecoder, OpusEncoder
from tui.audio.silence import SilenceRepeater
from tui.domain.media import FRAME_SAMPLES

ZEROS = np.zeros(FRAME_SAMPLES, np.int16)


def frames(sound: np.ndarray) -> np.ndarray:
    return sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)


class CountingEncoder(OpusEncoder):
    asked = 0

    def encode(self, block):
        self.asked += 1
        return super().encode(block)


@pytest.mark.parametrize("before", [frames(sine(200, 1.0)), np.zeros((0, FRAME_SAMPLES), np.int16)])
def test_long_silence_has_the_packets_it_had(before: np.ndarray) -> None:
    with CountingEncoder(dtx=True) as encoder, OpusEncoder(dtx=True) as plain:
        repeater = SilenceRepeater(encoder.encode)
        for frame in before:
            assert repeater.encode(frame) == plain.encode(frame)
        encoder.asked = 0
        made = [repeater.encode(ZEROS) for _ in range(1000)]
        expected = [plain.encode(ZEROS) for _ in range(1000)]
        assert encoder.asked < 100
    assert [len(data) for data in made] == [len(data) for data in expected]
    assert set(made) <= set(expected)
    with OpusDecoder() as decoder:
        assert all(dbov(decoder.decode(data)) < -80 for data in made[20:])


def test_what_is_said_after_silence_is_heard_at_once_and_as_it_would_be() -> None:
    speech = frames(sine(200, 1.0))
    with OpusEncoder(dtx=True) as encoder, OpusEncoder(dtx=True) as plain:
        repeater = SilenceRepeater(encoder.encode)
        heard = []
        for encode in (repeater.encode, plain.encode):
            with OpusDecoder() as decoder:
                for _ in range(500):
                    decoder.decode(encode(ZEROS))
                heard.append(np.concatenate([decoder.decode(encode(frame)) for frame in speech]))
    sparing, usual = (sound.astype(float) for sound in heard)
    assert dbov(heard[0][: 2 * FRAME_SAMPLES]) == pytest.approx(
        dbov(heard[1][: 2 * FRAME_SAMPLES]), abs=1
    )
    assert np.corrcoef(sparing, usual)[0, 1] > 0.99


def test_without_dtx_every_frame_is_encoded() -> None:
    with CountingEncoder() as encoder:
        repeater = SilenceRepeater(encoder.encode)
        for _ in range(200):
            assert len(repeater.encode(ZEROS)) > 2
        assert encoder.asked == 200


def test_the_least_sound_ends_the_silence() -> None:
    with CountingEncoder(dtx=True) as encoder:
        repeater = SilenceRepeater(encoder.encode)
        for _ in range(200):
            repeater.encode(ZEROS)
        encoder.asked = 0
        faint = ZEROS.copy()
        faint[-1] = 1
        repeater.encode(faint)
        repeater.encode(ZEROS)
        assert encoder.asked == 2
