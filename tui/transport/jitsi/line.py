"""The way media take from the bridge: found, lost, come back, not to be had, or not needed.

While we are alone the focus opens no media connection, and nothing is missing. With somebody there,
what a person is told hangs on it: that we are in, that nobody hears us, that we are heard again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from tui.ports.transport_events import (
    JoinedSession,
    MediaConnected,
    MediaMissing,
    Reconnected,
    Reconnecting,
    TransportEvent,
)
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.session import Session
from tui.transport.jitsi.stream import XmppStream
from tui.transport.rtc.line_watch import SILENT_AFTER_S
from tui.transport.rtc.peer import PeerFailed

_SOON_S: Final = 4.5
_ASK_AFTER_S: Final = 6.0
"""How long a lost media session may take to begin anew before we ask for it."""
_AT_LAST_S: Final = 20.0
_PROBE_S: Final = 2.0


class Line:
    """Watches the media sessions of one connection.

    Args:
        stream: The server of it.
        session: The media session there is now.
        alone: Whether nobody else is in the room.
        joined: Who is here now.
        emit: Takes what is to be told.
    """

    def __init__(
        self,
        stream: XmppStream,
        *,
        session: Callable[[], Session | None],
        alone: Callable[[], bool],
        joined: Callable[[], JoinedSession],
        emit: Callable[[TransportEvent], None],
    ) -> None:
        self._stream = stream
        self._session = session
        self._alone = alone
        self._joined = joined
        self._emit = emit
        self._changed = asyncio.Event()
        self._told = False
        self._interrupted = False
        self.found = asyncio.Event()
        """Set while media can come, or nobody is there to send any."""
        self.media_came = False
        """Whether media could ever come, or nothing was missing."""
        self.why = "the bridge offered no way for sound"

    def changed(self) -> None:
        """There is another media session, or somebody came or went."""
        self._changed.set()

    def lost(self, why: str) -> None:
        """The media session of now is over, or did not come about."""
        self.why = why
        self._changed.set()

    async def run(self) -> None:
        """Tell whether media can come, for as long as the connection lasts.

        Raises:
            PeerFailed: There is no way for media, or there is none any more.
        """
        while True:
            session = self._session()
            if session is not None and session.is_connected:
                self._is_found()
                await self._watch(session)
            elif self._alone():
                self._is_found()
                await self._next_change()
            else:
                await self._find()

    def _is_found(self) -> None:
        self.media_came = True
        self.found.set()
        if not self._told:
            self._told = True
            self._emit(MediaConnected())
        elif self._interrupted:
            self._emit(Reconnected(self._joined()))
        self._interrupted = False

    def _is_lost(self, silent_s: float) -> None:
        self.found.clear()
        if self._told and not self._interrupted:
            self._interrupted = True
            self._emit(Reconnecting(1, 0.0, silent_s))

    async def _find(self) -> None:
        """Wait for a media session to connect, for so long as that may take."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        said = asked = False
        while True:
            passed_s = loop.time() - began_s
            session = self._session()
            if self._alone() or (session is not None and session.is_connected):
                return
            if passed_s >= _AT_LAST_S:
                raise PeerFailed(self.why)
            if passed_s >= _SOON_S and not said:
                said = True
                if self._told:
                    self._is_lost(passed_s)
                else:
                    self._emit(MediaMissing(self.why))
            if passed_s >= _ASK_AFTER_S and not asked:
                asked = True
                if session is not None:
                    await self._ask_restart(session)
            steps = (_SOON_S, _ASK_AFTER_S, _AT_LAST_S)
            wait_s = next(one for one in steps if one > passed_s) - passed_s
            await self._next_change(wait_s, *([_connected(session)] if session else ()))

    async def _next_change(
        self, within_s: float | None = None, *others: Coroutine[Any, Any, None]
    ) -> None:
        """Wait until something changed, or one of these is done."""
        waiting: set[asyncio.Task[object]] = {asyncio.create_task(self._changed.wait())}
        waiting |= {asyncio.create_task(one) for one in others}
        try:
            await asyncio.wait(waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        self._changed.clear()

    async def _watch(self, session: Session) -> None:
        """Watch a session that is connected, until it is another or falls silent for good."""
        watch = session.line_watch()
        while session is self._session() and session.is_connected:
            await self._next_change(None, watch.silent())
            if watch.silent_s < SILENT_AFTER_S or session is not self._session():
                continue
            self._is_lost(watch.silent_s)
            if not await watch.comes_back(partial(self._stream.answers, within_s=_PROBE_S)):
                await self._ask_restart(session)
                return
            self._is_found()
        if not self._alone():
            self._is_lost(0.0)

    async def _ask_restart(self, session: Session) -> None:
        try:
            await session.ask_restart()
        except ConnectionGone as error:
            raise PeerFailed(f"{self.why}; {error}") from error


async def _connected(session: Session) -> None:
    try:
        await session.connected()
    except PeerFailed:
        await asyncio.Event().wait()  # that it failed is told otherwise
