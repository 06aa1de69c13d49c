"""One incoming SSRC: a simulcast layer, or the only encoding of a track."""

from __future__ import annotations

import struct
from collections import deque

_NACK_TRIES = 5
_MISSING_KEPT = 200
_LARGEST_GAP = 100
"""A longer gap is a restart or an outage; a key frame is cheaper than repairing it."""
_DROPS_KEPT = 256
_REPORT_BLOCK = struct.Struct("!IIIIII")


class Layer:
    """Reception state of one SSRC (RFC 3550 A): sequence, loss, jitter, what to ask again.

    Args:
        ssrc: The publisher's SSRC.
        rid: RTP stream id (RFC 8851), empty without simulcast.
        clock_rate: RTP ticks per second.
    """

    __slots__ = (
        "_base",
        "_cycles",
        "_dropped",
        "_drops",
        "_interval_expected",
        "_interval_received",
        "_jitter",
        "_last_report",
        "_last_report_at",
        "_missing",
        "_newest",
        "_received",
        "_transit",
        "bytes",
        "clock_rate",
        "key_frame_asked_at",
        "last_at",
        "loss",
        "rid",
        "ssrc",
        "unrepaired",
    )

    def __init__(self, ssrc: int, rid: str, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.rid = rid
        self.clock_rate = clock_rate
        self.last_at = 0.0
        """Monotonic seconds of the last packet."""
        self.loss = 0.0
        """Fraction lost between the last two reports, 0..1."""
        self.bytes = 0
        self.key_frame_asked_at = 0.0
        self.unrepaired = False
        """Something was lost for good: only a key frame mends the picture."""
        self._newest = -1
        self._base = 0
        self._cycles = 0
        self._received = 0
        self._interval_expected = 0
        self._interval_received = 0
        self._transit: float | None = None
        self._jitter = 0.0
        self._last_report = 0
        self._last_report_at = 0.0
        self._missing: dict[int, int] = {}
        self._dropped = 0
        self._drops: deque[int] = deque(maxlen=_DROPS_KEPT)

    @property
    def heard(self) -> bool:
        """Whether a packet ever came."""
        return self._newest >= 0

    def receive(self, sequence: int, timestamp: int, size: int, now: float) -> list[int]:
        """Note a packet; the sequence numbers newly found missing, in order."""
        self._received += 1
        self.last_at = now
        self.bytes += size
        transit = now * self.clock_rate - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < self.clock_rate * 5:  # not a timestamp wrap or restart
                self._jitter += (change - self._jitter) / 16
        self._transit = transit
        newest = self._newest
        if newest < 0:
            self._newest = self._base = sequence
            return []
        ahead = (sequence - newest) & 0xFFFF
        if ahead == 1:
            if sequence == 0:
                self._cycles += 1 << 16
            self._newest = sequence
            return []
        if ahead == 0 or ahead >= 0x8000:
            self._missing.pop(sequence, None)
            return []
        if sequence < newest:
            self._cycles += 1 << 16
        self._newest = sequence
        if ahead > _LARGEST_GAP:
            self.unrepaired = True
            return []
        return [(newest + step) & 0xFFFF for step in range(1, ahead)]

    def knows(self, sequence: int) -> bool:
        """Whether this packet came already: libwebrtc repeats old ones to probe for bandwidth."""
        behind = (self._newest - sequence) & 0xFFFF
        return self._newest >= 0 and behind < 0x8000 and sequence not in self._missing

    def expect_again(self, sequences: list[int]) -> None:
        """Keep asking for `sequences` until they come or five tries are over."""
        for sequence in sequences:
            self._missing[sequence] = 0
        while len(self._missing) > _MISSING_KEPT:
            del self._missing[next(iter(self._missing))]

    def still_missing(self) -> list[int]:
        """What to ask for again now."""
        if not self._missing:
            return []
        for sequence in list(self._missing):
            self._missing[sequence] += 1
            if self._missing[sequence] > _NACK_TRIES:
                del self._missing[sequence]
                self.unrepaired = True
        return list(self._missing)

    def drop(self, sequence: int) -> None:
        """Close the gap that an unforwarded packet would leave.

        Only the newest packet's gap can be closed: what follows an older one is already out.
        """
        if sequence == self._newest:
            self._drops.append(sequence)
            self._dropped += 1

    def renumber(self, sequence: int) -> int:
        """`sequence` with the gaps of dropped packets closed."""
        dropped = self._dropped
        if not dropped:
            return sequence
        if (self._drops[-1] - sequence) & 0xFFFF < 0x8000:  # an older packet, late or repeated
            dropped -= sum(1 for drop in self._drops if (drop - sequence) & 0xFFFF < 0x8000)
        return (sequence - dropped) & 0xFFFF

    def note_sender_report(self, ntp: int, now: float) -> None:
        """Remember the middle 32 bits of a sender report's time, for LSR and DLSR."""
        self._last_report = ntp >> 16 & 0xFFFFFFFF
        self._last_report_at = now

    def report_block(self, now: float, *, lost_behind: float = 0.0) -> bytes:
        """The 24-byte reception report block since the last one (RFC 3550 6.4.1).

        Args:
            now: Monotonic seconds.
            lost_behind: The worst share lost on the way from us to a subscriber. The sender is
                told the larger one (as livekit-server does for sound): only it can send more FEC.
        """
        highest = self._cycles + self._newest
        expected = highest - self._base + 1
        interval_expected = expected - self._interval_expected
        interval_lost = interval_expected - (self._received - self._interval_received)
        self._interval_expected, self._interval_received = expected, self._received
        self.loss = max(0.0, interval_lost / interval_expected) if interval_expected > 0 else 0.0
        fraction = min(255, int(max(self.loss, lost_behind) * 256))
        lost = min(0x7FFFFF, max(0, expected - self._received))
        delay = int((now - self._last_report_at) * 65536) if self._last_report else 0
        return _REPORT_BLOCK.pack(
            self.ssrc,
            fraction << 24 | lost,
            highest & 0xFFFFFFFF,
            int(self._jitter) & 0xFFFFFFFF,
            self._last_report,
            delay & 0xFFFFFFFF,
        )
