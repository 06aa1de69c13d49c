"""Processes that end with us."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from tui.cli.children import Child, stop_all


class _Robot:
    """Ends once all that are awaited with it have been told to."""

    def __init__(self, name: str, told: list[str], needed: set[str]) -> None:
        self.name, self.told, self.needed = name, told, needed
        self.stdin, self.killed = self, False

    def close(self) -> None:
        self.told.append(self.name)

    async def wait(self) -> int:
        while not self.killed and not self.needed <= set(self.told):
            await asyncio.sleep(0)
        self.told.append(f"{self.name} ended")
        return 0

    def kill(self) -> None:
        self.killed = True


async def test_robots_are_told_to_end_together_and_their_server_behind_them() -> None:
    told: list[str] = []
    robots = {"a", "b", "c"}
    processes = [_Robot("server", told, set()), *(_Robot(one, told, robots) for one in "abc")]
    await stop_all([Child(cast("Any", one), one.name) for one in processes])
    assert not any(one.killed for one in processes)
    assert told[:3] == ["a", "b", "c"]
    assert told[-2:] == ["server", "server ended"]
    assert sorted(told[3:-2]) == ["a ended", "b ended", "c ended"]


async def test_nothing_started_is_nothing_to_stop() -> None:
    assert await asyncio.wait_for(stop_all([]), 5) is None
