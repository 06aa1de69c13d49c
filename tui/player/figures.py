"""What it cost to play a clip, and how well it went."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from tui.domain.look import Look

_WINDOW_S: Final = 2.0


@dataclass(slots=True)
class Figures:
    """Counted while it plays."""

    shown: int = 0
    dropped: int = 0
    """Pictures that were due while the terminal was busy, or decoded too late."""
    picture_bytes: int = 0
    started_s: float = 0.0
    cpu_started_s: float = 0.0
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def drew(self, now_s: float, size: int) -> None:
        """A picture of `size` bytes was sent."""
        self.shown += 1
        self.picture_bytes += size
        self._recent.append((now_s, size))
        while self._recent[0][0] < now_s - _WINDOW_S:
            self._recent.popleft()

    def fps(self, now_s: float) -> float:
        """Pictures a second, of late."""
        span_s = min(_WINDOW_S, max(0.1, now_s - self.started_s))
        return sum(1 for at_s, _ in self._recent if at_s > now_s - _WINDOW_S) / span_s

    def bytes_per_s(self, now_s: float) -> float:
        """Bytes a second, of late."""
        span_s = min(_WINDOW_S, max(0.1, now_s - self.started_s))
        return sum(size for at_s, size in self._recent if at_s > now_s - _WINDOW_S) / span_s

    def line(self, look: Look, now_s: float, delay_s: float) -> str:
        """For the person."""
        each = self.picture_bytes / self.shown if self.shown else 0.0
        return (
            f"{look.glyphs} {look.depth}  {self.fps(now_s):.1f} fps  {each / 1000:.1f} kB  "
            f"{self.bytes_per_s(now_s) * 8 / 1e6:.2f} Mbit/s  {self.dropped} dropped"
            + (f"  {delay_s * 1000:.0f} ms" if delay_s >= 0.001 else "")
        )

    def document(self, now_s: float, cpu_s: float) -> dict[str, Any]:
        """For machines."""
        lasted_s = max(0.001, now_s - self.started_s)
        spent_s = cpu_s - self.cpu_started_s
        return {
            "frames_shown": self.shown,
            "frames_dropped": self.dropped,
            "seconds": round(lasted_s, 3),
            "fps": round(self.shown / lasted_s, 2),
            "bytes": self.picture_bytes,
            "bytes_per_frame": round(self.picture_bytes / max(1, self.shown)),
            "cpu_s": round(spent_s, 3),
            "cpu_ms_per_frame": round(spent_s * 1000 / max(1, self.shown), 2),
        }
