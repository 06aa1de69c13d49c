"""A server that says much at once: the rest of a call has its turns in between."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from livekit.protocol import rtc
from websockets.exceptions import ConnectionClosedOK

from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.stream import XmppStream
from tui.transport.livekit.signal import SignalChannel, SignalClosed


class Crowd:
    """A websocket on which all of it has come already."""

    def __init__(self, messages: Iterable[Any]) -> None:
        self._messages = list(messages)

    async def recv(self) -> Any:
        if not self._messages:
            raise ConnectionClosedOK(None, None)
        return self._messages.pop(0)

    async def __aiter__(self) -> AsyncIterator[Any]:
        while self._messages:
            yield self._messages.pop(0)


@pytest.fixture
async def turns() -> AsyncIterator[list[int]]:
    """The number of turns that another task has had."""
    had = [0]

    async def other() -> None:
        for had[0] in itertools.count(1):
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    yield had
    task.cancel()


async def test_stanzas(turns: list[int]) -> None:
    socket: Any = Crowd(["<message xmlns='jabber:client'/>"] * 20)
    stream = XmppStream(socket, "example.org")
    seen: list[int] = []
    stream.on_stanza = lambda _stanza: seen.append(turns[0])
    with pytest.raises(ConnectionGone):
        await stream._read()
    assert len(seen) == 20 and seen == sorted(set(seen))


async def test_signalling(turns: list[int]) -> None:
    pong = rtc.SignalResponse(pong=1).SerializeToString()
    socket: Any = Crowd([pong] * 20)
    heard = SignalChannel(socket).messages()
    seen: list[int] = []
    for _ in range(20):
        await anext(heard)
        seen.append(turns[0])
    with pytest.raises(SignalClosed):
        await anext(heard)
    assert len(seen) == 20 and seen == sorted(set(seen))
