"""The program `tests.bench.embedding` measures: a call in a host app, or in our own call screen.

`embedding_app.py panel|app FPS SECONDS FILE`: the same call of four, with camera-like pictures, at
the same size; after a warm-up it measures for SECONDS and writes frames drawn and CPU seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.bench.camera_clip import camera_clip
from tests.bench.tile_app import WARM_UP_S, MeasuredApp
from tests.fakes.handle import people
from tests.fakes.people import person
from tui.domain.commands.call import ReadChat
from tui.domain.ids import StreamId
from tui.domain.snapshot import Levels, Phase, Snapshot
from tui.panel import call_panel
from tui.ports.handle import Picture, Update
from tui.screens.call import CallScreen
from tui.sdk.panel import CallPanel

LEVELS_EVERY_S = 0.1


class ClipHandle:
    """A call of four that goes on for ever."""

    def __init__(self, fps: float, asked: Any) -> None:
        self._fps = fps
        self._asked = asked
        self._clips: dict[StreamId, tuple[int, int, list[bytes]]] = {}
        me = person("me", "Ana Lopez", is_local=True, video_paused=False)
        remotes = people("Ben Ko", "Cleo Diaz", "Dee Dee")
        self._snapshot = Snapshot(serial=1, phase=Phase.LIVE, participants=(me, *remotes))

    async def do(self, command: Any, *, action: str = "") -> Any:
        return () if isinstance(command, ReadChat) else None

    def snapshot(self) -> Snapshot:
        return self._snapshot

    async def updates(self) -> AsyncIterator[Update]:
        yield self._snapshot
        while True:
            await asyncio.sleep(LEVELS_EVERY_S)
            yield Levels({one.id: -30.0 for one in self._snapshot.participants})

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        if width and self._clips.get(stream, (0, 0))[:2] != (width, height):
            self._clips[stream] = (width, height, camera_clip(width, height, len(self._clips)))
            self._asked()

    def picture(self, stream: StreamId) -> Picture | None:
        if stream not in self._clips:
            return None
        width, height, frames = self._clips[stream]
        serial = int(time.monotonic() * self._fps)
        return Picture(serial, width, height, frames[serial % len(frames)])

    async def close(self) -> None:
        pass


class EmbeddingApp(MeasuredApp):
    """A host app with nothing but a panel, or an app with our call screen."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, which: str, fps: float, seconds: float, file: Path) -> None:
        super().__init__(seconds, file)
        self.which = which
        self.handle = ClipHandle(fps, lambda: self.warm_up.reset())

    def compose(self) -> Any:
        if self.which == "panel":
            yield CallPanel()

    def on_mount(self) -> None:
        self.warm_up = self.set_timer(WARM_UP_S, self.begin)
        if self.which == "panel":
            self.query_one(CallPanel).attach(self.handle, call_panel.unix_ms)
        else:
            self.push_screen(CallScreen(call_panel.CallPanel(self.handle)))


if __name__ == "__main__":
    kind, rate, duration, figures = sys.argv[1:5]
    EmbeddingApp(kind, float(rate), float(duration), Path(figures)).run()
