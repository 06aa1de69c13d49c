"""Requests that come in pages: the call log, and the transcripts of a session.

Made by `Calls.call_log_request` and `Calls.transcript_request`; each `fetch_next` gives the page
after the last one, an empty one past the end. One fetch at a time: they would race for the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from tui.domain.call_log import (
    MOST_CALLS,
    MOST_TRANSCRIPTS,
    CallLogQuery,
    LoggedCall,
    Transcript,
)
from tui.domain.commands import Command
from tui.domain.commands.account import ListCalls, ListTranscripts
from tui.domain.errors import CallsError, ErrorCode
from tui.sdk.arguments import flag, text, whole
from tui.sdk.refusals import invalid

R = TypeVar("R")
CALL_TYPES: Final = ("audio", "video")
CALL_STATUSES: Final = ("ongoing", "busy", "rejected", "cancelled", "ended", "missed")
CALL_CATEGORIES: Final = ("call", "meet")
CALL_DIRECTIONS: Final = ("incoming", "outgoing")

_OF_CALL_LOGS: Final = {ErrorCode.AUTH_TOKEN_MISSING: ErrorCode.NOT_ENOUGH_PARAMETERS}
_OF_TRANSCRIPTS: Final = {
    ErrorCode.AUTH_TOKEN_MISSING: ErrorCode.NOT_LOGGED_IN,
    ErrorCode.SDK_NOT_INITIALIZED: ErrorCode.NOT_INITIALIZED,
}


@contextlib.contextmanager
def _named_as(names: Mapping[ErrorCode, ErrorCode]) -> Iterator[None]:
    """These requests have codes of their own for what is missing (spec cometchat-calls (e))."""
    try:
        yield
    except CallsError as error:
        other = next((new for old, new in names.items() if error.code == old), None)
        if other is None:
            raise
        raise CallsError(other, error.description, field=error.field) from error


class _Do(Protocol):
    """How a command is sent."""

    async def __call__(self, command: Command[R]) -> R:
        """Do it, and return its answer."""


class _Pages:
    """Where a request stands among its pages."""

    def __init__(self) -> None:
        self.page = 0
        """The one that was fetched last; 0 before the first."""
        self.pages = 0
        self._busy = False

    async def fetch(self, page: int, get: Callable[[int], Awaitable[int]]) -> None:
        """Fetch a page; `get` answers how many there are. Raises `REQUEST_IN_PROGRESS`."""
        if self._busy:
            raise CallsError(
                ErrorCode.REQUEST_IN_PROGRESS, "The page before is still being fetched. Await it."
            )
        self._busy = True
        try:
            self.pages = await get(page)
            self.page = page
        finally:
            self._busy = False

    def next(self) -> int:
        """The page to fetch next; 0 past the end."""
        return 0 if self.page and self.page >= max(1, self.pages) else self.page + 1


class CallLogRequest:
    """Calls the user was in, newest first, page by page; see `Calls.call_log_request`."""

    def __init__(self, do: _Do, query: CallLogQuery, auth_token: str):
        self._do = do
        self._query = query
        self._auth_token = auth_token
        self._pages = _Pages()

    async def fetch_next(self) -> tuple[LoggedCall, ...]:
        """The next page; empty past the end.

        Raises:
            CallsError: `NOT_ENOUGH_PARAMETERS` without an auth token, `ERROR_SDK_NOT_INITIALIZED`,
                `REQUEST_IN_PROGRESS`, or the server's code.
        """
        return await self._fetch(self._pages.next())

    async def fetch_previous(self) -> tuple[LoggedCall, ...]:
        """The page before; empty at the first one."""
        return await self._fetch(max(0, self._pages.page - 1))

    async def _fetch(self, page: int) -> tuple[LoggedCall, ...]:
        calls: tuple[LoggedCall, ...] = ()

        async def get(number: int) -> int:
            nonlocal calls
            query = replace(self._query, page=number)
            with _named_as(_OF_CALL_LOGS):
                answer = await self._do(ListCalls(query, self._auth_token))
            calls = answer.calls
            return answer.pages

        if page:
            await self._pages.fetch(page, get)
        return calls

    def get_current_page(self) -> int:
        """The page fetched last; 0 before the first."""
        return self._pages.page

    def get_total_pages(self) -> int:
        """How many there are, as of the last fetch."""
        return self._pages.pages


class TranscriptRequest:
    """Transcripts of one session, page by page; see `Calls.transcript_request`."""

    def __init__(self, do: _Do, session_id: str, limit: int):
        self._do = do
        self._session_id = session_id
        self._limit = limit
        self._pages = _Pages()

    async def fetch_next(self) -> tuple[Transcript, ...]:
        """The next page; empty past the end.

        Raises:
            CallsError: `NOT_INITIALIZED`, `NOT_LOGGED_IN`, `REQUEST_IN_PROGRESS`, or the server's
                code.
        """
        return await self._fetch(self._pages.next())

    async def fetch_previous(self) -> tuple[Transcript, ...]:
        """The page before; empty at the first one."""
        return await self._fetch(max(0, self._pages.page - 1))

    async def _fetch(self, page: int) -> tuple[Transcript, ...]:
        found: tuple[Transcript, ...] = ()

        async def get(number: int) -> int:
            nonlocal found
            with _named_as(_OF_TRANSCRIPTS):
                answer = await self._do(ListTranscripts(self._session_id, number, self._limit))
            found = answer.transcripts
            return answer.pages

        if page:
            await self._pages.fetch(page, get)
        return found


def call_log_query(
    limit: object,
    words: dict[str, object],
    flags: dict[str, object],
) -> CallLogQuery:
    """What was asked for, checked. Raises `VALIDATION_ERROR` naming the filter."""
    allowed = {
        "call_type": CALL_TYPES,
        "status": CALL_STATUSES,
        "category": CALL_CATEGORIES,
        "direction": CALL_DIRECTIONS,
    }
    taken: dict[str, str] = {}
    for name, value in words.items():
        taken[name] = text(value, name, none_is_empty=True)
        choices = allowed.get(name)
        if choices and taken[name] and taken[name] not in choices:
            raise invalid(name, value, ", ".join(choices))
    return CallLogQuery(
        limit=whole(limit, "limit", 1, MOST_CALLS),
        has_recording=flag(flags["has_recording"], "has_recording"),
        has_transcriptions=flag(flags["has_transcriptions"], "has_transcriptions"),
        call_type=taken["call_type"],
        status=taken["status"],
        category=taken["category"],
        direction=taken["direction"],
        uid=taken["uid"],
        guid=taken["guid"],
    )


def transcript_limit(limit: object) -> int:
    """As the SDK takes it: 30 for what is no number, and never out of 1 to 1000."""
    if isinstance(limit, bool) or not isinstance(limit, int):
        return 30
    return max(1, min(MOST_TRANSCRIPTS, limit))
