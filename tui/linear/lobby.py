"""Before the call: logging in by prompts, and the numbered menu of sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Final

from tui.domain.actions import Scope
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import Init, ListCalls, ListRunning
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.settings import REGIONS, AppSettings
from tui.domain.snapshot import RunningSession
from tui.domain.text import clean, either
from tui.domain.uid import check_uid
from tui.domain.wording import duration_words, listed
from tui.front.sessions import recent_sessions
from tui.front.start import (
    Credentials,
    JoinTarget,
    app_of_cloud,
    app_of_server,
    is_cloud,
    new_session_id,
    read_and_meet,
    sign_in,
)
from tui.linear.conversation import Conversation, OnCommand
from tui.linear.dispatch import Dispatcher
from tui.linear.line_queue import LineQueue
from tui.linear.times import day_and_time
from tui.ports.handle import Handle
from tui.wire.address import complete

_RECENT: Final = 9
_KEY_CODES: Final = ("AUTH_ERR_API_KEY_NOT_FOUND", ErrorCode.API_KEY_NOT_FOUND)
"""Another key mends these; who and where are right."""


@dataclass(frozen=True, slots=True)
class MenuChoice:
    """What was chosen from the menu."""

    target: JoinTarget = field(default_factory=JoinTarget)
    """Nothing: to be asked for."""
    voice: bool = False
    sign_out: bool = False


def _named(session_id: str, *, voice: bool = False) -> MenuChoice:
    return MenuChoice(JoinTarget(session_id=session_id), voice=voice)


class _Chosen(Exception):
    """A command, not a number, chose."""

    def __init__(self, wish: MenuChoice):
        super().__init__()
        self.wish = wish


class _Again(Exception):
    """Show the menu again."""


async def log_in(
    handle: Handle,
    known: Credentials,
    queue: LineQueue,
    conversation: Conversation,
    dispatcher: Dispatcher,
) -> Credentials:
    """Log in with what is known, else by questions until it works. Returns what worked.

    Raises:
        CallsError: Refused, and nobody is there to try again.
        Back: The person gave up.
    """

    async def command(line: str) -> None:
        resolved = await dispatcher.resolve(line, Scope.LOBBY)
        if resolved is None:
            return
        action, argument = resolved
        if action.scope is Scope.LOBBY:
            queue.reply("error", "Sign in first.")
        else:
            await dispatcher.do(action, argument, Scope.LOBBY)

    if known.complete or not conversation.interactive:
        await handle.do(Init(known.app))
    if known.withheld:
        queue.reply("info", f"{known.withheld} Sign in there, or quit.")
    while True:
        try:
            if not known.auth_token:
                known = await _asked(known, conversation, command)
                await handle.do(Init(known.app))
            user = await sign_in(handle, known)
        except CallsError as error:
            if not conversation.interactive:
                raise
            queue.reply("error", clean(error.description) or error.code)
            about_key = error.code in _KEY_CODES
            known = Credentials(app=known.app, uid=known.uid if about_key else "")
            continue
        queue.reply("info", f"Signed in as {user.name}.")
        return known


async def _asked(
    known: Credentials, conversation: Conversation, on_command: OnCommand
) -> Credentials:
    """What is missing, from the person."""
    if not known.uid:
        if not conversation.interactive:
            raise _no_login()
        known = await _place(known, conversation, on_command)
        known = replace(known, uid=await conversation.ask("User ID?", on_command=on_command))
        check_uid(known.uid)
    api_key = known.api_key or known.app.auth_key
    if not api_key and conversation.interactive:
        api_key = await conversation.ask("API key? Typing is hidden.", secret=True)
    return replace(known, api_key=api_key)


async def _place(
    known: Credentials, conversation: Conversation, on_command: OnCommand
) -> Credentials:
    """Where to sign in, from the person; what was known for another place is left behind."""
    before = known.app
    now = f"the CometChat app {clean(before.app_id, 40)}" if is_cloud(before) else before.server
    kept = f"Enter for {clean(now, 80)}, the address of another" if now else "The address of a"
    typed = await conversation.ask(
        f"Sign in where? {kept} cellcall server, or app for a CometChat app.",
        on_command=on_command,
    )
    if not typed:
        return known
    if typed.lower() == "app":
        app_id = await conversation.ask("App ID?", on_command=on_command)
        region = await conversation.ask(
            f"Region? {either(REGIONS)}. Enter for {AppSettings().region}.", on_command=on_command
        )
        app = app_of_cloud(app_id, region, before)
    else:
        app = app_of_server(complete(typed), before)
    return known if app == before else Credentials(app=app, uid=known.uid)


def _no_login() -> CallsError:
    return CallsError(
        ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Give --user, or CELLCALL_AUTH_TOKEN."
    )


class Lobby:
    """The menu of sessions.

    Args:
        handle: Logged in.
        queue: Where the menu goes.
        conversation: Where answers come from.
        dispatcher: Does commands that are not about sessions.
        app: Where the person is signed in.
        now_ms: Unix milliseconds.
    """

    def __init__(
        self,
        handle: Handle,
        queue: LineQueue,
        conversation: Conversation,
        dispatcher: Dispatcher,
        *,
        app: AppSettings,
        now_ms: Callable[[], int],
    ):
        self._handle = handle
        self._queue = queue
        self._conversation = conversation
        self._dispatcher = dispatcher
        self._app = app
        self._now_ms = now_ms
        self._shown: list[MenuChoice] = []

    async def choose(self) -> MenuChoice:
        """Show the menu until something is chosen.

        Raises:
            Back: Control D: the person wants to go.
        """
        while True:
            running, recent = await self._look()
            items = self._items(running, recent)
            self._shown = [wish for _, _, wish in items]
            try:
                index = await self._conversation.choose(
                    [(name, words) for name, words, _ in items],
                    on_command=self._command,
                    back="quit",
                )
                wish = self._shown[index]
                if wish == MenuChoice():
                    wish = await self._meant(await self._conversation.ask("Session ID or link?"))
            except _Chosen as chosen:
                wish = chosen.wish
            except _Again:
                continue
            except CallsError as error:
                self._queue.reply("error", clean(error.description) or error.code)
                continue
            return wish

    async def _look(self) -> tuple[tuple[RunningSession, ...], tuple[LoggedCall, ...]]:
        # A service without these lists still lets one join by ID.
        running: tuple[RunningSession, ...] = ()
        recent: tuple[LoggedCall, ...] = ()
        try:
            running = await self._handle.do(ListRunning())
        except CallsError as error:
            absent = error.code == ErrorCode.NOT_SUPPORTED
            words = f"No list of sessions: {clean(error.description)}"
            self._queue.reply("info" if absent else "error", words)
        try:
            recent = (await self._handle.do(ListCalls())).calls
        except CallsError as error:
            self._queue.reply("error", f"No list of calls: {clean(error.description)}")
        return running, recent

    def _items(
        self, running: tuple[RunningSession, ...], recent: tuple[LoggedCall, ...]
    ) -> list[tuple[str, str, MenuChoice]]:
        items = [
            ("join", "Join by session ID or link", MenuChoice()),
            ("new", "Start a new session", _named(new_session_id())),
        ]
        for session in running:
            who = f", with {listed(session.participants)}" if session.participants else ""
            words = f"{session.session_id}, running{who}"
            items.append((session.session_id, words, _named(session.session_id)))
        for call in recent_sessions(recent, running, _RECENT):
            words = f"{call.session_id}, {day_and_time(call.started_at_ms, self._now_ms())}"
            if call.ended_at_ms > call.started_at_ms:
                words += f", {duration_words((call.ended_at_ms - call.started_at_ms) / 1000)}"
            items.append((call.session_id, words, _named(call.session_id)))
        items.append(("sign out", "Sign out", MenuChoice(sign_out=True)))
        return items

    async def _meant(self, text: str) -> MenuChoice:
        if text.isdecimal() and 1 <= int(text) <= len(self._shown):
            wish = self._shown[int(text) - 1]
            if wish != MenuChoice():
                return wish
        return MenuChoice(await read_and_meet(self._handle, text, self._app))

    async def _command(self, line: str) -> None:
        resolved = await self._dispatcher.resolve(line, Scope.LOBBY)
        if resolved is None:
            return
        action, argument = resolved
        match action.id:
            case "session.new":
                raise _Chosen(_named(new_session_id(), voice=argument == "voice"))
            case "session.join":
                raise _Chosen(await self._meant(argument))
            case "session.refresh":
                raise _Again
            case "session.logout":
                raise _Chosen(MenuChoice(sign_out=True))
            case _:
                await self._dispatcher.do(action, argument, Scope.LOBBY)
