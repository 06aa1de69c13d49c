"""From screen to screen: signing in, the sessions, the green room, the call, and its end."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from textual.worker import Worker

from tui.bridge import EngineLeft, relay
from tui.domain.announcements import Category, Priority
from tui.domain.commands.account import Init, ListCalls, ListRunning, Logout
from tui.domain.commands.call import Leave
from tui.domain.endings import EXIT_OF_END, REJOINABLE
from tui.domain.errors import CallsError, ExitCode, exit_code_of
from tui.domain.happenings.english import ending_sentence, left_sentence
from tui.domain.ids import NO_STREAM
from tui.domain.snapshot import EndReason, Phase, Snapshot
from tui.domain.text import clean
from tui.domain.wording import duration_words
from tui.front.green_room import GreenRoom, own_name
from tui.front.start import Credentials, JoinTarget, StartPlan, join, read_target, sign_in
from tui.panel.call_panel import CallPanel
from tui.panel.dialog import failed_dialog
from tui.panel.surroundings import Surroundings
from tui.ports.handle import Handle
from tui.ports.memory import Memory
from tui.screens.acting import ActingApp
from tui.screens.call import CallScreen
from tui.screens.card_screen import CardScreen
from tui.screens.facts import facts
from tui.screens.green_room import GreenRoomScreen
from tui.screens.login import LoginScreen
from tui.screens.picker import PickerScreen
from tui.screens.shown_here import app_settings
from tui.widgets.preview import Preview


class Flow:
    """Which screen is shown follows from who is signed in and what the call does.

    Args:
        app: Shows the screens.
        start: What is known already; the screens ask for the rest.
        memory: Keeps what the green room decided.
        new_session_id: Makes the ID of a session started here.
        renew: Makes a new handle when the engine is gone; None offers no rejoin then.
    """

    def __init__(
        self,
        app: ActingApp,
        start: StartPlan,
        memory: Memory,
        *,
        new_session_id: Callable[[], str],
        renew: Callable[[], Awaitable[Handle]] | None,
    ):
        self._app = app
        self._plan = start
        self._new_session_id = new_session_id
        self._renew = renew
        self.room = GreenRoom(lambda: app.handle, memory, start)
        """What is tried out and decided before a call."""
        self.credentials = start.credentials
        """What the person signed in with last."""
        self.last_line = ""
        """What to print when the screen is gone."""
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
            "session.refresh": lambda _: self._app.spawn(self.refresh_sessions),
            "session.logout": lambda _: self._app.spawn(self.sign_out),
            "app.quit": lambda _: self.quit(),
        }

    # ---- start
    def follow_engine(self) -> None:
        """Take in what comes down from the handle."""
        self._app.snapshot = self._app.handle.snapshot()
        self._relay = self._app.run_worker(
            relay(self._app.handle, self._app, self._app.clock), group="relay", exclusive=True
        )

    async def begin(self) -> None:
        """The first screen depends on what is known."""
        snapshot = self._app.snapshot
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
        await self._app.show_screen(screen, "Sign in")
        if self.credentials.complete:
            screen.set_busy(True)
            self.sign_in(self.credentials)

    async def _show_picker(self) -> None:
        await self._app.show_screen(PickerScreen(self._app.snapshot.user), "Sessions")

    async def _show_call(self, label: str) -> CallPanel:
        app = self._app
        panel = CallPanel(
            app.handle,
            label=clean(label, 60),
            drawing=app.drawing,
            clock=app.clock,
            sensing=app.sensing,
            whose_sound=app.whose_sound,
            around=Surroundings(app.notices, app.over, app.acts.own, self.cancel_join),
        )
        self._end_shown = False
        await self._app.show_screen(CallScreen(panel), clean(label, 60))
        if self._app.snapshot.in_session:
            self._joined()
        return panel

    # ---- signing in
    def sign_in(self, known: Credentials) -> None:
        """Sign in with these; a try before this one is given up."""
        self.credentials = known
        self._app.run_worker(self._signing_in(known), group="login", exclusive=True)

    def stop_signing_in(self) -> None:
        """Give the try up."""
        self._app.workers.cancel_group(self._app, "login")

    async def _signing_in(self, known: Credentials) -> None:
        try:
            await self._app.handle.do(Init(known.app))
            await sign_in(self._app.handle, known)
        except CallsError as error:
            self._app.notices.note(Category.ERROR, error.description)
            if isinstance(self._app.base, LoginScreen):
                self._app.base.refuse(error)
            return
        self._app.snapshot = self._app.handle.snapshot()
        self._app.notices.note(Category.INFO, "Signed in.")
        await self.begin()

    async def sign_out(self) -> None:
        """Log out, back to the login screen."""
        try:
            await self._app.handle.do(Logout())
        except CallsError as error:
            self._app.tell(Category.ERROR, error.description)
            return
        self.credentials = Credentials(app=self.credentials.app)
        self._app.snapshot = self._app.handle.snapshot()
        await self._show_login()

    # ---- joining
    def start_session(self, argument: str) -> None:
        """Join a new session; `voice` makes it one without pictures."""
        self._voice = argument.strip().lower() == "voice"
        self._app.spawn(lambda: self._join(JoinTarget(session_id=self._new_session_id())))

    def pick_session(self, text: str) -> None:
        """Join by ID, link or number."""
        self._app.spawn(lambda: self._pick(text))

    async def refresh_sessions(self) -> None:
        """Ask the service for running and recent sessions."""
        try:
            running = await self._app.handle.do(ListRunning())
            recent = (await self._app.handle.do(ListCalls())).calls
        except CallsError as error:
            self._app.tell(Category.ERROR, error.description)
            return
        if isinstance(self._app.base, PickerScreen):
            self._app.base.list_sessions(running, recent, now_ms=self._app.clock())

    def cancel_join(self) -> None:
        """Stop connecting, and go back to where the join came from."""
        self._app.workers.cancel_group(self._app, "join")
        self._app.spawn(self._cancelled)

    async def _cancelled(self) -> None:
        try:
            await self._app.handle.do(Leave())
        except CallsError as error:
            self._app.notices.note(Category.ERROR, error.description)
        await self._turned_back()

    async def _turned_back(self) -> None:
        self.last_line = "Cancelled before joining."
        if self._plan.target or self._app.snapshot.user is None:
            self.leave()
        else:
            await self._show_picker()

    def will_quit(self) -> None:
        """Leaving the call now also leaves the app."""
        self._quitting = True

    def leave(self, code: int = ExitCode.LEFT) -> None:
        """End the app with an exit code."""
        self._quitting = True
        self._app.exit(code)

    def quit(self) -> None:
        """In a call it asks first."""
        panel, app = self._app.panel, self._app
        if app.snapshot.in_session and panel is not None:
            panel.questions.leave(before=self.will_quit)
            return
        if app.call is not None and app.call.snapshot.phase is Phase.CONNECTING:
            self.cancel_join()
        self.leave()

    async def leave_unseen(self) -> None:
        """Nobody sees the call any more: leave it, and end."""
        self._quitting = True
        with contextlib.suppress(CallsError):
            await self._app.handle.do(Leave())
        self.leave(ExitCode.INTERRUPTED)

    async def _pick(self, text: str) -> None:
        picker = self._app.base if isinstance(self._app.base, PickerScreen) else None
        if picker is not None and text.isdecimal():
            text = picker.numbered(int(text)) or text
        try:
            target = read_target(text, self.credentials.app)
        except CallsError as error:
            if picker is not None:
                picker.refuse(error.description)
            return
        self._voice = False
        await self._join(target)

    async def _join(self, target: JoinTarget) -> None:
        """Into the green room, or straight into the call."""
        if not self.room.wanted:
            await self.join_now(target)
            return
        app, user = self._app, self._app.snapshot.user
        self._target = target
        self.room.enter(target, voice=self._voice, server=self.credentials.app.server)
        screen = GreenRoomScreen(
            self.room,
            label=clean(target.label, 60),
            name=self.room.name or own_name(self._plan.settings, user.name if user else ""),
            facts=facts(
                app.size, app.drawing.terminal, app.sensing, self.room.address, app.whose_sound
            ),
            still=app.drawing.still,
            preview=Preview(
                picture=lambda: app.handle.picture(NO_STREAM),
                want_picture=lambda width, height: app.handle.show_picture(
                    NO_STREAM, width, height
                ),
                look=app.drawing.look,
            ),
            note=lambda text: app.notices.tell_shown(Category.INFO, text),
        )
        await self._app.show_screen(screen, f"Join {target.label}")

    async def decided(self, name: str) -> None:
        """The green room is done: join, under this name."""
        user = self._app.snapshot.user
        self.room.name = "" if user is not None and name == user.name else name
        await self.join_now(self._target)

    def turn_back(self) -> None:
        """Out of the green room without joining."""
        self._app.spawn(self._end_check)
        self._app.spawn(self._turned_back)

    async def _end_check(self) -> None:
        try:
            await self.room.close()
        except CallsError as error:
            self._app.notices.note(Category.ERROR, error.description)

    async def join_now(self, target: JoinTarget) -> None:
        """Into the call."""
        self._target = target
        await self._show_call(target.label)
        self._app.run_worker(self._joining(target), group="join", exclusive=True)

    async def _joining(self, target: JoinTarget) -> None:
        settings = app_settings(self._plan.settings, voice=self._voice)
        media = self.room.join_with(settings)
        try:
            await join(self._app.handle, target, settings, media)
        except CallsError as error:
            await self._join_failed(error)

    async def _join_failed(self, error: CallsError) -> None:
        self._end_shown = True
        self._app.notices.note(Category.ERROR, error.description)
        if self._plan.target or self._app.snapshot.user is None:
            self.last_line = f"{error.description} ({error.code})"
            await self._failed("Could not join", self.last_line, exit_code_of(error), retry=True)
            return
        await self._show_picker()
        if isinstance(self._app.base, PickerScreen):
            self._app.base.refuse(error.description)

    async def _failed(self, title: str, text: str, code: int, *, retry: bool) -> None:
        logged_in = self._app.snapshot.user is not None

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
        if self._relay is not None and self._relay.is_finished and self._renew is not None:
            self._app.handle = await self._renew()
            self.follow_engine()
            if self._target.needs_login:
                await self._show_login()
                self.sign_in(self.credentials)
                return
        await self.join_now(self._target)

    # ---- what comes from the engine
    def snapshot_came(self) -> None:
        """Show the newest one where it counts."""
        before, self._app.snapshot = self._app.snapshot, self._app.handle.snapshot()
        if isinstance(self._app.base, GreenRoomScreen):
            self._app.base.show_devices(self._app.snapshot.devices)
        if self._app.panel is None or self._end_shown:
            return
        self._app.panel.follow()
        if self._app.snapshot.in_session and not before.in_session:
            self._joined()

    def _joined(self) -> None:
        self._app.title_of(self._app.snapshot.title or self._app.snapshot.session_id)
        if self._app.whose_sound and not self.room.wanted:  # else the green room has said it
            self._app.tell(Category.INFO, self._app.whose_sound, Priority.URGENT)

    async def call_ended(self, event: CallPanel.Ended) -> None:
        """Say how it ended, and go where it came from."""
        if not self._end_shown:
            self._end_shown = True
            await self._ended(event.before, event.after)

    async def _ended(self, before: Snapshot, after: Snapshot) -> None:
        name = before.title or before.session_id
        lasted_ms = self._app.clock() - before.joined_at_ms
        reason = after.ended or EndReason.LEFT
        if reason is EndReason.LEFT:
            self.last_line = left_sentence(name, lasted_ms / 1000)
            if self._quitting or self._plan.target or after.user is None:
                self.leave()
            else:
                await self._show_picker()
                self._app.tell(Category.CALL, self.last_line)
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
        self._app.notices.note(Category.ERROR, self.last_line)
        hope = " Rejoin starts a new engine." if self._renew else ""
        await self._failed(
            "The call engine stopped",
            f"{event.text}\nNobody hears or sees you.{hope}",
            ExitCode.CONNECTION_LOST,
            retry=self._renew is not None and bool(self._target),
        )
