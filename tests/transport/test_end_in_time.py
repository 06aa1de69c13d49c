"""Leaving waits a moment for a connection to close, and its closing goes on to its end."""

from __future__ import annotations

import asyncio

import pytest

from tui.transport.one_connection import end_in_time


async def test_what_ends_soon_is_waited_for() -> None:
    aborted: list[bool] = []
    await end_in_time(asyncio.sleep(0), 60, abort=lambda: aborted.append(True))
    assert aborted == []


async def test_what_takes_longer_goes_on_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    may_end, ended, aborted = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ending() -> None:
        await may_end.wait()
        ended.set()

    await end_in_time(ending(), 0.01, abort=aborted.set)
    assert aborted.is_set()
    assert "took longer" in caplog.text
    may_end.set()
    async with asyncio.timeout(10):
        await ended.wait()


async def test_a_failure_is_told_to_who_waits() -> None:
    async def ending() -> None:
        raise ValueError("closed twice")

    with pytest.raises(ValueError, match="closed twice"):
        await end_in_time(ending(), 60, abort=lambda: None)


async def test_who_stops_waiting_lets_the_sockets_go_and_the_rest_end() -> None:
    began, may_end, ended, aborted = (asyncio.Event() for _ in range(4))

    async def ending() -> None:
        began.set()
        await may_end.wait()
        ended.set()

    leaving = asyncio.create_task(end_in_time(ending(), 60, abort=aborted.set))
    async with asyncio.timeout(10):
        await began.wait()
        leaving.cancel()
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        assert aborted.is_set()
        may_end.set()
        await ended.wait()
