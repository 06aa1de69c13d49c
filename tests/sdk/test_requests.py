"""Call log and transcripts, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

import pytest
from cellcall import Calls, CallsError, ErrorCode

from tests.fakes.world import FakeWorld
from tests.sdk.rig import SERVER, calls_in, logged_in
from tui.domain.call_log import CallLogPage, CallLogQuery


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    """Of somebody who was in 25 calls, `call0` the oldest."""
    world = FakeWorld()
    for number in range(25):
        session = f"call{number}"
        world.service.session_started(session, number * 1000)
        world.service.participant_joined(session, "ana", "Ana", number * 1000)
        world.service.session_ended(session, number * 1000 + 500)
    async with logged_in(world) as calls:
        yield calls


async def test_three_pages_forth_and_one_back(calls: Calls) -> None:
    request = calls.call_log_request(limit=10, status="ended")
    assert (request.get_current_page(), request.get_total_pages()) == (0, 0)
    assert await request.fetch_previous() == ()
    pages = [[one.session_id for one in await request.fetch_next()] for _ in range(3)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert (pages[0][0], pages[2][-1]) == ("call24", "call0")
    assert (request.get_current_page(), request.get_total_pages()) == (3, 3)
    assert await request.fetch_next() == (), "past the end"
    assert [one.session_id for one in await request.fetch_previous()] == pages[1]
    assert request.get_current_page() == 2


async def test_no_calls_are_one_empty_page() -> None:
    async with logged_in(FakeWorld()) as calls:
        request = calls.call_log_request()
        assert await request.fetch_next() == ()
        assert await request.fetch_next() == ()


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"call_type": "film"}, "call_type"),
        ({"status": "lost"}, "status"),
        ({"category": 3}, "category"),
        ({"direction": "sideways"}, "direction"),
        ({"has_recording": "yes"}, "has_recording"),
        ({"auth_token": 7}, "auth_token"),
    ],
)
async def test_a_filter_that_is_none_is_named(
    calls: Calls, filters: Mapping[str, Any], field: str
) -> None:
    with pytest.raises(CallsError) as refused:
        calls.call_log_request(**filters)
    assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION, field)


async def test_two_fetches_at_once_are_one_too_many() -> None:
    world = FakeWorld()
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow(auth_token: str, query: CallLogQuery) -> CallLogPage:
        entered.set()
        await go.wait()
        return CallLogPage((), query.page, 1)

    world.service.call_log = slow  # type: ignore[method-assign,assignment]
    async with logged_in(world) as calls:
        request = calls.call_log_request()
        first = asyncio.create_task(request.fetch_next())
        await entered.wait()
        with pytest.raises(CallsError) as refused:
            await request.fetch_next()
        assert refused.value.code == ErrorCode.REQUEST_IN_PROGRESS
        go.set()
        assert await first == ()
        assert request.get_current_page() == 1


async def code_of(fetch: Awaitable[object]) -> str:
    with pytest.raises(CallsError) as refused:
        await fetch
    return refused.value.code


async def test_what_is_missing_has_the_codes_of_these_requests() -> None:
    async with calls_in(FakeWorld()) as calls:
        transcripts = calls.transcript_request("standup")
        assert await code_of(transcripts.fetch_next()) == ErrorCode.NOT_INITIALIZED
        logs = calls.call_log_request()
        assert await code_of(logs.fetch_next()) == ErrorCode.SDK_NOT_INITIALIZED
        await calls.init(server=SERVER)
        assert await code_of(transcripts.fetch_next()) == ErrorCode.NOT_LOGGED_IN
        assert await code_of(logs.fetch_next()) == ErrorCode.NOT_ENOUGH_PARAMETERS


async def test_transcripts_need_a_session_one_was_in(calls: Calls) -> None:
    for nothing in (None, "", "  "):
        with pytest.raises(CallsError) as refused:
            calls.transcript_request(nothing)
        assert refused.value.code == ErrorCode.SESSION_ID_REQUIRED
    request = calls.transcript_request("call3", limit="many")
    assert await request.fetch_next() == ()
    assert await request.fetch_previous() == ()
    with pytest.raises(CallsError):
        await calls.transcript_request("somebody else's").fetch_next()
