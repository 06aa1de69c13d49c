"""The part of the app that does things out of a call, and hands the rest to the call's panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from textual import events, on
from textual.app import App
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from tui.bridge import AnnouncementCame, ChatCame, LevelsCame
from tui.domain.actions import Scope
from tui.domain.announcements import Category, Priority
from tui.domain.ids import NOBODY
from tui.domain.snapshot import Snapshot
from tui.domain.talk import Sensing
from tui.domain.text import clean
from tui.front.announcer import Announcer
from tui.panel.acts import Acts
from tui.panel.call_panel import CallPanel
from tui.panel.card import Card
from tui.panel.deeds import Deeds
from tui.panel.drawing import Drawing
from tui.panel.key_events import KeyReleased, ReleasesTold, is_repeat
from tui.panel.key_gate import KeyGate
from tui.panel.keys import GLOBAL_KEYS
from tui.panel.notices import Notices
from tui.panel.talk import TALK_KEYS
from tui.panel.ui import Work
from tui.panel.view import CallView
from tui.panel.voice import Voice
from tui.ports.handle import Handle
from tui.screens.call import CallScreen
from tui.screens.card_screen import ScreenOver
from tui.screens.green_room import GreenRoomScreen
from tui.widgets.act import Act, CommandTyped
from tui.widgets.command_line import CommandLine

_FOCUS_KEYS: Final = ("tab", "shift+tab")


class ScreenPlace:
    """The screen shown out of a call, as a place for actions (`tui.panel.acts.Place`)."""

    def __init__(self, app: ActingApp) -> None:
        self._app = app

    @property
    def scope(self) -> Scope:
        """The screen's."""
        scope = getattr(self._app.base, "scope", Scope.ANY)
        return scope if isinstance(scope, Scope) else Scope.ANY

    @property
    def focused(self) -> Widget | None:
        """On top."""
        return self._app.screen.focused

    @property
    def is_covered(self) -> bool:
        """A dialog has no command line."""
        return self._app.screen is not self._app.base

    def first(self, action_id: str, argument: str) -> bool:
        """What means something else on this screen."""
        first = getattr(self._app.base, "first", None)
        return first is not None and bool(first(action_id))

    def handle_action(self, action_id: str, argument: str) -> bool:
        """What the screen does itself."""
        handled = getattr(self._app.base, "handle_action", None)
        return handled is not None and bool(handled(action_id, argument))

    def focus(self) -> None:
        """Nothing has it."""
        self._app.screen.set_focus(None)

    def mount(self, *widgets: Widget) -> Any:
        """At the bottom."""
        return self._app.screen.mount(*widgets)


class ActingApp(App[int]):
    """Finds out what an action means on the screen shown, and does it.

    Args:
        handle: Holds the session.
        drawing: How calls are drawn.
        clock: Unix milliseconds.
        whose_sound: Whose devices these are, when that is not obvious.
        remote: Keys come over a network, so how they repeat tells nothing.
        announcer: Speech, bell and quiet time; None: no speech.
        ansi_color: As Textual's.
    """

    def __init__(
        self,
        handle: Handle,
        drawing: Drawing,
        *,
        clock: Callable[[], int],
        whose_sound: str,
        remote: bool,
        announcer: Announcer | None,
        ansi_color: bool | None,
    ) -> None:
        super().__init__(ansi_color=ansi_color)
        self.handle = handle
        self.snapshot: Snapshot = handle.snapshot()
        """The newest one."""
        self.base: Screen[None] | None = None
        """The screen below all dialogs."""
        self.clock = clock
        self.drawing = drawing
        """How calls are drawn; what the person wants of the pictures is kept from call to call."""
        self.whose_sound = whose_sound
        self.sensing = Sensing.TAPS if remote else Sensing.REPEATS
        """What is known of the terminal's keys."""
        self.over = ScreenOver(self, lambda: self.call is not None and self.call.dims_slowly)
        announcer = announcer or Announcer()
        self.notices = Notices(self, lambda: self.clock(), announcer)
        self.voice = Voice(self, self.notices, lambda: self.handle)
        self.deeds = Deeds(
            self,
            self.notices,
            copy=self.copy_to_clipboard,
            whose_sound=self.whose_sound,
            before_recording=self._before_recording,
            after_recording=self._after_recording,
        )
        self.acts = Acts(self, ScreenPlace(self), self.deeds)
        notices = self.notices
        self.acts.own = {
            "redraw": lambda _: self.refresh(layout=True, repaint=True),
            "palette": lambda _: self.action_command_palette(),
            "announce.set": notices.choose_announcements,
            "announce.quiet": notices.silence_announcements,
            "speech.set": notices.read_aloud,
            "speech.stop": lambda _: notices.hush(),
        }
        self.gate = KeyGate(self._let_key_through, lambda: self.toast("Paste ignored."))

    # ---- the call
    @property
    def panel(self) -> CallPanel | None:
        """The call, while there is one."""
        return self.base.panel if isinstance(self.base, CallScreen) else None

    @property
    def call(self) -> CallView | None:
        """What is seen of it."""
        return self.panel.view if self.panel is not None else None

    @on(CallPanel.QualityChosen)
    def _quality_chosen(self, event: CallPanel.QualityChosen) -> None:
        self.drawing = replace(self.drawing, quality=event.choice)

    @on(AnnouncementCame)
    def _announcement_came(self, event: AnnouncementCame) -> None:
        self.notices.announce(event.announcement)

    @on(LevelsCame)
    def _levels_came(self, event: LevelsCame) -> None:
        if isinstance(self.base, GreenRoomScreen):
            self.base.show_level(event.levels.dbov.get(NOBODY, -127.0))
        elif self.panel is not None:
            self.panel.follow_levels(event.levels)

    async def _before_recording(self) -> None:
        if isinstance(self.base, GreenRoomScreen):
            await self.base.open_microphone()

    def _after_recording(self) -> None:
        if isinstance(self.base, GreenRoomScreen):
            self.base.end_test()

    @on(ChatCame)
    def _chat_came(self, event: ChatCame) -> None:
        if self.panel is not None:
            self.panel.follow_chat(event.chat)

    # ---- for its parts: `tui.panel.ui.Ui` and `Board`
    def spawn(self, work: Work) -> None:
        """Do something that waits; it ends with the app."""
        self.run_worker(work(), group="deeds")

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the app's own."""
        self.notices.tell(category, text, priority)

    def ask(self, card: Card, answered: Callable[[str], object] | None = None) -> None:
        """Lay a card over the screen."""
        self.over.lay(card, answered)

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while; in the green room it stands still, where the questions are."""
        if isinstance(self.base, GreenRoomScreen) and self.base.is_mounted:
            self.base.say(clean(text))
        elif self.panel is None or not self.panel.say(clean(text)):
            self.over.toast(text, severity)

    def clear_toasts(self) -> None:
        """None is seen any more."""
        self.over.clear_toasts()

    def say(self, text: str) -> bool:
        """In the line of the accessible profile, in a call."""
        return self.panel is not None and self.panel.say(text)

    def show_banner(self, text: str) -> bool:
        """In a call."""
        return self.panel is not None and self.panel.show_banner(text)

    def show_events(self, lines: Sequence[Content]) -> None:
        """In a call."""
        if self.panel is not None:
            self.panel.show_events(lines)

    async def show_screen(self, screen: Screen[None], title: str) -> None:
        """Take the place of the screen shown, and of everything over it."""
        while isinstance(self.screen, ModalScreen):
            await self.pop_screen()
        if self.base is None:
            await self.push_screen(screen)
        else:
            await self.switch_screen(screen)
        self.base = screen
        self.title_of(title)

    def title_of(self, words: str) -> None:
        """Title of the app and of the terminal's window."""
        self.sub_title = clean(words, 60)
        self.write_terminal(f"\x1b]0;cellcall - {self.sub_title}\x07")

    def write_terminal(self, sequence: str) -> None:
        """Send an escape sequence past Textual."""
        # Textual has no call for titles and cursor shape; its driver is the only way out.
        driver = self._driver
        if driver is not None and not driver.is_headless:
            driver.write(sequence)

    # ---- from an id to a deed
    def action_do(self, action_id: str, argument: str = "") -> None:
        """What the keys of a screen call."""
        self.do(action_id, argument)

    def action_do_anywhere(self, action_id: str) -> None:
        """What the keys that act everywhere call; held down, they act once."""
        if action_id == "mic.talk":
            self.do(action_id, "key")
        elif not self.gate.repeats(action_id):
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

    @on(CommandLine.PutAway)
    async def _command_line_away(self) -> None:
        await self.acts.put_line_away()

    async def action_quit(self) -> None:
        """Textual's own quit goes the same way as ours."""
        self.do("app.quit")

    def action_help_quit(self) -> None:
        """Ctrl+C copies a selection; with nothing selected it tells how to leave."""
        if self.snapshot.in_session:
            self.toast("Press l, or Ctrl+G then l, to leave the call. Ctrl+Q quits.")
        else:
            self.toast("Press Ctrl+Q to quit.")

    # ---- keys on their way to a screen
    async def on_event(self, event: events.Event) -> None:
        """Letters that would act pass a gate first; a call's panel has its own."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._held(event) or self._leaves_field(event):
            return
        elif (
            event.is_printable
            and self.panel is None
            and self.screen is self.base
            and not self._is_text(event)
        ):
            self.gate.offer(event, self.acts.scope)
        else:
            await super().on_event(event)

    def _leaves_field(self, event: events.Key) -> bool:
        """Whether Tab took the focus from a text field.

        At once: by way of the field's own queue, a password typed fast (by a program, on a busy
        machine) would still go into the field before it.
        """
        focused = self.screen.focused
        if event.key not in _FOCUS_KEYS or not isinstance(focused, Input):
            return False
        if isinstance(focused.parent, CommandLine):
            return False  # there it completes
        if event.key == "tab":
            self.screen.focus_next()
        else:
            self.screen.focus_previous()
        return True

    def _held(self, event: events.Key) -> bool:
        """Whether this is auto-repeat of a key that acts everywhere; the talk key hears of it."""
        held = is_repeat(event) and event.key in GLOBAL_KEYS
        if held and event.key in TALK_KEYS and self.panel is not None:
            self.panel.talk.repeats()
        return held

    @on(KeyReleased)
    def _key_released(self, event: KeyReleased) -> None:
        panel = self.panel
        if panel is None:
            return
        # Where the press of it went, too: it must not come before it.
        focused = self.screen.focused
        inside = focused is not None and panel in focused.ancestors
        (focused if inside and focused is not None else panel).post_message(KeyReleased(event.key))

    @on(ReleasesTold)
    def _releases_told(self) -> None:
        self.sensing = Sensing.RELEASES
        if self.panel is not None:
            self.panel.talk.key.sensing = Sensing.RELEASES

    def _is_text(self, event: events.Key) -> bool:
        focused = self.screen.focused
        if focused is None:
            return False
        return any(
            isinstance(node, Widget) and node.check_consume_key(event.key, event.character)
            for node in focused.ancestors_with_self
        )

    async def _let_key_through(self, event: events.Key) -> None:
        await super().on_event(event)

    async def close_gate(self) -> None:
        """Forget keys under way."""
        await self.gate.close()
