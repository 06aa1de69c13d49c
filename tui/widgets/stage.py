"""The stage: everybody's tiles, arranged, and fed with pictures at a steady rate.

Where tiles go is `tui.domain.tiling`; this widget mounts one `Tile` per placed stream, keeps
focus and page through changes, and keeps the time for their pictures (`tui.widgets.picture_feed`).
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import ClassVar, Final, TypeGuard

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.layout import Layout
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from tui.domain.ids import StreamId
from tui.domain.look import Look
from tui.domain.quality import PictureQuality, QualityChoice
from tui.domain.settings import Layout as CallLayout
from tui.domain.snapshot import Snapshot
from tui.domain.terminal_text import TerminalScreen
from tui.domain.tiling import Arrangement, OwnPlace, Placed, arrange_snapshot, neighbour
from tui.governor.governor import Governor, Report, Subject
from tui.ports.handle import Picture
from tui.video.palette import XTERM_16, Colour
from tui.widgets.act import Act
from tui.widgets.partial_paint import paint_in_part
from tui.widgets.picture_feed import PictureFeed, Shown, WantPicture
from tui.widgets.placement import Placement
from tui.widgets.stage_terminals import WAYS, StageTerminals
from tui.widgets.tile import Tile, look_of
from tui.widgets.tile_state import is_important, tile_states
from tui.widgets.writer_gate import frames_wanted, link_of

RESIZE_SETTLES_S: Final = 0.1
"""Pictures are asked for at a new size only after the size stayed for this long (spec ux 5.5)."""
COVERED_FPS: Final = 2.0
"""Under a dialog the picture is drawn through the dialog's dimming, which is slow."""
TICKS_PER_PICTURE: Final = 3
"""A picture that may not be drawn yet is looked at again this often in its time."""


class Stage(Widget):
    """See the module.

    Args:
        picture: The newest picture of a stream, or None; called for every tile and tick.
        want_picture: Told when other pictures of a tile are wanted; 0x0 when none are any more.
        fps: Pictures drawn per second at most.
        tolerance: Camera noise that is not redrawn; see `tui.domain.look`.
        choice: What the person wants of the pictures.
        look: The best look of the terminal; None: from what Textual knows of it.
        palette: The terminal's 16 colours.
        repeats: The terminal understands REP.
        column: While there are no pictures, people stand in one column (spec ux 3.3).
    """

    DEFAULT_CSS = "Stage { width: 1fr; height: 1fr; overflow: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1, 0)", "Tile left", show=False),
        Binding("right", "move(1, 0)", "Tile right", show=False),
        Binding("up", "move(0, -1)", "Tile up", show=False),
        Binding("down", "move(0, 1)", "Tile down", show=False),
    ]

    class TileChosen(Message):
        """Enter or a click on a tile."""

        def __init__(self, stream: StreamId) -> None:
            super().__init__()
            self.stream = stream

    class Throttled(Message):
        """Pictures are held back, for the first time."""

        def __init__(self, report: Report) -> None:
            super().__init__()
            self.report = report

    class PageChanged(Message):
        """Another page, or another number of pages."""

        def __init__(self, page: int, pages: int) -> None:
            super().__init__()
            self.page = page
            """From 0."""
            self.pages = pages

    def __init__(
        self,
        *,
        picture: Callable[[StreamId], Picture | None],
        want_picture: WantPicture,
        fps: float = 15.0,
        tolerance: float | None = None,
        choice: QualityChoice | None = None,
        look: Look | None = None,
        palette: tuple[Colour, ...] = XTERM_16,
        repeats: bool = False,
        column: bool = False,
    ) -> None:
        super().__init__()
        self._placement = Placement(self.arrangement_for, self.is_current)
        self._fps = fps
        self._tolerance = tolerance
        self._best_look, self._palette, self._repeats = look, palette, repeats
        self._column = column
        self.own_place = OwnPlace.BOTTOM_RIGHT
        """Where our own picture is in SPOTLIGHT."""
        self._snapshot = Snapshot()
        self._page = 0
        self._told = (0, 1)
        self._tiles: dict[StreamId, Tile] = {}
        self._terminals = StageTerminals(self._tiles)
        self._placed: tuple[Placed, ...] = ()
        self._memo: tuple[object, Arrangement] = (None, Arrangement())
        self._settling: Timer | None = None
        self._polling: Timer | None = None
        self._ticks = 0
        self._focusing = False
        self._hidden = False
        self._choice = choice or QualityChoice()
        self.feed = PictureFeed(
            self._tiles,
            picture=picture,
            want_picture=want_picture,
            fps=fps,
            tolerance=tolerance,
            choice=self._choice,
        )

    @property
    def governor(self) -> Governor:
        """Decides what is drawn of what came."""
        return self.feed.governor

    # ---- what others ask
    def choose_quality(self, choice: QualityChoice) -> None:
        """Other pictures from now on."""
        self._choice = choice
        self.governor.choose(choice)
        if self.is_mounted:
            self._sync()
            self._settle()

    def report(self) -> Report:
        """What is drawn now, and why no more."""
        return self.governor.report(monotonic())

    def render(self) -> Content:
        """Nothing until there are tiles; Textual would write the widget's name."""
        return Content()

    @property
    def page(self) -> int:
        """The page on show, from 0."""
        return self._arrangement.page

    @property
    def pages(self) -> int:
        """How many pages there are, 1 or more."""
        return self._arrangement.pages

    @property
    def focused_stream(self) -> StreamId | None:
        """What is in the tile with the focus; None when none has it."""
        focused = self.screen.focused if self.is_mounted else None
        return focused.stream if isinstance(focused, Tile) and focused.parent is self else None

    def show(self, snapshot: Snapshot) -> None:
        """Draw this snapshot's streams."""
        self._snapshot = snapshot
        if self.is_mounted:
            self._sync()
            self._settle()

    def show_terminal(self, stream: StreamId, screen: TerminalScreen) -> None:
        """Draw the text of a shared terminal."""
        self._terminals.show(stream, screen)

    def look_at_terminal(self, words: str) -> str | None:
        """Look at a part of the pinned or focused terminal; None: none is, or it is not asked."""
        return self._terminals.look(self.focused_stream or self._snapshot.pinned, words)

    def use_look(self, look: Look) -> None:
        """Draw with these glyphs and colours from now on."""
        self._best_look = self.governor.best = look
        for stream, tile in self._tiles.items():
            tile.look = self.governor.look(stream)
        if self.is_mounted:
            self._settle()

    def turn_page(self, by: int) -> None:
        """Go `by` pages on; stops at the first and the last."""
        page = max(0, min(self.page + by, self.pages - 1))
        if page == self.page:
            return
        had_focus = self.focused_stream is not None or self._focusing
        if self.focused_stream is not None:
            self.screen.set_focus(None)  # else the focused tile's page would be kept
        self._page = page
        self._sync()
        self._settle()
        if had_focus:
            self._focus_first()

    def move_own(self) -> OwnPlace | None:
        """Move our own picture in SPOTLIGHT; where it is then, or None where it can't be moved."""
        snapshot = self._snapshot
        spotlight = snapshot.layout is CallLayout.SPOTLIGHT and bool(snapshot.remotes)
        if not (spotlight and snapshot.settings.enable_spotlight_drag):
            return None
        self.own_place = self.own_place.next
        self._sync()
        self._settle()
        return self.own_place

    def stream_at(self, number: int) -> StreamId | None:
        """What is in the tile of this number on the page; None when there is none."""
        tiles = self._arrangement.tiles
        return tiles[number - 1].stream if 1 <= number <= len(tiles) else None

    def number_of(self, stream: StreamId) -> int:
        """Number of a stream's tile on the page; 0 when it is not on it."""
        streams = [placed.stream for placed in self._arrangement.tiles]
        return streams.index(stream) + 1 if stream in streams else 0

    def focus_tile(self, stream: StreamId) -> None:
        """Give the focus to a stream's tile, if it is on the page."""
        if stream in self._tiles:
            self._tiles[stream].focus()

    # ---- arrangement
    @property
    def layout(self) -> Layout:
        """Tiles go where the arrangement says, whatever a style sheet's `layout` is."""
        return self._placement

    @property
    def _arrangement(self) -> Arrangement:
        return self.arrangement_for(self.size)

    def is_current(self, child: Widget) -> TypeGuard[Tile]:
        """Whether `child` is the tile of its stream now."""
        return isinstance(child, Tile) and self._tiles.get(child.stream) is child

    def arrangement_for(self, size: Size) -> Arrangement:
        """Where the tiles go on a stage of this size [cells]."""
        snapshot, keep = self._snapshot, self.focused_stream
        column = self._column and self._choice.quality is PictureQuality.AUDIO
        key = (snapshot.serial, id(snapshot), size, self._page, keep, column, self.own_place)
        if self._memo[0] != key:
            arrangement = arrange_snapshot(
                snapshot,
                width=size.width,
                height=size.height,
                page=self._page,
                keep=keep,
                column=column,
                own=self.own_place,
            )
            self._memo = (key, arrangement)
        return self._memo[1]

    def _sync(self) -> None:
        """Make the mounted tiles those of the arrangement."""
        if not self.size:
            return  # hidden: page, tiles and focus stay as they are
        arrangement = self._arrangement
        focused = self.focused_stream
        pictures = self._choice.quality is not PictureQuality.AUDIO
        states = tile_states(self._snapshot, arrangement.tiles, pictures=pictures)
        gone = [stream for stream in self._tiles if stream not in states]
        for stream in gone:
            self._tiles.pop(stream).remove()
            self.feed.forget(stream)
        for stream, state in states.items():
            if stream in self._tiles:
                self._tiles[stream].show(state)
        new = [
            Tile(
                state,
                look=self._best_look,
                tolerance=self._tolerance,
                palette=self._palette,
                repeats=self._repeats,
            )
            for stream, state in states.items()
            if stream not in self._tiles
        ]
        self._tiles.update((tile.stream, tile) for tile in new)
        self._terminals.follow(self._snapshot)
        if new:
            self.mount(*new)
        if arrangement.tiles != self._placed:
            self._placed = arrangement.tiles
            # The focus moves through tiles in the order of their numbers.
            self.sort_children(key=self._rank)
            self.refresh(layout=True)
        if focused in gone:
            self._focus_first()
        self._page = arrangement.page
        if (arrangement.page, arrangement.pages) != self._told:
            self._told = (arrangement.page, arrangement.pages)
            self.post_message(self.PageChanged(*self._told))
        self._poll()

    def _poll(self) -> None:
        """Look for new pictures only while there is a tile that shows some."""
        if self._polling is not None:
            seen = not self._hidden and any(t.state.wants_video for t in self._tiles.values())
            (self._polling.resume if seen else self._polling.pause)()

    def _rank(self, child: Widget) -> int:
        return self.number_of(child.stream) if isinstance(child, Tile) else 0

    def _focus_first(self) -> None:
        if self._tiles:
            first = min(self._tiles, key=lambda stream: self.number_of(stream) or 999)
            self._tiles[first].focus()
            self._focusing = True  # Textual gives the focus a moment later

    def on_mount(self) -> None:
        """Begin polling."""
        look = self._best_look or look_of(self.app)
        self.feed.begin(link_of(self.app), look, self._throttled)
        paint_in_part(self.screen)
        self._polling = self.set_interval(
            1 / (self._fps * TICKS_PER_PICTURE), self._tick, pause=True
        )
        self._sync()

    def _throttled(self, report: Report) -> None:
        self.post_message(self.Throttled(report))

    def on_descendant_focus(self) -> None:
        """A tile has the focus now."""
        self._focusing = False

    def on_unmount(self) -> None:
        """Ask for no pictures any more."""
        self.feed.stop()

    def on_hide(self) -> None:
        """Nobody sees the tiles: no pictures."""
        self._hidden = True
        self._settle()
        self._poll()

    def on_show(self) -> None:
        """Seen again."""
        self._hidden = False
        self._sync()
        self._settle()

    def on_resize(self, event: events.Resize) -> None:
        """Arrange anew at once; ask for other pictures when the size has settled."""
        self._sync()
        if self._settling is not None:
            self._settling.stop()
        if not self.feed.asks:  # the first size
            self._settle()
            return
        self._settling = self.set_timer(RESIZE_SETTLES_S, self._settle)

    def _settle(self) -> None:
        """Ask for the pictures of the tiles on show, at their size, and for no others."""
        self._settling = None
        shown: list[Shown] = []
        for placed in () if self._hidden else self._arrangement.tiles:
            tile = self._tiles.get(placed.stream)
            if tile is not None:
                cells = placed.width * (placed.height - 1)
                important = is_important(self._snapshot, placed.stream)
                subject = Subject(placed.stream, cells, important)
                shown.append(Shown(subject, tile.picture_size_for(placed.width, placed.height)))
        self.feed.show(shown)

    # ---- pictures
    def _tick(self) -> None:
        self._ticks += 1
        if self._hidden:
            return
        now_s = monotonic()
        self.feed.account(now_s)
        covered = self.screen is not self.app.screen
        rarely = max(1, round(self._fps * TICKS_PER_PICTURE / COVERED_FPS))
        if (covered and self._ticks % rarely) or self.feed.painting(now_s):
            return
        if not frames_wanted(self.app):
            return  # the newest picture waits in its slot
        self.feed.draw(now_s, covered=covered, settled=self._settling is None)

    # ---- input
    def on_tile_chosen(self, message: Tile.Chosen) -> None:
        """Pass it on as the stage's own."""
        message.stop()
        self.post_message(self.TileChosen(message.stream))

    def action_move(self, across: int, down: int) -> None:
        """Focus the nearest tile in a direction; the first one when none has the focus.

        In a picture that is looked at closely, look further in that direction.
        """
        here = self.focused_stream
        zoom = self._snapshot.zoom
        if zoom is not None and here in (None, zoom.stream):
            way = next(word for word, step in WAYS.items() if step == (across, down))
            self.post_message(Act("picture.zoom", way))
        elif here is not None and self._tiles[here].move_terminal(across, down):
            return
        elif here is None or self._arrangement.find(here) is None:
            self._focus_first()
        elif (there := neighbour(self._arrangement, here, across, down)) is not None:
            self.focus_tile(there)
