"""What a recording says: delay from mouth to ear, PESQ, holes, loudness. Recordings at 48 kHz."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE_HZ: Final = 48_000
LONGEST_MS: Final = 1200
"""Delays beyond this are not looked for."""
_ALIKE: Final = 0.5
_QUIET: Final = 0.01


@dataclass(frozen=True, slots=True)
class Delay:
    """From mouth to ear at one moment."""

    at_s: float
    ms: float


def delays(mouth: Sound, ear: Sound, *, window_s: float = 1.0) -> list[Delay]:
    """The delay of each window of speech that is found again, by cross-correlation."""
    window, longest = round(window_s * RATE_HZ), LONGEST_MS * RATE_HZ // 1000
    found = []
    for start in range(0, min(len(mouth), len(ear)) - window - longest, window):
        said = mouth[start : start + window].astype(np.float64)
        heard = ear[start : start + window + longest].astype(np.float64)
        energy = float(said @ said)
        if energy / window < _QUIET**2:
            continue
        size = 1 << (len(heard) + window - 1).bit_length()
        spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
        products = np.fft.irfft(spectrum, size)[: longest + 1]
        sums = np.concatenate(([0.0], np.cumsum(heard**2)))
        energies = sums[window : window + longest + 1] - sums[: longest + 1]
        likeness = products / np.sqrt(energy * np.maximum(energies, 1e-9))
        best = int(likeness.argmax())
        if likeness[best] > _ALIKE:
            found.append(Delay(start / RATE_HZ, best * 1000 / RATE_HZ))
    return found


def median_ms(found: list[Delay], since_s: float = 0.0, until_s: float = 1e9) -> float | None:
    """Median delay of a stretch of time; None when nothing was found in it."""
    chosen = [one.ms for one in found if since_s <= one.at_s < until_s]
    return round(float(np.median(chosen)), 1) if chosen else None


def thirds(sound: Sound) -> Sound:
    """48 kHz to 16 kHz, with a low-pass of 64 taps a side."""
    at = np.arange(-64, 65)
    taps = np.sinc(at / 3) * np.hamming(len(at))
    return np.convolve(sound, taps / taps.sum(), "same")[::3].astype(np.float32)


def pesq_wb(mouth: Sound, ear: Sound) -> float | None:
    """PESQ-WB (ITU-T P.862.2) of what was heard; None without the `pesq` package or any speech."""
    try:
        from pesq import NoUtterancesError, pesq
    except ImportError:
        return None
    said, heard = (np.clip(thirds(sound) * 32767, -32768, 32767) for sound in (mouth, ear))
    try:
        return round(float(pesq(16_000, said.astype("i2"), heard.astype("i2"), "wb")), 2)
    except NoUtterancesError:
        return None


def likeness(said: Sound, heard: Sound) -> float:
    """How much of `said` is somewhere in `heard`: 1 for all of it, as it was; 0 for nothing."""
    size = 1 << (len(heard) + len(said) - 1).bit_length()
    spectrum = np.fft.rfft(heard.astype(np.float64), size) * np.conj(
        np.fft.rfft(said.astype(np.float64), size)
    )
    best = int(np.fft.irfft(spectrum, size)[: max(1, len(heard) - len(said) + 1)].argmax())
    there = heard[best : best + len(said)].astype(np.float64)
    said = said[: len(there)].astype(np.float64)
    energy = float(said @ said) * float(there @ there)
    return round(float(said @ there) / energy**0.5, 3) if energy else 0.0


def level_dbfs(sound: Sound) -> float:
    """RMS against a full-scale square wave, at least -120."""
    mean_square = float(np.mean(sound.astype(np.float64) ** 2)) if len(sound) else 0.0
    return round(10 * np.log10(max(mean_square, 1e-12)), 1)


def seconds_dbfs(sound: Sound) -> list[float]:
    """The same of each whole second."""
    return [
        round(float(level_dbfs(sound[at : at + RATE_HZ])), 1)
        for at in range(0, len(sound) - RATE_HZ + 1, RATE_HZ)
    ]


def longest_hole_ms(sound: Sound, *, quiet: float = 1e-4) -> float:
    """The longest stretch of (nearly) digital silence, in steps of 5 ms."""
    step = RATE_HZ // 200
    loud = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1) > quiet
    longest = run = 0
    for there in loud:
        run = 0 if there else run + 1
        longest = max(longest, run)
    return longest * 5.0
