"""The app in the accessible profile on a real terminal, walked through by keys.

Run with a scene and keys. When it has come to rest after a key, it writes a mark with what has the
focus and where. The key `news` stands for snapshots in which nobody but speakers changes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from time import monotonic

from rich.cells import cell_len
from textual.widgets import Input

from tests.fakes.handle import FakeHandle
from tests.screens.driving import STANDUP, logged_in, make_app
from tui.app import CallApp
from tui.domain.quality import PictureQuality, QualityChoice
from tui.front.start import Entrance, StartPlan
from tui.terminal.detect import Found
from tui.terminal.profile import TerminalProfile

os.environ["TEXTUAL_ANIMATIONS"] = "none"
_PICTURES_OFF = QualityChoice(PictureQuality.AUDIO)
_RESTS_S = 20.0


def scene_of(name: str) -> tuple[FakeHandle, StartPlan]:
    """Who is signed in, and what is known."""
    if name == "login":
        return FakeHandle(), StartPlan()
    handle = logged_in("Bo Chen", "Chi Okafor", "Dee Park")
    if name == "lobby":
        return handle, StartPlan()
    start = replace(STANDUP, quality=_PICTURES_OFF)
    return handle, replace(start, entrance=Entrance()) if name == "green room" else start


def caret_of(widget: object) -> list[int]:
    """Where a text field draws its caret."""
    if not isinstance(widget, Input):
        return []
    before = cell_len(widget.value[: widget.cursor_position])
    return [widget.content_region.x + before - int(widget.scroll_x), widget.content_region.y]


class Walker:
    """Presses keys in one app, and marks where it stands."""

    def __init__(self, scene: str, keys: list[str]) -> None:
        self.handle, start = scene_of(scene)
        self._scene, self._keys = scene, keys
        found = Found(TerminalProfile(), may_ask=False)
        self.app: CallApp = make_app(self.handle, start, accessible=True, found=found)

    async def walk(self) -> None:
        """Press one key after another; then end the app."""
        await self._until(lambda: self._scene != "call" or self.handle.snapshot().in_session)
        await self.rest()
        self._mark("start")
        for key in self._keys:
            if key == "news":
                for number in range(50):
                    self.handle.change_participant("bo", speaking=number % 2 == 0)
                    await self.rest()
            else:
                self.app.simulate_key(key)
            await self.rest()
            self._mark(key)
        self.app.exit(0)

    async def rest(self) -> None:
        """Wait until nothing is left to do or to draw."""
        calm = 0
        while calm < 3:
            await asyncio.sleep(0.01)
            calm = 0 if self._busy() else calm + 1

    def _busy(self) -> bool:
        screen = self.app.screen
        nodes = [self.app, *screen.walk_children(with_self=True)]
        queues = any(node.message_queue_size or node._next_callbacks for node in nodes)
        drawing = screen._dirty_widgets or screen._layout_required or screen._repaint_required
        return bool(queues or drawing or not self.app.is_running)

    async def _until(self, holds: object) -> None:
        end_s = monotonic() + _RESTS_S
        while not holds():  # type: ignore[operator]
            assert monotonic() < end_s
            await asyncio.sleep(0.01)

    def _mark(self, key: str) -> None:
        focused = self.app.screen.focused
        region = focused.region if focused is not None else None
        told = {
            "key": key,
            "focus": "" if focused is None else f"{type(focused).__name__}#{focused.id or ''}",
            "region": list(region) if region is not None else [],
            "caret": caret_of(focused),
        }
        assert self.app._driver is not None
        self.app._driver.write(f"\x1b]777;{json.dumps(told).replace(';', ',')}\x07")


async def main() -> None:
    """Run the app and the walk beside each other."""
    walker = Walker(sys.argv[1], sys.argv[2:])
    walk = asyncio.create_task(_begin(walker))
    await walker.app.run_async(mouse=False)
    await walk


async def _begin(walker: Walker) -> None:
    while not walker.app.is_running or not walker.app.screen_stack:
        await asyncio.sleep(0.01)
    try:
        await walker.walk()
    except BaseException:
        walker.app.exit(1)
        raise


if __name__ == "__main__":
    asyncio.run(main())
