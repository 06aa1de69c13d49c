"""What is seen of a call: header, banner, stage, a panel, status line, keys (spec ux 5, 6.4, 6.5).

Values in, messages out: it does nothing by itself (`tui.panel.call_panel` does). All of it follows
from its own size, which in somebody else's app is not the terminal's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.domain.actions import Scope
from tui.domain.ids import NOBODY, ParticipantId, StreamId
from tui.domain.quality import PictureQuality, QualityChoice
from tui.domain.snapshot import ChatMessage, Levels, Phase, Snapshot
from tui.front.reply import Reply
from tui.panel.bindings import screen_bindings
from tui.panel.breakpoints import follow_size
from tui.panel.dock import PANELS, Dock
from tui.panel.drawing import Drawing
from tui.panel.shown_words import alone_words, own_place_words, without_speaking
from tui.panel.status_rows import StatusRows
from tui.panel.too_small import TooSmall, is_too_small
from tui.panel.waiting import Waiting
from tui.ports.handle import Picture
from tui.widgets.act import Act
from tui.widgets.banner import Banner
from tui.widgets.call_header import CallHeader
from tui.widgets.captions_panel import CaptionStrip
from tui.widgets.people_panel import PeoplePanel
from tui.widgets.picture_feed import WantPicture
from tui.widgets.stage import Stage

_METER_EVERY_S: Final = 0.4
"""No cell of ours changes more than three times a second (WCAG 2.3.1)."""

_LEAVING_S: Final = 6.0
"""The most that leaving may take."""
_BITS_PER_CELL: Final = 160
"""What a cell of a picture costs, about, when it is drawn anew under a dialog's dimming."""
_DIMMED_S: Final = 0.3
"""The most time that may take on a slow link."""


class CallView(Widget, can_focus=True):
    """Shows a call; asks for deeds by posting `Act`.

    Args:
        picture: The newest picture of a stream, or None.
        want_picture: Told when other pictures of a tile are wanted; 0x0 when none are any more.
        clock: Unix milliseconds.
        drawing: How.
        label: What is being joined; empty: nothing is.
        palette_key: Whether the key row offers the command palette.
    """

    scope = Scope.CALL
    BINDINGS: ClassVar[list[BindingType]] = [
        *screen_bindings(Scope.CALL, "do"),
        Binding("escape", "back", show=False),
    ]

    class QualityChosen(Message):
        """The person wants other pictures from now on."""

        def __init__(self, choice: QualityChoice) -> None:
            super().__init__()
            self.choice = choice

    class Told(Message):
        """Something to say about what was done here."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Covered(Message):
        """A dialog lies over the call, or it is too small to see: keys held down are up."""

    class BannerShown(Message):
        """The banner came or went."""

    def __init__(
        self,
        *,
        picture: Callable[[StreamId], Picture | None],
        want_picture: WantPicture,
        clock: Callable[[], int],
        drawing: Drawing,
        label: str = "",
        palette_key: bool = False,
    ) -> None:
        super().__init__(classes="-w80 -h18")
        self._accessible = drawing.accessible
        self._still = drawing.still
        self._meter_is_due = False
        self._alone = ""
        phase = Phase.CONNECTING if label else Phase.IDLE
        self.snapshot = Snapshot(phase=phase, title=label)
        self.stage = Stage(
            picture=picture,
            want_picture=want_picture,
            fps=drawing.fps,
            choice=drawing.quality,
            look=drawing.look,
            palette=drawing.palette,
            repeats=drawing.repeats,
            column=drawing.accessible,
        )
        self.set_class(drawing.accessible, "-accessible")
        self.set_class(drawing.captions, "-captions")
        self.header = CallHeader()
        self.banner = Banner()
        self.dock = Dock(drawing)
        self.chat, self.people = self.dock.chat, self.dock.people
        self.device_panel, self.stats_panel = self.dock.devices, self.dock.stats
        self.events_panel, self.captions_panel = self.dock.events, self.dock.captions
        self.strip = CaptionStrip()
        self.rows = StatusRows(clock, drawing, palette_key=palette_key)
        self._waiting = Waiting(label, clock, still=drawing.still)
        self._too_small = TooSmall()
        self._said = Static(id="said", markup=False)

    def compose(self) -> ComposeResult:
        """Yield all from top to bottom; the focus goes from the stage to the panel."""
        yield self.header
        yield self.banner
        with Horizontal(id="body"):
            yield self._waiting
            yield self.stage
            yield self.dock
        yield self.strip
        yield self._too_small
        yield self._said
        yield self.rows.line
        yield self.rows.keys

    def on_mount(self) -> None:
        """Letters act from the start."""
        self.show(self.snapshot)

    @property
    def open_panel(self) -> str:
        """Name of the open panel; empty when none is."""
        return self.dock.shown

    # ---- what comes from the call
    def show(self, snapshot: Snapshot) -> None:
        """Draw the newest state."""
        if self._accessible:
            # Who speaks changes all the time, and a screen reader would speak each change.
            snapshot = without_speaking(snapshot)
        self.snapshot = snapshot
        if not self.stage.is_attached:
            return  # not composed yet, or on its way out
        self.header.snapshot = snapshot
        self.banner.show(snapshot)
        self.stage.show(snapshot)
        self.people.show(snapshot)
        self.strip.captions = snapshot.captions
        self.chat.writes_captions = snapshot.local is not None and snapshot.local.captioner
        self.device_panel.show(snapshot)
        if snapshot.phase is Phase.ENDED:
            self.remove_class("-leaving")
        nobody = snapshot.phase in (Phase.IDLE, Phase.CONNECTING, Phase.ENDED)
        self.set_class(nobody, "-waiting")
        if nobody and not self.has_class("-leaving"):
            self._waiting.tell(snapshot)
        self._show_alone(alone_words(snapshot))
        if bool(self.banner.text) != self.has_class("-banner"):
            self.toggle_class("-banner")
            self.post_message(self.BannerShown())
        self.set_class(snapshot.settings.hide_header_panel, "-no-header")
        self.set_class(snapshot.settings.hide_control_panel, "-no-keys")
        self.draw_status()

    def _show_alone(self, words: str) -> None:
        if words != self._alone:
            self._alone = words
            self.set_class(bool(words), "-alone")
            self._said.update(Content(words))

    def show_leaving(self) -> None:
        """Say that we are leaving.

        The pictures under the dialog, drawn once more, would take a slow link seconds.
        """
        self._waiting.update(Content("Leaving…"))
        self.add_class("-leaving")
        # Only where leaving failed is this screen here still.
        self.set_timer(_LEAVING_S, lambda: self.remove_class("-leaving"))

    def draw_status(self) -> None:
        """Draw the status line and the key row."""
        if not self.stage.is_attached:
            return
        self.rows.draw(
            self.snapshot,
            self.stage.page + 1,
            self.stage.pages,
            focused=self.focused,
            covered=not self.can_focus_children,
        )
        self.banner.elapsed(self._waiting.elapsed(self.snapshot))
        if self.snapshot.phase is Phase.CONNECTING:
            self._waiting.tell(self.snapshot)

    @property
    def dims_slowly(self) -> bool:
        """Whether the link is too slow to have all pictures drawn again, dimmed, under a dialog."""
        bits = self.size.width * self.size.height * _BITS_PER_CELL
        return 0 < self.stage.report().bits_per_s < bits / _DIMMED_S

    @property
    def focused(self) -> Widget | None:
        """What has the focus here: this widget, something in it, or nothing (None)."""
        focused = self.screen.focused if self.is_attached else None
        return focused if focused is not None and self in focused.ancestors_with_self else None

    @property
    def is_covered(self) -> bool:
        """Whether a card lies over it: no key reaches it then."""
        return not self.can_focus_children or self.screen is not self.app.screen

    def focus_on_click(self) -> bool:
        """A click on a row of text gives the keys to the call, and takes them from no field."""
        return self.focused is None

    def choose_quality(self, quality: PictureQuality) -> None:
        """Draw pictures this way from now on."""
        choice = replace(self.stage.governor.choice, quality=quality)
        self.stage.choose_quality(choice)
        self.post_message(self.QualityChosen(choice))

    def show_levels(self, levels: Levels) -> None:
        """Draw how loud everybody is; ours is a few cells of the status line."""
        self.rows.hear(self.snapshot, levels)
        if not (self._still or self._meter_is_due):
            self._meter_is_due = True
            self.set_timer(_METER_EVERY_S, self._draw_meter)

    def _draw_meter(self) -> None:
        self._meter_is_due = False
        if self.rows.follow_level():
            self.draw_status()

    def add_chat(self, message: ChatMessage) -> None:
        """Show one more message."""
        self.chat.add(message)
        if self.open_panel == "chat":
            self.dock.post_message(Dock.Opened("chat"))

    @property
    def terminal_cursor(self) -> Offset:
        """Where the terminal's cursor belongs while only the call has the focus: the status."""
        return self.rows.line.content_region.offset

    def say(self, text: str) -> None:
        """Write an announcement into the line above the status (accessible profile)."""
        self._said.update(Content(text))

    def show_events(self, lines: Sequence[Content]) -> None:
        """Show the whole event log."""
        self.events_panel.log_view.show_lines(lines)

    def show_stats(self, lines: Sequence[Reply]) -> None:
        """Show figures, one line each."""
        self.stats_panel.log_view.show_lines([Content(line.text) for line in lines], follow=False)

    # ---- what a person does here
    def handle_action(self, action_id: str, argument: str) -> bool:
        """Do an action that changes only this screen; say whether this was one."""
        if action_id in PANELS and not argument:
            self.toggle_panel(PANELS[action_id])
        elif action_id == "page.next":
            self.stage.turn_page(1)
        elif action_id == "page.prev":
            self.stage.turn_page(-1)
        elif action_id == "stage.full":
            self.toggle_class("-full")
        elif action_id == "self.move":
            self.post_message(self.Told(own_place_words(self.stage.move_own())))
        elif action_id == "picture.zoom" and (
            (told := self.stage.look_at_terminal(argument)) is not None
        ):
            if told:
                self.post_message(self.Told(told))
        elif action_id == "captions.show" and argument in ("", "on", "large", "off"):
            self.show_captions(argument)
        else:
            return False
        return True

    @property
    def chosen(self) -> ParticipantId:
        """Who is meant when nobody is named: the focused tile or row, or the only other person."""
        if self.focused is self.people.rows:
            return self.people.highlighted
        remotes = self.snapshot.remotes
        focused = self.stage.focused_stream
        if focused is not None:
            return focused.participant
        return remotes[0].id if len(remotes) == 1 else NOBODY

    def toggle_panel(self, name: str) -> None:
        """Open a panel in place of whichever is open, or close it."""
        if self.open_panel == name:
            self.close_panel()
        else:
            self.add_class("-panel")
            self.remove_class("-captions-large")
            self.dock.show(name)

    def show_captions(self, wish: str = "") -> None:
        """Captions `on` as a strip, `large` with all of them, `off`; without a wish the next."""
        if not wish:
            large = self.has_class("-captions-large")
            wish = "off" if large else "large" if self.has_class("-captions") else "on"
        if self.has_class("-captions-large"):
            self.close_panel()
        self.set_class(wish != "off", "-captions")
        if wish == "large":
            if self.open_panel != PANELS["transcript.read"]:
                self.toggle_panel(PANELS["transcript.read"])
            self.add_class("-captions-large")

    def close_panel(self) -> None:
        """Go back to the stage."""
        self.dock.close()
        self.remove_class("-panel", "-captions-large")
        self.focus()

    def action_back(self) -> None:
        """Esc: leave the text field, or close panel or banner; never leave a running call."""
        if self.snapshot.phase is Phase.CONNECTING:
            self.post_message(Act("call.leave"))
        elif isinstance(self.focused, Input) and self.open_panel and self.stage.region.area:
            self.focus()
        elif self.open_panel:
            self.close_panel()
        elif self.has_class("-full"):
            self.remove_class("-full")
        elif not self.banner.dismiss():
            self.focus()

    @property
    def too_small(self) -> bool:
        """Whether nothing but a message fits."""
        return is_too_small(self.size)

    def on_resize(self, event: events.Resize) -> None:
        """Follow the size; below the smallest one the call goes on, and a message says so."""
        follow_size(self, event.size)
        self.banner.squeeze(event.size.width - 4 if event.size.height < 10 else 0)
        if self.too_small:
            self.post_message(self.Covered())
        self._too_small.tell(event.size)

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(Stage.PageChanged)
    def _redraw_status(self) -> None:
        self.draw_status()

    def on_focus(self, event: events.Focus) -> None:
        """Show that keys act now. Textual would draw all of the call anew for it."""
        event.prevent_default()
        self._focus_changed(focused=True)

    def on_blur(self, event: events.Blur) -> None:
        """Show that they do not, unless something in the call has the focus."""
        event.prevent_default()
        self._focus_changed(focused=False)

    def _focus_changed(self, *, focused: bool) -> None:
        self.has_focus = focused
        if isinstance(self.parent, Widget):
            told = events.DescendantFocus if focused else events.DescendantBlur
            self.parent.post_message(told(self))
        self.draw_status()

    @on(Stage.TileChosen)
    def _tile_chosen(self, event: Stage.TileChosen) -> None:
        event.stop()
        self.post_message(PeoplePanel.Chosen(event.stream))

    def action_do(self, action_id: str, argument: str = "") -> None:
        """What the keys call."""
        self.post_message(Act(action_id, argument))
