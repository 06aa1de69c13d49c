"""A connection ends once, by whatever of it fails first, and takes everything of it along."""

from __future__ import annotations

import asyncio

import pytest

from tui.transport.connection_life import ConnectionLife
from tui.transport.gone import ConnectionGone
from tui.transport.one_connection import Ended


async def fail(error: Exception) -> None:
    raise error


async def test_the_first_end_counts() -> None:
    life = ConnectionLife()
    life.start(fail(ConnectionGone("the cable is out")), "signalling")
    assert await life.ended() == Ended("signalling: the cable is out")
    life.end(Ended("left"))
    await life.close()
    assert await life.ended() == Ended("signalling: the cable is out")


async def test_a_fault_ends_it_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    life = ConnectionLife()
    life.start(fail(ValueError("x")), "media")
    assert (await life.ended()).why == "media: ValueError('x')"
    assert "media failed" in caplog.text
    await life.close()


async def test_nobody_waits_longer_than_it_lasts() -> None:
    life = ConnectionLife()
    never = asyncio.Event()
    waiting = asyncio.create_task(life.unless_over(never.wait()))
    life.end(Ended("left"))
    with pytest.raises(ConnectionGone, match="left"):
        await waiting


async def test_what_comes_in_time_is_enough() -> None:
    life = ConnectionLife()
    here = asyncio.Event()
    here.set()
    await life.unless_over(here.wait())
    assert not life.is_over
    await life.close()


async def test_closing_ends_its_tasks_before_what_they_use(
    caplog: pytest.LogCaptureFixture,
) -> None:
    life = ConnectionLife()
    order: list[str] = []
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            order.append("task")

    async def socket() -> None:
        order.append("socket")

    life.start(work(), "work")
    await begun.wait()
    await life.close(socket(), fail(OSError("no such socket")))
    assert order == ["task", "socket"]
    assert "no such socket" in caplog.text
    assert await life.ended() == Ended("closed")
    await life.close()
