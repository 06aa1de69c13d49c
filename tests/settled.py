"""What a key press waits for in tests: until everything it set off was done.

Textual waits until the process uses less than a twentieth of the processor for 20 ms, for a second
at most. A call screen draws all the time and seldom rests so: most presses waited in vain. On a
busy machine a process that gets no turn looks idle, though nothing was done. So tests wait for the
queues of messages instead.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Final

import pytest
import textual.app
import textual.pilot
from textual.app import App
from textual.pilot import Pilot

_BETWEEN_KEYS_S: Final = 0.02
"""As Textual's: keys that come closer together than a person types are a paste."""
_LONGEST_S: Final = 1.0
_ROUNDS: Final = 3
"""A message may set off others; so often nobody has one left when all is done."""

_apps: list[App[Any]] = []


async def settled(*_: float) -> None:
    """Wait until no widget has a message left, for a second at most."""
    await asyncio.sleep(_BETWEEN_KEYS_S)
    until_s, calm = monotonic() + _LONGEST_S, 0
    while calm < _ROUNDS and monotonic() < until_s:
        await asyncio.sleep(0)
        calm = 0 if _busy() else calm + 1
        if calm == 0:
            await asyncio.sleep(0.001)


def _busy() -> bool:
    if not _apps or not _apps[-1].is_running:
        return False
    app = _apps[-1]
    nodes = [app, *(one for top in app.screen_stack for one in top.walk_children(with_self=True))]
    return any(node.message_queue_size or node._next_callbacks for node in nodes)


@pytest.fixture(autouse=True)
def presses_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """See the module."""
    settle_presses(monkeypatch)


def settle_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have presses wait for what they set off, as long as this patch holds."""
    begin = Pilot.__init__

    def note(self: Pilot[Any], app: App[Any]) -> None:
        _apps[:] = [app]
        begin(self, app)

    monkeypatch.setattr(Pilot, "__init__", note)
    monkeypatch.setattr(textual.app, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settled)
