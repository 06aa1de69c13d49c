"""A small app round a Stage that does random things in a real terminal and tells what it believes.

Run as a program by the tests: `subject.py SEED STEPS TOLERANCE GLYPHS FOLDER`, GLYPHS `mixed` for
looks that change all the time. At each checkpoint it
saves what every tile believes of the terminal, then writes a mark into its output, so the
reader can stop at exactly that byte and compare.
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.geometry import Region, Size
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Header, Static

from tests.fakes.handle import people
from tests.fakes.people import changed, person
from tui.domain.ids import StreamId, camera_of
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.domain.settings import Layout
from tui.domain.snapshot import Phase, Snapshot
from tui.ports.handle import Picture
from tui.video.cells import glyph_numbers
from tui.widgets.paint_watch import watch_paints
from tui.widgets.stage import Stage
from tui.widgets.tile import Tile
from tui.widgets.tile_strip import CellSurface

DEPTHS = (ColourDepth.TRUECOLOR, ColourDepth.INDEXED, ColourDepth.ANSI, ColourDepth.MONO)
NAMES = ("Ben Ko", "Cleo Diaz", "Dee", "Édouard Ñ", "王小明", "Flo", "Gus", "Hal", "Ida", "Joe")

ACTIONS = (
    *("toast", "toast", "dialog", "undialog", "undialog", "elsewhere", "panel", "layout", "people"),
    *("speak", "page", "theme", "focus", "repaint", "screenshot", "resize", "resize", "shrug"),
    *("wait", "wait", "suspend", "garble", "look"),
)


def moving_picture(serial: int, width: int, height: int, seed: int) -> bytes:
    """Gradients, a moving bar and a patch of noise."""
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([(x * 3 + seed * 40) % 256, (y * 5) % 256, np.full_like(x, 100)], -1)
    at = serial * 2 % width
    picture[:, at : at + 4] = 250
    noise = np.random.default_rng(serial * 31 + seed)
    patch = picture[height // 3 : height // 2, : width // 3]
    patch[...] = noise.integers(0, 256, patch.shape)
    picture += noise.integers(-2, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8).tobytes()


class Dialog(ModalScreen[None]):
    CSS = "Dialog { align: center middle; } #box { width: 30; height: 7; background: red; }"

    def compose(self):
        yield Static("A DIALOG", id="box")


class Elsewhere(Screen[None]):
    def compose(self):
        yield Static("another screen " * 200)


def _fills(surface: CellSurface, region: Region) -> bool:
    """Whether a tile's picture has the size of its place; the last row is its label."""
    return (surface.columns, surface.rows) == (region.width, region.height - 1)


class Subject(App[None]):
    CSS = "#panel { dock: right; width: 24; background: blue; display: none; }"

    def __init__(self, seed: int, steps: int, tolerance: float, glyphs: str, folder: str) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.steps, self.tolerance, self.folder = steps, tolerance, Path(folder)
        self.glyphs = glyphs
        self.frozen = False
        self.serial = 0
        self.sizes: dict[StreamId, tuple[int, int]] = {}
        self.pictures: dict[StreamId, Picture] = {}
        self.marks = 0
        self.wanted_size = Size(80, 24)
        self.full_updates = 0
        self.drawn_size = Size(0, 0)
        self.garbled_at = -1
        me = person("me", "Ana Lopez", is_local=True, video_paused=False, audio_muted=False)
        self.snapshot = Snapshot(serial=1, phase=Phase.LIVE, participants=(me, *people(*NAMES[:3])))
        self.done: asyncio.Task[None] | None = None

    def compose(self):
        yield Header()
        yield Stage(
            picture=self.pictures.get,
            want_picture=self.want,
            fps=20,
            tolerance=self.tolerance,
        )
        yield Static("PANEL " * 60, id="panel")
        yield Footer()

    def _display(self, screen, renderable) -> None:
        super()._display(screen, renderable)
        update = getattr(renderable, "update", renderable)
        if isinstance(update, LayoutUpdate):
            self.full_updates += 1
            self.drawn_size = update.region.size

    def want(self, stream: StreamId, width: int, height: int, fps: float) -> None:
        self.sizes[stream] = (width, height)

    @property
    def stage(self) -> Stage:
        return self.screen_stack[0].query_one(Stage)

    def on_mount(self) -> None:
        self.set_interval(1 / 20, self.make_pictures)
        self.change()
        if self.glyphs != "mixed":
            self.set_interval(0.05, self.keep_look)
        self.done = asyncio.create_task(self.script())

    def keep_look(self) -> None:
        """Tiles that came later are drawn with the same glyphs."""
        for tile in self.stage.query(Tile):
            if tile.look.glyphs != self.glyphs and tile.look.depth is not ColourDepth.MONO:
                tile.look = replace(tile.look, glyphs=GlyphSet(self.glyphs))
                self.stage._settle()

    def make_pictures(self) -> None:
        sizes = list(self.sizes.items())
        if self.frozen:  # and yet a tile of another size needs one more
            sizes = [one for one in sizes if one[1][0] and not self.is_pictured(*one)]
        if not sizes:
            return
        self.serial += 1
        for number, (stream, (width, height)) in enumerate(sizes):
            if width:
                rgb = moving_picture(self.serial, width, height, number)
                self.pictures[stream] = Picture(self.serial, width, height, rgb)

    def is_pictured(self, stream: StreamId, size: tuple[int, int]) -> bool:
        """Whether the newest picture is of the size that is wanted."""
        newest = self.pictures.get(stream)
        return newest is not None and (newest.width, newest.height) == size

    def change(self, **fields: object) -> None:
        self.snapshot = replace(self.snapshot, serial=self.snapshot.serial + 1, **fields)
        self.stage.show(self.snapshot)

    def do_something(self) -> str:
        choose = self.random.choice
        action = choose(ACTIONS)
        remotes = self.snapshot.remotes
        match action:
            case "toast":
                self.notify("a toast with words", timeout=choose((0.1, 0.3, 1.0)))
            case "dialog":
                self.push_screen(Dialog())
            case "elsewhere":
                self.push_screen(Elsewhere())
            case "undialog" if len(self.screen_stack) > 1:
                self.pop_screen()
            case "panel":
                panel = self.screen_stack[0].query_one("#panel")
                panel.display = not panel.display
            case "layout":
                self.change(layout=choose(list(Layout)), pinned="")
            case "people":
                me = self.snapshot.participants[0]
                self.change(participants=(me, *people(*NAMES[: self.random.randint(1, 10)])))
            case "speak":
                who = choose(remotes)
                self.change(
                    dominant_speaker=who.id,
                    participants=tuple(
                        changed(
                            p,
                            speaking=p.id == who.id,
                            video_paused=choose((False,) * 3 + (True,)),
                        )
                        for p in self.snapshot.participants
                    ),
                )
            case "page":
                self.stage.turn_page(choose((-1, 1)))
            case "theme":
                self.theme = choose(("textual-dark", "textual-light", "nord"))
            case "focus":
                self.stage.focus_tile(camera_of(choose(remotes).id))
            case "repaint":
                self.refresh(layout=choose((True, False)))
            case "screenshot":
                self.export_screenshot()
            case "resize":
                columns, rows = choose(((80, 24), (100, 30), (61, 19), (47, 14), (30, 9)))
                self.wanted_size = Size(columns, rows)
                self.mark(f"resize;{columns};{rows}")
            case "garble":  # and what ctrl+l does then
                if self._driver is not None:
                    self._driver.write("\x1b[2J\x1b[5;5Hsomebody else wrote this")
                self.garbled_at = self.full_updates
                watch_paints(self).forget()
                self.refresh()
            case "suspend":
                with self.suspend():
                    sys.stdout.write("\x1b[2Jthe shell wrote this")
                    sys.stdout.flush()
            case "look" if self.glyphs == "mixed":
                for tile in self.stage.query(Tile):
                    glyphs, depth = choose(list(GlyphSet)), choose(DEPTHS)
                    tile.look = Look(glyphs, depth, self.tolerance)
                self.stage._settle()
            case "shrug":
                self.stage.refresh()
        return action

    async def script(self) -> None:
        await self.size_painted()
        for _ in range(self.steps):
            action = self.do_something()
            await asyncio.sleep(self.random.uniform(0.0, 0.15))
            await self.size_painted()
            self.checkpoint(action)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.clear_notifications()
        self.screen.query_one("#panel").display = False
        self.change(
            participants=tuple(changed(p, video_paused=False) for p in self.snapshot.participants)
        )
        self.wanted_size = Size(80, 24)
        self.mark("resize;80;24")
        await self.size_painted()
        self.frozen = True
        words: list[str] = []
        for _ in range(600):
            await asyncio.sleep(0.05)
            compositor = self.screen._compositor
            # Cleared ones take a moment to go.
            toasts = any(type(one).__name__ == "Toast" for one in compositor.visible_widgets)
            before, words = words, [row.text for row in compositor.render_strips()]
            # A footer puts its keys together anew after a change. Those it takes away render as
            # nothing at once, and are on the terminal until new ones are there.
            footer = words[-1].strip()
            settled = words == before and footer and not compositor._dirty_regions and not toasts
            if settled and not any(self.behind(tile) for tile in self.stage.query(Tile)):
                break
        self.checkpoint("final")
        await asyncio.sleep(0.1)
        self.exit()

    async def size_painted(self) -> None:
        """Until the terminal has resized and the app has drawn at that size, or all anew.

        Before that the terminal has moved cells and the app cannot know; and Textual still draws
        the old layout for a moment after it knows.
        """
        for _ in range(2000):
            repainted = self.full_updates > self.garbled_at
            if repainted and self.drawn_size == self.wanted_size:
                return
            await asyncio.sleep(0.02)
        raise TimeoutError("the terminal did not resize, or nothing was drawn")

    def behind(self, tile: Tile) -> bool:
        """Whether the newest picture is not on the screen yet."""
        if not tile.state.wants_video:
            return False
        surface = tile.surface
        place = self.screen_stack[0]._compositor.visible_widgets.get(tile)
        return (
            surface is None
            or not self.is_pictured(tile.stream, self.sizes.get(tile.stream, (0, 0)))
            or tile.picture_serial != self.pictures[tile.stream].serial
            or (place is not None and not _fills(surface, place[0]))
            or surface.unpainted
            or surface.behind  # a busy machine gets less in each write; the rest follows
        )

    def checkpoint(self, action: str) -> None:
        """Save what each tile believes, and mark the place in the output."""
        arrays: dict[str, np.ndarray] = {}
        visible = self.screen_stack[0]._compositor.visible_widgets
        for tile in self.stage.query(Tile):
            surface = tile.surface
            if surface is None or surface.picture is None or tile not in visible:
                continue
            region = visible[tile][0]
            if not _fills(surface, region):
                continue
            who = tile.stream.participant
            arrays[f"{who}/place"] = np.array([region.x, region.y])
            arrays[f"{who}/known"] = surface.shown.known
            arrays[f"{who}/codes"] = surface.shown.codes
            drawing = surface.drawing
            glyphs = glyph_numbers(surface.shown.codes)
            arrays[f"{who}/characters"] = np.array(drawing.table.characters)[glyphs]
            arrays[f"{who}/depth"] = np.array(drawing.look.depth.value)
            arrays[f"{who}/off"] = surface.shown.difference(surface.picture.pixels)
        if action == "final":
            rows = self.screen._compositor.render_strips()
            arrays["screen/text"] = np.array([row.text for row in rows])
        self.marks += 1
        np.savez(self.folder / f"{self.marks}.npz", **arrays)
        self.mark(f"check;{self.marks};{action}")

    def mark(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(f"\x1b]777;{text}\x07")


if __name__ == "__main__":
    Subject(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:6]).run()
