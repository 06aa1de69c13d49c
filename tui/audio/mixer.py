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

import numpy as np
from numpy.typing import NDArray

from tui.audio.clips import Clips
from tui.audio.level import dbov_of, peak_hz
from tui.audio.limiter import Ducking, Limiter, ramp
from tui.audio.packet_store import PlayoutCounts
from tui.audio.voice import Sounding, Voice
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.media import AudioPacket

Samples = NDArray[np.int16]


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
        self._voices: dict[StreamId, Voice] = {}
        self._gains: dict[ParticipantId, float] = {}
        # Changes copy the dict, so that the speaker's thread reads without a lock.
        self._lock = threading.Lock()
        self._limiter = Limiter()
        self._ducking = Ducking()
        self._sum = np.zeros(0, np.float32)
        self._silence = np.zeros(0, np.int16)
        self._was_deafened = False
        self.deafened = False
        """Play nobody, but go on taking everybody's sound; our own clips are still heard."""
        self.clips = Clips()
        """Short sounds of our own."""
        self.sound_taps: list[Callable[[StreamId, Samples], None]] = []
        """Get each stream's sound as it is played, silence included, in the speaker's thread."""

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """Whose sound there is."""
        return tuple(self._voices)

    def packet(self, stream: StreamId, packet: AudioPacket) -> None:
        """One received packet; any thread.

        Raises:
            OpusUnavailable: no libopus (with the first packet).
        """
        voice = self._voices.get(stream)
        if voice is None:
            with self._lock:
                voice = self._voices.get(stream)
                if voice is None:
                    voice = Voice()
                    voice.gain = self._gains.get(stream.participant, 1.0)
                    self._voices = {**self._voices, stream: voice}
        voice.buffer.put(packet, self._clock_s())

    def remove(self, stream: StreamId) -> None:
        """Forget a stream's sound and figures."""
        with self._lock:
            rest = dict(self._voices)
            voice = rest.pop(stream, None)
            self._voices = rest
        if voice is not None:
            voice.buffer.close()

    def set_gain(self, who: ParticipantId, gain: float) -> None:
        """Volume of everything of one participant as a factor (0 to 4); kept while we live."""
        with self._lock:
            self._gains[who] = min(max(gain, 0.0), 4.0)
            for stream, voice in self._voices.items():
                if stream.participant == who:
                    voice.gain = self._gains[who]

    def gain(self, who: ParticipantId) -> float:
        """Volume of one participant as a factor."""
        return self._gains.get(who, 1.0)

    def duck(self, factor: float) -> None:
        """Turn everybody to this factor (0 to 1) while something of ours is said; 1 lets go.

        Down within 50 ms, up within 500 ms. Clips are not turned down.
        """
        self._ducking.factor = min(max(factor, 0.0), 1.0)

    def pull(self, samples: int) -> Samples:
        """The next `samples` of everybody together, for reading; the speaker's thread only."""
        sounding = self._tapped(samples) if self.sound_taps else self._pulled(samples)
        mixed = self._untouched(sounding, samples)
        if mixed is None:
            mixed = self._mixed(sounding, samples)
        if self._played is not None:
            self._played(mixed)
        return mixed

    def _pulled(self, samples: int) -> list[Sounding]:
        voices = self._voices.values()
        return [one for voice in voices if (one := voice.pull(samples)) is not None]

    def _tapped(self, samples: int) -> list[Sounding]:
        sounding: list[Sounding] = []
        for stream, voice in self._voices.items():
            one = voice.pull(samples)
            if one is not None:
                sounding.append(one)
            for tap in tuple(self.sound_taps):
                tap(stream, np.zeros(samples, np.int16) if one is None else one[0])
        return sounding

    def _untouched(self, sounding: list[Sounding], samples: int) -> Samples | None:
        """The usual case, which needs no mixing: silence, or one voice as it came; else None."""
        if len(sounding) > 1 or self.clips or self.deafened or self._was_deafened:
            return None
        if not (self._ducking.at_rest and self._limiter.at_rest):
            return None
        if sounding:
            sound, before, after = sounding[0]
            return sound if before == after == 1.0 else None
        if len(self._silence) != samples:
            self._silence = np.zeros(samples, np.int16)
            self._silence.flags.writeable = False
        return self._silence

    def _mixed(self, sounding: list[Sounding], samples: int) -> Samples:
        if len(self._sum) != samples:
            self._sum = np.zeros(samples, np.float32)
        total = self._sum
        total.fill(0.0)
        for sound, before, after in sounding:
            if before == after == 1.0:
                total += sound
            else:
                louder = sound.astype(np.float32)
                ramp(louder, before, after)
                total += louder
        self._ducking.apply(total)
        was_deafened, self._was_deafened = self._was_deafened, self.deafened
        ramp(total, float(not was_deafened), float(not self._was_deafened))
        self.clips.mix_into(total)
        self._limiter.apply(total)
        return total.astype(np.int16)

    def voice_levels(self) -> dict[ParticipantId, float]:
        """How loud each participant speaks: rises at once, falls 20 dB a second [dBov]."""
        return {
            stream.participant: round(voice.meter.dbov)
            for stream, voice in self._voices.items()
            if stream.source is TrackSource.MICROPHONE
        }

    def heard_at_s(self, stream: StreamId) -> float | None:
        """The sender's own time of what is heard now [s]; None: nothing, or unknown."""
        voice = self._voices.get(stream)
        return voice.buffer.heard_at_s if voice is not None else None

    def delay_more(self, stream: StreamId, seconds: float) -> None:
        """Let a stream's sound wait so much longer; forgotten at its end."""
        voice = self._voices.get(stream)
        if voice is not None:
            voice.buffer.delay_more(seconds)

    def counts(self, stream: StreamId) -> PlayoutCounts:
        """What happened to a stream's sound; zeros for an unknown one."""
        voice = self._voices.get(stream)
        return voice.buffer.counts() if voice is not None else PlayoutCounts()

    def figures(self, stream: StreamId) -> dict[str, float | int | None]:
        """What `--stats` says of one stream's sound; empty for an unknown one.

        `audio_level_dbfs` runs over the last three seconds of sound (None before any);
        `audio_peak_hz` is the strongest tone of the last half second, 0.0 in silence;
        `audio_gaps` counts holes over 60 ms; `audio_delay_ms` and `audio_target_ms` are the
        playout buffer's; the rest counts packets and 20 ms frames (`PlayoutCounts`).
        """
        voice = self._voices.get(stream)
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
        """Forget everybody and cut off every clip. Idempotent."""
        self.clips.stop()
        for stream in self.streams:
            self.remove(stream)
