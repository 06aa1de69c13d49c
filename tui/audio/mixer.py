"""The mixer: everybody's sound into one stream for the speaker.

Packets come from the network thread, `pull` from the speaker's thread, figures are asked for from
anywhere. A speaker of some kind must pull (a null one will do), or sound piles up to the bound of
each playout buffer and levels stand still.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.level import SILENT_DBOV, Meter, dbov_of, mean_square, peak_hz
from tui.audio.packet_store import PlayoutCounts
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import SAMPLE_RATE_HZ, AudioPacket

Samples = NDArray[np.int16]

_CEILING: Final = 30_000.0
"""Peaks above this are turned down (-0.8 dBFS)."""
_RELEASE: Final = 0.05
"""Part of the way back to full gain per block: about 0.2 s."""
_ATTACK_SAMPLES: Final = 64
_RECENT_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_LEVEL_WINDOW_S: Final = 3.0


class _Voice:
    """One participant: buffer, gain, and what the figures need."""

    def __init__(self) -> None:
        self.buffer = PlayoutBuffer()
        self.gain = 1.0
        self.meter = Meter()
        self.mean_square = 0.0
        """Running over the last seconds of sound."""
        self.heard_samples = 0
        self.recent = np.zeros(_RECENT_SAMPLES, np.int16)
        self.recent_at = 0

    def heard(self, sound: Samples) -> None:
        """Account for one pulled block."""
        power = mean_square(sound)
        duration_s = len(sound) / SAMPLE_RATE_HZ
        self.meter.add(dbov_of(power), duration_s)
        self.heard_samples += len(sound)
        heard_s = self.heard_samples / SAMPLE_RATE_HZ
        self.mean_square += (power - self.mean_square) * duration_s / min(heard_s, _LEVEL_WINDOW_S)
        sound = sound[-_RECENT_SAMPLES:]
        end = self.recent_at + len(sound)
        if end <= _RECENT_SAMPLES:
            self.recent[self.recent_at : end] = sound
        else:
            split = _RECENT_SAMPLES - self.recent_at
            self.recent[self.recent_at :] = sound[:split]
            self.recent[: end - _RECENT_SAMPLES] = sound[split:]
        self.recent_at = end % _RECENT_SAMPLES

    def last_half_second(self) -> Samples:
        """The recent sound, oldest first (fewer samples near the start)."""
        whole = np.roll(self.recent, -self.recent_at)
        return whole[-min(self.heard_samples, _RECENT_SAMPLES) :]


class Mixer:
    """Sums playout buffers into the speaker's stream.

    Args:
        clock_s: Monotonic seconds, for arrival times.
        played: Gets each mixed block as it goes out, in the speaker's thread: the reference of
            an echo canceller.
    """

    def __init__(
        self,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        played: Callable[[Samples], None] | None = None,
    ):
        self._clock_s = clock_s
        self._played = played
        self._voices: dict[str, _Voice] = {}
        self._gains: dict[str, float] = {}
        # Changes copy the dict, so that the speaker's thread reads without a lock.
        self._lock = threading.Lock()
        self._limit = 1.0
        self._sum = np.zeros(0, np.float32)
        self.deafened = False
        """Play silence, but go on taking everybody's sound."""

    def packet(self, uid: str, packet: AudioPacket) -> None:
        """One received packet of a participant; any thread.

        Raises:
            OpusUnavailable: no libopus (with the first packet).
        """
        voice = self._voices.get(uid)
        if voice is None:
            with self._lock:
                voice = self._voices.get(uid)
                if voice is None:
                    voice = _Voice()
                    voice.gain = self._gains.get(uid, 1.0)
                    self._voices = {**self._voices, uid: voice}
        voice.buffer.put(packet, self._clock_s())

    def remove(self, uid: str) -> None:
        """Forget a participant's sound and figures."""
        with self._lock:
            rest = dict(self._voices)
            voice = rest.pop(uid, None)
            self._voices = rest
        if voice is not None:
            voice.buffer.close()

    def set_gain(self, uid: str, gain: float) -> None:
        """Volume of one participant as a factor (0 to 4); kept while the mixer lives."""
        with self._lock:
            self._gains[uid] = min(max(gain, 0.0), 4.0)
            voice = self._voices.get(uid)
            if voice is not None:
                voice.gain = self._gains[uid]

    def pull(self, samples: int) -> Samples:
        """The next `samples` of everybody together; the speaker's thread only."""
        if len(self._sum) != samples:
            self._sum = np.zeros(samples, np.float32)
        total = self._sum
        total.fill(0.0)
        for voice in self._voices.values():
            sound = voice.buffer.pull(samples)
            if sound is None:
                voice.meter.add(SILENT_DBOV, samples / SAMPLE_RATE_HZ)
                continue
            voice.heard(sound)
            if voice.gain != 1.0:
                total += sound * np.float32(voice.gain)
            else:
                total += sound
        mixed = np.zeros(samples, np.int16) if self.deafened else self._limited(total)
        if self._played is not None:
            self._played(mixed)
        return mixed

    def _limited(self, total: NDArray[np.float32]) -> Samples:
        """Turned down where it would clip: at once down, slowly up again."""
        peak = float(np.abs(total).max()) if len(total) else 0.0
        before = self._limit
        wanted = min(1.0, _CEILING / peak) if peak else 1.0
        after = wanted if wanted < before else before + (wanted - before) * _RELEASE
        if after > 0.9999:
            after = 1.0
        self._limit = after
        if after != 1.0 or before != 1.0:
            ramp = min(_ATTACK_SAMPLES if after < before else len(total), len(total))
            total[:ramp] *= np.linspace(before, after, ramp, dtype=np.float32)
            total[ramp:] *= np.float32(after)
            np.clip(total, -32768, 32767, out=total)
        return total.astype(np.int16)

    def levels(self) -> dict[str, int]:
        """How loud each participant is now: rises at once, falls 20 dB a second [dBov]."""
        return {uid: round(voice.meter.dbov) for uid, voice in self._voices.items()}

    def counts(self, uid: str) -> PlayoutCounts:
        """What happened to a participant's sound; zeros for an unknown one."""
        voice = self._voices.get(uid)
        return voice.buffer.counts() if voice is not None else PlayoutCounts()

    def figures(self, uid: str) -> dict[str, float | int | None]:
        """What `--stats` says of one participant's sound; empty for an unknown one.

        `audio_level_dbfs` runs over the last three seconds of sound (None before any);
        `audio_peak_hz` is the strongest tone of the last half second, 0.0 in silence;
        `audio_gaps` counts holes over 60 ms; `audio_delay_ms` and `audio_target_ms` are the
        playout buffer's; the rest counts packets and 20 ms frames (`PlayoutCounts`).
        """
        voice = self._voices.get(uid)
        if voice is None:
            return {}
        counts = voice.buffer.counts()
        heard = voice.heard_samples > 0
        figures: dict[str, float | int | None] = {
            "audio_packets": counts.received,
            "audio_level_dbfs": round(dbov_of(voice.mean_square), 1) if heard else None,
            "audio_peak_hz": round(peak_hz(voice.last_half_second()), 1),
            "audio_gaps": counts.gaps,
            "audio_delay_ms": round(voice.buffer.delay_ms, 1),
            "audio_target_ms": round(voice.buffer.target_ms, 1),
        }
        for name, count in asdict(counts).items():
            if name not in ("received", "gaps"):
                figures[f"audio_{name}"] = count
        return figures

    def close(self) -> None:
        """Forget everybody. Idempotent."""
        for uid in tuple(self._voices):
            self.remove(uid)
