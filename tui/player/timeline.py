"""Where in the clip we are: a clock that can be stopped and set."""

from __future__ import annotations


class Timeline:
    """Positions in seconds from the clip's beginning; the caller brings the time.

    Args:
        duration_s: Of the clip; 0 when unknown or endless.
    """

    def __init__(self, duration_s: float = 0.0) -> None:
        self._duration_s = duration_s
        self._at_s = 0.0
        self._since_s: float | None = None
        """When it began to run from `_at_s`; None while it stands."""

    @property
    def paused(self) -> bool:
        """Whether it stands."""
        return self._since_s is None

    def position_s(self, now_s: float) -> float:
        """Where we are at `now_s`."""
        return self._at_s if self._since_s is None else self._at_s + now_s - self._since_s

    def play(self, now_s: float) -> None:
        """Run."""
        if self._since_s is None:
            self._since_s = now_s

    def pause(self, now_s: float) -> None:
        """Stand still."""
        self._at_s, self._since_s = self.position_s(now_s), None

    def set(self, to_s: float, now_s: float) -> float:
        """Be at `to_s`, or at the nearest place there is; returns where."""
        last_s = self._duration_s if self._duration_s > 0 else float("inf")
        self._at_s = min(max(0.0, to_s), last_s)
        if self._since_s is not None:
            self._since_s = now_s
        return self._at_s
