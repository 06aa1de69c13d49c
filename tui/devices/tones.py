"""Synthetic sound: tones, beeps, silence and the bundled voice.

`voice.ogg` (12 s, Opus 24 kb/s) was made for this package with espeak-ng (voice en-gb, speed 150),
levelled to -20 LUFS by ffmpeg, with a pause at its end; it holds nobody's recorded speech.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from tui.devices.sound_file import decode_whole
from tui.domain.media import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from tui.ports.devices import Block

TONE_HZ: Final = 440
BEEP_HZ: Final = 1000
AMPLITUDE: Final = 8192
"""A quarter of full scale: the tone is at -15 dBov."""
_BEEP_SAMPLES: Final = SAMPLE_RATE_HZ // 10


class LoopedSound:
    """Repeats samples for ever, in blocks.

    Args:
        samples: At least one block.
    """

    def __init__(self, samples: Block):
        # The beginning again at the end: every block is then one slice.
        self._period = len(samples)
        self._samples = np.concatenate((samples, samples[:BLOCK_SAMPLES]))
        self._at = 0

    def next_block(self) -> Block:
        """The next 10 ms."""
        block = self._samples[self._at : self._at + BLOCK_SAMPLES]
        self._at = (self._at + BLOCK_SAMPLES) % self._period
        return block

    def close(self) -> None:
        """Nothing is open."""


def tone(hz: int = TONE_HZ) -> LoopedSound:
    """A steady sine; whole hertz repeat exactly after a second."""
    return LoopedSound(_sine(hz, SAMPLE_RATE_HZ))


def beeps(hz: int = BEEP_HZ) -> LoopedSound:
    """A beep of 0.1 s at the start of every second."""
    second = np.zeros(SAMPLE_RATE_HZ, np.int16)
    fade = np.minimum(1.0, np.arange(_BEEP_SAMPLES) / 240)
    second[:_BEEP_SAMPLES] = (_sine(hz, _BEEP_SAMPLES) * fade * fade[::-1]).astype(np.int16)
    return LoopedSound(second)


def silence() -> LoopedSound:
    """Digital silence."""
    return LoopedSound(np.zeros(BLOCK_SAMPLES, np.int16))


def voice() -> LoopedSound:
    """The bundled voice, over and over."""
    return LoopedSound(_voice_samples())


@lru_cache(maxsize=1)
def _voice_samples() -> Block:
    with resources.as_file(resources.files("tui.devices") / "voice.ogg") as path:
        return decode_whole(str(path))


def _sine(hz: int, samples: int) -> Block:
    turns = 2 * np.pi * hz / SAMPLE_RATE_HZ * np.arange(samples)
    sine: Block = (AMPLITUDE * np.sin(turns)).astype(np.int16)
    return sine
