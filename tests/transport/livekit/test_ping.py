"""A silent server is noticed by the pings it does not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tui.transport.livekit.ping import Ping
from tui.transport.livekit.signal import SignalClosed


class Line:
    """Signalling to a server that was heard last so long ago [s]."""

    def __init__(self, silent_s: float, *, renewals: int = 0) -> None:
        self.last_message_s = asyncio.get_running_loop().time() - silent_s
        self.renewals = renewals
        self.sent: list[Any] = []
        self.pinged = asyncio.Event()

    async def send(self, **message: Any) -> None:
        self.sent.append(message["ping_req"])
        self.pinged.set()

    async def renew(self) -> bool:
        self.renewals -= 1
        return self.renewals >= 0


async def test_a_server_that_answers_is_told_how_long_it_took() -> None:
    line = Line(0.0)
    ping = Ping(line, interval_s=0.001, timeout_s=60)  # type: ignore[arg-type]
    running = asyncio.create_task(ping.run())
    try:
        await line.pinged.wait()
        ping.answered(line.sent[0].timestamp - 40)
        line.sent.clear()
        line.pinged.clear()
        await line.pinged.wait()
        assert line.sent[0].rtt >= 40
    finally:
        running.cancel()


async def test_a_silent_one_is_tried_again_and_then_given_up() -> None:
    line = Line(61.0, renewals=2)
    with pytest.raises(SignalClosed, match="no sign of the server for 6"):
        await Ping(line, interval_s=0.001, timeout_s=60).run()  # type: ignore[arg-type]
    assert line.renewals == -1
    assert line.sent == []


async def test_who_wants_none_gets_none() -> None:
    line = Line(61.0)
    await Ping(line, interval_s=0, timeout_s=0).run()  # type: ignore[arg-type]
    assert line.sent == []
