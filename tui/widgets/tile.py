"""One stream's tile: the picture or an avatar, and a label row under it (spec ux 5.3).

The widget draws lines itself (`render_lines`), because one segment per cell would cost 60-90 ms
for a frame; see `tile_strip`. The label row is solid and never over the picture, so it can be read
whatever the camera shows.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.domain.ids import StreamId
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.domain.terminal_text import TerminalScreen
from tui.governor.governor import Limits
from tui.ports.handle import Picture
from tui.video.cells import fit_raster, raster_size
from tui.video.drawing import drawing_for
from tui.video.palette import XTERM_16, Colour
from tui.widgets.avatar import BADGE_OF_16, PLAIN_BADGE, avatar_row
from tui.widgets.paint_watch import watch_paints
from tui.widgets.terminal_text import TerminalView
from tui.widgets.tile_label import label_text
from tui.widgets.tile_state import TileState
from tui.widgets.tile_strip import CellSurface


def colour_depth(app: App[Any]) -> ColourDepth:
    """What the terminal shows, as Rich found it out; `NO_COLOR` wins."""
    if app.no_color:
        return ColourDepth.MONO
    if app.is_headless:  # screenshots have all colours, whatever TERM says
        return ColourDepth.TRUECOLOR
    match app.console.color_system:
        case "truecolor":
            return ColourDepth.TRUECOLOR
        case "256":
            return ColourDepth.INDEXED
        case "standard" | "windows":
            return ColourDepth.ANSI
        case _:
            return ColourDepth.MONO


def look_of(app: App[Any], tolerance: float | None = None) -> Look:
    """The look a tile has when nobody chose one."""
    depth = colour_depth(app)
    glyphs = GlyphSet.ASCII if depth is ColourDepth.MONO else GlyphSet.HALF
    return Look(glyphs, depth, tolerance)


class Tile(Widget, can_focus=True):
    """See the module. Values in through `show` and `put_picture`, `Tile.Chosen` out."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tile--label",
        "tile--label-focused",
        "tile--label-speaking",
        "tile--avatar",
        "tile--terminal",
    }
    DEFAULT_CSS = """
    Tile {
        & > .tile--label { background: $panel; color: $foreground; }
        & > .tile--label-focused {
            background: $panel; color: $foreground; text-style: bold reverse;
        }
        & > .tile--label-speaking {
            background: $success; color: auto; text-style: bold;
        }
        &:ansi > .tile--label-speaking { background: $panel; color: $foreground; text-style: bold; }
        & > .tile--avatar { background: $surface; color: $foreground; }
        & > .tile--terminal { background: #0c0c0c; color: #e5e5e5; }
        &:ansi > .tile--terminal { background: ansi_default; color: ansi_default; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", "Choose", show=False)]

    class Chosen(Message):
        """Enter or a click on a tile."""

        def __init__(self, stream: StreamId) -> None:
            super().__init__()
            self.stream = stream

    def __init__(
        self,
        state: TileState,
        *,
        look: Look | None = None,
        tolerance: float | None = None,
        palette: tuple[Colour, ...] = XTERM_16,
        repeats: bool = False,
    ) -> None:
        super().__init__()
        self._palette, self._repeats = palette, repeats
        self.state = state
        self.surface: CellSurface | None = None
        """The picture's cells; None while there is no picture."""
        self._look = look
        self._tolerance = tolerance
        self._limits: Limits | None = None
        self._picture: Picture | None = None
        self._label: tuple[object, Strip] | None = None
        self.terminal = TerminalView()

    @property
    def stream(self) -> StreamId:
        """What this is the tile of."""
        return self.state.id

    def picture_size_for(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in pixels that fill a tile of this many cells; (0, 0) for no video."""
        if not self.state.wants_video or width < 1 or height < 2:
            return 0, 0
        return raster_size(width, height - 1, self.look)

    @property
    def look(self) -> Look:
        """How the picture is drawn."""
        return look_of(self.app, self._tolerance) if self._look is None else self._look

    @look.setter
    def look(self, look: Look) -> None:
        """Draw in this look from now on; pictures of its size (`picture_size_for`) may follow."""
        self._look = look
        if self.surface is not None and self.surface.drawing.look != look:
            self.surface.use(drawing_for(look, self._palette, repeats=self._repeats))
            self.refresh_picture()

    @property
    def picture_serial(self) -> int:
        """Serial of the picture on show; -1 when there is none."""
        return self._picture.serial if self._picture else -1

    def show(self, state: TileState) -> None:
        """Draw this state; does nothing when it is the one on show."""
        if state == self.state:
            return
        video_ended = self.state.wants_video and not state.wants_video
        same_body = self.state.wants_video == state.wants_video and (
            state.wants_video
            or (self.state.participant.name, self.state.why_no_picture)
            == (state.participant.name, state.why_no_picture)
        )
        self.state = state
        if video_ended:
            self._drop_picture()
        if not state.text:
            self.terminal.screen = None
        if same_body and self.size.height:
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))
        else:
            self.refresh()

    def put_picture(
        self, picture: Picture, look: Look | None = None, limits: Limits | None = None
    ) -> None:
        """Draw this picture from now on.

        Args:
            picture: The newest one.
            look: How; None: as before.
            limits: What a write may cost; None: whatever it takes.
        """
        if not self.state.wants_video:
            return
        if look is not None:
            self._look = look
        self._limits = limits
        had_one = self.surface is not None
        self._picture = picture
        self._make_cells()
        if not had_one or self.surface is None:
            self.refresh()
        else:
            self.refresh_picture()

    def put_terminal(self, screen: TerminalScreen) -> None:
        """Show this text from now on; only rows that differ are drawn."""
        if not self.state.text:
            return
        if not self.size:
            self.terminal.screen = screen
            return
        before, width, height = self.terminal.screen, self.size.width, self.size.height - 1
        was = self.terminal.origin(width, height)
        self.terminal.screen = screen
        top = self.terminal.origin(width, height)[1]
        if before is None or was != self.terminal.origin(width, height):
            self.refresh_picture()
            return
        cursors = {one.cursor[1] for one in (before, screen) if one.cursor is not None}
        moved = before.cursor != screen.cursor
        for y in range(height):
            old, new = (one.rows[y + top : y + top + 1] for one in (before, screen))
            if old != new or (moved and y + top in cursors):
                self.refresh(Region(0, y, width, 1))

    def move_terminal(self, across: int, down: int) -> bool:
        """Look at another part of the text; whether there is one that way."""
        moved = self.terminal.screen is not None and self.terminal.move(
            across, down, self.size.width, self.size.height - 1
        )
        if moved:
            self.refresh_picture()
        return moved

    @property
    def picture(self) -> Picture | None:
        """The picture on show."""
        return self._picture

    def refresh_picture(self) -> None:
        """Draw the picture again, not the label."""
        self.refresh(Region(0, 0, self.size.width, max(0, self.size.height - 1)))

    def _make_cells(self) -> None:
        columns, rows = self.size.width, self.size.height - 1
        picture = self._picture
        if picture is None or columns < 1 or rows < 1:
            self.surface = None
            return
        drawing = drawing_for(self.look, self._palette, repeats=self._repeats)
        surface = self.surface
        if surface is None or (surface.columns, surface.rows) != (columns, rows):
            surface = self.surface = CellSurface(columns, rows, drawing)
        surface.use(drawing)
        limits = self._limits
        surface.limit_bytes = None if limits is None else limits.bytes
        surface.whole_bytes = None if limits is None else limits.whole_bytes
        surface.put(fit_raster(picture.rgb, picture.width, picture.height, *surface.raster_size))

    def _drop_picture(self) -> None:
        self._picture = None
        self.surface = None

    # ---- drawing
    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the picture or the avatar, and the label row."""
        width, height = self.size
        if crop.right > width or crop.bottom > height:
            # Removed under a dialog, which goes on drawing what is behind it.
            return [Strip.blank(crop.width, Style.null())] * crop.height
        surface = self.surface
        if surface is not None and (surface.columns, surface.rows) != (width, height - 1):
            self._make_cells()
            surface = self.surface
        strips: list[Strip] = []
        text = self.terminal.screen is not None
        for row in range(crop.y, crop.bottom):
            if row >= height - 1:
                strips.append(self._label_strip().crop(crop.x, crop.right))
            elif text:
                strips.append(self._terminal_strip(row).crop(crop.x, crop.right))
            elif surface is not None:
                strips.append(surface.strip(row, crop.x, crop.right))
            else:
                strips.append(self._avatar_strip(row).crop(crop.x, crop.right))
        return strips

    def _style(self, component: str) -> Style:
        # A tile that was removed a moment ago has lost its styles.
        return self.get_component_rich_style(component, default=Style.null())

    def _filtered(self, strip: Strip, style: Style) -> Strip:
        # The base class filters in `render_lines`, which this widget replaces.
        background = Color.from_rich_color(style.bgcolor) if style.bgcolor else Color(0, 0, 0)
        for line_filter in self.app.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        return strip

    def _label_strip(self) -> Strip:
        state, focused = self.state, self.has_focus
        speaks = state.participant.speaking and not (
            state.participant.audio_muted or state.id.is_share
        )
        kind = "-focused" if focused else "-speaking" if speaks else ""
        style = self._style(f"tile--label{kind}")
        key = (state, focused, self.size.width, style)
        if self._label is None or self._label[0] != key:
            text = label_text(
                state.participant,
                state.number,
                self.size.width,
                stream=state.id,
                focused=focused,
                pinned=state.pinned,
                hand=state.hand,
                network=state.network,
                text=state.text,
            )
            strip = Strip([Segment(text, style)], self.size.width)
            self._label = (key, self._filtered(strip, style))
        return self._label[1]

    def _avatar_strip(self, row: int) -> Strip:
        width, rows = self.size.width, self.size.height - 1
        style, person = self._style("tile--avatar"), self.state.participant
        why = self.state.why_no_picture
        uid, badge = person.uid or person.id, self._badge()
        segments = avatar_row(person.name, uid, why, row, width, rows, style, badge=badge)
        return self._filtered(Strip(segments, width), style)

    def _terminal_strip(self, row: int) -> Strip:
        style = self._style("tile--terminal")
        strip = self.terminal.strip(row, self.size.width, self.size.height - 1, style)
        return self._filtered(strip, style)

    def _badge(self) -> Style | None:
        if self.app.current_theme.ansi:
            return PLAIN_BADGE
        return BADGE_OF_16 if self.look.depth is ColourDepth.ANSI else None

    def notify_style_update(self) -> None:
        """Another theme or class: the label is made anew."""
        super().notify_style_update()
        self._label = None

    # ---- life and input
    def on_mount(self) -> None:
        """Have every write of the app watched."""
        watch_paints(self.app).add(self)

    def on_unmount(self) -> None:
        """Stop the watching."""
        watch_paints(self.app).remove(self)

    def on_focus(self) -> None:
        """Show it in the label, and with the terminal's cursor."""
        self.app.cursor_position = self.terminal_cursor
        self._label_changed()

    @property
    def terminal_cursor(self) -> Offset:
        """Where the terminal's cursor belongs: on the number, before the name."""
        return self.region.offset + Offset(1, max(0, self.size.height - 1))

    def on_blur(self) -> None:
        """Show it in the label."""
        self._label_changed()

    def _label_changed(self) -> None:
        self.refresh(Region(0, max(0, self.size.height - 1), self.size.width, 1))

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Tell the parent that this tile was picked."""
        self.post_message(self.Chosen(self.stream))
