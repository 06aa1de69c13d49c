"""The part of the app that signs in, joins, follows a call and notices its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from textual import on
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from tui.bridge import EngineLeft, SnapshotCame, relay
from tui.domain.announcements import Category, Priority
from tui.domain.commands.account import Init, ListCalls, ListRunning, Logout
from tui.domain.commands.call import Leave
from tui.domain.endings import EXIT_OF_END, REJOINABLE
from tui.domain.errors import CallsError, ExitCode, exit_code_of
from tui.domain.happenings.english import ending_sentence, left_sentence
from tui.domain.snapshot import EndReason, Snapshot
from tui.domain.text import clean
from tui.domain.wording import duration_words
from tui.front.start import Credentials, JoinTarget, StartPlan, join, read_target, sign_in
from tui.panel.call_panel import CallPanel, Surroundings
from tui.panel.dialog import failed_dialog
from tui.panel.view import Drawing
from tui.ports.handle import Handle
from tui.screens.call import CallScreen
from tui.screens.card_screen import CardScreen
from tui.screens.login import LoginScreen
from tui.screens.picker import PickerScreen
from tui.screens.preparing import PreparingApp
from tui.screens.shown_here import app_settings


class JoiningApp(PreparingApp):
    """Which screen is shown follows from who is logged in and what the call does."""

    last_line: str
    """What to print when the screen is gone."""

    def set_up_joining(
        self,
        start: StartPlan,
        *,
        new_session_id: Callable[[], str],
        renew: Callable[[], Awaitable[Handle]] | None,
    ) -> None:
        """Begin with what is known; see `tui.app.CallApp`."""
        self._new_session_id = new_session_id
        self._renew = renew
        self.credentials = start.credentials
        """What the person signed in with last."""
        self._target = start.target
        self._voice = False
        self._end_shown = True
        self._quitting = False
        self._relay: Worker[None] | None = None

    drawing: Drawing
    """How calls are drawn."""

    def write_terminal(self, sequence: str) -> None:
        """Send an escape sequence past Textual."""
        raise NotImplementedError

    # ---- start
    def follow_engine(self) -> None:
        """Take in what comes down from the handle."""
        self.snapshot = self.handle.snapshot()
        self._relay = self.run_worker(
            relay(self.handle, self, self.clock), group="relay", exclusive=True
        )

    async def begin(self) -> None:
        """The first screen depends on what is known."""
        snapshot = self.snapshot
        target = self._target
        if snapshot.in_session:
            await self._show_call(snapshot.title or snapshot.session_id)
        elif target and (snapshot.user or not target.needs_login):
            await self._join(target)
        elif snapshot.user:
            await self._show_picker()
        else:
            await self._show_login()

    def _title(self, words: str) -> None:
        self.sub_title = clean(words, 60)
        self.write_terminal(f"\x1b]0;cellcall - {self.sub_title}\x07")

    # ---- screens
    async def show_screen(self, screen: Screen[None], title: str) -> None:
        """Take the place of the screen shown."""
        while isinstance(self.screen, ModalScreen):
            await self.pop_screen()
        if self.base is None:
            await self.push_screen(screen)
        else:
            await self.switch_screen(screen)
        self.base = screen
        self._title(title)

    async def _show_login(self) -> None:
        screen = LoginScreen(self.credentials)
        await self.show_screen(screen, "Sign in")
        if self.credentials.complete:
            screen.set_busy(True)
            self._sign_in(self.credentials)

    async def _show_picker(self) -> None:
        await self.show_screen(PickerScreen(self.snapshot.user), "Sessions")

    async def _show_call(self, label: str) -> CallPanel:
        panel = CallPanel(
            self.handle,
            label=clean(label, 60),
            drawing=replace(self.drawing, quality=self.quality),
            clock=self.clock,
            sensing=self.sensing,
            whose_sound=self.whose_sound,
            around=Surroundings(self.notices, self.over, self.acts.own, self.cancel_join),
        )
        self._end_shown = False
        await self.show_screen(CallScreen(panel), clean(label, 60))
        if self.snapshot.in_session:
            self._joined()
        return panel

    # ---- signing in
    @on(LoginScreen.SignIn)
    def _sign_in_asked(self, event: LoginScreen.SignIn) -> None:
        self._sign_in(event.credentials)

    def _sign_in(self, known: Credentials) -> None:
        self.credentials = known
        self.run_worker(self._signing_in(known), group="login", exclusive=True)

    @on(LoginScreen.Cancelled)
    def _sign_in_cancelled(self) -> None:
        self.workers.cancel_group(self, "login")

    async def _signing_in(self, known: Credentials) -> None:
        try:
            await self.handle.do(Init(known.app))
            await sign_in(self.handle, known)
        except CallsError as error:
            self.notices.note(Category.ERROR, error.description)
            if isinstance(self.base, LoginScreen):
                self.base.refuse(error)
            return
        self.snapshot = self.handle.snapshot()
        self.notices.note(Category.INFO, "Signed in.")
        await self.begin()

    async def sign_out(self) -> None:
        """Log out, back to the login screen."""
        try:
            await self.handle.do(Logout())
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        self.credentials = Credentials(app=self.credentials.app)
        self.snapshot = self.handle.snapshot()
        await self._show_login()

    # ---- joining
    def start_session(self, argument: str) -> None:
        """Join a new session; `voice` makes it one without pictures."""
        self._voice = argument.strip().lower() == "voice"
        self.spawn(lambda: self._join(JoinTarget(session_id=self._new_session_id())))

    def pick_session(self, text: str) -> None:
        """Join by ID, link or number."""
        self.spawn(lambda: self._pick(text))

    @on(PickerScreen.Picked)
    def _picked(self, event: PickerScreen.Picked) -> None:
        self.pick_session(event.text)

    async def refresh_sessions(self) -> None:
        """Ask the service for running and recent sessions."""
        try:
            running = await self.handle.do(ListRunning())
            recent = (await self.handle.do(ListCalls())).calls
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        if isinstance(self.base, PickerScreen):
            self.base.list_sessions(running, recent, now_ms=self.clock())

    def cancel_join(self) -> None:
        """Stop connecting, and go back to where the join came from."""
        self.workers.cancel_group(self, "join")
        self.spawn(self._cancelled)

    async def _cancelled(self) -> None:
        try:
            await self.handle.do(Leave())
        except CallsError as error:
            self.notices.note(Category.ERROR, error.description)
        await self._turned_back()

    def turn_back(self) -> None:
        """Out of the green room without joining."""
        self.spawn(self._turned_back)

    async def _turned_back(self) -> None:
        self.last_line = "Cancelled before joining."
        if self._plan.target or self.snapshot.user is None:
            self.leave_app()
        else:
            await self._show_picker()

    def will_quit(self) -> None:
        """Leaving the call now also leaves the app."""
        self._quitting = True

    async def _pick(self, text: str) -> None:
        picker = self.base
        if text.isdecimal() and isinstance(picker, PickerScreen) and picker.numbered(int(text)):
            text = picker.numbered(int(text))
        try:
            target = read_target(text, self.credentials.app)
        except CallsError as error:
            if isinstance(picker, PickerScreen):
                picker.refuse(error.description)
            return
        self._voice = False
        await self._join(target)

    async def _join(self, target: JoinTarget) -> None:
        await self.enter(target, voice=self._voice)

    async def join_now(self, target: JoinTarget) -> None:
        """Into the call."""
        self._target = target
        await self._show_call(target.label)
        self.run_worker(self._joining(target), group="join", exclusive=True)

    async def _joining(self, target: JoinTarget) -> None:
        settings = app_settings(self._plan.settings, voice=self._voice)
        media = self.room.join_with(settings)
        try:
            await join(self.handle, target, settings, media)
        except CallsError as error:
            await self._join_failed(error)

    async def _join_failed(self, error: CallsError) -> None:
        self._end_shown = True
        self.notices.note(Category.ERROR, error.description)
        if self._plan.target or self.snapshot.user is None:
            self.last_line = f"{error.description} ({error.code})"
            await self._failed("Could not join", self.last_line, exit_code_of(error), retry=True)
            return
        await self._show_picker()
        if isinstance(self.base, PickerScreen):
            self.base.refuse(error.description)

    async def _failed(self, title: str, text: str, code: int, *, retry: bool) -> None:
        logged_in = self.snapshot.user is not None

        async def answered(answer: str | None) -> None:
            if answer == "retry":
                await self._again()
            elif answer == "back" and logged_in:
                self._target = JoinTarget()
                await self._show_picker()
            else:
                self.leave_app(code)

        dialog = failed_dialog(title, text, can_retry=retry, can_go_back=logged_in)
        await self.push_screen(CardScreen(dialog), answered)

    async def _again(self) -> None:
        if self._relay is not None and self._relay.is_finished and self._renew is not None:
            self.handle = await self._renew()
            self.follow_engine()
            if self._target.needs_login:
                await self._show_login()
                self._sign_in(self.credentials)
                return
        await self.join_now(self._target)

    # ---- what comes from the engine
    @on(SnapshotCame)
    def _snapshot_came(self) -> None:
        before, self.snapshot = self.snapshot, self.handle.snapshot()
        if self.green_room is not None:
            self.green_room.show_devices(self.snapshot.devices)
        if self.panel is None or self._end_shown:
            return
        self.panel.follow()
        if self.snapshot.in_session and not before.in_session:
            self._joined()

    def _joined(self) -> None:
        self._title(self.snapshot.title or self.snapshot.session_id)
        if self.whose_sound and not self.room.wanted:  # else the green room has said it
            self.tell(Category.INFO, self.whose_sound, Priority.URGENT)

    @on(CallPanel.Ended)
    async def _call_ended(self, event: CallPanel.Ended) -> None:
        if not self._end_shown:
            self._end_shown = True
            await self._ended(event.before, event.after)

    async def _ended(self, before: Snapshot, after: Snapshot) -> None:
        name = before.title or before.session_id
        lasted_ms = self.clock() - before.joined_at_ms
        reason = after.ended or EndReason.LEFT
        if reason is EndReason.LEFT:
            self.last_line = left_sentence(name, lasted_ms / 1000)
            if self._quitting or self._plan.target or after.user is None:
                self.leave_app()
            else:
                await self._show_picker()
                self.tell(Category.CALL, self.last_line)
            return
        lasted = f"You were in it for {duration_words(lasted_ms / 1000)}."
        self.last_line = f"{name}: {ending_sentence(reason, after.ended_detail)} {lasted}"
        retry = reason in REJOINABLE
        await self._failed("The call has ended", self.last_line, EXIT_OF_END[reason], retry=retry)

    @on(EngineLeft)
    async def _engine_left(self, event: EngineLeft) -> None:
        if self._quitting:
            return
        self._end_shown = True
        self.last_line = f"The call engine stopped. {event.text}"
        self.notices.note(Category.ERROR, self.last_line)
        hope = " Rejoin starts a new engine." if self._renew else ""
        await self._failed(
            "The call engine stopped",
            f"{event.text}\nNobody hears or sees you.{hope}",
            ExitCode.CONNECTION_LOST,
            retry=self._renew is not None and bool(self._target),
        )
