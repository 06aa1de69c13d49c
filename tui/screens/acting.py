"""The part of the app that does things: every key, click, command and palette entry ends here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from textual import events, on
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from tui.commands import why_not
from tui.domain.actions import BY_ID, Action, Scope, match_command
from tui.domain.announcements import Category
from tui.domain.errors import CallsError
from tui.domain.snapshot import Participant, Phase
from tui.domain.text import clean
from tui.panel.help import LeaderScreen, TextScreen, help_screen
from tui.panel.key_events import KeyReleased, is_repeat
from tui.panel.key_gate import KeyGate
from tui.panel.keys import GLOBAL_KEYS, action_of_key
from tui.panel.questions import VOLUME_STEPS, AskingApp
from tui.panel.talk import TALK_KEYS
from tui.widgets.act import Act, CommandTyped
from tui.widgets.command_line import CommandLine

_FOCUS_KEYS: Final = ("tab", "shift+tab")


class ActingApp(AskingApp):
    """Finds out what an action means on the screen shown, and does it."""

    def set_up_acting(self) -> None:
        """Begin with nothing under way."""
        self._gate = KeyGate(
            self._let_key_through,
            self._paste_ignored,
            on_talk=lambda: self.do("mic.talk", "key"),
            on_talk_repeat=self.talk_key_repeats,
        )
        self._focus_before: Widget | None = None
        self._own: Mapping[str, Callable[[str], None]] = {
            "help": self._help,
            "leader": self._leader,
            "redraw": lambda _: self._redraw(),
            "cmdline": lambda _: self.open_command_line(),
            "palette": lambda _: self.action_command_palette(),
            "panel.events": self._events,
            "announce.set": self.choose_announcements,
            "announce.quiet": self.silence_announcements,
            "speech.set": self.read_aloud,
            "speech.stop": lambda _: self.hush(),
            "picture.set": self.choose_picture,
            "quality.menu": self._quality,
            "app.suspend": lambda _: self.suspend_to_shell(),
            "app.quit": lambda _: self.ask_to_leave(quit_after=True),
            "mic.talk": self.talk,
            "session.new": self.start_session,
            "session.join": self.pick_session,
            "session.refresh": lambda _: self.spawn(self.refresh_sessions),
            "session.logout": lambda _: self.spawn(self.sign_out),
        }

    # ---- what the app itself provides
    def start_session(self, argument: str) -> None:
        """Join a new session; `voice` makes it one without pictures."""
        raise NotImplementedError

    def pick_session(self, text: str) -> None:
        """Join by ID, link or number."""
        raise NotImplementedError

    def choose_picture(self, argument: str) -> None:
        """Draw pictures with other glyphs or colours; nothing says how they are drawn."""
        raise NotImplementedError

    def suspend_to_shell(self) -> None:
        """Give the terminal back to the shell for a while."""
        raise NotImplementedError

    async def refresh_sessions(self) -> None:
        """Ask the service for running and recent sessions."""
        raise NotImplementedError

    async def sign_out(self) -> None:
        """Log out, back to the login screen."""
        raise NotImplementedError

    # ---- from an id to a deed
    @property
    def scope(self) -> Scope:
        """Which rows of the action table make sense on the screen shown."""
        scope = getattr(self.base, "scope", Scope.ANY)
        return scope if isinstance(scope, Scope) else Scope.ANY

    def action_do(self, action_id: str, argument: str = "") -> None:
        """What the keys of a screen call."""
        self.do(action_id, argument)

    def action_do_anywhere(self, action_id: str) -> None:
        """What the keys that act everywhere call; held down, they act once."""
        if action_id == "mic.talk":
            self.do(action_id, "key")
        elif not self._gate.repeats(action_id):
            self.do(action_id)

    @on(Act)
    def _act(self, event: Act) -> None:
        event.stop()
        self.do(event.action_id, event.argument)

    def do(self, action_id: str, argument: str = "") -> None:
        """Do what a row of the action table says, here and now."""
        action = BY_ID[action_id]
        connecting = self.call is not None and self.call.snapshot.phase is Phase.CONNECTING
        if action.id == "call.leave" and connecting:
            self.cancel_join()
            return
        if problem := why_not(action, self.snapshot, self.scope, action.title):
            self.tell(Category.INFO, problem)
            return
        needs_words = action.argument and not action.argument.startswith("[")
        if needs_words and not argument and action.id != "session.join":
            self.open_command_line(f"{action.command} ")
            return
        screen = self.base
        handled = getattr(screen, "handle_action", None)
        if handled is not None and handled(action_id, argument):
            return
        if action_id in self._own:
            self._own[action_id](argument)
        elif action_id == "audio.volume" and argument in VOLUME_STEPS:
            self.step_volume(argument)
        elif action_id == "tile.pin" and (who := self._numbered(argument)) is not None:
            self.do_to(who, action_id)
        else:
            self._read_and_ask(action, argument)

    def _numbered(self, digits: str) -> Participant | None:
        """A digit is the number drawn on a tile of this page, not the place in the roster."""
        if self.call is None or not digits.isdecimal():
            return None
        return self.snapshot.participant(self.call.stage.uid_at(int(digits)))

    def _read_and_ask(self, action: Action, words: str) -> None:
        try:
            wish = self.switchboard.read(action, words, self.scope, called=action.title)
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        self.ask(wish)

    # ---- typed commands
    @on(CommandTyped)
    def _command_typed(self, event: CommandTyped) -> None:
        event.stop()
        if event.about is not None:
            self._volume_typed(event.about, event.text)
            return
        word, _, argument = event.text.strip().partition(" ")
        found = [a for a in match_command(word) if a.scope in (Scope.ANY, self.scope)]
        found = found or list(match_command(word))
        if len(found) == 1:
            self.do(found[0].id, argument.strip())
        elif not found:
            self.tell(
                Category.ERROR, f"Unknown command {word[:20]}. Nothing was sent. ? lists all."
            )
        else:
            names = ", ".join(action.command for action in found[:8])
            self.tell(Category.ERROR, f"{word} could be {names}. Type more letters.")

    def _volume_typed(self, who: Participant, text: str) -> None:
        percent = text.strip().removesuffix("%")
        if percent.isdecimal():
            self.set_volume(who, int(percent))
        else:
            told = f"Came as {clean(text, 20)}; allowed: 0 to 200. 100 is as sent."
            self.tell(Category.ERROR, told)

    def ask_for_volume(self, who: Participant) -> None:
        """A line for the percentage; it is theirs, whoever comes or goes meanwhile."""
        self.open_command_line(about=who)

    def open_command_line(self, text: str = "", *, about: Participant | None = None) -> None:
        """A line at the bottom of the screen shown; dialogs have none."""
        if isinstance(self.screen, ModalScreen) or self.screen.query(CommandLine):
            return
        self._focus_before = self.screen.focused
        line = CommandLine(about)
        line.input.value = text
        line.input.cursor_position = len(text)
        self.screen.mount(line)

    @on(CommandLine.PutAway)
    async def _command_line_away(self) -> None:
        for screen in self.screen_stack:
            for line in screen.query(CommandLine):
                await line.remove()
        before = self._focus_before
        if before is not None and before.is_attached:
            before.focus()

    # ---- small things
    def _redraw(self) -> None:
        self.refresh(layout=True, repaint=True)

    def _help(self, argument: str) -> None:
        found = match_command(argument.removeprefix("/")) if argument else ()
        if found:
            for action in found[:2]:
                self.tell(Category.INFO, f"{action.title}: {action.help}")
            return
        if isinstance(self.screen, TextScreen):
            return
        typing = isinstance(self.screen.focused, Input)
        self.clear_notifications()
        self.push_screen(help_screen(self.scope, in_text_field=typing))

    def _leader(self, _argument: str) -> None:
        if isinstance(self.screen, LeaderScreen):
            return

        def pressed(key: str | None) -> None:
            found = action_of_key(key, self.scope) if key else None
            if found is not None:
                self.do(found[0].id, found[1])

        self.push_screen(LeaderScreen(self.scope), pressed)

    def _events(self, argument: str) -> None:
        lines = self.event_log.lines()
        if argument.isdecimal():
            lines = lines[-int(argument) :]
        self.push_screen(TextScreen("Events", lines))

    def _quality(self, argument: str) -> None:
        if argument:
            self.choose_quality(argument)
        else:
            self.ask_for_quality()

    async def action_quit(self) -> None:
        """Textual's own quit goes the same way as ours."""
        self.do("app.quit")

    # ---- keys on their way to a screen
    async def on_event(self, event: events.Event) -> None:
        """Letters that would act pass the gate first; keys held down act once."""
        if isinstance(event, events.Key) and not event.is_forwarded and self._held(event):
            return
        if (
            isinstance(event, events.Key)
            and not event.is_forwarded
            and event.is_printable
            and self.screen is self.base
            and not self._is_text(event)
        ):
            self._gate.offer(event, self.scope)
            return
        if isinstance(event, events.Key) and not event.is_forwarded and self._leaves_field(event):
            return
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
        if held and event.key in TALK_KEYS:
            self.talk_key_repeats()
        return held

    @on(KeyReleased)
    def _key_released(self, event: KeyReleased) -> None:
        # Control may go up first, so only the key itself counts.
        if event.key.rpartition("+")[2] == "space":
            self._gate.afterwards(self.talk_key_up)

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

    def _paste_ignored(self) -> None:
        self.toast("Paste ignored. Press c to chat.")

    async def close_gate(self) -> None:
        """Forget keys under way."""
        await self._gate.close()
