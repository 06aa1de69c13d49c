"""What somebody heard, read from the file they write while they hear it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .child import Child, ChildFailed

Sound = NDArray[np.float32]
Levels = NDArray[np.float64]

RATE_HZ: Final = 48_000
WINDOW_S: Final = 0.020
_WINDOW: Final = round(RATE_HZ * WINDOW_S)
_WAV_HEADER_BYTES: Final = 44
_HEARD: Final = 0.5
"""From so much of its amplitude on, a tone is heard."""
SILENT: Final = 0.25
"""Below so much of its amplitude a tone is not heard. Another one that begins or breaks off
within a window spills over by up to 0.11."""
_LOOK_AGAIN_S: Final = 0.05


def tone_levels(sound: Sound, hz: float) -> Levels:
    """The amplitude (1: full scale) of the tone `hz` in each window of 20 ms.

    Tones 200 Hz away count for less than a hundredth (Hann).
    """
    windows = sound[: len(sound) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    hann = np.hanning(_WINDOW)
    wave = hann * np.exp(-2j * np.pi * hz / RATE_HZ * np.arange(_WINDOW))
    levels: Levels = np.abs(windows @ wave) * 2 / hann.sum()
    return levels


def share_heard(levels: Levels, sent: float) -> float:
    """In which share of the windows a tone sent with amplitude `sent` is heard."""
    return float(np.mean(levels >= sent * _HEARD)) if len(levels) else 0.0


def spurts(levels: Levels, sent: float) -> list[tuple[float, float]]:
    """When a tone is heard: begin and end of each stretch [s], breaks under 60 ms overlooked."""
    heard = np.flatnonzero(levels >= sent * _HEARD)
    if not len(heard):
        return []
    ends = np.flatnonzero(np.diff(heard) > 3)
    begins = np.concatenate(([heard[0]], heard[ends + 1]))
    return [
        (float(begin) * WINDOW_S, (float(end) + 1) * WINDOW_S)
        for begin, end in zip(begins, np.append(heard[ends], heard[-1]), strict=True)
    ]


def pitch_hz(sound: Sound, near_hz: float) -> float:
    """The strongest tone within 100 Hz of `near_hz`."""
    size = RATE_HZ * 4
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    first = round((near_hz - 100) * size / RATE_HZ)
    last = round((near_hz + 100) * size / RATE_HZ)
    return (first + int(np.argmax(spectrum[first:last]))) * RATE_HZ / size


class Recording:
    """A growing file of 16-bit samples at 48 kHz.

    Args:
        path: WAV of our client (mono), or raw stereo of another one; may not exist yet.
        by: Who writes it.
    """

    def __init__(self, path: Path, by: Child):
        self._path, self._by = path, by
        wav = path.suffix == ".wav"
        self._skip_bytes = _WAV_HEADER_BYTES if wav else 0
        self._channels = 1 if wav else 2
        self._measured_from_s = 0.0

    @property
    def seconds(self) -> float:
        """How much was heard so far."""
        size = self._path.stat().st_size if self._path.exists() else 0
        return max(size - self._skip_bytes, 0) / (2 * self._channels * RATE_HZ)

    def _read(
        self, since_s: float, until_s: float | None = None, *, channel: int | None = None
    ) -> Sound:
        if not self._path.exists():
            return np.zeros(0, np.float32)
        frame = 2 * self._channels
        first = round(since_s * RATE_HZ)
        count = -1 if until_s is None else (round(until_s * RATE_HZ) - first) * frame
        with self._path.open("rb") as file:
            file.seek(self._skip_bytes + first * frame)
            data = file.read(count)
        samples = np.frombuffer(data[: len(data) // frame * frame], "<i2")
        columns = samples.reshape(-1, self._channels).astype(np.float32) / 32768
        sound: Sound = columns.mean(1) if channel is None else columns[:, channel]
        return sound

    def measure_from_here(self) -> None:
        """What comes from now on is what `measured` gives."""
        self._measured_from_s = self.seconds

    def measured(self, seconds: float, *, channel: int | None = None) -> Sound:
        """The first `seconds` of what is measured; waits for them."""
        return next(self.stretches(seconds, channel=channel))

    def stretches(self, seconds: float, *, channel: int | None = None) -> Iterator[Sound]:
        """What is measured, in pieces of `seconds`; waits for each."""
        since_s = self._measured_from_s
        while True:
            yield self.between(since_s, since_s + seconds, channel=channel)
            since_s += seconds

    def between(self, since_s: float, until_s: float, *, channel: int | None = None) -> Sound:
        """A stretch of it, as one channel or the mean of all; waits for it. Full scale is 1."""
        wait_s = max(until_s - self.seconds, 0.0) + 30
        self._wait(lambda: self.seconds >= until_s, f"sound until {until_s:.1f} s", wait_s)
        return self._read(since_s, until_s, channel=channel)

    def wait_for_tone(
        self, hz: float, sent: float, *, since_s: float = 0.0, lasts_s: float = 0.2
    ) -> float:
        """Until the tone is heard for `lasts_s` without a break; when that began [s]."""
        return self._wait_for_run(
            lambda levels: levels >= sent * _HEARD, f"tone of {hz:.0f} Hz", hz, since_s, lasts_s
        )

    def wait_for_silence(
        self, hz: float, sent: float, *, since_s: float = 0.0, lasts_s: float = 0.2
    ) -> float:
        """Until nothing of the tone is heard for `lasts_s`; when that began [s]."""
        return self._wait_for_run(
            lambda levels: levels < sent * SILENT, f"end of {hz:.0f} Hz", hz, since_s, lasts_s
        )

    def _wait_for_run(
        self,
        fits: Callable[[Levels], NDArray[np.bool_]],
        what: str,
        hz: float,
        since_s: float,
        lasts_s: float,
    ) -> float:
        wanted = round(lasts_s / WINDOW_S)
        began: list[float] = []

        def found() -> bool:
            there = fits(tone_levels(self._read(since_s), hz))
            if len(there) < wanted:
                return False
            run = np.convolve(there, np.ones(wanted), "valid") >= wanted
            if run.any():
                began.append(since_s + int(run.argmax()) * WINDOW_S)
            return bool(began)

        self._wait(found, f"{what} for {lasts_s} s", 30)
        return began[0]

    def _wait(self, condition: Callable[[], bool], what: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline or not self._by.running:
                raise ChildFailed(
                    f"{self._path.name}: no {what} in {self.seconds:.1f} s\n{self._by.tail()}"
                )
            time.sleep(_LOOK_AGAIN_S)
