"""The sending side: microphone blocks -> gate, clips -> one Opus encoder -> packets to be sent.

The device's thread encodes, so each packet is made once, whoever sends it. Packets go through a
short queue that drops the oldest: stale sound is never sent. The track stays alive without a
microphone: whoever waits for a packet then makes a silent one, in time. Time stamps grow through
mutes, stalls and changes of device.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.clips import Clips
from tui.audio.encoder_rate import EncoderRate
from tui.audio.gate import Gate
from tui.audio.level import SILENT_DBOV, Meter, dbov
from tui.audio.opus import DTX_MAX_BYTES, OpusEncoder
from tui.audio.recorder import Recorder
from tui.audio.silence import SilenceRepeater
from tui.domain.media import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioPacket
from tui.ports.devices import Microphone
from tui.ports.transport import EndOfMedia

Samples = NDArray[np.int16]
_log = logging.getLogger(__name__)

QUEUE_PACKETS: Final = 10
"""200 ms: more means the loop stalled."""
STALLED_S: Final = 0.2
"""A microphone silent for this long is stood in for."""
_FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
_CATCH_UP_S: Final = 0.1
_TALKING_DBOV: Final = -40.0
_TALKING_AFTER_S: Final = 0.3
_TALKING_HOLD_S: Final = 1.0


class Capture:
    """Our microphone as a `PacketSource`.

    Args:
        encoder: What makes the packets; closed with this.
        muted: Start with the gate closed.
        process: Echo canceller, noise suppressor, gain: gets and gives blocks of equal length, in
            the device's thread, before the gate.
        clock_s: Monotonic seconds.

    Raises:
        OpusUnavailable: no libopus.
    """

    def __init__(
        self,
        encoder: OpusEncoder | None = None,
        *,
        muted: bool = False,
        process: Callable[[Samples], Samples] | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ):
        self._encoder = encoder or OpusEncoder(dtx=True)
        self._silence = SilenceRepeater(self._encoder.encode)
        self._rate = EncoderRate()
        self._process = process
        self._clock_s = clock_s
        self._gate = Gate(closed=muted)
        self.clips = Clips()
        """Sent beside the microphone, whether the gate is open or not."""
        self._lock = threading.Lock()
        self._packets: deque[AudioPacket] = deque(maxlen=QUEUE_PACKETS)
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None
        self._timer: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None
        self._microphone: Microphone | None = None
        self._meter = Meter()
        self._recorder: Recorder | None = None
        self._frame = np.zeros(FRAME_SAMPLES, np.int16)
        self._filled = 0
        self._timestamp = 0
        self._sequence = 0
        self._paused = False
        """The last frame was one that DTX need not send."""
        self._fed_at_s = clock_s() - STALLED_S
        """When a microphone last brought a block."""
        self._silence_due_s: float | None = None
        self._talking_s = 0.0
        self._talking_until_s = 0.0
        self._closed = False
        self.made: Callable[[AudioPacket], None] | None = None
        """Is given each packet when it is made, in whatever thread; must return at once."""
        self.heard: Callable[[Samples], None] | None = None
        """Is given each block of the microphone behind the gate; as `made`. Clips are not in it."""
        self.sent_packets = 0
        """Packets the transport has taken."""
        self.dropped_packets = 0
        """Packets nobody took in time."""

    # ---- the microphone
    @property
    def microphone(self) -> Microphone | None:
        """The one attached now; look at its `failed`."""
        return self._microphone

    def attach(self, microphone: Microphone) -> None:
        """Use this microphone from now on; the one before is stopped. It may take 0.2 s.

        Raises:
            DeviceUnavailable: it can't be started; there is none then.
        """
        self.detach()
        if self._closed:
            return
        microphone.start(self.on_block)
        self._microphone = microphone
        if self._closed:  # closed from another thread while the device opened
            self.detach()

    def detach(self) -> None:
        """Stop the microphone; silence is sent instead. Idempotent."""
        microphone, self._microphone = self._microphone, None
        if microphone is not None:
            microphone.stop()
        with self._lock:
            self._fed_at_s = self._clock_s() - STALLED_S
            self._filled = 0
        self._meter.dbov = float(SILENT_DBOV)

    def on_block(self, block: Samples) -> None:
        """One block of the microphone, any length; the device's thread."""
        now_s = self._clock_s()
        if self._process is not None:
            block = self._process(block)
        level_dbov = dbov(block)
        duration_s = len(block) / SAMPLE_RATE_HZ
        self._meter.add(level_dbov, duration_s)
        self._watch_talking(level_dbov, duration_s, now_s)
        recorder = self._recorder
        if recorder is not None and not recorder.add(block):
            self._recorder = None
        with self._lock:
            if self._closed:
                return
            self._fed_at_s = now_s
            if self._silence_due_s is not None:
                self._skip_time_lost(now_s - self._silence_due_s)
                self._silence_due_s = None
            # Inside the lock: after `set_muted` returns, the next sample is behind a closed gate.
            passed = self._gate.pass_through(block)
            if self.heard is not None:
                self.heard(passed)
            at, emitted = 0, False
            while at < len(passed):
                taken = min(FRAME_SAMPLES - self._filled, len(passed) - at)
                self._frame[self._filled : self._filled + taken] = passed[at : at + taken]
                self._filled += taken
                at += taken
                if self._filled == FRAME_SAMPLES:
                    self._filled = 0
                    emitted |= self._emit(self._frame)
        if emitted:
            self._wake()

    def record(self, recorder: Recorder | None) -> None:
        """Let `recorder` hear the microphone as others would, muted or not; None: no longer."""
        self._recorder = recorder

    def _watch_talking(self, level_dbov: int, duration_s: float, now_s: float) -> None:
        if not self._gate.closed:
            self._talking_s = self._talking_until_s = 0.0
            return
        if level_dbov > _TALKING_DBOV:
            self._talking_s += duration_s
        else:
            # Words have holes: leak slowly rather than start again.
            self._talking_s = max(0.0, self._talking_s - duration_s / 2)
        if self._talking_s >= _TALKING_AFTER_S:
            self._talking_s = _TALKING_AFTER_S
            self._talking_until_s = now_s + _TALKING_HOLD_S

    def _emit(self, frame: Samples) -> bool:
        """Encode one frame and queue it; False in a pause. The lock is held."""
        if self.clips:
            frame = self._with_clips(frame)
        data = self._silence.encode(frame)
        timestamp = self._timestamp
        self._timestamp += FRAME_SAMPLES
        # With DTX the first tiny packet of a pause tells the far end that silence is meant; the
        # encoder itself sends a longer one every 0.4 s to keep the comfort noise right.
        was_paused, self._paused = self._paused, len(data) <= DTX_MAX_BYTES
        if was_paused and self._paused:
            return False
        if len(self._packets) == QUEUE_PACKETS:
            self.dropped_packets += 1
        packet = AudioPacket(
            data,
            timestamp & 0xFFFFFFFF,
            self._sequence & 0xFFFF,
            # The level of what is sent: a muted voice must not show on others' screens.
            dbov(frame),
        )
        self._packets.append(packet)
        if self.made is not None:
            self.made(packet)
        self._sequence += 1
        return True

    def _with_clips(self, frame: Samples) -> Samples:
        total = frame.astype(np.float32)
        self.clips.mix_into(total)
        return np.clip(total, -32768, 32767).astype(np.int16)

    def _skip_time_lost(self, behind_s: float) -> None:
        """Let time stamps jump over time in which nothing was made; the lock is held."""
        if behind_s > _CATCH_UP_S:
            self._timestamp += int(behind_s / _FRAME_S) * FRAME_SAMPLES

    def _wake(self) -> None:
        waiting = self._waiting
        if waiting is None:
            return
        loop, news = waiting
        try:
            loop.call_soon_threadsafe(_tell, news)
        except RuntimeError:
            # The loop is closed: the session is over and nobody waits any more.
            self._waiting = None

    # ---- muting
    @property
    def muted(self) -> bool:
        """Whether the gate is closed."""
        return self._gate.closed

    def set_muted(self, *, muted: bool) -> None:
        """Close or open the gate; nothing of the microphone passes 5 ms after closing it."""
        with self._lock:
            self._gate.closed = muted

    @property
    def level_dbov(self) -> float:
        """How loud the microphone is now, before the gate [dBov]."""
        return self._meter.dbov

    @property
    def talking_while_muted(self) -> bool:
        """Somebody speaks into the muted microphone (for 0.3 s; held for 1 s)."""
        return self._gate.closed and self._clock_s() < self._talking_until_s

    # ---- the transport's side
    async def next_packet(self) -> AudioPacket:
        """The next packet; one reader at a time. Raises `EndOfMedia` after `close`."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] | None = None
        try:
            while True:
                with self._lock:
                    if self._closed:
                        raise EndOfMedia
                    wait_s = self._make_silence_if_due()
                    if self._packets:
                        self.sent_packets += 1
                        return self._packets.popleft()
                    # Inside the lock: what the microphone's thread makes next wakes this.
                    mine = loop.create_future()
                    self._waiting = (loop, mine)
                self._look_again(loop, wait_s)
                await mine
        finally:
            # After a reconnect a new reader may have come before the old one was cancelled.
            if self._waiting is not None and self._waiting[1] is mine:
                self._waiting = None

    def _look_again(self, loop: asyncio.AbstractEventLoop, wait_s: float) -> None:
        """Wake whoever waits then, in so many seconds at the latest.

        A timer that comes sooner stays: one for each packet, cancelled by the packet, would cost
        as much as the wait for it.
        """
        at_s = loop.time() + wait_s
        timer = self._timer
        if timer is not None and timer[0] is loop and loop.time() < timer[1].when() <= at_s:
            return
        if timer is not None and timer[0] is loop:
            timer[1].cancel()
        self._timer = (loop, loop.call_at(at_s, self._time_is_up, loop))

    def _time_is_up(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        waiting = self._waiting
        if waiting is not None and waiting[0] is loop:
            _tell(waiting[1])

    def lost(self, fraction: float) -> None:
        """A receiver report: FEC and bit rate follow."""
        with self._lock:
            if self._closed:
                return
            self._rate.take(fraction)
            self._encoder.set_loss_percent(self._rate.loss_percent)
            self._encoder.set_bitrate(self._rate.bitrate_bps)

    def _make_silence_if_due(self) -> float:
        """Stand in for a microphone that brings nothing; seconds until to look again.

        The lock is held.
        """
        now_s = self._clock_s()
        quiet_s = now_s - self._fed_at_s
        if quiet_s < STALLED_S:
            return STALLED_S - quiet_s + 0.001
        if self._silence_due_s is None:
            # Half a frame of a stalled microphone must not be glued to what comes later.
            self._filled = 0
            if self._timestamp:
                self._skip_time_lost(quiet_s)
            self._silence_due_s = now_s
        behind_s = now_s - self._silence_due_s
        if behind_s > _CATCH_UP_S:
            self._skip_time_lost(behind_s)
            self._silence_due_s = now_s
            behind_s = 0.0
        if behind_s >= 0 and not self._packets:
            self._emit(np.zeros(FRAME_SAMPLES, np.int16))
            self._silence_due_s += _FRAME_S
        return max(0.001, self._silence_due_s - now_s)

    def close(self) -> None:
        """Stop the microphone and end the stream. Idempotent."""
        self.detach()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._packets.clear()
            self._encoder.close()
        self._wake()


def _tell(news: asyncio.Future[None]) -> None:
    """Wake the one who waits, who may have gone meanwhile."""
    if not news.done():
        news.set_result(None)
