"""Whether anything still comes over a peer connection.

ICE by itself says that a line is dead after half a minute, and signalling may go on over TCP while
no media pass. Here every datagram is a sign of life. After some 0.6 s without one the other side is
asked (a STUN binding request, as for consent, RFC 7675), again and again, so that a quiet line can
be told from a dead one: a live one answers within a round trip.

The trap is our own standstill: a process that was stopped, or a machine that slept, hears nothing
either. After a late wake-up the line has its time anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from tui.transport.rtc.aiortc_private import Paths, ask_for_answer, datagram_protocols

SILENT_AFTER_S: Final = 2.4
"""Without any datagram for so long, a line that was asked all the time is dead: said within 3 s."""
_ASK_AFTER_S: Final = 0.6
_LOOK_EVERY_S: Final = 0.5
_RESUME_S: Final = 1.0
"""How long a line may stay silent after the server is in reach again."""


class LineWatch:
    """Watches one peer connection once it stands.

    Args:
        pc: Connected; or an ICE transport that is.
        beside: Of the same way: asked when `pc` is, so that the other side learns where we are.
        clock: Monotonic time [s].
    """

    def __init__(
        self, pc: Paths, *beside: Paths, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pc = pc
        self._beside = beside
        self._clock = clock
        self._heard_s = clock()
        self._watched: list[Any] = []

    @property
    def silent_s(self) -> float:
        """How long nothing has come."""
        return self._clock() - self._heard_s

    async def silent(self) -> None:
        """Wait until nothing has come for `SILENT_AFTER_S`, although an answer was asked for."""
        while not await self._look() or self.silent_s < SILENT_AFTER_S:
            pass

    async def heard(self) -> None:
        """Wait for the next datagram."""
        before_s = self._heard_s
        while self._heard_s == before_s:
            await self._look()

    async def comes_back(self, in_reach: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
        """Whether the line goes on by itself.

        It is given up only when the server is in reach again without it: joining again makes the
        others see us leave and come, and the line comes back by itself after most interruptions.

        Args:
            in_reach: Asks whether the server answers; takes a while when it does not.
        """
        heard = asyncio.ensure_future(self.heard())
        try:
            while True:
                answers = await in_reach()
                await asyncio.wait({heard}, timeout=_RESUME_S)
                if heard.done():
                    return True
                if answers:
                    return False
        finally:
            heard.cancel()
            await asyncio.gather(heard, return_exceptions=True)

    async def _look(self) -> bool:
        """Wait a little, and ask where it is quiet; False when we ourselves stood still."""
        self._stand_before_sockets()
        began_s = self._clock()
        await asyncio.sleep(_LOOK_EVERY_S)
        if self._clock() - began_s > _LOOK_EVERY_S + 1.0:
            self._heard_s = self._clock()
            return False
        if self.silent_s >= _ASK_AFTER_S:
            for one in (self._pc, *self._beside):
                ask_for_answer(one)
        return True

    def _stand_before_sockets(self) -> None:
        for protocol in datagram_protocols(self._pc):
            if protocol not in self._watched:
                self._watched.append(protocol)
                self._stand_before(protocol)

    def _stand_before(self, protocol: Any) -> None:
        take, clock = protocol.datagram_received, self._clock

        def datagram_received(datagram: bytes, address: tuple[Any, ...]) -> None:
            self._heard_s = clock()
            take(datagram, address)

        protocol.datagram_received = datagram_received
