"""Running sessions, the call log and transcripts over REST.

| request | who may | answer |
|---|---|---|
| GET /v3.0/sessions | a user | who is in a call now |
| GET /v3.0/calls | a user | a page of their calls |
| GET /v3.0/calls/SESSION | a user who was in it | the calls of that session ID |
| GET /v3.0/calls/SESSION/transcriptions | a user who was in it | its transcripts |
| GET /v3.0/transcripts/NUMBER | who was told the number | the text |
| DELETE /v3.0/transcripts/NUMBER | the user who asked for it | it is forgotten |
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tui.domain.call_log import MOST_TRANSCRIPTS
from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.server.http.bodies import BASE, answering, data_answer, json_answer, origin_of
from tui.server.http.call_log import (
    call_data,
    call_filter,
    session_data,
    transcript_data,
    transcript_text,
)
from tui.server.store import CallFilter
from tui.server.store_thread import StoreThread
from tui.wire.codes import ServerCode
from tui.wire.rest import Pagination
from tui.wire.rules import DEFAULT_PER_PAGE, MAX_PER_PAGE

_MAX_PAGE: Final = 1_000_000


class CallLogApi:
    """Endpoints over what the store keeps of calls.

    Args:
        store: An open one.
        user: Whose auth token a request has; raises `CallsError` for one that is not good.
    """

    def __init__(self, store: StoreThread, user: Callable[[Request], Awaitable[User]]) -> None:
        self._thread = store
        self._user = user

    def routes(self) -> list[BaseRoute]:
        """Everything about calls that were or are."""
        return [
            Route(BASE + path, answering(endpoint), methods=[method])
            for method, path, endpoint in (
                ("GET", "/sessions", self._running_sessions),
                ("GET", "/calls", self._calls),
                # Before the next but two, whose path takes in this one.
                ("GET", "/calls/{session_id:path}/transcriptions", self._transcriptions),
                ("GET", "/transcripts/{number}", self._transcript),
                ("DELETE", "/transcripts/{number}", self._forget_transcript),
                ("GET", "/calls/{session_id:path}", self._calls_of_session),
            )
        ]

    async def _running_sessions(self, request: Request) -> Response:
        await self._user(request)
        found = await self._thread.run(self._thread.store.running_sessions)
        return data_answer([session_data(one).to_wire() for one in found])

    async def _calls(self, request: Request) -> Response:
        page = _number(request, "page", 1, _MAX_PAGE)
        per_page = _number(request, "perPage", DEFAULT_PER_PAGE, MAX_PER_PAGE)
        wanted = call_filter(dict(request.query_params))
        user = await self._user(request)
        if wanted is None:
            return _page([], 0, page, per_page)
        return await self._call_list(user, page, per_page, wanted)

    async def _calls_of_session(self, request: Request) -> Response:
        session_id = request.path_params["session_id"]
        user = await self._user(request)
        return await self._call_list(user, 1, MAX_PER_PAGE, CallFilter(session_id=session_id))

    async def _call_list(
        self, user: User, page: int, per_page: int, wanted: CallFilter
    ) -> Response:
        total, found = await self._thread.run(
            self._thread.store.calls_of,
            user.uid,
            wanted,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
        if wanted.session_id is not None and not found:
            raise _in_no_call(wanted.session_id)
        now_ms = int(time.time() * 1000)
        return _page([call_data(one, now_ms).to_wire() for one in found], total, page, per_page)

    async def _transcriptions(self, request: Request) -> Response:
        page = _number(request, "page", 1, _MAX_PAGE)
        per_page = _number(request, "perPage", DEFAULT_PER_PAGE, MOST_TRANSCRIPTS)
        session_id = request.path_params["session_id"]
        user = await self._user(request)
        wanted = CallFilter(session_id=session_id)
        total, _ = await self._thread.run(
            self._thread.store.calls_of, user.uid, wanted, limit=1, offset=0
        )
        if not total:
            raise _in_no_call(session_id)
        count, found = await self._thread.run(
            self._thread.store.transcripts.of_session,
            session_id,
            user.uid,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
        here = f"{origin_of(request, request.url.scheme)}{BASE}/transcripts"
        told = [transcript_data(one, here).to_wire() for one in found]
        return _page(told, count, page, per_page)

    async def _transcript(self, request: Request) -> Response:
        """The text; its address is told to those alone who were in the call."""
        number = request.path_params["number"]
        lines = await self._thread.run(self._thread.store.transcripts.lines, number)
        if lines is None:
            raise _no_transcript()
        return PlainTextResponse(transcript_text(lines), headers={"Cache-Control": "no-store"})

    async def _forget_transcript(self, request: Request) -> Response:
        """Only who asked for it may."""
        user = await self._user(request)
        number = request.path_params["number"]
        gone = await self._thread.run(self._thread.store.transcripts.delete, number, user.uid)
        if not gone:
            raise _no_transcript()
        return data_answer({"success": True})


def _page(data: list[dict[str, Any]], total: int, page: int, per_page: int) -> Response:
    pagination = Pagination(
        total=total,
        count=len(data),
        per_page=per_page,
        current_page=page,
        total_pages=-(-total // per_page),
    )
    return json_answer({"data": data, "meta": {"pagination": pagination.model_dump()}})


def _no_transcript() -> CallsError:
    return CallsError(
        "VALIDATION_ERROR", "There is no such transcript, or somebody else asked for it."
    )


def _in_no_call(session_id: str) -> CallsError:
    return CallsError(
        ServerCode.SESSION_NOT_FOUND,
        f'You were in no call with the session ID "{clean(session_id, 60)}".',
    )


def _number(request: Request, name: str, otherwise: int, largest: int) -> int:
    """A query value of at least 1, at most `largest`."""
    given = unquote(request.query_params.get(name, ""))
    if not given:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and int(given) >= 1):
        raise CallsError(
            ServerCode.BAD_REQUEST,
            f'{name} came as "{clean(given, 20)}"; expected a number from 1 to {largest}.',
        )
    return min(int(given), largest)
