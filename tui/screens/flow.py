"""From screen to screen: signing in, the sessions, the green room, the call, and its end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

from textual.app import App
from textual.worker import Worker

from tui.bridge import EngineLeft, relay
from tui.domain.announcements import Category, Priority
from tui.domain.commands.account import Init, Logout
from tui.domain.commands.call import Attach, Detach, Leave
from tui.domain.endings import EXIT_OF_END, REJOINABLE
from tui.domain.errors import CallsError, ErrorCode, ExitCode, exit_code_of
from tui.domain.happenings.english_phrases import detached_sentence, ending_sentence, left_sentence
from tui.domain.snapshot import EndReason, Phase, Snapshot
from tui.domain.wording import duration_words
from tui.front.green_room import GreenRoom, own_name
from tui.front.start import Credentials, JoinTarget, StartPlan, join, sign_in
from tui.panel.call_panel import CallPanel
from tui.panel.dialog import failed_dialog
from tui.screens.app_ui import AppUi
from tui.screens.call import CallScreen
from tui.screens.card_screen import CardScreen
from tui.screens.login import LoginScreen
from tui.screens.password_card import PasswordCard
from tui.screens.screen_maker import ScreenMaker
from tui.screens.sessions import Sessions
from tui.screens.shown import Shown
from tui.screens.shown_here import app_settings
from tui.screens.supplies import Supplies


class Flow:
    """Which screen is shown follows from who is signed in and what the call does.

    Args:
        app: Its workers do what waits; it ends with an exit code.
        ui: Tells, asks and holds the session.
        shown: Shows the screens.
        maker: Makes the larger ones.
        start: What is known already; the screens ask for the rest.
        supplies: What the app is given from outside.
    """

    def __init__(
        self,
        app: App[int],
        ui: AppUi,
        shown: Shown,
        maker: ScreenMaker,
        start: StartPlan,
        supplies: Supplies,
    ):
        self._app = app
        self._ui = ui
        self._shown = shown
        self._maker = maker
        self._plan = start
        self._supplies = supplies
        self.room = GreenRoom(lambda: ui.handle, supplies.memory, start)
        """Where devices are tried and things decided before a call."""
        self.credentials = start.credentials
        """What the person signed in with last."""
        self.last_line = ""
        """What to print when the screen is gone."""
        self._sessions = Sessions(ui, shown)
        self._target = start.target
        self._voice = False
        self._end_shown = True
        self._quitting = False
        self._relay: Worker[None] | None = None

    @property
    def own(self) -> dict[str, Callable[[str], object]]:
        """What it does of the actions, by their ids."""
        return {
            "session.new": self.start_session,
            "session.join": self.pick_session,
            "session.refresh": lambda _: self._ui.spawn(self._sessions.refresh),
            "session.logout": lambda _: self._ui.spawn(self.sign_out),
            "app.quit": lambda _: self.quit(),
            "call.detach": lambda _: self._ui.spawn(self._detach),
        }

    # ---- start
    def follow_engine(self) -> None:
        """Take in what comes down from the handle."""
        self._ui.snapshot = self._ui.handle.snapshot()
        self._relay = self._app.run_worker(
            relay(self._ui.handle, self._app, self._ui.clock), group="relay", exclusive=True
        )

    async def begin(self) -> None:
        """Show the first screen, which depends on what is known."""
        snapshot = self._ui.snapshot
        target = self._target
        if snapshot.in_session:
            await self._show_call(snapshot.title or snapshot.session_id)
        elif target and (snapshot.user or not target.needs_login):
            await self._join(target)
        elif snapshot.user:
            await self._show_picker()
        else:
            await self._show_login()

    # ---- screens
    async def _show_login(self) -> None:
        screen = LoginScreen(self.credentials)
        await self._shown.show(screen, "Sign in")
        if self.credentials.complete:
            screen.set_busy(True)
            self.sign_in(self.credentials)

    async def _show_picker(self) -> None:
        await self._shown.show(self._maker.picker(), "Sessions")

    async def _show_call(self, label: str) -> None:
        panel = self._maker.call(label, self.cancel_join)
        self._end_shown = False
        await self._shown.show(CallScreen(panel), label)
        if self._ui.snapshot.in_session:
            self._joined()
            self._ui.spawn(self._attach)

    async def _attach(self) -> None:
        """We are before a call that nobody was before."""
        with contextlib.suppress(CallsError):
            await self._ui.handle.do(Attach())

    # ---- signing in
    def sign_in(self, known: Credentials) -> None:
        """Sign in with these; an earlier try is given up."""
        self.credentials = known
        self._app.run_worker(self._signing_in(known), group="login", exclusive=True)

    def stop_signing_in(self) -> None:
        """Give up signing in."""
        self._app.workers.cancel_group(self._app, "login")

    async def _signing_in(self, known: Credentials) -> None:
        try:
            await self._ui.handle.do(Init(known.app))
            await sign_in(self._ui.handle, known)
        except CallsError as error:
            self._ui.notices.note(Category.ERROR, error.description)
            if isinstance(self._shown.base, LoginScreen):
                self._shown.base.refuse(error)
            return
        self._ui.snapshot = self._ui.handle.snapshot()
        self._ui.notices.note(Category.INFO, "Signed in.")
        await self.begin()

    async def sign_out(self) -> None:
        """Log out, back to the login screen."""
        try:
            await self._ui.handle.do(Logout())
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
            return
        self.credentials = Credentials(app=self.credentials.app)
        self._ui.snapshot = self._ui.handle.snapshot()
        await self._show_login()

    # ---- joining
    def start_session(self, argument: str) -> None:
        """Join a new session; `voice` makes it one without pictures."""
        self._voice = argument.strip().lower() == "voice"
        self._ui.spawn(lambda: self._join(JoinTarget(session_id=self._supplies.new_session_id())))

    def pick_session(self, text: str) -> None:
        """Join by ID, link or number."""
        self._ui.spawn(lambda: self._pick(text))

    def cancel_join(self) -> None:
        """Stop connecting, and go back to where the join came from."""
        self._app.workers.cancel_group(self._app, "join")
        self._ui.spawn(self._cancelled)

    async def _cancelled(self) -> None:
        try:
            await self._ui.handle.do(Leave())
        except CallsError as error:
            self._ui.notices.note(Category.ERROR, error.description)
        await self._turned_back()

    async def _turned_back(self) -> None:
        self.last_line = "Cancelled before joining."
        if self._plan.target or self._ui.snapshot.user is None:
            self.leave()
        else:
            await self._show_picker()

    def will_quit(self) -> None:
        """From now on, leaving the call also leaves the app."""
        self._quitting = True

    def leave(self, code: int = ExitCode.LEFT) -> None:
        """End the app with an exit code."""
        self._quitting = True
        self._app.exit(code)

    def quit(self) -> None:
        """Quit; in a call, ask first."""
        panel, call = self._shown.panel, self._shown.call
        if self._ui.snapshot.in_session and panel is not None:
            panel.questions.leave(before=self.will_quit)
            return
        if call is not None and call.snapshot.phase is Phase.CONNECTING:
            self.cancel_join()
        self.leave()

    async def _detach(self) -> None:
        try:
            seconds = await self._ui.handle.do(Detach(), action="call.detach")
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
            return
        self.last_line = detached_sentence(seconds)
        self.leave()

    async def leave_unseen(self) -> None:
        """End: nobody sees it any more. The call is left, or kept where that was wished."""
        if self._quitting:
            return
        self._quitting = True
        if self._supplies.keeps and self._ui.snapshot.in_session:
            await self._detach()
            return
        with contextlib.suppress(CallsError):
            await self._ui.handle.do(Leave())
        self.leave(ExitCode.INTERRUPTED)

    async def _pick(self, text: str) -> None:
        target = await self._sessions.meant(text, self.credentials.app)
        if target is not None:
            self._voice = False
            await self._join(target)

    async def _join(self, target: JoinTarget) -> None:
        """Go into the green room, or straight into the call."""
        if not self.room.wanted:
            await self.join_now(target)
            return
        user = self._ui.snapshot.user
        self._target = target
        self.room.enter(target, voice=self._voice, server=self.credentials.app.server)
        screen = self._maker.green_room(
            self.room,
            label=target.label,
            name=self.room.name or own_name(self._plan.settings, user.name if user else ""),
            size=self._app.size,
        )
        await self._shown.show(screen, f"Join {target.label}")

    async def decided(self, name: str) -> None:
        """Join under this name: the green room is done."""
        user = self._ui.snapshot.user
        self.room.name = "" if user is not None and name == user.name else name
        await self.join_now(self._target)

    def turn_back(self) -> None:
        """Go back from the green room without joining."""
        self._ui.spawn(self._end_check)
        self._ui.spawn(self._turned_back)

    async def _end_check(self) -> None:
        try:
            await self.room.close()
        except CallsError as error:
            self._ui.notices.note(Category.ERROR, error.description)

    async def join_now(self, target: JoinTarget) -> None:
        """Go into the call."""
        self._target = target
        await self._show_call(target.label)
        self._app.run_worker(self._joining(target), group="join", exclusive=True)

    async def _joining(self, target: JoinTarget) -> None:
        settings = app_settings(self._plan.settings, voice=self._voice)
        media = self.room.join_with(settings)
        try:
            await join(self._ui.handle, target, settings, media)
        except CallsError as error:
            await self._join_failed(error)

    async def _join_failed(self, error: CallsError) -> None:
        self._end_shown = True
        self._ui.notices.note(Category.ERROR, error.description)
        if error.code == ErrorCode.PASSWORD_WRONG:
            await self._app.push_screen(
                CardScreen(PasswordCard(error.description)), self._password_typed
            )
            return
        if self._plan.target or self._ui.snapshot.user is None:
            self.last_line = f"{error.description} ({error.code})"
            await self._failed("Could not join", self.last_line, exit_code_of(error), retry=True)
            return
        await self._show_picker()
        self._sessions.refuse(error)

    async def _password_typed(self, password: str | None) -> None:
        if password:
            await self.join_now(replace(self._target, password=password))
        else:
            await self._turned_back()

    async def _failed(self, title: str, text: str, code: int, *, retry: bool) -> None:
        logged_in = self._ui.snapshot.user is not None

        async def answered(answer: str | None) -> None:
            if answer == "retry":
                await self._again()
            elif answer == "back" and logged_in:
                self._target = JoinTarget()
                await self._show_picker()
            else:
                self.leave(code)

        dialog = failed_dialog(title, text, can_retry=retry, can_go_back=logged_in)
        await self._app.push_screen(CardScreen(dialog), answered)

    async def _again(self) -> None:
        if self._relay is not None and self._relay.is_finished and self._supplies.renew is not None:
            self._ui.handle = await self._supplies.renew()
            self.follow_engine()
            if self._target.needs_login:
                await self._show_login()
                self.sign_in(self.credentials)
                return
        await self.join_now(self._target)

    # ---- what comes from the engine
    def snapshot_came(self) -> None:
        """Show the newest snapshot where it counts."""
        before, self._ui.snapshot = self._ui.snapshot, self._ui.handle.snapshot()
        if self._shown.green_room is not None:
            self._shown.green_room.show_devices(self._ui.snapshot.devices)
        if self._shown.panel is None or self._end_shown:
            return
        self._shown.panel.follow()
        if self._ui.snapshot.in_session and not before.in_session:
            self._joined()

    def _joined(self) -> None:
        self._shown.title_of(self._ui.snapshot.title or self._ui.snapshot.session_id)
        if self._supplies.whose_sound and not self.room.wanted:  # else the green room has said it
            self._ui.tell(Category.INFO, self._supplies.whose_sound, Priority.URGENT)

    async def call_ended(self, event: CallPanel.Ended) -> None:
        """Say how it ended, and go where it came from."""
        if not self._end_shown:
            self._end_shown = True
            await self._ended(event.before, event.after)

    async def _ended(self, before: Snapshot, after: Snapshot) -> None:
        name = before.title or before.session_id
        lasted_ms = self._ui.clock() - before.joined_at_ms
        reason = after.ended or EndReason.LEFT
        if reason is EndReason.LEFT:
            self.last_line = left_sentence(name, lasted_ms / 1000)
            if self._quitting or self._plan.target or after.user is None:
                self.leave()
            else:
                await self._show_picker()
                self._ui.tell(Category.CALL, self.last_line)
            return
        lasted = f"You were in it for {duration_words(lasted_ms / 1000)}."
        self.last_line = f"{name}: {ending_sentence(reason, after.ended_detail)} {lasted}"
        retry = reason in REJOINABLE
        await self._failed("The call has ended", self.last_line, EXIT_OF_END[reason], retry=retry)

    async def engine_left(self, event: EngineLeft) -> None:
        """Say that nobody hears us any more, and offer a new engine."""
        if self._quitting:
            return
        self._end_shown = True
        self.last_line = f"The call engine stopped. {event.text}"
        self._ui.notices.note(Category.ERROR, self.last_line)
        hope = " Rejoin starts a new engine." if self._supplies.renew else ""
        await self._failed(
            "The call engine stopped",
            f"{event.text}\nNobody hears or sees you.{hope}",
            ExitCode.CONNECTION_LOST,
            retry=self._supplies.renew is not None and bool(self._target),
        )
