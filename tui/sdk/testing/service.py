"""The service in this process: same rules and refusals as the embedded server, no network.

For tests, together with the loopback transport, which stands in for LiveKit's and takes its
documents. It is also told what the transport sees (`session_started` and so on), from which it
answers the session list and the call log.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tui.domain.call_log import (
    ALL_CALLS,
    MOST_CALLS,
    CallLogPage,
    CallLogQuery,
    LoggedCall,
    LoggedPerson,
    TranscriptPage,
)
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import LiveKitJoin
from tui.domain.snapshot import RunningSession, User
from tui.domain.text import clean
from tui.ports.service import Invitation, JoinDocument
from tui.wire.codes import ServerCode
from tui.wire.login_limit import LoginLimiter
from tui.wire.rules import (
    DEFAULT_CALL_TOKEN_TTL_S,
    bad_api_key,
    bad_auth_token,
    call_token_expired,
    call_token_invalid,
    call_token_missing,
    call_token_of_other_user,
    call_token_signed_out,
    check_session_id,
    check_uid,
    display_name,
    is_uid,
    no_such_user,
    user_exists,
)


@dataclass(frozen=True, slots=True)
class _CallToken:
    user: User
    session_id: str
    moderator: bool
    expires_at_s: float
    auth_token: str = ""
    """Of the sign-in that made it; empty: it came by a link."""


@dataclass(slots=True)
class _Session:
    session_id: str
    started_at_ms: int
    ended_at_ms: int = 0
    present: dict[str, str] = field(default_factory=dict)
    """uid -> name of who is in it."""
    ever: dict[str, LoggedPerson] = field(default_factory=dict)
    """uid -> who has been in it."""

    def fits(self, uid: str, query: CallLogQuery) -> bool:
        """Whether it is in the call log of `uid`: a meeting with pictures, of no group."""
        initiator = next(iter(self.ever), "")
        return (
            uid in self.ever
            and not (query.has_recording or query.has_transcriptions or query.guid)
            and query.category in ("", "meet")
            and query.call_type in ("", "video")
            and query.status in ("", "ended" if self.ended_at_ms else "ongoing")
            and query.direction in ("", "outgoing" if initiator == uid else "incoming")
            and (not query.uid or query.uid in self.ever)
        )

    def logged(self, now_ms: float) -> LoggedCall:
        """As one line of the log; its times are whole seconds, as on the wire."""

        def minutes(begin_ms: int, end_ms: int) -> float:
            return round(max(0, (end_ms or now_ms) - begin_ms) / 60_000, 2)

        def whole(at_ms: int) -> int:
            return at_ms // 1000 * 1000

        return LoggedCall(
            session_id=self.session_id,
            started_at_ms=whole(self.started_at_ms),
            ended_at_ms=whole(self.ended_at_ms),
            participants=tuple(one.name for one in self.ever.values()),
            status="ended" if self.ended_at_ms else "ongoing",
            initiator=next(iter(self.ever), ""),
            total_minutes=minutes(self.started_at_ms, self.ended_at_ms),
            people=tuple(
                replace(
                    one,
                    joined_at_ms=whole(one.joined_at_ms),
                    left_at_ms=whole(one.left_at_ms),
                    total_minutes=minutes(one.joined_at_ms, one.left_at_ms),
                    state="ended" if one.left_at_ms else "ongoing",
                )
                for one in self.ever.values()
            ),
        )


class MemoryService:
    """The `Service` port in this process.

    Args:
        api_key: What `create_user` and `create_auth_token` accept; None: anything.
        open_users: Whether logging in creates an unknown user.
        call_token_ttl_s: How long a call token is good for [s].
        logins_per_minute: For one user ID.
        now_s: Seconds since 1970.
        monotonic_s: Seconds of a clock that never jumps.
    """

    def __init__(
        self,
        *,
        api_key: str | None = "memory-api-key",
        open_users: bool = False,
        call_token_ttl_s: float = DEFAULT_CALL_TOKEN_TTL_S,
        logins_per_minute: int = 30,
        now_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
    ):
        self.api_key = api_key or ""
        self._any_key = api_key is None
        self.address = ""
        """There is no network in between."""
        self._open_users = open_users
        self._call_token_ttl_s = call_token_ttl_s
        self._limiter = LoginLimiter(logins_per_minute)
        self._now_s = now_s
        self._monotonic_s = monotonic_s
        self._users: dict[str, User] = {}
        self._auth_tokens: dict[str, str] = {}
        self._call_tokens: dict[str, _CallToken] = {}
        self._moderators: dict[str, tuple[str, float]] = {}
        """Session ID -> who moderates it, and when they asked."""
        self._sessions: list[_Session] = []
        self._invitations: dict[str, str] = {}
        """By session: the code of its link for many."""
        self._guests = 0

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """As POST `/users`."""
        self._check_api_key(api_key)
        check_uid(uid)
        if uid in self._users:
            raise user_exists(uid)
        return self._add_user(uid, name)

    async def create_auth_token(self, uid: str, api_key: str) -> str:
        """As POST `/users/{uid}/auth_tokens`."""
        self._check_api_key(api_key)
        if uid not in self._users:
            if not (self._open_users and is_uid(uid)):
                raise no_such_user(uid)
            self._add_user(uid, uid)
        token = secrets.token_urlsafe(32)
        self._auth_tokens[token] = uid
        return token

    async def me(self, auth_token: str) -> User:
        """As PUT `/me`."""
        return self._user_of(auth_token)

    async def logout(self, auth_token: str) -> None:
        """As DELETE `/me`."""
        self._user_of(auth_token)
        del self._auth_tokens[auth_token]

    async def create_call_token(self, auth_token: str, session_id: str) -> str:
        """As POST `/call_tokens`."""
        user = self._user_of(auth_token)
        session_id = check_session_id(session_id)
        if self._running(session_id) is None:
            _, asked_s = self._moderators.get(session_id, ("", 0.0))
            if asked_s <= self._now_s() - self._call_token_ttl_s:
                self._moderators[session_id] = (user.uid, self._now_s())
        moderator, _ = self._moderators.get(session_id, ("", 0.0))
        token = self.issue_call_token(user, session_id, moderator=moderator == user.uid)
        self._call_tokens[token] = replace(self._call_tokens[token], auth_token=auth_token)
        return token

    def issue_call_token(
        self,
        user: User,
        session_id: str,
        *,
        moderator: bool = False,
        ttl_s: float | None = None,
    ) -> str:
        """A call token for anybody, registered or not, as an invite link carries it."""
        token = f"memory.{secrets.token_urlsafe(24)}"
        lifetime_s = self._call_token_ttl_s if ttl_s is None else ttl_s
        self._call_tokens[token] = _CallToken(
            user, session_id, moderator, self._now_s() + lifetime_s
        )
        return token

    async def become_guest(
        self, session_id: str, invitation: str, name: str, waiting: Callable[[], None]
    ) -> str:
        """As POST `/guests`."""
        if self._invitations.get(check_session_id(session_id)) != invitation:
            raise CallsError(
                ServerCode.LINK_UNKNOWN,
                "This link is not known here. Ask whoever sent it for a new one.",
            )
        self._guests += 1
        user = User(f"guest-{self._guests}", display_name(name, "Guest"))
        return self.issue_call_token(user, session_id)

    async def invitation(self, call_token: str) -> Invitation:
        """As POST `/links`."""
        session_id = (await self.resolve_call_token("", call_token)).session_id
        code = self._invitations.setdefault(session_id, f"invited{len(self._invitations)}")
        return Invitation(code)

    async def resolve_call_token(self, auth_token: str, call_token: str) -> JoinDocument:
        """As GET `/call_tokens?configVersion=1`."""
        if not call_token:
            raise call_token_missing()
        found = self._call_tokens.get(call_token)
        if found is None:
            raise call_token_invalid()
        if found.expires_at_s <= self._now_s():
            raise call_token_expired()
        if found.auth_token and found.auth_token not in self._auth_tokens:
            raise call_token_signed_out()
        if auth_token and self._user_of(auth_token).uid != found.user.uid:
            raise call_token_of_other_user()
        return JoinDocument(
            session_id=found.session_id,
            user=found.user,
            transport=LiveKitJoin("ws://loopback", call_token, found.moderator),
        )

    async def running_sessions(self, auth_token: str) -> tuple[RunningSession, ...]:
        """As GET `/sessions`."""
        self._user_of(auth_token)
        return tuple(
            RunningSession(one.session_id, one.started_at_ms, tuple(one.present.values()))
            for one in reversed(self._sessions)
            if not one.ended_at_ms
        )

    async def call_log(self, auth_token: str, query: CallLogQuery = ALL_CALLS) -> CallLogPage:
        """As GET `/calls`."""
        uid = self._user_of(auth_token).uid
        mine = [one for one in reversed(self._sessions) if one.fits(uid, query)]
        limit = max(1, min(MOST_CALLS, query.limit))
        first = (query.page - 1) * limit
        found = tuple(one.logged(self._now_s() * 1000) for one in mine[first : first + limit])
        return CallLogPage(found, query.page, -(-len(mine) // limit))

    async def transcripts(
        self, auth_token: str, session_id: str, *, page: int = 1, limit: int = 30
    ) -> TranscriptPage:
        """As GET `/calls/{session_id}/transcriptions`: none, of a call this user was in."""
        uid = self._user_of(auth_token).uid
        if not any(uid in one.ever and one.session_id == session_id for one in self._sessions):
            raise CallsError(
                ServerCode.SESSION_NOT_FOUND,
                f'You were in no call with the session ID "{clean(session_id, 60)}".',
            )
        return TranscriptPage((), page, 0)

    async def delete_transcript(self, auth_token: str, tid: str) -> None:
        """There is none."""
        self._user_of(auth_token)
        raise CallsError(
            ErrorCode.VALIDATION, f'There is no transcript "{clean(tid, 60)}" of yours.'
        )

    async def aclose(self) -> None:
        """Nothing to release."""

    def session_started(self, session_id: str, at_ms: int) -> None:
        """The first participant is about to join [Unix ms]."""
        self._sessions.append(_Session(session_id, at_ms))

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        """Somebody joined [Unix ms]."""
        session = self._running(session_id)
        if session is not None:
            shown = session.present[uid] = display_name(name, uid)
            before = session.ever.get(uid)
            joined_ms = before.joined_at_ms if before is not None else at_ms
            session.ever[uid] = LoggedPerson(uid, shown, joined_at_ms=joined_ms)

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        """Somebody left [Unix ms]."""
        session = self._running(session_id)
        if session is not None:
            session.present.pop(uid, None)
            if uid in session.ever:
                session.ever[uid] = replace(session.ever[uid], left_at_ms=at_ms)

    def session_ended(self, session_id: str, at_ms: int) -> None:
        """The session is over [Unix ms]; its next one has a new moderator."""
        session = self._running(session_id)
        if session is not None:
            session.ended_at_ms = at_ms
            for uid in session.present:
                session.ever[uid] = replace(session.ever[uid], left_at_ms=at_ms)
        self._moderators.pop(session_id, None)

    def _running(self, session_id: str) -> _Session | None:
        return next(
            (
                one
                for one in reversed(self._sessions)
                if one.session_id == session_id and not one.ended_at_ms
            ),
            None,
        )

    def add_user(self, user: User) -> None:
        """Somebody who is registered already."""
        self._users[user.uid] = user

    def _add_user(self, uid: str, name: str) -> User:
        user = self._users[uid] = User(uid, display_name(name, uid))
        return user

    def _check_api_key(self, api_key: str) -> None:
        if api_key != self.api_key and not self._any_key:
            self._limiter.attempt("", "", self._monotonic_s())
            raise bad_api_key()

    def _user_of(self, auth_token: str) -> User:
        uid = self._auth_tokens.get(auth_token)
        if uid is None:
            raise bad_auth_token()
        return self._users[uid]
