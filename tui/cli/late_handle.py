"""A handle on an engine that is still starting, so that the screen is there first.

Commands wait for the engine; what is asked at once is answered as before any call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from tui.cli.report import CommandError
from tui.domain.commands import Command
from tui.domain.commands.account import Init
from tui.domain.commands.call import JoinWithToken
from tui.domain.commands.local import Say
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.front.start import StartPlan
from tui.ports.handle import EngineGone, Handle, Picture, Update

R = TypeVar("R")


class LateHandle:
    """See the module.

    Args:
        opening: Gives the real handle.
        plan: Gives the plan, where it is not known yet either (the demo's server is starting):
            its app and call token then take the place of those that are asked for.
    """

    def __init__(
        self,
        opening: Callable[[], Awaitable[Handle]],
        plan: Callable[[], Awaitable[StartPlan]] | None = None,
    ):
        self._plan_wanted = plan
        self._plan: StartPlan | None = None
        self._handle: Handle | None = None
        self._opening = asyncio.create_task(self._open(opening))

    async def _open(self, opening: Callable[[], Awaitable[Handle]]) -> Handle:
        try:
            handle = await opening()
            try:
                self._plan = await self._plan_wanted() if self._plan_wanted is not None else None
            except BaseException:
                await handle.close()
                raise
        except CommandError as error:
            told = f"{error.problem} {error.remedy}"
            raise CallsError(ErrorCode.CONNECTION_FAILED, told) from error
        self._handle = handle
        return handle

    async def ready(self) -> Handle:
        """The real handle. Raises `CallsError` when it could not be opened."""
        return await asyncio.shield(self._opening)

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`. Without an engine `Say` has nothing to wait for: there is no call."""
        if self._handle is None and isinstance(command, Say):
            return cast(R, False)
        handle = await self.ready()
        answer: R = await handle.do(self._planned(command), action=action)
        return answer

    def _planned(self, command: Command[Any]) -> Command[Any]:
        match command:
            case Init() if self._plan is not None:
                return replace(command, settings=self._plan.credentials.app)
            case JoinWithToken() if self._plan is not None:
                target = self._plan.target
                return replace(command, call_token=target.token, server=target.server)
            case _:
                return command

    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self._handle.snapshot() if self._handle is not None else Snapshot()

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        try:
            handle = await self.ready()
        except CallsError as error:
            yield EngineGone(error.description)
            return
        async for update in handle.updates():
            yield update

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if self._handle is not None:
            self._handle.show_picture(stream, width, height, fps=fps)

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        return self._handle.picture(stream) if self._handle is not None else None

    async def close(self) -> None:
        """See `Handle`."""
        if not self._opening.done():
            self._opening.cancel()
        await asyncio.gather(self._opening, return_exceptions=True)
        if self._handle is not None:
            await self._handle.close()
