"""The link to the terminal: its rate and delay, learned from when it answers.

Bytes inside a pty, an SSH channel or a socket cannot be taken back, and none of these tells how
much it holds: only the terminal knows what has arrived. So a query that every terminal answers (the
cursor position, `CSI 6n`) follows what was written, at most one at a time. The link is taken for a
queue that drains at one rate, with a constant delay behind it; the answers give both.

A terminal that never answers is not measured: it gets the rate guessed for it. Nothing else tells
how fast it is but the writer, which takes no more while the system's buffer is full, and pictures
wait for the writer anyway (`tui.widgets.writer_gate`).

While the machine is too busy (`tui.governor.contention`), an answer that comes late is no measure
of the link: a terminal on this machine keeps the rate it had, and one far away is taken for slower
only by what is much later.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from tui.domain.frozen import dataclass
from tui.governor.contention import Contention

QUERY: Final = "\x1b[6n"
"""Where is the cursor? Every terminal since the VT100 answers `CSI row ; column R`."""
QUEUE_S: Final = 0.025
"""Most that one picture may keep the link busy: a key pressed just after it waits that long."""
LOCAL_BYTES_PER_S: Final = 5_000_000.0
"""40 Mbit/s (spec ux 5.6): a terminal on this machine, until it is measured."""
REMOTE_BYTES_PER_S: Final = 250_000.0
"""2 Mbit/s (spec ux 5.6): over SSH, until it is measured."""
LEAST_BYTES_PER_S: Final = 500.0
"""However slow the link seems, it is tried again at this rate."""
_RESOLUTION_S: Final = 0.008
"""A busy time shorter than this is not told from chance: it bounds the rate, no more."""
_LIGHT_BYTES: Final = 1500
_PROBE: Final = 1.03
"""While more is wanted than the rate allows, each answer without delay lifts it by this."""
_MOST_LEAP: Final = 2.0
"""A bound on the rate lifts it by no more than this at once."""
_SAMPLES: Final = 16
_WINDOW_S: Final = 3.0
"""The newest measurements, of this time at most, are what counts."""
_APART_BYTES: Final = 300
_LEAST_PAIRS: Final = 6
_SURPRISE_S: Final = 0.06
_SURPRISES: Final = 2
"""This many answers in a row much later than expected: another link, what was measured is void."""
_PAUSE_APART_S: Final = 10.0
"""A terminal on this machine pauses now and then (a window is resized, glyphs are drawn for the
first time). One late answer is a pause, and no rate; another one within this time is a rate."""
_BASE_WINDOW_S: Final = 20.0
"""The delay of the empty link is the least of this time: a path may change."""
_LATE_S: Final = 0.03
"""An answer later than expected by this much says that the link is slower than was thought."""
_BUSY_LATE_S: Final = 0.25
"""The same on a machine that is too busy."""
_FIRST_BYTES: Final = 3000
"""Most that is written at once to a link of which nothing is known."""
_SILENT_S: Final = 3.0
"""A terminal that never answered within this time does not answer at all."""
_LOST_S: Final = 15.0
"""After this long an answer will not come any more (a terminal was attached anew)."""


@dataclass(frozen=True, slots=True)
class _Ping:
    """A query under way."""

    at_s: float
    position: int
    """Bytes written up to its end."""
    busy_s: float
    """When the busy time began that it is part of."""
    busy_bytes: int
    """Written in that time, the query included."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """So many bytes took so long: the link's rate, and a chance delay."""

    at_s: float
    size: int
    took_s: float


class Link:
    """See the module. All times are monotonic seconds, given by the caller.

    Args:
        start_bytes_per_s: The rate until something is measured.
        cap_bytes_per_s: Most that may be used, whatever is measured; None for no limit.
        trusted: Whether an answer comes from the terminal itself. False inside tmux and screen over
            SSH, which answer for it: then the start rate is never exceeded.
    """

    def __init__(
        self,
        start_bytes_per_s: float = LOCAL_BYTES_PER_S,
        *,
        cap_bytes_per_s: float | None = None,
        trusted: bool = True,
    ) -> None:
        self.cap_bytes_per_s = cap_bytes_per_s
        self.trusted = trusted
        self.start_bytes_per_s = start_bytes_per_s
        self.local = start_bytes_per_s >= LOCAL_BYTES_PER_S
        """Whether the terminal is on this machine, as far as is known."""
        self.contention = Contention()
        """Whether this machine is too busy; whoever writes and reads notes it."""
        self.measured = False
        """Whether the rate comes from this link rather than from a guess."""
        self.answers: bool | None = None
        """Whether the terminal answers; None while that is not known."""
        self.total = 0
        """Bytes written so far."""
        self.wants_more = False
        """Whether a higher rate would be used."""
        self._rate = start_bytes_per_s
        self._acked = 0
        self._busy = (0.0, 0)
        """When the present busy time began, and at which byte."""
        self._ping: _Ping | None = None
        self._noise_s = 0.0
        """How much later than at best an answer comes when nothing is in its way."""
        self._round_trip_s = 0.0
        self._bases: deque[tuple[float, float]] = deque()
        self._samples: deque[_Sample] = deque(maxlen=_SAMPLES)
        self._surprises = 0
        self._paused_s = float("-inf")
        """When a terminal on this machine answered late last."""
        self._drained_s = 0.0
        """When, by what is known, the queue will be empty."""

    # ---- what happens
    def wrote(self, now_s: float, count: int) -> None:
        """`count` bytes are on their way to the terminal."""
        if count <= 0:
            return
        if now_s >= self._drained_s:
            self._busy = (now_s, self.total)
        self.total += count
        self._drained_s = max(self._drained_s, now_s) + count / self.bytes_per_s

    def ping(self, now_s: float, *, idle: bool = False) -> bool:
        """Whether to write the query now; if so it counts as written.

        Args:
            now_s: Monotonic.
            idle: Also when all that was written has been answered.
        """
        if self.answers is False or (self.total == self._acked and not idle):
            return False
        if self._ping is not None:
            age_s = now_s - self._ping.at_s
            if self.answers is None and age_s > _SILENT_S:
                self.answers, self._ping = False, None
                return False
            if age_s < _LOST_S:
                return False
        self.wrote(now_s, len(QUERY))
        begun_s, begun = self._busy
        self._ping = _Ping(now_s, self.total, begun_s, self.total - begun)
        return True

    def answered(self, now_s: float) -> bool:
        """The terminal answered; False when nothing was asked."""
        if self._ping is None:
            return False
        ping, self._ping, self.answers = self._ping, None, True
        self._round_trip_s = max(0.0, now_s - ping.at_s)
        self._bases.append((now_s, self._round_trip_s))
        # The least of a window, kept as a rising sequence.
        while len(self._bases) > 1 and self._bases[-2][1] >= self._bases[-1][1]:
            del self._bases[-2]
        while self._bases[0][0] < now_s - _BASE_WINDOW_S and len(self._bases) > 1:
            self._bases.popleft()
        left_s = now_s - self.base_s
        self._learn(_Sample(now_s, ping.busy_bytes, max(0.0, left_s - ping.busy_s)))
        self._acked = ping.position
        self._drained_s = self._drain_time(left_s - self._noise_s)
        return True

    def forget(self) -> None:
        """The terminal was away (suspended): what was under way is gone."""
        self._ping, self._acked, self._drained_s = None, self.total, 0.0
        self._samples.clear()

    # ---- what is known
    @property
    def bytes_per_s(self) -> float:
        """What may be written a second."""
        rate = self._rate
        if not self.trusted:
            rate = min(rate, self.start_bytes_per_s)
        if self.cap_bytes_per_s is not None:
            rate = min(rate, self.cap_bytes_per_s)
        return max(LEAST_BYTES_PER_S, rate)

    @property
    def capped(self) -> bool:
        """Whether the cap is less than what the link carries."""
        return self.cap_bytes_per_s is not None and self.cap_bytes_per_s < self._rate

    @property
    def base_s(self) -> float:
        """Round trip of the empty link [s]; 0 before it is known."""
        return self._bases[0][1] if self._bases else 0.0

    @property
    def round_trip_s(self) -> float:
        """The last round trip, what waited before it included [s]."""
        return self._round_trip_s

    @property
    def asking(self) -> bool:
        """Whether a query is under way."""
        return self._ping is not None

    def late(self, now_s: float, allowed_s: float = _LATE_S) -> bool:
        """Whether an answer is overdue: the link is slower than its rate says, or stands still."""
        if self._ping is None or self.answers is None:
            return False
        ping = self._ping
        ahead_s = (ping.position - self._acked) / self.bytes_per_s
        return now_s - ping.at_s > self.base_s + ahead_s + allowed_s + 2 * self._noise_s

    def usable(self, now_s: float) -> float:
        """`bytes_per_s`, less while an answer is overdue: how fast it can have been at best."""
        rate, busy = self.bytes_per_s, self.contention.busy
        if busy and self.local:
            return rate
        if self._ping is None or not self.late(now_s, _BUSY_LATE_S if busy else _LATE_S):
            return rate
        waited_s = max(_RESOLUTION_S, now_s - self._ping.at_s - self.base_s - self._noise_s)
        return max(LEAST_BYTES_PER_S, min(rate, (self._ping.position - self._acked) / waited_s))

    def room(self, now_s: float) -> int:
        """Bytes that may be written now without keeping a key waiting; 0 while the link is busy."""
        if self.late(now_s):
            return 0
        rate = self.bytes_per_s
        queued_s = max(0.0, self._drained_s - now_s)
        if queued_s > QUEUE_S / 4:
            return 0
        room = int((QUEUE_S - queued_s) * rate)
        guessed = not self.measured and self.answers is not False
        if guessed and self.start_bytes_per_s < LOCAL_BYTES_PER_S:
            # One small picture, and see how long it takes.
            return 0 if self.total - self._acked > _LIGHT_BYTES else min(room, _FIRST_BYTES)
        return room

    # ---- learning
    def _drain_time(self, left_s: float) -> float:
        """When the rest will have left, `_acked` bytes having left by `left_s`."""
        waiting = self.total - self._acked
        if not waiting:
            return 0.0
        begun_s, begun = self._busy
        if begun >= self._acked:  # all of the rest came after
            left_s = max(left_s, begun_s)
        return left_s + waiting / self.bytes_per_s

    def _learn(self, sample: _Sample) -> None:
        busy = self.contention.busy
        if busy and self.local:
            return
        expected_s = sample.size / self._rate + self._noise_s
        surprise_s = _BUSY_LATE_S if busy else _SURPRISE_S
        surprised = self.measured and sample.took_s > 3 * expected_s + surprise_s
        if surprised and self._paused(sample.at_s):
            return
        self._surprises = self._surprises + 1 if surprised else 0
        self._samples.append(sample)
        while self._samples[0].at_s < sample.at_s - _WINDOW_S:
            self._samples.popleft()
        if surprised:
            if self._surprises >= _SURPRISES:
                while len(self._samples) > self._surprises:
                    self._samples.popleft()
            self._rate = min(self._rate, sample.size / (sample.took_s - self._noise_s))
            return
        slope, noise_s = self._fitted()
        self._noise_s = noise_s
        largest = max(one.size for one in self._samples)
        if slope * largest > _RESOLUTION_S:
            self._rate += (0.6 if slope * self._rate > 1 else 0.4) * (1 / slope - self._rate)
            self.measured = True
            return
        # Nothing took long enough to be measured: the link is at least this fast.
        bound = largest / _RESOLUTION_S
        if bound > self._rate:
            self.measured = True
        elif self.wants_more and self.measured:
            bound = self._rate * _PROBE
        self._rate = max(self._rate, min(bound, self._rate * _MOST_LEAP))

    def _paused(self, now_s: float) -> bool:
        """Whether an answer that came late says of a local terminal that it paused, and no more."""
        before_s, self._paused_s = self._paused_s, now_s
        return self.local and now_s - before_s > _PAUSE_APART_S

    def _fitted(self) -> tuple[float, float]:
        """(seconds a byte takes, seconds every answer takes besides).

        The median slope of all pairs (Theil and Sen): an answer that came late by chance, because
        the other end was busy, moves it little.
        """
        samples = list(self._samples)
        slopes = sorted(
            (b.took_s - a.took_s) / (b.size - a.size)
            for number, a in enumerate(samples)
            for b in samples[number + 1 :]
            if abs(b.size - a.size) >= _APART_BYTES
        )
        if len(slopes) >= _LEAST_PAIRS:
            slope = max(0.0, slopes[len(slopes) // 2])
            rest = sorted(one.took_s - slope * one.size for one in samples)
            return slope, max(0.0, rest[len(rest) // 2])
        took_s = sum(max(0.0, one.took_s - self._noise_s) for one in samples)
        return took_s / max(1, sum(one.size for one in samples)), self._noise_s
