"""The full-screen front end: which screen is shown, and what an action does from there.

Everything about a call comes as snapshots and announcements from the handle (`tui.bridge`); every
deed goes through the action table and `tui.front.switchboard`. Screens and widgets hold no handle:
they get values and post messages.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.driver import Driver
from textual.widgets import OptionList

from tui.bridge import EngineLeft, SnapshotCame
from tui.domain.announcements import Category
from tui.domain.errors import CallsError
from tui.domain.look import ColourDepth, Look
from tui.domain.quality import QualityChoice
from tui.front.announcer import Announcer
from tui.front.start import StartPlan, new_session_id
from tui.panel.call_panel import CallPanel
from tui.panel.drawing import Drawing
from tui.panel.keys import global_bindings
from tui.panel.ui import unix_ms
from tui.ports.handle import Handle
from tui.ports.memory import Forgetful, Memory
from tui.screens.acting import ActingApp
from tui.screens.colour_system import tell_textual
from tui.screens.flow import Flow
from tui.screens.green_room import GreenRoomScreen
from tui.screens.login import LoginScreen
from tui.screens.palette import ActionProvider
from tui.screens.picker import PickerScreen
from tui.screens.suspending import can_come_back, parting_words
from tui.screens.terminal import TerminalGone, losable
from tui.screens.themes import DEFAULT, DEFAULT_OF_16, MONO, THEMES
from tui.stylesheets import stylesheet
from tui.terminal.choosing import COLOUR_WORDS, GLYPH_WORDS, changed
from tui.terminal.detect import Found
from tui.terminal.profile import NO_LOOK_CHOICE, LookChoice, TerminalProfile
from tui.video.palette import XTERM_16

NO_TERMINAL = TerminalProfile(depth=ColourDepth.TRUECOLOR, glyphs=Look().glyphs, answered=True)
"""For tests and screenshots."""


class CallApp(ActingApp):
    """A call in a full-screen terminal. `run()` returns the exit code; then print `flow.last_line`.

    Args:
        handle: Holds the session. The app does not close it.
        start: What is known already; the screens ask for the rest.
        clock: Unix milliseconds, for everything that shows a time.
        fps: Most frames a second a tile is drawn with.
        quality: What the person wants of the pictures.
        accessible: Hardware cursor at the focus, one announcement line instead of toasts, no
            animation, minutes instead of seconds (spec ux 3.3).
        reduced_motion: No animation, at most one frame a second.
        theme: One of `tui.screens.themes.THEMES`; None chooses.
        new_session_id: Makes the ID of a session started here.
        remote: The person sits elsewhere (SSH), so keys come late.
        whose_sound: Whose devices these are, when that is not obvious (`tui.front.whose_sound`).
        memory: Keeps what the green room decided.
        renew: Makes a new handle when the engine is gone; None offers no rejoin then.
        found: What the terminal is; None for one that shows everything (tests, screenshots).
        look_choice: Glyphs and colours that were asked for, whatever the terminal can.
        announcer: Speech, bell and quiet time; None: no speech.
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
        clock: Callable[[], int] = unix_ms,
        fps: float = 15.0,
        quality: QualityChoice | None = None,
        accessible: bool = False,
        reduced_motion: bool = False,
        theme: str | None = None,
        new_session_id: Callable[[], str] = new_session_id,
        remote: bool = False,
        whose_sound: str = "",
        memory: Memory | None = None,
        renew: Callable[[], Awaitable[Handle]] | None = None,
        found: Found | None = None,
        look_choice: LookChoice = NO_LOOK_CHOICE,
        announcer: Announcer | None = None,
    ) -> None:
        self._found = found or Found(NO_TERMINAL)
        self.look_choice = look_choice
        terminal = self.terminal
        still = accessible or reduced_motion
        if found is not None:
            tell_textual(self.terminal.depth)
        # Textual reads NO_COLOR once, here; empty counts as unset (no-color.org), but not for it.
        if os.environ.get("NO_COLOR") == "":
            del os.environ["NO_COLOR"]
        mono = bool(os.environ.get("NO_COLOR"))
        super().__init__(
            handle,
            Drawing(
                fps=min(fps, 1.0) if reduced_motion else fps,
                quality=quality or QualityChoice(),
                look=terminal.look if found is not None else None,
                palette=terminal.colours_or(XTERM_16),
                repeats=terminal.repeats,
                terminal=terminal.sentence() if found is not None else "",
                accessible=accessible,
                still=still,
            ),
            clock=clock,
            whose_sound=whose_sound,
            remote=remote,
            announcer=announcer,
            ansi_color=True if mono else None,
        )
        for one in THEMES:
            self.register_theme(one)
        few = found is not None and self.terminal.depth is ColourDepth.ANSI
        self.theme = MONO if mono else theme or (DEFAULT_OF_16 if few else DEFAULT)
        if still:
            self.animation_level = "none"
        self.flow = Flow(
            self, start, memory or Forgetful(), new_session_id=new_session_id, renew=renew
        )
        self.acts.own = {
            **self.acts.own,
            **self.flow.own,
            "picture.set": self.choose_picture,
            "app.suspend": lambda _: self.suspend_to_shell(),
        }

    # ---- the terminal
    @property
    def terminal(self) -> TerminalProfile:
        """What the terminal is, and how pictures are drawn on it now."""
        return self._found.profile.with_choice(self.look_choice)

    def choose_picture(self, argument: str) -> None:
        """`/picture`: glyphs, colours or auto; without a word, how it is now."""
        if argument.strip():
            try:
                self.look_choice = changed(self.look_choice, argument)
            except CallsError as error:
                self.tell(Category.ERROR, error.description)
                return
            self.drawing = replace(
                self.drawing, look=self.terminal.look, terminal=self.terminal.sentence()
            )
            if self.call is not None:
                self.call.stage.use_look(self.terminal.look)
                self.call.device_panel.terminal = self.drawing.terminal
                self.call.device_panel.show(self.snapshot)
            self.tell(Category.INFO, f"Pictures: {self.terminal.sentence()}")
            self._warn_of_glyphs()
            return
        self.tell(Category.INFO, f"Terminal: {self.terminal.sentence()}")
        self._warn_of_glyphs()
        self.tell(
            Category.INFO,
            f"To choose: /picture glyphs {'|'.join(GLYPH_WORDS)}, "
            f"/picture colours {'|'.join(COLOUR_WORDS)}, or /picture auto.",
        )

    def _warn_of_glyphs(self) -> None:
        if self.terminal.warning:
            self.tell(Category.INFO, f"{self.terminal.warning} /picture auto mends it.")

    # ---- start and end
    async def on_mount(self) -> None:
        """The first screen depends on what is known."""
        self.write_terminal("\x1b[22;0t" + ("\x1b[?25h" if self.drawing.accessible else ""))
        self.flow.follow_engine()
        self.voice.begin(self.bell)
        self._warn_of_glyphs()
        await self.flow.begin()

    async def on_unmount(self) -> None:
        """Give the terminal its title back."""
        await self.close_gate()
        await self.voice.end()
        self.write_terminal("\x1b[23;0t")

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for this platform, made to survive a terminal that goes away."""
        return losable(
            super().get_driver_class(), self._found, lambda: parting_words(self.snapshot)
        )

    # ---- what screens and engine say, for the flow
    @on(TerminalGone)
    def _terminal_gone(self) -> None:
        self.spawn(self.flow.leave_unseen)

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

    @on(SnapshotCame)
    def _snapshot_came(self) -> None:
        self.flow.snapshot_came()

    @on(CallPanel.Ended)
    async def _call_ended(self, event: CallPanel.Ended) -> None:
        await self.flow.call_ended(event)

    @on(EngineLeft)
    async def _engine_left(self, event: EngineLeft) -> None:
        await self.flow.engine_left(event)

    def suspend_to_shell(self) -> None:
        """Control Z. The talk key is let go; a microphone that is on stays on, and that is said."""
        driver = self._driver
        if driver is None or not driver.can_suspend or not can_come_back():
            self.tell(Category.INFO, "There is no shell to go back to. ^Q leaves and quits.")
            return
        if self.panel is not None:
            self.panel.covered()
        self.action_suspend_process()

    # ---- the hardware cursor, for braille displays and screen readers (spec ux 3.3)
    @on(events.DescendantFocus)
    @on(OptionList.OptionHighlighted)
    def _focus_moved(self) -> None:
        if self.drawing.accessible:
            self.call_after_refresh(self._place_cursor)

    def _place_cursor(self) -> None:
        focused = self.screen.focused
        if focused is None:
            return
        offset = focused.content_region.offset
        if isinstance(focused, OptionList) and focused.highlighted is not None:
            offset += (0, focused.highlighted - int(focused.scroll_offset.y))
        self.cursor_position = offset
