"""Before the call: logging in by prompts, and the numbered menu of sessions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.domain.actions import Scope
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import LoggedCall, RunningSession, User
from tui.domain.text import clean
from tui.domain.wording import duration_words, listed
from tui.linear.conversation import Conversation
from tui.linear.dispatch import Dispatcher
from tui.linear.feed import Feed
from tui.linear.plan import StartPlan
from tui.linear.words import day_and_time
from tui.ports.handle import Handle
from tui.wire.address import JoinLink, parse_join_link

_RECENT: Final = 9
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
"""Without i, l and o, which are read wrong."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen from the menu."""

    session_id: str = ""
    call_token: str = ""
    """From a link that carries one."""

    voice: bool = False
    sign_out: bool = False


class _Chosen(Exception):
    """A command, not a number, chose."""

    def __init__(self, wish: Wish):
        super().__init__()
        self.wish = wish


class _Again(Exception):
    """Show the menu again."""


def new_session_id() -> str:
    """A session ID that can be read out: `abc-defg-hjk`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(10))
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"


async def log_in(
    handle: Handle,
    plan: StartPlan,
    feed: Feed,
    conversation: Conversation,
    dispatcher: Dispatcher,
) -> User:
    """Log in with what the plan holds, else by questions until it works.

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
            feed.reply("error", "Sign in first.")
        else:
            await dispatcher.do(action, argument, Scope.LOBBY)

    uid, api_key, auth_token = plan.uid, plan.api_key or plan.app.auth_key, plan.auth_token
    while True:
        try:
            if auth_token:
                user = await handle.login_with_auth_token(auth_token)
            else:
                if not uid:
                    if not conversation.interactive:
                        raise _no_login()
                    uid = await conversation.ask("User ID?", on_command=command)
                if not api_key and conversation.interactive:
                    api_key = await conversation.ask("API key? Typing is hidden.", secret=True)
                user = await handle.login(uid, api_key)
        except CallsError as error:
            if not conversation.interactive:
                raise
            feed.reply("error", clean(error.description) or error.code)
            uid = api_key = auth_token = ""
            continue
        feed.reply("info", f"Signed in as {user.name}.")
        return user


def _no_login() -> CallsError:
    return CallsError(
        ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Give --user, or CELLCALL_AUTH_TOKEN."
    )


class Lobby:
    """The menu of sessions.

    Args:
        handle: Logged in.
        feed: Where the menu goes.
        conversation: Where answers come from.
        dispatcher: Does commands that are not about sessions.
        server: The origin in use, to tell links of another one.
        now_ms: Unix milliseconds.
    """

    def __init__(
        self,
        handle: Handle,
        feed: Feed,
        conversation: Conversation,
        dispatcher: Dispatcher,
        *,
        server: str,
        now_ms: Callable[[], int],
    ):
        self._handle = handle
        self._feed = feed
        self._conversation = conversation
        self._dispatcher = dispatcher
        self._server = server
        self._now_ms = now_ms
        self._shown: list[Wish] = []

    async def choose(self) -> Wish:
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
                if wish == Wish():
                    wish = self._meant(await self._conversation.ask("Session ID or link?"))
            except _Chosen as chosen:
                wish = chosen.wish
            except _Again:
                continue
            except CallsError as error:
                self._feed.reply("error", clean(error.description) or error.code)
                continue
            return wish

    async def _look(self) -> tuple[tuple[RunningSession, ...], tuple[LoggedCall, ...]]:
        try:
            return await self._handle.running_sessions(), await self._handle.call_log()
        except CallsError as error:
            # A service without these lists still lets one join by ID.
            self._feed.reply("error", f"No list of sessions: {clean(error.description)}")
            return (), ()

    def _items(
        self, running: tuple[RunningSession, ...], recent: tuple[LoggedCall, ...]
    ) -> list[tuple[str, str, Wish]]:
        items = [
            ("join", "Join by session ID or link", Wish()),
            ("new", "Start a new session", Wish(session_id=new_session_id())),
        ]
        for session in running:
            who = f", with {listed(session.participants)}" if session.participants else ""
            words = f"{session.session_id}, running{who}"
            items.append((session.session_id, words, Wish(session_id=session.session_id)))
        known = {session.session_id for session in running}
        for call in recent:
            if call.session_id in known or len(known) >= _RECENT + len(running):
                continue
            known.add(call.session_id)
            words = f"{call.session_id}, {day_and_time(call.started_at_ms, self._now_ms())}"
            if call.ended_at_ms > call.started_at_ms:
                words += f", {duration_words((call.ended_at_ms - call.started_at_ms) / 1000)}"
            items.append((call.session_id, words, Wish(session_id=call.session_id)))
        items.append(("sign out", "Sign out", Wish(sign_out=True)))
        return items

    def _meant(self, text: str) -> Wish:
        link = parse_join_link(text)
        if link is not None:
            return self._of_link(link)
        session_id = clean(text, 300)
        if session_id.isdecimal() and 1 <= int(session_id) <= len(self._shown):
            wish = self._shown[int(session_id) - 1]
            if wish != Wish():
                return wish
        if not session_id:
            raise CallsError(ErrorCode.SESSION_ID_MISSING, "The session ID is empty. Type one.")
        return Wish(session_id=session_id)

    def _of_link(self, link: JoinLink) -> Wish:
        if link.server.rstrip("/") != self._server.rstrip("/"):
            raise CallsError(
                ErrorCode.VALIDATION,
                f"That link is for {clean(link.server, 100)}, and you are signed in at "
                f"{clean(self._server, 100)}. Quit and type: cellcall join LINK",
            )
        return Wish(session_id=link.session_id, call_token=link.token)

    async def _command(self, line: str) -> None:
        resolved = await self._dispatcher.resolve(line, Scope.LOBBY)
        if resolved is None:
            return
        action, argument = resolved
        match action.id:
            case "session.new":
                raise _Chosen(Wish(session_id=new_session_id(), voice=argument == "voice"))
            case "session.join":
                raise _Chosen(self._meant(argument))
            case "session.refresh":
                raise _Again
            case "session.logout":
                raise _Chosen(Wish(sign_out=True))
            case _:
                await self._dispatcher.do(action, argument, Scope.LOBBY)
