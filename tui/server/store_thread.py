"""The store's own thread: what is asked happens in the order it was asked, off the event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from tui.server.store import Store

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class StoreThread:
    """A `Store` on one thread; also the media server's `RoomObserver`.

    Construct, `open`, use, `close`.
    """

    def __init__(self, folder: Path | None):
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store: Store | None = None

    async def open(self) -> None:
        """Open the file.

        Raises:
            StoreUnavailable: It can't be used; the thread is gone then.
        """
        try:
            self._store = await self.run(
                lambda: Store(self._folder, now_ms=int(time.time() * 1000))
            )
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    @property
    def store(self) -> Store:
        """To name what `run` should do: `run(thread.store.user, uid)`."""
        if self._store is None:
            raise RuntimeError("open() the store first")
        return self._store

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of `call` on the store's thread."""
        return await asyncio.wrap_future(self._thread.submit(call, *args, **kwargs))

    async def close(self) -> None:
        """Finish what was asked and close the file. Idempotent."""
        if self._store is not None:
            store, self._store = self._store, None
            await self.run(store.close)
        self._thread.shutdown(wait=False)

    def session_started(self, session_id: str, at_ms: int) -> None:
        """The first participant is about to join [Unix ms]."""
        self._note(self.store.session_started, session_id, at_ms)

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        """Somebody joined [Unix ms]."""
        self._note(self.store.participant_joined, session_id, uid, name, at_ms)

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        """Somebody left [Unix ms]."""
        self._note(self.store.participant_left, session_id, uid, at_ms)

    def session_ended(self, session_id: str, at_ms: int) -> None:
        """The session is over [Unix ms]."""
        self._note(self.store.session_ended, session_id, at_ms)

    def transcript_began(self, session_id: str, number: str, uid: str, at_ms: int) -> None:
        """A transcript begins [Unix ms]."""
        self._note(self.store.transcripts.begin, session_id, number, uid, at_ms)

    def transcript_said(self, number: str, speaker: str, text: str, at_ms: int) -> None:
        """Somebody said something [Unix ms]."""
        self._note(self.store.transcripts.say, number, speaker, text, at_ms)

    def transcript_ended(self, number: str, at_ms: int) -> None:
        """A transcript is over [Unix ms]."""
        self._note(self.store.transcripts.end, number, at_ms)

    def guest_removed(self, link_id: str) -> None:
        """Let nobody new in by this link until it is opened again."""
        self._note(self._suspend, link_id, suspended=True)

    def guest_readmitted(self, link_id: str) -> None:
        """Open this link again."""
        self._note(self._suspend, link_id, suspended=False)

    def _suspend(self, link_id: str, *, suspended: bool) -> None:
        self.store.links.suspend(link_id, suspended=suspended)

    def _note(self, call: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Do it without waiting: the observer's caller is about to let somebody in."""
        self._thread.submit(call, *args, **kwargs).add_done_callback(_log_failure)


def _log_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        # A full disk must not end calls; the call log is then incomplete, and the log says so.
        logger.error("could not write the call log", exc_info=error)
