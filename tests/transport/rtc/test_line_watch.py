"""A quiet line is told from a dead one, and both from a process that stood still."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tui.transport.rtc import line_watch
from tui.transport.rtc.line_watch import SILENT_AFTER_S, LineWatch


class Line:
    """One socket, whose other side answers what it is asked while it lives; time is ours."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 50.0
        self.lives = True
        self.asked = 0
        self.sleeps_s = 0.0
        self.got: list[bytes] = []
        self.protocol = SimpleNamespace(
            datagram_received=lambda data, _address: self.got.append(data)
        )
        monkeypatch.setattr(line_watch, "datagram_protocols", lambda _pc: [self.protocol])
        monkeypatch.setattr(line_watch, "ask_for_answer", self._ask)
        monkeypatch.setattr(line_watch, "asyncio", SimpleNamespace(sleep=self._sleep))
        pc: Any = None
        self.watch = LineWatch(pc, clock=lambda: self.now_s)

    def _ask(self, _pc: Any) -> None:
        self.asked += 1
        if self.lives:
            self.protocol.datagram_received(b"answer", ("::", 1))

    async def _sleep(self, seconds: float) -> None:
        self.now_s += seconds + self.sleeps_s
        self.sleeps_s = 0.0
        await asyncio.sleep(0)


async def test_a_quiet_line_that_answers_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    waiting = asyncio.create_task(line.watch.silent())
    while line.now_s < 80:
        await asyncio.sleep(0)
    assert not waiting.done()
    assert 15 <= line.asked <= 40
    assert set(line.got) == {b"answer"}, "what comes goes on to who takes it"
    waiting.cancel()


async def test_a_dead_line_is_silent_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    line.lives = False
    await line.watch.silent()
    assert SILENT_AFTER_S <= line.watch.silent_s <= 3.0
    line.lives = True
    await line.watch.heard()
    assert line.watch.silent_s < 1


async def test_after_standing_still_the_line_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    line.lives = False
    line.sleeps_s = 60.0
    await line.watch.silent()
    assert line.now_s >= 110 + SILENT_AFTER_S
