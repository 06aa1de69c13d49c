"""Our shared terminal on its way to the others: changed rows, and whole screens to who asks.

The rate is bounded whatever the terminal does: what changes faster than may be sent is sent as it
is later, and everybody sees the last screen. The trap is a line that was lost: what was sent then
is not known, so the next thing sent is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tui.domain.errors import CallsError
from tui.domain.ids import ParticipantId
from tui.domain.terminal_text import NO_SCREEN, TerminalScreen
from tui.domain.token_bucket import TokenBucket
from tui.ports.devices import DeviceUnavailable, TextCamera
from tui.ports.transport import Transport
from tui.session.clock import Clock
from tui.wire.terminal_rows import END, changed, whole

BYTES_PER_S: Final = 18_000
BURST_BYTES: Final = 24_000
"""Two whole screens or so, at once."""
_RESTING_S: Final = 0.5
"""Between whole screens to those who ask: many ask at once."""
_AGAIN_S: Final = 0.5
"""While there is no connection."""


class OwnTerminal:
    """Sends one terminal, from `run`'s beginning to its end.

    Args:
        camera: Of the terminal.
        transport: Sends rows.
        show: Takes each screen, for our own eyes.
        clock: Monotonic time.
    """

    def __init__(
        self,
        camera: TextCamera,
        transport: Transport,
        show: Callable[[TerminalScreen], Awaitable[None]],
        clock: Clock,
    ):
        self._camera = camera
        self._transport = transport
        self._show = show
        self._clock = clock
        self._screen = NO_SCREEN
        self._due = asyncio.Event()
        self._asked: set[ParticipantId] = set()
        self._answered_s = float("-inf")
        self._bucket = TokenBucket(BYTES_PER_S, BURST_BYTES, clock.monotonic_s)

    def asked(self, who: ParticipantId) -> None:
        """Somebody needs a whole screen."""
        self._asked.add(who)
        self._due.set()

    async def run(self) -> str:
        """Send it until it is closed; answers with what is wrong then, a sentence.

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED`: this call carries no text.
        """
        sending = asyncio.create_task(self._send(), name="rows")
        reading = asyncio.create_task(self._read(), name="terminal")
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            return await reading
        finally:
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)

    async def end(self) -> None:
        """Tell the others that nothing more comes."""
        try:
            await self._transport.send_rows(END)
        except CallsError:
            return  # they see that the stream ended

    async def _read(self) -> str:
        try:
            while True:
                self._screen = await self._camera.next_screen()
                await self._show(self._screen)
                self._due.set()
        except DeviceUnavailable as end:
            return end.problem

    async def _send(self) -> None:
        sent, serial = NO_SCREEN, 0
        while True:
            await self._due.wait()
            self._due.clear()
            screen = self._screen
            if screen != sent:
                serial += 1
                went = await self._sent(changed(sent, screen, serial), ())
                sent = screen if went else NO_SCREEN
                if not went:
                    await self._clock.sleep(_AGAIN_S)
                    self._due.set()
            if self._asked and sent.rows:
                to, self._asked = tuple(self._asked), set()
                await self._rest(self._answered_s + _RESTING_S)
                self._answered_s = self._clock.monotonic_s()
                await self._sent(whole(sent, serial), to)

    async def _sent(self, messages: list[bytes], to: tuple[ParticipantId, ...]) -> bool:
        for message in messages:
            await self._rest(self._clock.monotonic_s() + self._bucket.lacks_s(len(message)))
            self._bucket.owe(len(message))
            if not await self._transport.send_rows(message, to):
                return False
        return True

    async def _rest(self, until_s: float) -> None:
        if (wait_s := until_s - self._clock.monotonic_s()) > 0:
            await self._clock.sleep(wait_s)
