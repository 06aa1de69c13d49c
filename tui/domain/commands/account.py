"""Commands that choose app and user, and ask the service."""

from __future__ import annotations

from dataclasses import field

from tui.domain.call_log import ALL_CALLS, CallLogPage, CallLogQuery, TranscriptPage
from tui.domain.commands.command import Command
from tui.domain.frozen import dataclass
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import AppSettings
from tui.domain.snapshot import RunningSession, User


@dataclass(frozen=True, slots=True)
class Init(Command[None]):
    """Choose app and service. `VALIDATION_ERROR` for a bad one."""

    settings: AppSettings


@dataclass(frozen=True, slots=True)
class CreateUser(Command[User]):
    """Register a user with the service (needs the API key)."""

    uid: str
    name: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login(Command[User]):
    """Log in with a user ID; order of checks in spec cometchat-calls (e)."""

    uid: str
    api_key: str = field(default="", repr=False)
    server: str = ""
    """Whose key it is; another one than that in use is refused. Empty: no check."""


@dataclass(frozen=True, slots=True)
class LoginWithToken(Command[User]):
    """Log in with an auth token."""

    auth_token: str = field(repr=False)
    server: str = ""
    """As in `Login`."""


@dataclass(frozen=True, slots=True)
class Logout(Command[None]):
    """`ERROR_NO_USER_LOGGED_IN` when nobody is."""


@dataclass(frozen=True, slots=True)
class GetAuthToken(Command[str | None]):
    """The auth token in use, to log in with again later."""


@dataclass(frozen=True, slots=True)
class GenerateToken(Command[str]):
    """A call token for one session."""

    session_id: str
    auth_token: str = ""
    """Whose; empty: of who is logged in."""


@dataclass(frozen=True, slots=True)
class ListRunning(Command[tuple[RunningSession, ...]]):
    """Sessions somebody is in."""


@dataclass(frozen=True, slots=True)
class ListCalls(Command[CallLogPage]):
    """Calls this user was in, newest first."""

    query: CallLogQuery = ALL_CALLS
    auth_token: str = ""
    """Whose; empty: of who is logged in."""


@dataclass(frozen=True, slots=True)
class ListTranscripts(Command[TranscriptPage]):
    """Transcripts of a session this user was in."""

    session_id: str
    page: int = 1
    limit: int = 30


@dataclass(frozen=True, slots=True)
class DeleteTranscript(Command[None]):
    """Have the server forget a transcript that this user asked for; nobody can read it then."""

    tid: str


@dataclass(frozen=True, slots=True)
class CheckServer(Command[ServerAnswer | None]):
    """Before a call: whether and how fast its server answers; it may take some seconds.

    Nothing of the person is sent: no token, no name, no session. The answer is None when there is
    no network in between: the service is in this process.
    """

    address: str
    """`http`, `https`, `ws` or `wss`; empty: the service in use (after `Init`)."""


@dataclass(frozen=True, slots=True)
class MeetServer(Command[None]):
    """Get to know a server that made its own certificate, by the link that says which.

    `ERROR_CONNECTION_FAILED` where it shows another one: nothing was sent to it then.
    """

    address: str
    certificate: str
    """What the link says of it."""


AccountCommand = (
    Init
    | CreateUser
    | Login
    | LoginWithToken
    | Logout
    | GetAuthToken
    | GenerateToken
    | ListRunning
    | ListCalls
    | ListTranscripts
    | DeleteTranscript
    | CheckServer
    | MeetServer
)
