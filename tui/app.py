"""The full-screen front end: one Textual app, whose parts do the work.

Everything about a call comes as snapshots and announcements from the handle (`tui.bridge`); every
deed goes through the action table and `tui.front.switchboard`. `Flow` goes from screen to screen,
`Shown` knows which one there is, `AppUi` tells and asks, `AppKeys` gets keys first, `Looks` knows
how calls are drawn. What stands here is what only an app can do: it hears Textual's messages, and
hands each to its part.
"""

from __future__ import annotations

import os
from typing import ClassVar

from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import OptionList

from tui.bridge import AnnouncementCame, CaptionCame, ChatCame, EngineLeft, LevelsCame, SnapshotCame
from tui.domain.announcements import Category
from tui.domain.ids import NOBODY
from tui.domain.look import ColourDepth
from tui.domain.talk import Sensing
from tui.front.start import StartPlan
from tui.front.taste import DEFAULT_TASTE, Taste
from tui.panel.acts import Acts, Do
from tui.panel.bindings import global_bindings, textual_keymap
from tui.panel.call_panel import CallPanel
from tui.panel.deeds import Deeds
from tui.panel.key_events import KeyReleased, ReleasesTold
from tui.panel.view import CallView
from tui.panel.voice import Voice
from tui.ports.handle import Handle
from tui.screens.app_keys import AppKeys
from tui.screens.app_ui import AppUi
from tui.screens.casting import Casting
from tui.screens.colour_system import tell_textual
from tui.screens.flow import Flow
from tui.screens.green_room import GreenRoomScreen
from tui.screens.key_order import KeyOrder, Passed
from tui.screens.login import LoginScreen
from tui.screens.looks import Looks
from tui.screens.losable_file import TerminalGone
from tui.screens.palette import ActionProvider
from tui.screens.picker import PickerScreen
from tui.screens.screen_maker import ScreenMaker
from tui.screens.shown import Shown
from tui.screens.steady_rows import SteadyRows
from tui.screens.supplies import Supplies
from tui.screens.suspending import can_come_back, parting_words
from tui.screens.terminal import losable
from tui.screens.theme_256 import in_256
from tui.screens.themes import THEMES, theme_for
from tui.stylesheets import stylesheet
from tui.terminal.detect import Found
from tui.widgets.act import Act, CommandTyped
from tui.widgets.command_line import CommandLine
from tui.widgets.field import LineInput
from tui.widgets.paint_watch import watch_paints


class CallApp(App[int]):
    """A call in a full-screen terminal. `run()` returns the exit code; then print `flow.last_line`.

    Args:
        handle: Holds the session. The app does not close it.
        start: What is known already; the screens ask for the rest.
        taste: How the app is to look and move.
        found: What the terminal is; None for one that shows everything (tests, screenshots).
        supplies: What it is given from outside.
    """

    CSS_PATH = [stylesheet(f"{name}.tcss") for name in ("controls", "app", "lobby")]  # noqa: RUF012
    COMMANDS = {ActionProvider}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = global_bindings()
    TITLE = "cellcall"

    def __init__(
        self,
        handle: Handle,
        *,
        start: StartPlan,
        taste: Taste = DEFAULT_TASTE,
        found: Found | None = None,
        supplies: Supplies | None = None,
    ) -> None:
        supplies = supplies or Supplies()
        self._may_copy = supplies.may_copy
        self.looks = Looks(found, taste, start.quality)
        if found is not None:
            tell_textual(self.looks.terminal.depth)
        # Textual reads NO_COLOR once, here; empty counts as unset (no-color.org), but not for it.
        if os.environ.get("NO_COLOR") == "":
            del os.environ["NO_COLOR"]
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._dress(taste, found)
        self.rows = SteadyRows(self) if taste.accessible else None
        """Stands before the terminal in the accessible profile."""
        self.paints = watch_paints(self)
        self.shown = Shown(self)
        self.ui = AppUi(
            self,
            self.shown,
            handle,
            clock=supplies.clock,
            announcer=supplies.announcer,
            memory=supplies.memory,
        )
        self.notices = self.ui.notices
        self.casting = Casting(self, taste.cast, self.ui.toast, self.redraw)
        self.voice = Voice(self, self.notices, lambda: self.ui.handle)
        deeds = Deeds(
            self.ui,
            self.notices,
            copy=self.copy_to_clipboard,
            whose_sound=supplies.whose_sound,
            before_recording=self._before_recording,
            after_recording=self._after_recording,
        )
        self.acts = Acts(self.ui, self.shown, deeds, keys=taste.keys)
        self.set_keymap(textual_keymap(taste.keys))
        self.acts.by_line = taste.accessible
        self.keys = AppKeys(
            self,
            self.shown,
            self.acts,
            forward=super().on_event,
            on_paste=lambda: self.ui.toast("Paste ignored."),
            sensing=Sensing.TAPS if supplies.remote else Sensing.REPEATS,
        )
        self.order = KeyOrder(self, deliver=self._deliver, settled=self.keys.settled)
        maker = ScreenMaker(self.ui, self.looks, self.keys, self.acts, supplies.whose_sound)
        self.flow = Flow(self, self.ui, self.shown, maker, start, supplies)
        self.acts.own = {**self._own_deeds(), **self.flow.own}

    def _dress(self, taste: Taste, found: Found | None) -> None:
        """Take on the theme and the classes that the looks depend on."""
        depth = ColourDepth.TRUECOLOR if found is None else self.looks.terminal.depth
        for one in THEMES:
            fewer = depth is ColourDepth.INDEXED and not one.ansi
            self.register_theme(in_256(one) if fewer else one)
        few = depth is ColourDepth.ANSI
        colours = 0 if os.environ.get("NO_COLOR") else 16 if few else 256
        self.theme, self._other_theme = theme_for(
            taste.theme, colours=colours, light=self.looks.terminal.is_light
        )
        self.set_class(taste.accessible, "-accessible")
        self.set_class(taste.large_targets, "-large-targets")
        if taste.still:
            self.animation_level = "none"

    def _own_deeds(self) -> dict[str, Do]:
        return {
            "redraw": lambda _: self.redraw(),
            "palette": lambda _: self.action_command_palette(),
            **self.notices.own,
            "picture.set": lambda words: self.looks.choose(words, self.ui, self.call),
            "app.suspend": lambda _: self.suspend_to_shell(),
        }

    # ---- what is shown
    @property
    def base(self) -> Screen[None] | None:
        """The screen below all dialogs."""
        return self.shown.base

    @property
    def panel(self) -> CallPanel | None:
        """The call, while there is one."""
        return self.shown.panel

    @property
    def call(self) -> CallView | None:
        """What is seen of it."""
        return self.shown.call

    # ---- start and end
    async def on_mount(self) -> None:
        """Show the first screen, which depends on what is known."""
        self.shown.write_terminal("\x1b[22;0t")
        self.flow.follow_engine()
        self.voice.begin(self.bell)
        self.looks.warn(self.ui)
        for told in (self._other_theme, *self.acts.keys.clashes):
            if told:
                self.ui.tell(Category.INFO, told)
        await self.flow.begin()

    async def on_unmount(self) -> None:
        """Give the terminal its title back."""
        self.casting.end()
        await self.order.close()
        await self.keys.close()
        await self.voice.end()
        self.shown.write_terminal("\x1b[23;0t")

    def get_driver_class(self) -> type[Driver]:
        """Take Textual's driver for this platform, made to survive a terminal that goes away."""
        return losable(
            super().get_driver_class(), self.looks.found, lambda: parting_words(self.ui.snapshot)
        )

    @on(TerminalGone)
    def _terminal_gone(self) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """The terminal goes away: the call is kept or left."""
        self.ui.spawn(self.flow.leave_unseen)

    async def action_quit(self) -> None:
        """Textual's own quit goes the same way as ours."""
        self.do("app.quit")

    def copy_to_clipboard(self, text: str) -> None:
        """Put text into the clipboard of the terminal, where we may."""
        if self._may_copy:
            super().copy_to_clipboard(text)

    def action_help_quit(self) -> None:
        """Ctrl+C copies a selection; with nothing selected it tells how to leave."""
        if self.ui.snapshot.in_session:
            self.ui.toast("Press l, or Ctrl+G then l, to leave the call. Ctrl+Q quits.")
        else:
            self.ui.toast("Press Ctrl+Q to quit.")

    def redraw(self) -> None:
        """Draw all of the screen anew, whatever the terminal has."""
        if self.rows is not None:
            self.rows.forget()
        self.paints.forget()
        self.refresh(layout=True, repaint=True)

    def suspend_to_shell(self) -> None:
        """Control Z. The talk key is let go; a microphone that is on stays on, and that is said."""
        driver = self._driver
        if driver is None or not driver.can_suspend or not can_come_back():
            self.ui.tell(Category.INFO, "There is no shell to go back to. ^Q leaves and quits.")
            return
        if self.panel is not None:
            self.panel.covered()
        self.action_suspend_process()

    # ---- what screens say
    @on(LoginScreen.SignIn)
    def _sign_in_wanted(self, event: LoginScreen.SignIn) -> None:
        self.flow.sign_in(event.credentials)

    @on(LoginScreen.Cancelled)
    def _sign_in_cancelled(self) -> None:
        self.flow.stop_signing_in()

    @on(PickerScreen.Picked)
    def _picked(self, event: PickerScreen.Picked) -> None:
        self.flow.pick_session(event.text)

    @on(GreenRoomScreen.Decided)
    async def _decided(self, event: GreenRoomScreen.Decided) -> None:
        await self.flow.decided(event.name)

    @on(GreenRoomScreen.BackWanted)
    def _back_wanted(self) -> None:
        self.flow.turn_back()

    @on(CallPanel.Ended)
    async def _call_ended(self, event: CallPanel.Ended) -> None:
        await self.flow.call_ended(event)

    @on(CallPanel.QualityChosen)
    def _quality_chosen(self, event: CallPanel.QualityChosen) -> None:
        self.looks.keep_quality(event.choice)

    async def _before_recording(self) -> None:
        if self.shown.green_room is not None:
            await self.shown.green_room.open_microphone()

    def _after_recording(self) -> None:
        if self.shown.green_room is not None:
            self.shown.green_room.end_test()

    # ---- what comes from the engine
    @on(SnapshotCame)
    def _snapshot_came(self) -> None:
        self.flow.snapshot_came()
        snapshot = self.ui.snapshot
        self.casting.follow(snapshot.title, recorded=bool(snapshot.recording))

    @on(AnnouncementCame)
    def _announcement_came(self, event: AnnouncementCame) -> None:
        self.notices.announce(event.announcement)

    @on(LevelsCame)
    def _levels_came(self, event: LevelsCame) -> None:
        if self.shown.green_room is not None:
            self.shown.green_room.show_level(event.levels.dbov.get(NOBODY, -127.0))
        elif self.panel is not None:
            self.panel.follow_levels(event.levels)

    @on(ChatCame)
    def _chat_came(self, event: ChatCame) -> None:
        if self.panel is not None:
            self.panel.follow_chat(event.chat)

    @on(CaptionCame)
    def _caption_came(self, event: CaptionCame) -> None:
        if self.panel is not None:
            self.panel.follow_caption(event.caption)

    @on(EngineLeft)
    async def _engine_left(self, event: EngineLeft) -> None:
        await self.flow.engine_left(event)

    # ---- from an id to a deed
    def action_do(self, action_id: str, argument: str = "") -> None:
        """What the keys of a screen call."""
        self.do(action_id, argument)

    def action_do_anywhere(self, action_id: str) -> None:
        """What the keys that act everywhere call; held down, they act once."""
        if action_id == "mic.talk":
            self.do(action_id, "key")
        elif not self.keys.repeats(action_id):
            self.do(action_id)

    def do(self, action_id: str, argument: str = "") -> None:
        """Do what a row of the action table says, here and now."""
        (self.acts if self.panel is None else self.panel.acts).do(action_id, argument)

    @on(Act)
    def _act(self, event: Act) -> None:
        event.stop()
        self.do(event.action_id, event.argument)

    @on(CommandTyped)
    def _command_typed(self, event: CommandTyped) -> None:
        event.stop()
        self.acts.type(event.text)

    @on(LineInput.TooLong)
    def _paste_too_long(self, event: LineInput.TooLong) -> None:
        self.ui.tell(Category.INFO, event.words)

    @on(CommandLine.PutAway)
    async def _command_line_away(self) -> None:
        await self.acts.put_line_away()

    # ---- keys
    async def on_event(self, event: events.Event) -> None:
        """Keys pass `KeyOrder` and `AppKeys` on their way to a screen."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self.order.holds(event):
            await self._deliver(event)

    async def _deliver(self, key: events.Key | KeyReleased) -> None:
        if isinstance(key, KeyReleased):
            self.keys.released(key)
            return
        if self.keys.may_open(key):
            self.order.follow(key)
        if not self.keys.take(key):
            await super().on_event(key)

    @on(Passed)
    def _passed(self, event: Passed) -> None:
        event.whole_way.set()

    @on(KeyReleased)
    async def _key_released(self, event: KeyReleased) -> None:
        if not self.order.holds(event):
            await self._deliver(event)

    @on(ReleasesTold)
    def _releases_told(self) -> None:
        self.keys.releases_told()

    @on(events.DescendantFocus)
    @on(OptionList.OptionHighlighted)
    def _focus_moved(self) -> None:
        if self.rows is not None:
            self.call_after_refresh(self.rows.point)
