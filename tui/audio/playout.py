"""The playout buffer: packets of one participant in, sound out, decoded when the output asks.

The network thread puts packets, the device's thread pulls samples. Decoding at playout is what
lets a late packet still be used, a lost one be rebuilt from the next one's FEC, and the delay
follow the network (spec audio 2.3). The traps it answers:

- what waits is counted in packets held, not by newest time stamp: a pause of the sender (DTX)
  would look like sound and be dropped;
- a hole with contiguous sequence numbers is such a pause, not loss;
- while nothing is there, time does not advance, so a late packet is still played; concealment
  already played is taken off the hole afterwards, so a loss adds no delay.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.delay_target import DelayTarget
from tui.audio.opus import DTX_MAX_BYTES, OpusDecoder, has_lbrr, packet_samples
from tui.audio.packet_store import HeldPacket, PacketStore, PlayoutCounts, nearest
from tui.audio.stretch import lengthened, shortened
from tui.audio.sturdy_decoder import SturdyDecoder
from tui.domain.media import BLOCK_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioPacket

Samples = NDArray[np.int16]

HELD_MAX_SAMPLES: Final = SAMPLE_RATE_HZ * 12 // 10
"""More than this waiting means the player stalled: jump to the newest."""
HELD_MAX_PACKETS: Final = 480
PACKET_MAX_BYTES: Final = 4000
"""RTP over UDP brings no larger ones; anything else is not kept."""
GAP_SAMPLES: Final = SAMPLE_RATE_HZ * 60 // 1000
"""A run of concealment longer than this is heard as a gap."""
_CONCEALED_MAX_FRAMES: Final = 6
_JUMP_SAMPLES: Final = SAMPLE_RATE_HZ * 10
"""A time stamp further away than this is a new stream."""
_TOO_MUCH_S: Final = 0.010
"""More beyond the target than this is taken out, a pitch period every 40 ms of speech at most."""
_MUCH_TOO_MUCH_S: Final = 0.030
"""Beyond this, every 20 ms."""
_SMALLEST_SAMPLES: Final = 120
"""Opus conceals in steps of 2.5 ms."""


class PlayoutBuffer:
    """Sound of one participant. `put` from any thread, `pull` from one other.

    Args:
        least_delay_s: Bounds of the adaptive delay.
        most_delay_s: Bounds of the adaptive delay.
        decoder: Closed with this buffer.

    Raises:
        OpusUnavailable: no libopus.
    """

    def __init__(
        self,
        *,
        least_delay_s: float = 0.020,
        most_delay_s: float = 0.400,
        decoder: OpusDecoder | None = None,
    ):
        self._decoder = SturdyDecoder(decoder or OpusDecoder())
        self._lock = threading.Lock()
        self._target = DelayTarget(least_delay_s, most_delay_s)
        self._held = PacketStore()
        self._counts = PlayoutCounts()
        self._reset()

    def _reset(self) -> None:
        self._held.clear()
        self._newest: int | None = None
        self._sender_ahead_s: float | None = None
        """The sender's clock minus the (unwrapped) time stamps."""
        self._next: int | None = None
        self._last_sequence: int | None = None
        self._left: Samples = np.zeros(0, np.int16)
        self._level_s: float | None = None
        """Smoothed sound waiting [s]."""
        self._in_pause = False
        self._dry_frames = 0
        self._concealed_frames = 0
        self._hidden_samples = 0
        """Concealment and silence given since the last real sound."""
        self._waited_samples = 0
        """Asked for in vain while packets wait to be enough."""
        self._paused = False
        """The silence since the last real sound is a pause of the sender."""
        self._resume_at: int | None = None
        """What was due when the buffer ran empty; older packets stay late."""
        self._settle_frames = 0

    # ---- network side
    def put(self, packet: AudioPacket, now_s: float) -> None:
        """Take a packet as it arrives; never raises for what came from outside.

        Args:
            packet: In any order, repeated, or damaged.
            now_s: Monotonic time of arrival [s].
        """
        samples = packet_samples(packet.data)
        with self._lock:
            if packet.copied_after:
                self._put_copy(packet, samples)
                return
            self._counts.received += 1
            if not samples or len(packet.data) > PACKET_MAX_BYTES:
                self._counts.damaged += 1
                return
            timestamp = self._unwrapped(packet.timestamp)
            if packet.at_s:
                self._sender_ahead_s = packet.at_s - timestamp / SAMPLE_RATE_HZ
            self._target.arrived(now_s, timestamp, packet.sequence & 0xFFFF)
            due = self._resume_at if self._next is None else self._next
            if due is not None and timestamp < due:
                self._counts.late += 1
                return
            if timestamp in self._held:
                return
            self._held.add(timestamp, HeldPacket(packet.data, packet.sequence & 0xFFFF, samples))
            if self._held.samples > HELD_MAX_SAMPLES or len(self._held) > HELD_MAX_PACKETS:
                self._jump_to_newest()

    def _put_copy(self, packet: AudioPacket, samples: int) -> None:
        """Keep a redundant copy where its packet is missing; it says nothing about the network."""
        due = self._resume_at if self._next is None else self._next
        if self._newest is None or due is None or not 0 < samples <= packet.copied_after:
            return
        self._target.copies_reach(packet.copied_after / SAMPLE_RATE_HZ)
        timestamp = nearest(packet.timestamp, self._newest)
        if due <= timestamp < self._newest + HELD_MAX_SAMPLES and self._held.fits(
            timestamp, samples
        ):
            held = HeldPacket(packet.data, packet.sequence & 0xFFFF, samples, is_copy=True)
            self._held.add(timestamp, held)

    def _unwrapped(self, timestamp: int) -> int:
        newest = self._newest
        if newest is not None and abs(nearest(timestamp, newest) - newest) > _JUMP_SAMPLES:
            hidden = self._hidden_samples
            self._reset()
            self._hidden_samples = hidden
            self._counts.restart += 1
            self._target.restart()
        if self._newest is None:
            self._newest = timestamp & 0xFFFFFFFF
        unwrapped = nearest(timestamp, self._newest)
        self._newest = max(self._newest, unwrapped)
        return unwrapped

    def _jump_to_newest(self) -> None:
        wanted = int(self._target.waiting_s * SAMPLE_RATE_HZ)
        self._counts.drop += self._held.keep_newest(wanted)
        if self._next is not None:
            self._next, _ = self._held.first()
            self._last_sequence = None
        self._level_s = None

    # ---- audio side
    def pull(self, samples: int) -> Samples | None:
        """Exactly `samples` of sound, or None while nobody's sound is due."""
        with self._lock:
            left = self._left
            while len(left) < samples:
                frame = self._frame(samples)
                if frame is None:
                    break
                left = np.concatenate((left, frame)) if len(left) else frame
            if not len(left):
                if self._hidden_samples:
                    self._hidden_samples += samples
                self._left = left
                return None
            self._left = left[samples:]
            given = left[:samples]
        if len(given) < samples:
            given = np.concatenate((given, np.zeros(samples - len(given), np.int16)))
        return given

    def _frame(self, wanted: int) -> Samples | None:
        """The next piece of sound, usually 20 ms; None: wait."""
        due = self._begin(wanted) if self._next is None else self._next
        if due is None:
            return None
        waiting_s = self._held.samples / SAMPLE_RATE_HZ
        self._level_s = (
            waiting_s if self._level_s is None else self._level_s + (waiting_s - self._level_s) / 20
        )
        held = self._held.take(due)
        if held is not None:
            return self._adapted(self._decoded(due, held))
        if self._held:
            return self._bridged(due)
        return self._ran_dry()

    def _begin(self, wanted: int) -> int | None:
        """What is due first, once enough waits to start playing."""
        if not self._held:
            self._waited_samples = 0
            return None
        if not self._enough_waits():
            self._waited_samples += wanted
            return None
        self._waited_samples = 0
        self._next, _ = self._held.first()
        return self._next

    def _enough_waits(self) -> bool:
        """Whether to begin with what is here.

        Time waited counts like packets after the first one: those are due then, and the last
        packets of a talk spurt must not wait for the next one.
        """
        waiting = max(self._held.samples, self._waited_samples + FRAME_SAMPLES)
        return waiting / SAMPLE_RATE_HZ >= self._target.waiting_s - 1e-4

    def _decoded(self, due: int, held: HeldPacket) -> Samples:
        self._sound_is_back(due, held.sequence)
        self._next = due + held.samples
        self._in_pause = len(held.data) <= DTX_MAX_BYTES
        sound = self._decoder.sound(held.data)
        if sound is None:
            self._counts.damaged += 1
            return self._decoder.concealed(held.samples)
        self._counts.copies += held.is_copy
        self._counts.ok += not held.is_copy
        return sound

    def _sound_is_back(self, timestamp: int, sequence: int) -> None:
        if self._hidden_samples > GAP_SAMPLES and not self._pause_explains(timestamp, sequence):
            self._counts.gaps += 1
        self._hidden_samples = 0
        self._paused = False
        self._last_sequence = sequence
        self._dry_frames = self._concealed_frames = 0

    def _pause_explains(self, timestamp: int, sequence: int) -> bool:
        """Whether the silence before this packet was the sender's will."""
        jumped = self._resume_at is not None and timestamp > self._resume_at
        return self._paused or (jumped and self._follows(sequence))

    def _follows(self, sequence: int) -> bool:
        last = self._last_sequence
        return last is not None and ((sequence - last) & 0xFFFF) == 1

    def _bridged(self, due: int) -> Samples:
        """Sound in place of a packet that is due and missing, while a later one is here."""
        following, held = self._held.first()
        if self._in_pause or self._follows(held.sequence):
            self._paused = True
            if not self._enough_waits():
                self._waited_samples += BLOCK_SAMPLES
                self._counts.pause += 1
                return self._decoder.concealed(BLOCK_SAMPLES)
            self._waited_samples = 0
            self._level_s = None
            return self._skip_to(following, held)
        missing = following - due
        played = min(self._dry_frames * FRAME_SAMPLES, missing)
        self._dry_frames = 0
        missing -= played
        due += played
        self._concealed_frames += 1
        if (
            missing < _SMALLEST_SAMPLES
            or missing % _SMALLEST_SAMPLES
            or self._concealed_frames > _CONCEALED_MAX_FRAMES
        ):
            return self._skip_to(following, held)
        step = min(missing, FRAME_SAMPLES)
        self._next = due + step
        if step == missing and has_lbrr(held.data):
            sound = self._decoder.before(held.data, step)
            if sound is not None:
                self._counts.fec += 1
                self._hidden_samples = 0
                return sound
            self._counts.damaged += 1
        self._counts.plc += 1
        self._hidden_samples += step
        return self._decoder.concealed(step)

    def _skip_to(self, timestamp: int, held: HeldPacket) -> Samples:
        self._held.take(timestamp)
        return self._decoded(timestamp, held)

    def _ran_dry(self) -> Samples | None:
        """Nothing at all is here: conceal, and let time stand."""
        self._hidden_samples += FRAME_SAMPLES
        self._dry_frames += 1
        if self._in_pause:
            self._paused = True
            self._counts.pause += 1
            return self._decoder.concealed(FRAME_SAMPLES)
        if self._dry_frames > _CONCEALED_MAX_FRAMES:
            self._counts.rebuffer += 1
            self._resume_at = self._next
            self._next = None
            self._level_s = None
            self._dry_frames = 0
            return None
        self._counts.dry += 1
        return self._decoder.concealed(FRAME_SAMPLES)

    def _adapted(self, sound: Samples) -> Samples:
        """`sound` a little shorter or longer when the delay is not the wanted one."""
        self._settle_frames -= 1
        if self._settle_frames > 0 or self._level_s is None:
            return sound
        beyond_s = self._level_s - self._target.waiting_s
        if beyond_s > 0.060:
            self._drop_one()
        elif beyond_s > _TOO_MUCH_S:
            changed = shortened(sound)
            if changed is not None:
                return self._settled(sound, changed, shorter=True)
        elif beyond_s < -0.015 and self._level_s < self._target.waiting_s * 0.75:
            changed = lengthened(sound)
            if changed is not None:
                return self._settled(sound, changed, shorter=False)
        return sound

    def _settled(self, before: Samples, after: Samples, *, shorter: bool) -> Samples:
        self._settle_frames = 2
        if self._level_s is not None:
            self._level_s += (len(after) - len(before)) / SAMPLE_RATE_HZ
            if shorter and self._level_s - self._target.waiting_s > _MUCH_TOO_MUCH_S:
                self._settle_frames = 1
        if shorter:
            self._counts.acc += 1
        else:
            self._counts.exp += 1
        return after

    def _drop_one(self) -> None:
        """Decode and throw away the next packet, so that the decoder's state stays right."""
        if self._next is None:
            return
        held = self._held.take(self._next)
        if held is None or self._level_s is None:
            return
        if self._decoder.sound(held.data) is None:
            self._counts.damaged += 1
        self._next += held.samples
        self._last_sequence = held.sequence
        self._counts.drop += 1
        self._level_s -= held.samples / SAMPLE_RATE_HZ

    # ---- figures
    def counts(self) -> PlayoutCounts:
        """A copy of what happened so far."""
        with self._lock:
            return replace(self._counts)

    @property
    def target_ms(self) -> float:
        """Delay aimed at [ms]."""
        return self._target.seconds * 1000

    @property
    def delay_ms(self) -> float:
        """Sound waiting here now, smoothed [ms]."""
        with self._lock:
            return (self._level_s or 0.0) * 1000 + len(self._left) * 1000 / SAMPLE_RATE_HZ

    @property
    def heard_at_s(self) -> float | None:
        """The sender's time of what is pulled next [s]; None in pauses, or while unknown."""
        with self._lock:
            if self._sender_ahead_s is None or self._next is None or self._in_pause:
                return None
            return (self._next - len(self._left)) / SAMPLE_RATE_HZ + self._sender_ahead_s

    def delay_more(self, seconds: float) -> None:
        """Keep so much more than the network asks for (0: no more)."""
        with self._lock:
            self._target.more_s = seconds

    def close(self) -> None:
        """Free the decoder; `pull` answers silence or None afterwards. Idempotent."""
        with self._lock:
            self._reset()
            self._decoder.close()
