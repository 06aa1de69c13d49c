"""While a connection is lost, states wait for the next one and messages until it is back."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tui.domain.errors import CallsError, ErrorCode
from tui.transport import in_use
from tui.transport.gone import ConnectionGone
from tui.transport.in_use import InUse
from tui.transport.one_connection import OneConnection


class Wire:
    """A connection that takes words, or is gone."""

    def __init__(self, *, gone: bool = False) -> None:
        self.gone = gone
        self.said: list[str] = []

    async def say(self, words: str) -> str:
        if self.gone:
            raise ConnectionGone("cut")
        self.said.append(words)
        return f"{len(self.said)}"


def saying(words: str) -> Any:
    return lambda one: one.say(words)


def used(wire: Wire) -> InUse:
    line = InUse(lambda: True)
    line.begin(cast(OneConnection, wire))
    return line


async def test_a_state_is_told_or_left_to_the_next_one() -> None:
    wire = Wire()
    line = used(wire)
    assert await line.tell("mute", saying("muted"))
    wire.gone = True
    assert not await line.tell("mute", saying("open"))
    line.lose()
    assert not await line.tell("mute", saying("open"))
    assert wire.said == ["muted"]


async def test_a_message_waits_until_the_line_is_heard_again() -> None:
    wire = Wire()
    line = used(wire)
    line.silence(silent=True)
    assert not line.takes_messages
    sending = asyncio.create_task(line.send(saying("hello")))
    assert await line.tell("rows", saying("a state"))  # not held up by the message
    line.silence(silent=False)
    assert await sending == "2"
    assert wire.said == ["a state", "hello"]


async def test_a_message_goes_out_on_the_next_connection() -> None:
    line = used(Wire(gone=True))
    line.lose()
    sending = asyncio.create_task(line.send(saying("hello")))
    wire = Wire()
    line.begin(cast(OneConnection, wire))
    assert await sending == "1"


@pytest.mark.parametrize("kept", [True, False])
async def test_nothing_is_waited_for_in_vain(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    monkeypatch.setattr(in_use, "_SEND_WAIT_S", 0.0 if kept else 3600.0)
    line = InUse(lambda: kept)
    with pytest.raises(CallsError) as refused:
        await line.send(saying("hello"))
    assert refused.value.code == ErrorCode.CONNECTION_FAILED
