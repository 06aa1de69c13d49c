"""What the governor tells of itself."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.look import Look
from tui.domain.quality import PictureQuality


@dataclass(frozen=True, slots=True)
class TileReport:
    """What a tile gets now."""

    stream: StreamId
    fps: float
    """Pictures drawn lately; the rest of one that was cut short is no other picture."""
    fps_allowed: float
    look: Look
    still: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The governor's state, for a person."""

    bits_per_s: float
    """What the link carries, measured or guessed."""
    measured: bool
    capped: bool
    """The person's limit is lower than what the link carries."""
    bits_used_per_s: float
    """What was written lately, words included."""
    round_trip_s: float
    base_s: float
    answers: bool | None
    quality: PictureQuality
    tiles: tuple[TileReport, ...]
    reason: str
    """Why it is less than the best: `slow link`, `busy machine`, ...; empty when it is not."""

    @property
    def fps(self) -> float:
        """Frame rate of the tile that moves most."""
        return max((tile.fps for tile in self.tiles), default=0.0)
