"""A link and a screen, simulated: what the governor would meet, with a clock of its own."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.domain.look import Look
from tui.governor.governor import Governor, Subject
from tui.governor.ladder import bytes_with, usual_bytes, whole_bytes
from tui.governor.link import Link

TICK_S = 1 / 30
PING_BYTES = 4


@dataclass
class SimulatedLink:
    """A queue that drains at `rate(t)` bytes a second, then a delay each way; no loss."""

    rate: Callable[[float], float]
    delay_s: float = 0.025
    jitter_s: float = 0.0
    answers: bool = True
    random: random.Random = field(default_factory=lambda: random.Random(1))
    free_s: float = 0.0
    pongs: deque[float] = field(default_factory=deque)

    def send(self, now_s: float, size: int) -> float:
        """When the last of these bytes has left the queue."""
        start = max(self.free_s, now_s)
        left = float(size)
        while left > 0:  # the rate may change on the way
            step = 0.005
            if self.rate(start) * step >= left:
                start += left / self.rate(start)
                break
            left -= self.rate(start) * step
            start += step
        self.free_s = start
        return start

    def queue_s(self, now_s: float) -> float:
        """How long a key's answer waits that is written now."""
        return max(0.0, self.free_s - now_s)


@dataclass
class Run:
    """What happened in a simulated call."""

    queues: list[tuple[float, float]] = field(default_factory=list)
    """(time, seconds a key's answer would have waited)."""
    drawn: dict[str, list[float]] = field(default_factory=dict)
    rungs: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    written: list[tuple[float, int]] = field(default_factory=list)
    """(time, bytes) of pictures."""

    def wait_p95(self, since_s: float = 0.0) -> float:
        waits = sorted(wait for at, wait in self.queues if at >= since_s)
        return waits[int(len(waits) * 0.95)]

    def fps(self, uid: str, since_s: float, until_s: float) -> float:
        return sum(since_s <= at < until_s for at in self.drawn.get(uid, ())) / (until_s - since_s)

    def bytes_between(self, since_s: float, until_s: float) -> int:
        return sum(size for at, size in self.written if since_s <= at < until_s)

    def rung_at(self, at_s: float, uid: str) -> int:
        return [rungs for at, rungs in self.rungs if at <= at_s][-1][uid]


def simulate(
    governor: Governor,
    link: SimulatedLink,
    subjects: list[Subject],
    seconds: float,
    *,
    motion: float = 1.0,
    words: int = 80,
    seed: int = 1,
    busy: float = 0.0,
) -> Run:
    """Run a screen with moving tiles; `words` bytes of text are written each second.

    `busy`: the share of the time it wants to run that a thread of this machine waits.
    """
    chance = random.Random(seed)
    run, known = Run(), governor.link
    assert isinstance(known, Link)
    looks: dict[str, Look] = {}
    at_s, next_words_s = 0.0, 0.0

    def write(size: int) -> None:
        known.wrote(at_s, size)
        left_s = link.send(at_s, size)
        ping(left_s)

    def ping(_left_s: float) -> None:
        if known.ping(at_s):
            left_s = link.send(at_s, PING_BYTES)
            if link.answers:
                jitter_s = link.random.uniform(0, link.jitter_s)
                link.pongs.append(left_s + 2 * link.delay_s + jitter_s)

    governor.show(subjects)
    write(200)
    while at_s < seconds:
        at_s += TICK_S / 4
        if busy:
            ran_ns = int(at_s * 3e8)
            known.contention.note(at_s, ran_ns, int(ran_ns * busy / (1 - busy)))
        while link.pongs and link.pongs[0] <= at_s:
            known.answered(link.pongs.popleft())
            ping(0.0)
        if at_s >= next_words_s:
            next_words_s += 1.0
            write(words)
        run.queues.append((at_s, link.queue_s(at_s)))
        if round(at_s / (TICK_S / 4)) % 4:
            continue
        for draw in governor.draws(at_s, [one.stream for one in subjects]):
            cells = next(one.cells for one in subjects if one.stream == draw.stream)
            last = looks.get(draw.stream)
            if last is None or (last.glyphs, last.depth) != (draw.look.glyphs, draw.look.depth):
                size = whole_bytes(cells, draw.look)
            else:
                base = Look(depth=draw.look.depth)
                size = bytes_with(usual_bytes(cells, base), base, draw.look)
                size *= motion * chance.uniform(0.6, 1.4)
            if draw.limits is not None:
                size = min(size, draw.limits.bytes)
            looks[draw.stream] = draw.look
            write(int(size))
            governor.drew(at_s, draw.stream, int(size))
            run.written.append((at_s, int(size)))
            run.drawn.setdefault(draw.stream, []).append(at_s)
        run.rungs.append((at_s, {uid: tile.rung for uid, tile in governor._tiles.items()}))
    return run
