"""A published track, as the others are told about it and as it is forwarded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from livekit.protocol import models

from tui.server.rooms.audience import Audience
from tui.server.sfu.track import PublishedTrack

NOBODY: Final = -1
"""Instead of a quality: nobody wants any."""


@dataclass(slots=True)
class Publication:
    """One track of one participant."""

    info: models.TrackInfo
    track: PublishedTrack
    audience: Audience = field(default_factory=Audience)
    """Of all that its publisher publishes."""
    demand: int = int(models.HIGH)
    """The best quality anybody wants, as the publisher was told last (`dynacast`)."""
    demand_fell_at: float = 0.0
    """Monotonic seconds since when less is wanted."""

    def forget_demand(self) -> None:
        """The publisher may have missed what it was told."""
        self.demand, self.demand_fell_at = NOBODY, 0.0
