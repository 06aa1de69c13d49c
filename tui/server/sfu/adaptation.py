"""Which simulcast layer a subscriber's network carries, learned from the loss it reports.

Its REMB says when less goes through than is forwarded, but not when more would: a receiver cannot
estimate much more than it is sent, so an estimate made on a low layer would never allow a higher
one. Lower at once when packets are lost or queue, try the next layer up after a while, and wait
twice as long each time that fails.
"""

from __future__ import annotations

HIGHEST = 99
_SMOOTHING = 0.4
"""One report covers a few dozen packets; single ones scatter far around the path's loss."""
_TOO_MUCH_LOSS = 0.10
_LITTLE_LOSS = 0.02
_SETTLE_S = 3.0
"""Reports about the former layer still come in for a while."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 8.0, 64.0


class LayerCeiling:
    """The index of the best layer to forward to one subscriber."""

    def __init__(self) -> None:
        self.index = HIGHEST
        self._changed_at = float("-inf")
        self._clean_since: float | None = None
        self._wait_s = _FIRST_WAIT_S
        self._loss = 0.0

    def update(self, loss: float, forwarded: int, now: float, *, narrow: bool = False) -> bool:
        """Take a report; call once a second.

        Args:
            loss: Mean fraction lost of all streams, 0..1.
            forwarded: Index of the best layer forwarded now.
            now: Monotonic seconds.
            narrow: The subscriber's line carries less than is forwarded.

        Returns:
            Whether the ceiling was lowered.
        """
        loss = self._loss = self._loss + _SMOOTHING * (loss - self._loss)
        if loss > _LITTLE_LOSS or narrow:
            self._clean_since = None
        elif self._clean_since is None:
            self._clean_since = now
        if now - self._changed_at < _SETTLE_S:
            return False
        if (narrow or loss > _TOO_MUCH_LOSS) and forwarded > 0:
            if self.index != HIGHEST:  # the last try to go up failed
                self._wait_s = min(_LONGEST_WAIT_S, self._wait_s * 2)
            self.index, self._changed_at = forwarded - 1, now
            self._loss = 0.0
            return True
        if self.index == HIGHEST or self._clean_since is None:
            return False
        if now - max(self._clean_since, self._changed_at) >= self._wait_s:
            self._changed_at = now
            self.index += 1
            if self.index > forwarded + 1:  # nothing above it is published or wanted
                self.index, self._wait_s = HIGHEST, _FIRST_WAIT_S
        return False
