"""Who gets which rung: as high as the link carries, the most important ones first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.look import Look
from tui.governor.ladder import BEST, LADDER, STILLS, bytes_with, look_on, usual_bytes

FAVOUR: Final = 2
"""The speaker and the pinned tile are this many rungs ahead of the others."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One tile that wants pictures."""

    stream: StreamId
    cells: int
    important: bool = False
    """Speaking or pinned."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a tile's pictures cost lately."""

    bytes_per_picture: float
    look: Look
    """The look they were drawn with."""


def cost_on(rung: int, subject: Subject, cost: Cost | None, best: Look, fps: float) -> float:
    """Bytes a second that a tile takes on a rung."""
    look = look_on(LADDER[rung], best)
    size = (
        usual_bytes(subject.cells, look)
        if cost is None
        else bytes_with(cost.bytes_per_picture, cost.look, look)
    )
    return size * min(fps, LADDER[rung].fps)


def plan(
    subjects: Sequence[Subject],
    costs: dict[StreamId, Cost],
    *,
    bytes_per_s: float,
    best: Look,
    fps: float,
    top: int = BEST,
) -> dict[StreamId, int]:
    """The rung of each tile.

    Args:
        subjects: In the order of the screen.
        costs: What is measured, by stream.
        bytes_per_s: For all pictures together; the least rung is given even when it is too little.
        best: The terminal's best look.
        fps: Most pictures a second.
        top: The best rung allowed.
    """
    rungs = {subject.stream: STILLS for subject in subjects}
    # What each rung costs does not change while rungs are given out.
    prices = {
        subject.stream: [
            cost_on(rung, subject, costs.get(subject.stream), best, fps)
            for rung in range(STILLS + 1)
        ]
        for subject in subjects
    }
    left = bytes_per_s - sum(price[STILLS] for price in prices.values())
    order = sorted(subjects, key=lambda subject: not subject.important)
    # Level by level, so that nobody moves fast while another stands still.
    for level in range(STILLS - 1, top - 1, -1):
        for subject in order:
            wanted = max(top, level - FAVOUR) if subject.important else level
            price, now = prices[subject.stream], rungs[subject.stream]
            for rung in range(wanted, now):
                if price[rung] - price[now] <= left:
                    left -= price[rung] - price[now]
                    rungs[subject.stream] = rung
                    break
    return rungs
