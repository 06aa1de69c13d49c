"""The part of the app that does things: every key, click, command and palette entry ends here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial

from textual import events, on
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from tui.commands import DEEDS, find_participant, participant_words, perform
from tui.domain.actions import BY_ID, Scope, match_command
from tui.domain.announcements import Category
from tui.domain.errors import CallsError
from tui.domain.snapshot import DeviceKind, Phase, Role
from tui.ports.devices import DeviceInfo
from tui.screens.announcing import AnnouncingApp
from tui.screens.call import CallScreen
from tui.screens.dialog import Dialog, end_dialog, leave_dialog, person_menu, remove_dialog
from tui.screens.help import LeaderScreen, TextScreen, help_screen
from tui.screens.key_gate import KeyGate
from tui.screens.keys import action_of_key
from tui.widgets.act import Act, CommandTyped
from tui.widgets.command_line import CommandLine
from tui.widgets.people_panel import PeoplePanel

_MIC = ("mic.toggle", "mic.mute", "mic.unmute")
_SHORT_ANSWER_LINES = 2
_Work = Callable[[], Coroutine[None, None, None]]


class ActingApp(AnnouncingApp):
    """Finds out what an action means on the screen shown, and does it."""

    def set_up_acting(self) -> None:
        """Begin with nothing under way."""
        # The microphone must never wait for a slow deed of another kind.
        self._mic_turn = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._gate = KeyGate(self._let_key_through, self._paste_ignored)
        self._focus_before: Widget | None = None
        self._leaving: Dialog | None = None
        self._own: Mapping[str, Callable[[str], None]] = {
            "help": self._help,
            "leader": self._leader,
            "redraw": lambda _: self._redraw(),
            "cmdline": self.open_command_line,
            "palette": lambda _: self.action_command_palette(),
            "panel.events": self._events,
            "announce.set": self._choose_announcements,
            "app.quit": lambda _: self.ask_to_leave(quit_after=True),
            "call.leave": lambda _: self.ask_to_leave(),
            "call.end": lambda _: self._ask_to_end(),
            "host.remove": self._ask_to_remove,
            "session.new": self.start_session,
            "session.join": self.pick_session,
            "session.refresh": lambda _: self._spawn(self.refresh_sessions),
            "session.logout": lambda _: self._spawn(self.sign_out),
        }

    # ---- what the app itself provides
    def start_session(self, argument: str) -> None:
        """Join a new session; `voice` makes it one without pictures."""
        raise NotImplementedError

    def pick_session(self, text: str) -> None:
        """Join by ID, link or number."""
        raise NotImplementedError

    async def refresh_sessions(self) -> None:
        """Ask the service for running and recent sessions."""
        raise NotImplementedError

    async def sign_out(self) -> None:
        """Log out, back to the login screen."""
        raise NotImplementedError

    def cancel_join(self) -> None:
        """Stop connecting."""
        raise NotImplementedError

    def leave_app(self, code: int = 0) -> None:
        """End the app with an exit code."""
        raise NotImplementedError

    def will_quit(self) -> None:
        """Leaving the call now also leaves the app."""
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
        if not self._gate.repeats(action_id):
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
        here = action.scope in (Scope.ANY, self.scope)
        if not here or not action.enabled(self.snapshot):
            self.tell(Category.INFO, f"{action.title}: not possible now.")
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
        else:
            if action_id == "tile.pin" and argument.isdecimal() and self.call is not None:
                # A digit is the number drawn on a tile of this page, not the place in the roster.
                uid = self.call.stage.uid_at(int(argument))
                uids = [person.uid for person in self.snapshot.participants]
                argument = str(uids.index(uid) + 1) if uid in uids else argument
            self._run(action_id, argument)

    def _run(self, action_id: str, argument: str) -> None:
        self._spawn(partial(self._perform, action_id, argument))

    def _spawn(self, deed: _Work) -> None:
        self.run_worker(deed(), group="deeds")

    async def _perform(self, action_id: str, argument: str) -> None:
        async with self._mic_turn if action_id in _MIC else self._turn:
            try:
                lines = await perform(action_id, argument, self.handle, self.clock())
            except CallsError as error:
                self.tell(Category.ERROR, error.description)
                return
        if action_id == "invite.copy" and self.snapshot.invite:
            self.copy_to_clipboard(self.snapshot.invite)
        if len(lines) <= _SHORT_ANSWER_LINES:
            self.tell_lines(lines)
        else:
            texts = [line.text for line in lines]
            for line in lines:
                self.note(line.category, line.text)
            self._read("Answer", texts)

    def _read(self, title: str, texts: list[str]) -> None:
        self.push_screen(TextScreen(title, [Content(text) for text in texts]))

    # ---- typed commands
    @on(CommandTyped)
    def _command_typed(self, event: CommandTyped) -> None:
        event.stop()
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

    def open_command_line(self, text: str = "") -> None:
        """A line at the bottom of the screen shown; dialogs have none."""
        if isinstance(self.screen, ModalScreen) or self.screen.query(CommandLine):
            return
        self._focus_before = self.screen.focused
        line = CommandLine()
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

    def _choose_announcements(self, argument: str) -> None:
        word, _, wish = argument.lower().partition(" ")
        if word not in set(Category) or wish.strip() not in ("on", "off", "summary"):
            names = ", ".join(Category)
            self.tell(
                Category.ERROR, f"Came as {argument[:40]}; say one of {names}, then on or off."
            )
            return
        category = Category(word)
        if wish.strip() == "off":
            self.categories_off.add(category)
        else:
            self.categories_off.discard(category)
        self.tell(Category.INFO, f"Announcements of {word}: {wish.strip()}.")

    @on(CallScreen.PanelOpened)
    def _panel_opened(self, event: CallScreen.PanelOpened) -> None:
        self.fill_panel(event.name)

    def fill_panel(self, name: str) -> None:
        """Fetch what a panel shows; opening the chat counts as reading it."""
        fill: Mapping[str, _Work] = {
            "chat": self._read_chat,
            "stats": self._fill_stats,
            "devices": self._fill_devices,
        }
        if name in fill:
            self.run_worker(fill[name](), group=f"fill-{name}", exclusive=True)

    async def _read_chat(self) -> None:
        self.clear_notifications()
        try:
            await self.handle.mark_chat_read()
        except CallsError as error:
            self.tell(Category.ERROR, error.description)

    async def _fill_stats(self) -> None:
        try:
            lines = await perform("panel.stats", "", self.handle, self.clock())
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        if self.call is not None:
            self.call.show_stats(lines)

    async def _fill_devices(self) -> None:
        devices: list[DeviceInfo] = []
        try:
            for kind in DeviceKind:
                devices += await self.handle.list_devices(kind)
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
        if self.call is not None:
            self.call.device_panel.choose_from(devices)

    # ---- questions
    async def action_quit(self) -> None:
        """Textual's own quit goes the same way as ours."""
        self.do("app.quit")

    def action_help_quit(self) -> None:
        """Ctrl+C copies a selection; with nothing selected it tells how to leave."""
        if self.snapshot.in_session:
            self.toast("Press l, or Ctrl+G then l, to leave the call. Ctrl+Q quits.")
        else:
            self.toast("Press Ctrl+Q to quit.")

    def ask_to_leave(self, *, quit_after: bool = False) -> None:
        """Leaving asks once; out of a call, quitting does not."""
        if not self.snapshot.in_session:
            if self.call is not None and self.call.snapshot.phase is Phase.CONNECTING:
                self.cancel_join()
            if quit_after:
                self.leave_app()
            return
        if self._leaving is not None and self._leaving.is_attached:
            return
        local = self.snapshot.local
        moderator = local is not None and local.role is Role.MODERATOR

        def answered(answer: str | None) -> None:
            if answer == "leave":
                if quit_after:
                    self.will_quit()
                self._run("call.leave", "")
            elif answer == "end":
                self._ask_to_end()

        dialog = leave_dialog(
            self.snapshot.title or self.snapshot.session_id,
            len(self.snapshot.remotes),
            moderator=moderator,
        )
        self._leaving = dialog
        self.push_screen(dialog, answered)

    def _ask_to_end(self) -> None:
        def answered(answer: str | None) -> None:
            if answer == "end":
                self._run("call.end", "")

        self.push_screen(end_dialog(len(self.snapshot.participants)), answered)

    def _ask_to_remove(self, who: str) -> None:
        try:
            participant = self.snapshot.participant(who) or find_participant(
                self.snapshot, who, remote_only=True
            )
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return

        def answered(answer: str | None) -> None:
            uids = [person.uid for person in self.snapshot.participants]
            if answer == "remove" and participant.uid in uids:
                self._run("host.remove", str(uids.index(participant.uid) + 1))

        self.push_screen(remove_dialog(participant.name), answered)

    @on(PeoplePanel.Chosen)
    def _person_chosen(self, event: PeoplePanel.Chosen) -> None:
        participant = self.snapshot.participant(event.uid)
        if participant is None:
            return
        if not self.snapshot.settings.enable_participant_context_menu:
            self._run("tile.pin", participant.uid)
            return
        local = self.snapshot.local

        def answered(action_id: str | None) -> None:
            uids = [person.uid for person in self.snapshot.participants]
            if not action_id:
                return
            if action_id == "host.remove":
                self._ask_to_remove(event.uid)
            elif action_id in DEEDS and event.uid in uids:
                # By place in the roster: a uid may look like somebody else's number or name.
                self._run(action_id, str(uids.index(event.uid) + 1))

        menu = person_menu(
            participant.name,
            participant_words(participant),
            pinned=self.snapshot.pinned == participant.uid,
            may_moderate=local is not None
            and local.role is Role.MODERATOR
            and not participant.is_local,
            muted=participant.audio_muted,
            camera_off=participant.video_paused,
        )
        self.push_screen(menu, answered)

    # ---- keys on their way to a screen
    async def on_event(self, event: events.Event) -> None:
        """Letters that would act pass the gate first."""
        if (
            isinstance(event, events.Key)
            and not event.is_forwarded
            and event.is_printable
            and self.screen is self.base
            and not self._is_text(event)
        ):
            self._gate.offer(event, self.scope)
            return
        await super().on_event(event)

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
