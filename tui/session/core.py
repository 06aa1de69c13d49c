"""The session core: one user's login and the session they are in, and what concerns both.

Seats (`tui.session.seat`) do commands on it and on its parts; checks and codes come in the order
of the Calls SDK v5 (spec cometchat-calls (e)). It draws nothing and knows no front end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import FRONT_END_EVENTS
from tui.domain.happenings import FrontEndActed, InLobby
from tui.domain.settings import AppSettings, SessionSettings, parse_settings
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.ports.service import JoinDocument
from tui.session.admission import Admission, room_by_url, sealed
from tui.session.checks import check_app
from tui.session.conferences import Conferences, told_settings
from tui.session.current_call import CurrentCall
from tui.session.login import Login
from tui.session.outlet import Outlet
from tui.session.server_check import ServerCheck
from tui.session.world import World


class SessionCore:
    """One user's calls; at most one session at a time, as in the SDK."""

    def __init__(self, world: World):
        self.devices = world.devices
        self.meet = world.meet
        self.outlet = Outlet()
        self.account = Login(world.make_service)
        self.admission = Admission(self.account)
        self.server_check = ServerCheck(self.account, world.probe)
        self._conferences = Conferences(world.jitsi_sites)
        self._document: JoinDocument | None = None
        self._knocking: asyncio.Future[str] | None = None
        """While we become a guest, which may take until somebody lets us in."""
        self._public_link = ""
        """By which anybody joins the conference we are in; empty: the service makes links."""
        self.front_ends: Callable[[], int] = lambda: 0
        """How many are before the call, where it lives in a process of its own; else none."""
        self.keeps_when_lost = False
        """Its last front end lost, it is detached, and not left."""
        self.current = CurrentCall(world, self.outlet, user=lambda: self.account.user)

    # ---- init and login
    async def init(self, settings: AppSettings) -> None:
        """Choose app and service; whoever was logged in is forgotten.

        Raises:
            CallsError: `VALIDATION_ERROR` naming the field.
        """
        check_app(settings)
        await self.current.leave()
        await self.account.use(settings)
        self.current.publish_idle()

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        """Log in with a user ID.

        `server` is whose key it is: another one than that in use is refused (empty: no check).
        """
        user = await self.account.with_uid(uid, api_key, server)
        self.current.publish_idle()
        return user

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        """Log in with an auth token; `server` as in `login`."""
        user = await self.account.with_auth_token(auth_token, server)
        self.current.publish_idle()
        return user

    async def logout(self) -> None:
        """Leave any session and forget the user; a server that fails to answer changes nothing."""
        if self.account.user is None:
            raise CallsError(ErrorCode.NO_USER_LOGGED_IN, "Nobody is logged in.")
        await self.current.leave()
        await self.account.drop()
        self.current.publish_idle()

    # ---- joining
    async def join_session(
        self,
        call_token: str,
        settings: object,
        media: MediaChoice,
        *,
        server: str = "",
        key: str = "",
    ) -> None:
        """Join with a call token; `server` as in `login`, `key` seals the call.

        Raises:
            CallsError: What went wrong; nothing is held then.
        """
        self.admission.require_call_token(call_token, server)
        await self._join(call_token, "", settings, media, key=key)

    async def join_session_by_id(
        self, session_id: str, settings: object, media: MediaChoice, *, key: str = ""
    ) -> None:
        """Generate the token and join; `key` seals the call."""
        token = await self.admission.generate_token(session_id)
        await self._join(token, session_id.strip(), settings, media, key=key)

    async def join_as_guest(
        self,
        session_id: str,
        invitation: str,
        settings: object,
        media: MediaChoice,
        *,
        server: str = "",
        key: str = "",
    ) -> None:
        """Become a guest of a session by a link for many, and join; see `join_session`."""
        name = parse_settings(settings).display_name or ""
        knocking = asyncio.ensure_future(
            self.admission.become_guest(session_id, invitation, name, server, self._waits)
        )
        self._knocking = knocking
        try:
            await asyncio.wait({knocking})
        except asyncio.CancelledError:
            knocking.cancel()
            raise
        if knocking.cancelled():
            raise CallsError(ErrorCode.CONNECTION_FAILED, "You left before anybody let you in.")
        token = knocking.result()
        await self._join(token, session_id, settings, media, key=key)

    async def use_key(self, key: str) -> None:
        """Take up other keys in the sealed call we are in.

        Raises:
            CallsError: `VALIDATION_ERROR` for what is no key, `ERROR_NOT_SUPPORTED` in a call that
                is not sealed.
        """
        await self.current.joined().use_key(key)
        if self._document is not None:
            self._document = sealed(self._document, key)

    def _waits(self) -> None:
        self.outlet.happened(InLobby())

    async def leave(self) -> None:
        """Leave the session, or stop to knock at one. Idempotent."""
        if self._knocking is not None:
            self._knocking.cancel()
        await self.current.leave()

    async def invite(self) -> str:
        """What somebody else needs to join the session we are in; empty where it is not known."""
        self.current.joined()
        if self._public_link or self._document is None:
            return self._public_link
        return await self.admission.link(self._document)

    async def _join(
        self, call_token: str, session_id: str, settings: object, media: MediaChoice, *, key: str
    ) -> None:
        parsed = parse_settings(settings)
        document = await self.admission.resolve(call_token, session_id)
        await self._enter(sealed(document, key), parsed, media)

    async def join_url(
        self, url: str, token: str, settings: object, media: MediaChoice, *, key: str = ""
    ) -> None:
        """Join any LiveKit room with nothing but its address and an access token."""
        document = sealed(room_by_url(url, token), key)
        await self._enter(document, parse_settings(settings), media)

    async def _enter(
        self, document: JoinDocument, settings: SessionSettings, media: MediaChoice
    ) -> None:
        document = told_settings(document, settings)
        self._document, self._public_link = document, ""
        invite = self.admission.invite(document)
        await self.current.join(document, settings, media, invite=invite)

    async def join_jitsi(
        self, link: str, token: str, password: str, settings: object, media: MediaChoice
    ) -> None:
        """Join a room of a Jitsi Meet deployment; whoever is logged in here is nobody there."""
        parsed = parse_settings(settings)
        document = await self._conferences.document(link, token, password, name=parsed.display_name)
        self._public_link = link
        await self.current.join(document, parsed, media, invite=f"cellcall join {link}")

    async def detach(self, seconds: float) -> float:
        """Let the call go on with nobody before it, for so long; 0: somebody else is [s]."""
        call = self.current.joined()
        if self.front_ends() > 1:
            return 0.0
        if not self.front_ends():
            raise CallsError(
                ErrorCode.NOT_SUPPORTED, "This call ends with this program. Leave it instead."
            )
        await call.absence.begin(seconds)
        return seconds

    # ---- the rest
    def press_button(self, event_name: str) -> None:
        """Emit a documented event that only the front end knows of."""
        if event_name not in FRONT_END_EVENTS:
            raise CallsError(
                ErrorCode.VALIDATION, f"{clean(event_name, 60)} is not an event of a front end."
            )
        if self.current.going is not None:
            self.outlet.happened(FrontEndActed(event_name))

    async def aclose(self) -> None:
        """Leave and release everything. Idempotent."""
        await self.current.end_sound_check()
        await self.current.leave()
        await self.account.aclose()
