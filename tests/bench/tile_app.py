"""The program `tests.bench.tiles` measures: a Stage with camera-like pictures, in a terminal.

`tile_app.py TILES FPS SECONDS FILE [GLYPHS]`: after a warm-up it measures for SECONDS and writes
frames drawn and CPU seconds of this process (all threads, from the system) to FILE.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

from textual.app import App
from textual.widgets import Footer, Header

from tests.bench.camera_clip import camera_clip
from tests.fakes.handle import people
from tests.fakes.people import person
from tui.domain.ids import StreamId
from tui.domain.look import GlyphSet, Look
from tui.domain.snapshot import Phase, Snapshot
from tui.ports.handle import Picture
from tui.terminal.profile import TerminalProfile
from tui.widgets.stage import Stage

WARM_UP_S = 4.0
"""After the last clip was made, which stops the app for seconds: the pace has to recover."""


class MeasuredApp(App[None]):
    """Counts frames drawn and CPU seconds, from `begin` on."""

    def __init__(self, seconds: float, file: Path) -> None:
        super().__init__()
        self.seconds, self.file = seconds, file
        self.drawn = 0
        self.began = (0.0, 0.0, 0)

    def _display(self, screen, renderable) -> None:
        self.drawn += renderable is not None
        super()._display(screen, renderable)

    @staticmethod
    def cpu_s() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def begin(self) -> None:
        self.began = (time.monotonic(), self.cpu_s(), self.drawn)
        if self._driver is not None:
            self._driver.write("\x1b]777;begin\x07")
        self.set_timer(self.seconds, self.finish)

    def finish(self) -> None:
        at, cpu, drawn = self.began
        seconds = time.monotonic() - at
        frames = self.drawn - drawn
        self.file.write_text(
            json.dumps({"seconds": seconds, "frames": frames, "cpu_s": self.cpu_s() - cpu})
        )
        if self._driver is not None:
            self._driver.write("\x1b]777;end\x07")
        self.exit()


class TileApp(MeasuredApp):
    def __init__(
        self, tiles: int, fps: float, seconds: float, file: Path, glyphs: str = ""
    ) -> None:
        super().__init__(seconds, file)
        # Without a wish: what a terminal gets that nothing special is known of.
        self.look = Look(GlyphSet(glyphs) if glyphs else TerminalProfile().glyphs)
        self.tiles, self.fps = tiles, fps
        self.clips: dict[StreamId, tuple[int, int, list[bytes]]] = {}

    def compose(self):
        yield Header()
        yield Stage(picture=self.picture, want_picture=self.want, fps=self.fps, look=self.look)
        yield Footer()

    def on_mount(self) -> None:
        self.warm_up = self.set_timer(WARM_UP_S, self.begin)
        me = person("me", "Ana Lopez", is_local=True, video_paused=False)
        names = ["Ben Ko", "Cleo Diaz", "Dee Dee", "Ed Ed", "Flo", "Gus", "Hal", "Ida"]
        remotes = people(*names[: self.tiles - 1])
        self.query_one(Stage).show(
            Snapshot(serial=1, phase=Phase.LIVE, participants=(me, *remotes))
        )

    def want(self, stream: StreamId, width: int, height: int, fps: float) -> None:
        if width and self.clips.get(stream, (0, 0))[:2] != (width, height):
            self.clips[stream] = (width, height, camera_clip(width, height, len(self.clips)))
            self.warm_up.reset()

    def picture(self, stream: StreamId) -> Picture | None:
        if stream not in self.clips:
            return None
        width, height, frames = self.clips[stream]
        serial = int(time.monotonic() * self.fps)
        return Picture(serial, width, height, frames[serial % len(frames)])


if __name__ == "__main__":
    count, rate, duration = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    TileApp(count, rate, duration, Path(sys.argv[4]), *sys.argv[5:]).run()
