"""The call as one widget: give it a handle, put it anywhere in a Textual app.

It follows the handle, draws the call (`tui.panel.view`), and does what is asked by key, click or
typed command; its parts (deeds, talk key, questions, notices) get it as their `Ui`. Keys act only
while something in it has the focus, its size is its own, and dialogs and toasts stay inside it.

An app that has screens of its own for a call, as ours has, gives `Surroundings`: then that app
follows the handle, lays dialogs over its screen, and keeps the event log from call to call.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.widget import Widget

from tui.domain.announcements import Category, Priority
from tui.domain.captions import Caption
from tui.domain.commands.call import Leave
from tui.domain.errors import CallsError
from tui.domain.quality import QualityChoice
from tui.domain.snapshot import ChatMessage, Levels, Phase, Snapshot
from tui.domain.talk import Sensing
from tui.domain.text import clean
from tui.front.announcer import Announcer
from tui.governor.report_words import hint
from tui.panel.acts import OF_AN_APP, Acts, Do
from tui.panel.bindings import global_bindings
from tui.panel.breakpoints import follow_room
from tui.panel.call_keys import CallKeys
from tui.panel.call_place import CallPlace
from tui.panel.card import Card
from tui.panel.contents import Contents
from tui.panel.deeds import Deeds
from tui.panel.dock import PANELS, Dock
from tui.panel.drawing import Drawing
from tui.panel.ear import Ear
from tui.panel.key_events import KeyReleased, ReleasesTold
from tui.panel.notices import Notices
from tui.panel.over import PanelOver
from tui.panel.questions import Questions
from tui.panel.surroundings import Surroundings
from tui.panel.talk import Talk
from tui.panel.terminals import TerminalReader
from tui.panel.ui import Over, Work, unix_ms
from tui.panel.view import CallView
from tui.ports.handle import Handle
from tui.stylesheets import stylesheet
from tui.widgets.act import Act, CommandTyped
from tui.widgets.captions_panel import CaptionsPanel
from tui.widgets.command_line import CommandLine
from tui.widgets.field import LineInput
from tui.widgets.people_panel import PeoplePanel
from tui.widgets.stage import Stage
from tui.widgets.text_panel import LogView


class CallPanel(Widget):
    """See the module.

    Args:
        handle: Holds the session. The panel leaves the call when it is removed, but does not close
            the handle.
        label: What is being joined; empty: nothing is yet.
        drawing: How the call is drawn.
        clock: Unix milliseconds, for everything that shows a time.
        sensing: What is known of the terminal's keys, for the talk key.
        whose_sound: Whose devices these are, when that is not obvious.
        around: What an app of ours gives; None in somebody else's app.
        id: The widget's.
    """

    DEFAULT_CSS = "\n".join(
        stylesheet(name).read_text("utf-8") for name in ("controls.tcss", "panel.tcss")
    )
    BINDINGS: ClassVar[list[BindingType]] = global_bindings("do_anywhere", OF_AN_APP)

    class Ended(Message):
        """The call is over."""

        def __init__(self, before: Snapshot, after: Snapshot) -> None:
            super().__init__()
            self.before = before
            """The last snapshot of the call."""
            self.after = after
            """Says why (`ended`, `ended_text`)."""

    class QualityChosen(Message):
        """The person wants other pictures from now on."""

        def __init__(self, choice: QualityChoice) -> None:
            super().__init__()
            self.choice = choice

    class RoomChanged(Message):
        """The room for toasts has changed."""

        def __init__(self, *, panel: bool, banner: bool) -> None:
            super().__init__()
            self.panel, self.banner = panel, banner
            """Whether a panel is open beside the tiles, and whether the banner is shown."""

    def __init__(
        self,
        handle: Handle,
        *,
        label: str = "",
        drawing: Drawing | None = None,
        clock: Callable[[], int] = unix_ms,
        sensing: Sensing = Sensing.REPEATS,
        whose_sound: str = "",
        around: Surroundings | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.handle = handle
        self.clock = clock
        self.drawing = drawing or Drawing()
        self.snapshot = handle.snapshot()
        deeds_around = around.deeds if around is not None else {}
        self._is_embedded = around is None
        self.view = CallView(
            picture=handle.picture,
            want_picture=handle.show_picture,
            clock=clock,
            drawing=self.drawing,
            label=label,
            palette_key="palette" in deeds_around,
        )
        self._lies_over = PanelOver(self, self.view)
        self.over: Over = self._lies_over if around is None else around.over
        self.notices = around.notices if around else Notices(self, clock, Announcer())
        self.deeds = Deeds(
            self,
            self.notices,
            copy=lambda text: self.app.copy_to_clipboard(text),
            give_back=self.view.chat.input.give_back,
            whose_sound=whose_sound,
        )
        self.talk = Talk(self, self, self._talk_changed, sensing)
        cancel = around.cancel if around is not None else None
        place = CallPlace(self.view, cancel or (lambda: self.spawn(self._leave)))
        self.acts = Acts(self, place, self.deeds, keys=self.drawing.keys)
        self.acts.by_line = self.drawing.accessible
        self.questions = Questions(
            self, self.deeds, self.view, self.acts.ask_volume, deeds_around.get("call.detach")
        )
        self.acts.wished = self.questions.ask
        place.questions = self.questions
        self.acts.own = {**self._own_deeds(), **deeds_around}
        self.terminals = TerminalReader(self, self.view.stage)
        self.contents = Contents(
            self, self.view, self.deeds.switchboard, self._latest, self.clear_toasts
        )
        self.keys = CallKeys(
            self.acts, self.talk, self.view, lambda: self.toast("Paste ignored. Press c to chat.")
        )
        self._throttle_told = False

    def _own_deeds(self) -> dict[str, Do]:
        return {
            **self.notices.own,
            "quality.menu": self.questions.quality,
            "react": self.questions.react,
            "mic.talk": self.talk.act,
        }

    def compose(self) -> ComposeResult:
        """Yield the call, and what may lie over it."""
        yield self.view
        yield self._lies_over.table
        yield self._lies_over.toasts
        if self._is_embedded:
            yield Ear(self)

    # ---- life
    def on_mount(self) -> None:
        """Follow the call from now on."""
        self.set_interval(1.0, self.each_second)
        self.watch(self.app, "app_focus", self._app_focus_changed, init=False)
        self.show_events(self.notices.event_log.lines())
        if self.snapshot.in_session:
            self._joined()

    async def on_unmount(self) -> None:
        """Leave the call: whoever does not see it may not be heard in it."""
        await self.keys.close()
        ours_to_leave = self.handle.snapshot().phase not in (Phase.IDLE, Phase.ENDED)
        if self._is_embedded and ours_to_leave:
            await self._leave()

    def on_resize(self, event: events.Resize) -> None:
        """Make toasts wide and short where there is little room; with less, there are none."""
        follow_room(self, event.size)
        self._lies_over.table.fit(event.size)

    # ---- what comes from the engine
    def follow(self) -> None:
        """Draw the newer snapshot that is in the handle."""
        before, after = self.snapshot, self.handle.snapshot()
        self.snapshot = after
        self.talk.follow()
        if after.phase is not Phase.IDLE:
            self.view.show(after)
            self.terminals.follow(after)
        if after.in_session and not before.in_session:
            self._joined()
        if before.in_session and after.phase is Phase.ENDED:
            self.post_message(self.Ended(before, after))
        self.questions.follow_idle(after)

    def _joined(self) -> None:
        self.view.show(self.snapshot)
        self.contents.load_chat()

    def follow_levels(self, levels: Levels) -> None:
        """Draw how loud everybody is now."""
        self.view.show_levels(levels)

    def follow_chat(self, chat: ChatMessage) -> None:
        """Show a chat message, ours too."""
        self.view.add_chat(chat)
        if not (chat.is_local or chat.history):
            self.notices.chat(chat, open_already=self.view.open_panel == "chat")

    def follow_caption(self, caption: Caption) -> None:
        """List final words, while the list is seen; it is read anew when it opens."""
        if self.view.open_panel == PANELS["transcript.read"]:
            self.view.captions_panel.add(caption)

    @on(CaptionsPanel.Copied)
    def _caption_copied(self, event: CaptionsPanel.Copied) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.toast("Copied.")

    def each_second(self) -> None:
        """Draw clocks and figures anew."""
        self.questions.each_second()
        self.view.draw_status()
        if self.view.open_panel == "stats":
            self.contents.fill("stats")
        if self.screen is not self.app.screen:
            self.talk.interrupt()

    # ---- for its parts: `tui.panel.ui.Ui` and `Board`
    def spawn(self, work: Work) -> None:
        """Do something that waits; it ends with the panel."""
        self.run_worker(work, group="deeds")  # type: ignore[arg-type]  # overloads

    def _latest(self, group: str, work: Work) -> None:
        self.run_worker(work, group=group, exclusive=True)  # type: ignore[arg-type]

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the front end's own."""
        self.notices.tell(category, text, priority)

    def ask(self, card: Card, answered: Callable[[str], object] | None = None) -> None:
        """Lay a card over the call."""
        self.talk.interrupt()
        self.over.lay(card, answered)

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while; the accessible profile has its line instead."""
        if not self.say(clean(text)):
            self.over.toast(text, severity)

    def clear_toasts(self) -> None:
        """Take all toasts away."""
        self.over.clear_toasts()

    def say(self, text: str, *, urgent: bool = False) -> bool:
        """Say it in the words of the accessible profile, which has no toasts."""
        if self.drawing.accessible:
            (self.view.banner.ask if urgent else self.view.say)(text)
        return self.drawing.accessible

    def show_banner(self, text: str) -> bool:
        """Show a banner until it is dismissed."""
        self.view.banner.ask(text)
        return True

    def show_events(self, lines: Sequence[Content]) -> None:
        """Show the whole event log."""
        self.view.show_events(lines)

    def _talk_changed(self, latched: bool) -> None:
        self.view.rows.talk_latched = latched
        self.view.draw_status()

    # ---- what is asked for
    async def _leave(self) -> None:
        with contextlib.suppress(CallsError):
            await self.handle.do(Leave())

    @on(Act)
    def _act(self, event: Act) -> None:
        event.stop()
        self.acts.do(event.action_id, event.argument)

    @on(CommandTyped)
    def _command_typed(self, event: CommandTyped) -> None:
        event.stop()
        if event.about is not None:
            self.questions.volume_typed(event.about, event.text)
        else:
            self.acts.type(event.text)

    @on(CommandLine.PutAway)
    async def _command_line_away(self, event: CommandLine.PutAway) -> None:
        event.stop()
        await self.acts.put_line_away()

    @on(PeoplePanel.Chosen)
    def _person_chosen(self, event: PeoplePanel.Chosen) -> None:
        event.stop()
        self.questions.tile(event.stream)

    @on(Dock.Opened)
    def _panel_opened(self, event: Dock.Opened) -> None:
        self.contents.fill(event.name)

    @on(Dock.Shown)
    def _panel_shown(self, event: Dock.Shown) -> None:
        self.contents.tell_shown(event.name, shown=event.shown)
        self._room_changed()

    # What the view posts goes no further: Textual takes it for a message of the panel's own.
    @on(CallView.BannerShown)
    def _room_changed(self) -> None:
        panel, banner = bool(self.view.open_panel), bool(self.view.banner.text)
        self.post_message(self.RoomChanged(panel=panel, banner=banner))

    @on(LineInput.TooLong)
    def _paste_too_long(self, event: LineInput.TooLong) -> None:
        event.stop()
        self.tell(Category.INFO, event.words)

    @on(CallView.Told)
    def _told(self, event: CallView.Told) -> None:
        self.toast(event.text)

    @on(LogView.Copied)
    def _line_copied(self) -> None:
        self.toast("Copied.")

    @on(CallView.QualityChosen)
    def _quality_chosen(self, event: CallView.QualityChosen) -> None:
        event.stop()
        self.post_message(self.QualityChosen(event.choice))

    @on(CallView.Covered)
    def covered(self) -> None:
        """Let go of held keys: something lies over the call, or it is too small to be seen."""
        self.talk.interrupt()

    @on(Stage.Throttled)
    def _throttled(self, event: Stage.Throttled) -> None:
        if not self._throttle_told:
            self._throttle_told = True
            self.tell(Category.NET, hint(event.report))

    # ---- keys
    def action_do_anywhere(self, action_id: str) -> None:
        """Do what a key means that acts in text fields and dialogs too."""
        self.keys.anywhere(action_id)

    def on_key(self, event: events.Key) -> None:
        """Take letters that act; a text field has taken those that are text."""
        if self.keys.take(event):
            event.stop()
            event.prevent_default()

    @on(KeyReleased)
    def _key_released(self, event: KeyReleased) -> None:
        event.stop()
        self.keys.released(event.key)

    @on(ReleasesTold)
    def _releases_told(self) -> None:
        self.talk.key.sensing = Sensing.RELEASES

    def _app_focus_changed(self, focused: bool) -> None:
        if not focused:
            self.talk.interrupt()

    @on(events.DescendantBlur)
    def _focus_left(self) -> None:
        if not self.has_focus_within:
            self.talk.interrupt()
