"""`/talk`: the microphone is on until Enter is pressed, and never after this program is gone."""

from __future__ import annotations

import asyncio
import contextlib

from tui.domain.announcements import Category
from tui.domain.commands.own import KeepTalking, SetTalking
from tui.domain.errors import CallsError
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.talk import KEEP_EVERY_S
from tui.linear.line_queue import LineQueue
from tui.ports.handle import Handle


class Talking:
    """Push-to-talk for a keyboard that gives whole lines.

    Args:
        handle: The session.
        queue: Where answers go.
    """

    def __init__(self, handle: Handle, queue: LineQueue):
        self._handle = handle
        self._queue = queue
        self._keeping: asyncio.Task[None] | None = None

    def _snapshot(self) -> Snapshot:
        return self._handle.snapshot()

    async def toggle(self) -> None:
        """`/talk`.

        Raises:
            CallsError: The session refuses.
        """
        if await self.stop():
            return
        local = self._snapshot().local
        if local is not None and not local.audio_muted:
            self._queue.reply(Category.MIC, "Your microphone is on already. /mute turns it off.")
            return
        await self._handle.do(SetTalking(True))
        self._keeping = asyncio.create_task(self._keep())
        problem = self._snapshot().problem_of(DeviceKind.MICROPHONE)
        but = f" But the microphone does not work: {problem}" if problem else ""
        self._queue.reply(Category.MIC, f"Talking. Press Enter to stop.{but}")

    async def stop(self) -> bool:
        """End it, if it is on; says whether it was."""
        ours = self._keeping is not None
        await self.close()
        if not ours or not self._snapshot().talking:
            return False
        with contextlib.suppress(CallsError):  # the call is over, and with it the microphone
            await self._handle.do(SetTalking(False))
        self._queue.reply(Category.MIC, "Microphone off.")
        return True

    async def _keep(self) -> None:
        # An engine that does not answer any more has closed the microphone, or is about to.
        with contextlib.suppress(CallsError):
            while self._snapshot().talking:
                await asyncio.sleep(KEEP_EVERY_S)
                await self._handle.do(KeepTalking())

    async def close(self) -> None:
        """Stop renewing; the engine closes the microphone by itself then. Idempotent."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
