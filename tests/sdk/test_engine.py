"""The engine in its own process: it may die, and the app hears of it and begins anew."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cellcall import Calls, CallsError, ErrorCode, Media

from tests.whole.program import Server, children_of

MEDIA = Media("none", "test:silence", "null")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    server = Server(tmp_path)
    yield server
    server.stop()


async def test_an_engine_that_dies_ends_the_session_and_the_next_init_makes_another(
    server: Server,
) -> None:
    others = set(children_of(os.getpid()))
    async with Calls() as calls:
        closed = asyncio.Event()
        heard: list[str] = []
        for name in ("onSessionLeft", "onConnectionClosed"):
            calls.add_event_listener(name, lambda _, name=name: heard.append(name))
        calls.add_event_listener("onConnectionClosed", lambda _: closed.set())
        await calls.init(server=server.url)
        await calls.login("ana", server.api_key)
        assert (await calls.join_session_by_id("standup", media=MEDIA)).error is None
        (engine,) = set(children_of(os.getpid())) - others
        os.kill(engine, signal.SIGKILL)
        await asyncio.wait_for(closed.wait(), 20)
        assert heard == ["onSessionLeft", "onConnectionClosed"]
        result = await calls.join_session_by_id("standup", media=MEDIA)
        assert result.error is not None
        assert result.error.code in (ErrorCode.AUTH_TOKEN_MISSING, ErrorCode.SDK_NOT_INITIALIZED)
        await calls.init(server=server.url)
        assert calls.is_user_logged_in(), "the login is kept"
        assert (await calls.join_session_by_id("standup", media=MEDIA)).error is None


async def test_a_word_that_is_no_engine_is_named() -> None:
    with pytest.raises(CallsError, match="process or here"):
        Calls(engine="elsewhere")  # type: ignore[arg-type]
