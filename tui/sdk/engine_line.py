"""The line to the engine that a `Calls` holds: its handle, what comes down it, and the container.

The handle is opened when something is first asked of it, so that a `Calls` costs nothing until then
and a wrong order (a login before `init`) is refused by the engine's own rules. The trap is the end:
an engine that is gone answers nothing more, and the next `init` must begin with a new one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from tui.domain.commands import Command, call
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import SessionEvent
from tui.domain.happenings import SessionEnded
from tui.domain.happenings.table import sdk_events
from tui.domain.ids import NO_STREAM, ParticipantId
from tui.domain.participant import Participant
from tui.domain.settings import SessionSettings, SessionType
from tui.domain.snapshot import DeviceKind, DeviceState, EndReason, Levels, Phase, Snapshot
from tui.ports.container import Container
from tui.ports.handle import EngineGone, Handle
from tui.sdk.arguments import text
from tui.sdk.listeners import Listeners
from tui.sdk.refusals import invalid, no_session

R = TypeVar("R")
Opener = Callable[[], Awaitable[Handle]]
_LAST_EVENTS_S = 1.0


def unix_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


class Line:
    """See the module.

    Args:
        engine: `process`, `here`, or what opens a handle.
        listeners: Told of every event.
    """

    def __init__(self, engine: Literal["process", "here"] | Opener, listeners: Listeners):
        self._open = engine if callable(engine) else _opener(engine)
        self._listeners = listeners
        self._handle: Handle | None = None
        self._following: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._container: Container | None = None
        self._joining = False
        self.clock: Callable[[], int] = unix_ms
        """What the container shows times by: Unix milliseconds."""

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """Do a command, and return its answer; see `Handle.do`. Raises `CallsError`."""
        answer = await (await self._opened()).do(command, action=action)
        # Events of the command are delivered before its answer: what was queued first runs first.
        await asyncio.sleep(0)
        return answer

    async def _opened(self) -> Handle:
        async with self._opening:
            if self._handle is None:
                self._handle = await self._open()
                self._following = asyncio.create_task(self._follow(self._handle), name="calls")
                await asyncio.sleep(0)  # From here on it listens.
            return self._handle

    async def _follow(self, handle: Handle) -> None:
        """Events, for as long as there is an engine."""
        async for update in handle.updates():
            if isinstance(update, EngineGone):
                await self._gone(handle, update.text)
            elif not isinstance(update, Snapshot | Levels):
                for event in sdk_events(update):
                    self._fire(event)

    async def _gone(self, handle: Handle, text: str) -> None:
        if handle.snapshot().in_session:
            for event in sdk_events(SessionEnded(EndReason.FAULT, text)):
                self._fire(event)
        self._detach()
        if handle is self._handle:
            self._handle = None
            await handle.close()

    def _fire(self, event: SessionEvent) -> None:
        self._listeners.fire(event)
        if self._container is not None:
            self._container.event_came(event)

    # ---- a session
    async def join(
        self, command: Command[None], settings: SessionSettings, container: object
    ) -> Snapshot:
        """Do a join, drawn in `container` (None: nowhere).

        Raises:
            CallsError: What went wrong; the container is empty again then.
        """
        if self._joining or self.snapshot.phase not in (Phase.IDLE, Phase.ENDED):
            raise CallsError(ErrorCode.CALL_IN_PROGRESS, "You are in a session. Leave it first.")
        self._joining = True
        try:
            if not (container is None or isinstance(container, Container)):
                raise invalid("container", container, "a panel: give a CallPanel, or None")
            handle = await self._opened()
            self._detach()
            self._attach(handle, container, settings)
            await self.do(command)
        except BaseException:
            self._detach()
            raise
        finally:
            self._joining = False
        return handle.snapshot()

    def _attach(
        self, handle: Handle, container: Container | None, settings: SessionSettings
    ) -> None:
        headless = settings.unstable_headless_mode and settings.session_type is SessionType.VOICE
        if container is None or headless:
            # Nobody looks, so nobody's pictures are to come.
            handle.show_picture(NO_STREAM, 0, 0)
            return
        container.attach(handle, self.clock)
        self._container = container

    def _detach(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.detach()

    async def leave(self) -> None:
        """Leave, and wait until everything is released; nothing without a session."""
        if self._handle is not None:
            await self.do(call.Leave())

    async def close(self) -> None:
        """Leave any session and let the handle go. Idempotent."""
        handle, self._handle = self._handle, None
        if handle is not None:
            await handle.close()
        following, self._following = self._following, None
        if following is not None:
            # It ends by itself, with the last events of the session.
            await asyncio.wait([following], timeout=_LAST_EVENTS_S)
            following.cancel()
        self._detach()

    # ---- what is known
    @property
    def snapshot(self) -> Snapshot:
        """The newest one."""
        return self._handle.snapshot() if self._handle is not None else Snapshot()

    @property
    def local(self) -> Participant:
        """Ourselves. Raises `ERROR_NO_SESSION`."""
        local = self.snapshot.local if self.snapshot.in_session else None
        if local is None:
            raise no_session()
        return local

    @property
    def container(self) -> Container:
        """Where the session is drawn. Raises `ERROR_NO_SESSION` when it is nowhere."""
        if self._container is None or not self.snapshot.in_session:
            raise no_session()
        return self._container

    def participant_id(self, participant: object) -> ParticipantId:
        """Whom a pid, an id or a uid means, looked for in this order."""
        wanted = text(participant, "participant")
        everybody = self.snapshot.participants if self.snapshot.in_session else ()
        if not everybody:
            raise no_session()
        for name in ("pid", "id", "uid"):
            for one in everybody:
                if wanted and getattr(one, name) == wanted:
                    return one.id
        raise invalid("participant", participant, "the pid or uid of somebody in the session")

    def knock(self, guest: object) -> str:
        """Whose knock an id or a name means; two of one name are told apart by id alone."""
        wanted = text(guest, "guest")
        if not self.snapshot.in_session:
            raise no_session()
        waiting = self.snapshot.knocks
        for found in (
            [one.id for one in waiting if one.id == wanted],
            [one.id for one in waiting if one.name == wanted],
        ):
            if len(found) == 1:
                return found[0]
        raise invalid("guest", guest, "the id or name of somebody in snapshot.knocks")

    def device(self, kind: DeviceKind) -> DeviceState | None:
        """Our device of this kind, as it is now."""
        return next((one for one in self.snapshot.devices if one.kind is kind), None)


def _opener(engine: object) -> Opener:
    from tui import bootstrap

    openers: dict[object, Opener] = {
        "process": bootstrap.open_engine_handle,
        "here": bootstrap.open_local_handle,
    }
    if not isinstance(engine, str) or engine not in openers:
        raise invalid("engine", engine, "process or here")
    return openers[engine]
