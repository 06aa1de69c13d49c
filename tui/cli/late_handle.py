"""A handle on an engine that is still starting, so that the screen is there first.

Commands wait for the engine; what is asked at once is answered as before any call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from tui.cli.report import CommandError
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId
from tui.domain.settings import AppSettings
from tui.domain.snapshot import Snapshot
from tui.front.start import StartPlan
from tui.ports.handle import EngineGone, Handle, Picture, Update


class LateHandle:
    """See the module; it has every command of `Handle`.

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
            await self._follow_plan(handle)
        except CommandError as error:
            told = f"{error.problem} {error.remedy}"
            raise CallsError(ErrorCode.CONNECTION_FAILED, told) from error
        self._handle = handle
        return handle

    async def _follow_plan(self, handle: Handle) -> None:
        if self._plan_wanted is None:
            return
        try:
            self._plan = await self._plan_wanted()
            await handle.init(self._plan.credentials.app)
        except BaseException:
            await handle.close()
            raise

    async def ready(self) -> Handle:
        """The real handle. Raises `CallsError` when it could not be opened."""
        return await asyncio.shield(self._opening)

    async def init(self, settings: AppSettings) -> None:
        """See `Handle`."""
        handle = await self.ready()
        if self._plan is None:
            await handle.init(settings)

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        """See `Handle`."""
        handle = await self.ready()
        if self._plan is not None:
            call_token, server = self._plan.target.token, self._plan.target.server
        await handle.join_session(call_token, settings, media, server)

    async def say(self, text: str, program: str = "") -> bool:
        """See `Handle`. Without an engine there is nothing to wait for: there is no call."""
        return self._handle is not None and await self._handle.say(text, program)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        # Every other command is the same: wait, then pass it on.
        if name.startswith("_"):
            raise AttributeError(name)

        async def later(*arguments: Any, **options: Any) -> Any:
            return await getattr(await self.ready(), name)(*arguments, **options)

        return later

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

    def show_picture(self, who: ParticipantId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if self._handle is not None:
            self._handle.show_picture(who, width, height, fps=fps)

    def picture(self, who: ParticipantId) -> Picture | None:
        """See `Handle`."""
        return self._handle.picture(who) if self._handle is not None else None

    async def close(self) -> None:
        """See `Handle`."""
        if not self._opening.done():
            self._opening.cancel()
        await asyncio.gather(self._opening, return_exceptions=True)
        if self._handle is not None:
            await self._handle.close()
