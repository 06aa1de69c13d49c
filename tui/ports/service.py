"""The service port: the REST side of a call (spec cometchat-calls (d)-(f)), as methods.

Implemented by `tui.service.rest` (httpx; the embedded server and CometChat's cloud). One contract
suite asks it and the tests' own service, which lives in their process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.domain.call_log import ALL_CALLS, CallLogPage, CallLogQuery, TranscriptPage
from tui.domain.frozen import dataclass
from tui.domain.join import JitsiJoin, TransportDocument
from tui.domain.server_answer import ServerAnswer
from tui.domain.snapshot import RunningSession, User


@dataclass(frozen=True, slots=True)
class JoinDocument:
    """What resolving a call token answers: which session, as whom, and how to join it."""

    session_id: str
    """Empty where only the media server knows it."""

    user: User
    transport: TransportDocument


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link for many holds."""

    code: str
    certificate: str = ""
    """Of a server that made its own, see `tui.wire.known_servers`."""


class Service(Protocol):
    """REST calls of the Calls SDK.

    Every method raises `CallsError` for what can go wrong: `NETWORK_ERROR` (unreachable, timed
    out), the server's own code and message, `BAD_RESPONSE` for an answer that does not fit.
    """

    @property
    def address(self) -> str:
        """Where its calls are, for `ServerProbe`; empty: in this process, nothing in between."""

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """POST `/users`; an existing uid raises `ERR_UID_ALREADY_EXISTS`."""

    async def create_auth_token(self, uid: str, api_key: str) -> str:
        """POST `/users/{uid}/auth_tokens`."""

    async def me(self, auth_token: str) -> User:
        """PUT `/me`: who the token belongs to."""

    async def logout(self, auth_token: str) -> None:
        """DELETE `/me`: the token stops working."""

    async def create_call_token(self, auth_token: str, session_id: str) -> str:
        """POST `/call_tokens`."""

    async def resolve_call_token(self, auth_token: str, call_token: str) -> JoinDocument:
        """GET `/call_tokens?configVersion=1`.

        `auth_token` goes along when there is one, so that the server refuses a call token made
        for another user; empty for a plain CometChat request.
        """

    async def become_guest(
        self, session_id: str, invitation: str, name: str, waiting: Callable[[], None]
    ) -> str:
        """POST `/guests`: a call token for a new guest, by the code of a link for many.

        Embedded server; no account is needed, and none is shown.
        """

    async def invitation(self, call_token: str) -> Invitation:
        """POST `/links`: a link for many into the session of this call token."""

    async def running_sessions(self, auth_token: str) -> tuple[RunningSession, ...]:
        """GET `/sessions`: running ones, newest first (embedded server)."""

    async def call_log(self, auth_token: str, query: CallLogQuery = ALL_CALLS) -> CallLogPage:
        """GET `/calls`: ended and running calls this user was in, newest first."""

    async def transcripts(
        self, auth_token: str, session_id: str, *, page: int = 1, limit: int = 30
    ) -> TranscriptPage:
        """GET `/calls/{session_id}/transcriptions`."""

    async def delete_transcript(self, auth_token: str, tid: str) -> None:
        """DELETE `/transcripts/{tid}`; of the embedded server alone.

        Raises:
            CallsError: `VALIDATION_ERROR` when there is none, or somebody else asked for it.
        """

    async def aclose(self) -> None:
        """Release connections. Idempotent."""


class ServerProbe(Protocol):
    """Asks a server for nothing but an answer. Nothing of the person goes along: no token."""

    async def measure(self, address: str) -> ServerAnswer:
        """Whether and how fast it answers; no answer is an answer, too.

        Args:
            address: `http`, `https`, `ws` or `wss`.

        Raises:
            CallsError: `VALIDATION_ERROR` for what is no such address.
        """


class JitsiSites(Protocol):
    """Finds out where the conferences of a Jitsi Meet deployment are."""

    async def find(self, site: str, room: str, *, token: str) -> JitsiJoin:
        """How to join a room of it, as nobody yet: without a user, a password.

        Args:
            site: `https://meet.example`, a tenant's path behind it.
            room: As the server knows it.
            token: A JWT for it, which goes into the answer and nowhere else; may be empty.

        Raises:
            CallsError: `NETWORK_ERROR`; `ERROR_CONNECTION_FAILED` where there is no Jitsi Meet, or
                one that can't be joined.
        """


class RoomAdmin(Protocol):
    """LiveKit's RoomService, by which its transport moderates. Raises `CallsError`."""

    async def mute(self, session_id: str, uid: str, track_sid: str) -> None:
        """Mute one published track of a participant."""

    async def remove(self, session_id: str, uid: str) -> None:
        """Take a participant out of the session."""

    async def lock(self, session_id: str, *, on: bool) -> None:
        """Lock the session or open it; `ERROR_NOT_SUPPORTED` where there is no lock."""

    async def answer(self, session_id: str, knock: str, *, let_in: bool) -> None:
        """Answer somebody who knocks."""

    async def readmit(self, session_id: str, uid: str) -> None:
        """Let one who was taken out join again; `ERROR_NOT_SUPPORTED` where they can anyway."""

    async def end(self, session_id: str) -> None:
        """End the session for everybody."""

    async def aclose(self) -> None:
        """Release connections. Idempotent."""
