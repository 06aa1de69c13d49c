"""How fast a connection by ssh is read."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from tui.domain.token_bucket import TokenBucket
from tui.server.ssh.pace import Pace

PASTE: Final = bytes(range(256)) * 20


class Line:
    """As much of a transport as is asked."""

    reading = True
    closing = False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closing


class Reader:
    """Takes pieces, and can be waited for."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.whole = asyncio.Event()

    def take(self, piece: bytes) -> None:
        self.pieces.append(piece)
        if sum(map(len, self.pieces)) == len(PASTE):
            self.whole.set()


def paced(take: Any, line: Line, per_s: float, burst: float) -> Pace:
    transport: Any = line
    return Pace(take, transport, TokenBucket(per_s, burst))


async def test_a_paste_comes_whole_and_in_order_in_small_pieces() -> None:
    line, reader = Line(), Reader()
    pace = paced(reader.take, line, 1, 10_000)
    pace.received(PASTE)
    assert len(reader.pieces) == 1 and not line.reading
    pace.received(b"")  # a part that comes meanwhile does not overtake
    assert len(reader.pieces) == 1
    await asyncio.wait_for(reader.whole.wait(), 10)
    assert b"".join(reader.pieces) == PASTE
    assert line.reading


async def test_what_is_too_much_waits_with_its_sender() -> None:
    line, reader = Line(), Reader()
    pace = paced(reader.take, line, 100_000, 1500)
    pace.received(PASTE)
    await asyncio.wait_for(reader.whole.wait(), 10)
    assert b"".join(reader.pieces) == PASTE
    assert not line.reading, "more than was allowed has come"


async def test_nothing_is_taken_after_the_end() -> None:
    line, reader = Line(), Reader()
    pace = paced(reader.take, line, 1e9, 1e9)
    pace.received(PASTE)
    pace.close()
    pace.close()
    other = paced(reader.take, line, 1e9, 1e9)
    other.received(PASTE)
    line.closing = True
    came = len(reader.pieces)
    turns = asyncio.Event()
    asyncio.get_running_loop().call_later(0, turns.set)
    await turns.wait()
    assert len(reader.pieces) == came == 2
