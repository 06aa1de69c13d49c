"""`Desk` on a real terminal, with a call in it whose pictures are of one colour each.

Run as a program by the tests: it saves where the tiles are, writes a mark, and ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.fakes.handle import ANA, FakeHandle, people
from tests.panel.desk import Desk
from tui.domain.commands.call import JoinById
from tui.domain.device_choice import MediaChoice
from tui.panel.call_panel import CallPanel
from tui.widgets.tile import Tile

COLOURS = {"ana": (200, 40, 40), "bo": (40, 200, 40), "chi": (40, 40, 200)}


class PicturedDesk(Desk):
    """Puts pictures as they are asked for, and tells when all of them are on the terminal."""

    def __init__(self, file: Path) -> None:
        self.fake = FakeHandle(remotes=people("Bo Chen", "Chi Okafor"))
        self.fake.change(user=ANA)
        super().__init__(self.fake)
        self.file = file
        self.script: asyncio.Task[None] | None = None

    def on_mount(self) -> None:
        self.script = asyncio.create_task(self.run_script())

    async def run_script(self) -> None:
        await self.fake.do(JoinById("standup", {}, MediaChoice()))
        panel = self.query_one(CallPanel)
        while not self.all_drawn() or self.query(".toast"):
            panel.clear_toasts()
            for stream, (width, height) in list(self.fake.shown.items()):
                if width:
                    colour = bytes(COLOURS[stream.participant])
                    self.fake.put_picture(stream, colour * (width * height), width, height)
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)  # what lay under a toast is drawn with the next picture
        places = {tile.stream.participant: list(tile.region) for tile in self.query(Tile)}
        self.file.write_text(json.dumps(places))
        assert self._driver is not None
        self._driver.write("\x1b]777;drawn\x07")
        await asyncio.sleep(0.2)
        self.exit()

    def all_drawn(self) -> bool:
        surfaces = [tile.surface for tile in self.query(Tile)]
        return len(surfaces) == len(COLOURS) and all(
            surface is not None and not surface.unpainted for surface in surfaces
        )


if __name__ == "__main__":
    PicturedDesk(Path(sys.argv[1])).run()
