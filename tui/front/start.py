"""What a front end starts with: who signs in where, what is joined, and how.

The trap is whose secret goes to whom. A link names a server, and anybody can make a link; a key or
token was given for one server. So a secret never travels without its server: `sign_in` and `join`
are the only ways by which a front end hands one on, both name the server, and the session refuses a
secret that is for another one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Final

from tui.domain.commands.account import Init, Login, LoginWithToken, MeetServer
from tui.domain.commands.call import JoinAsGuest, JoinById, JoinJitsi, JoinRoom, JoinWithToken
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.quality import QualityChoice
from tui.domain.sealing import not_sealed_there
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.ports.handle import Handle
from tui.wire.address import other_server, parse_join_link, same_origin, whose_words
from tui.wire.jitsi_link import JitsiLink, parse_jitsi_link

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
"""Without i, l and o, which are read wrong."""


def is_cloud(app: AppSettings) -> bool:
    """Whether it is an app of CometChat's cloud, and no server of somebody's own."""
    return not app.server and app.app_id != AppSettings().app_id


def app_of_cloud(app_id: str, region: str, known: AppSettings) -> AppSettings:
    """An app of CometChat's cloud; where it is served instead of there is kept with its ID."""
    hosts = known if is_cloud(known) and known.app_id == app_id else AppSettings()
    return replace(hosts, app_id=app_id, region=region.lower() or AppSettings().region, server="")


def app_of_server(address: str, known: AppSettings) -> AppSettings:
    """A server of somebody's own; nothing that was known of another place is kept."""
    return known if same_origin(address, known.server) else AppSettings(server=address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who signs in, and with which secrets; all of them are for the server of `app` alone."""

    app: AppSettings = field(default_factory=AppSettings)
    uid: str = ""
    api_key: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    withheld: str = ""
    """Why a secret that was configured is not among them: a sentence that names both servers."""

    @property
    def complete(self) -> bool:
        """Enough is known to sign in without asking."""
        return bool(self.auth_token or (self.uid and (self.api_key or self.app.auth_key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTarget:
    """One session to join: by `url` and `token`, else by call token, else by `session_id`."""

    session_id: str = ""
    """Join by ID; needs somebody signed in."""

    url: str = ""
    """`ws://` or `wss://` address of a LiveKit server."""

    token: str = field(default="", repr=False)
    """With `url` its access token, else a call token. Neither needs anybody signed in."""

    invitation: str = field(default="", repr=False)
    """The code of a link for many into `session_id`: whoever has it joins as a new guest."""

    server: str = ""
    """Of the service that call token or invitation are for; empty: the one in use."""

    app: AppSettings | None = None
    """The service itself, where that is known; None: the one at `server`."""

    jitsi: str = ""
    """A link to a Jitsi room, without its token: `session_id` is the room then, and `token` a JWT
    or nothing. Whoever is signed in here is nobody there."""

    password: str = field(default="", repr=False)
    """Of the Jitsi room."""

    key: str = field(default="", repr=False)
    """Seals the call end to end; goes to no server at all."""

    certificate: str = ""
    """What the link says of the certificate that its `server` made by itself."""

    def __bool__(self) -> bool:
        """Whether it says what to join."""
        return bool(self.session_id or self.token or self.url)

    @property
    def needs_login(self) -> bool:
        """Only somebody who is signed in can join it."""
        return not (self.token or self.invitation or self.jitsi)

    @property
    def site(self) -> str:
        """Address of the web server of a Jitsi room; empty for anything else."""
        return self.jitsi.rpartition("/")[0]

    @property
    def label(self) -> str:
        """What to call it while nothing better is known."""
        return self.session_id or self.url or "the call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Microphone and camera at the moment of joining."""

    microphone_on: bool = False
    camera_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan:
    """Everything that is known before the first question; what is missing is asked for."""

    reason: str = "flag"
    """Why plain mode and not the app: `flag`, `environment`, `config file`, `no terminal`."""

    credentials: Credentials = field(default_factory=Credentials)
    target: JoinTarget = field(default_factory=JoinTarget)
    """What to join at once; empty shows the sessions."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Join-time settings, camelCase or snake_case (`tui.domain.settings`)."""

    media: MediaChoice = field(default_factory=MediaChoice)
    quality: QualityChoice = field(default_factory=QualityChoice)
    """Of the pictures the app draws."""
    entrance: Entrance | None = None
    """What the green room starts with; None: join without it."""
    log: str = ""
    """A file or FIFO that gets a copy of every event line; empty: none."""
    captions: str = "off"
    """What plain mode prints of captions: `on`, `pull` or `off`; the app shows them unless off."""
    captions_log: str = ""
    """A file or FIFO that gets every turn of captions in plain mode; empty: none."""
    keeps: bool = False
    """A terminal that goes away leaves the call running."""
    captioner: bool = False
    """What is typed is captions."""
    json: bool = False
    """One JSON object for each event, for programs, instead of lines for people."""
    duration_s: float = 0.0
    """Leave after this long [s]; 0: when the person leaves."""


async def sign_in(handle: Handle, known: Credentials) -> User:
    """Sign in at the service in use, if it is the one the secrets are for.

    Raises:
        CallsError: Refused; `ERROR_OTHER_SERVER` before anything is sent to another server.
    """
    server = known.app.address
    if known.auth_token:
        return await handle.do(LoginWithToken(known.auth_token, server))
    return await handle.do(Login(known.uid, known.api_key, server))


async def join(
    handle: Handle, target: JoinTarget, settings: Mapping[str, Any], media: MediaChoice
) -> None:
    """Join; a call token of another server is used there, without whoever is signed in here.

    Raises:
        CallsError: What the SDK's `JoinResult.error` would hold.
    """
    if target.jitsi:
        if target.key:
            raise not_sealed_there()
        words = (target.token, target.password)
        await handle.do(JoinJitsi(target.jitsi, *words, settings, media))
    elif target.url:
        await handle.do(JoinRoom(target.url, target.token, settings, media, target.key))
    elif target.token or target.invitation:
        app = target.app or AppSettings(server=target.server)
        named = bool(target.server) or target.app is not None
        if named:
            await handle.do(Init(app))
        server = app.address if named else ""
        if target.token:
            await handle.do(JoinWithToken(target.token, settings, media, server, target.key))
            return
        guest = JoinAsGuest(
            target.session_id, target.invitation, settings, media, server, target.key
        )
        await handle.do(guest)
    else:
        await handle.do(JoinById(target.session_id, settings, media, target.key))


async def read_and_meet(handle: Handle, text: str, at: AppSettings) -> JoinTarget:
    """`read_target`; a server that made its own certificate is met, before anything else asks it.

    Raises:
        CallsError: As `read_target`; the server shows another certificate than the link says.
    """
    target = read_target(text, at)
    if target.certificate:
        await handle.do(MeetServer(target.server, target.certificate))
    return target


def read_target(text: str, at: AppSettings) -> JoinTarget:
    """What somebody typed or pasted who is signed in: a join link, a Jitsi link, or a session ID.

    Args:
        text: As typed.
        at: Where the person is signed in.

    Raises:
        CallsError: `ERROR_OTHER_SERVER` for a link that could only be used with the sign-in of
            another server; `ERROR_SESSION_ID_MISSING`.
    """
    link, room = parse_join_link(text), parse_jitsi_link(text)
    if room is not None:
        return jitsi_target(room)
    if link is None:
        session_id = clean(text, 300)
        if not session_id:
            raise CallsError(ErrorCode.SESSION_ID_MISSING, "The session ID is empty. Type one.")
        return JoinTarget(session_id=session_id)
    if same_origin(link.server, at.address):
        # Whoever is signed in there joins as who they are, and not as a guest.
        return JoinTarget(session_id=link.session_id, token=link.token, key=link.key)
    if not (link.token or link.invitation):
        words = whose_words("sign-in", at.address, link.server, by_link=True)
        raise other_server(words, "Sign out, then sign in there.")
    return JoinTarget(
        session_id=link.session_id,
        token=link.token,
        invitation=link.invitation,
        server=link.server,
        key=link.key,
        certificate=link.certificate,
    )


def jitsi_target(link: JitsiLink, token: str = "", password: str = "") -> JoinTarget:
    """A Jitsi room to join; a token or password beside the link goes before that in it."""
    return JoinTarget(
        session_id=link.label, jitsi=link.url, token=token or link.token, password=password
    )


def new_session_id() -> str:
    """A session ID that can be read out: `abc-defg-hjk`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(10))
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
