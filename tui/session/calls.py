"""The SDK surface: the Calls SDK v5 in Python (spec cometchat-calls (a)-(c), (e)).

Log in, generate a call token for a session ID, join with settings and a container. Names are the
documented ones in snake_case; what waits is async. `join_session` never raises for what can go
wrong in a join: its result says it, as documented.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import FRONT_END_EVENTS
from tui.domain.happenings import FrontEndActed
from tui.domain.ids import NOBODY, ParticipantId, TrackSource
from tui.domain.settings import AppSettings, Layout, SessionSettings
from tui.domain.snapshot import LoggedCall, RunningSession, Snapshot, User
from tui.domain.text import clean
from tui.ports.container import Container
from tui.ports.service import JoinDocument
from tui.session.admission import Admission, room_by_url
from tui.session.checks import check_app, checked
from tui.session.current_call import CurrentCall
from tui.session.login import Login
from tui.session.outlet import Listener, Outlet
from tui.session.server_check import ServerCheck
from tui.session.world import World

_DEVICES: Final = MediaChoice()


@dataclass(frozen=True, slots=True)
class CallToken:
    """What `generate_token` gives: lets one user into one session."""

    token: str


@dataclass(frozen=True, slots=True)
class JoinResult:
    """What a join answers; exactly one of the two is None."""

    data: Snapshot | None
    error: CallsError | None


class Calls:
    """One user's calls; at most one session at a time, as in the SDK."""

    def __init__(self, world: World):
        self.devices = world.devices
        self.outlet = Outlet()
        self._login = Login(world.make_service)
        self._admission = Admission(self._login)
        self.server_check = ServerCheck(self._login, world.probe)
        self.current = CurrentCall(world, self.outlet, user=lambda: self._login.user)

    # ---- init and login
    async def init(self, settings: AppSettings) -> None:
        """Choose app and service; whoever was logged in is forgotten.

        Raises:
            CallsError: `VALIDATION_ERROR` naming the field.
        """
        check_app(settings)
        await self.leave_session()
        await self._login.use(settings)
        self.current.publish_idle()

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """Register a user with the service."""
        return await self._login.service.create_user(uid, name, api_key)

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        """Log in with a user ID. Checks and codes in the order of spec cometchat-calls (e).

        `server` is whose key it is: another one than that in use is refused (empty: no check).
        """
        user = await self._login.with_uid(uid, api_key, server)
        self.current.publish_idle()
        return user

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        """Log in with an auth token; `server` as in `login`."""
        user = await self._login.with_auth_token(auth_token, server)
        self.current.publish_idle()
        return user

    async def logout(self) -> None:
        """Leave any session and forget the user; a server that fails to answer changes nothing."""
        if self._login.user is None:
            raise CallsError(ErrorCode.NO_USER_LOGGED_IN, "Nobody is logged in.")
        await self.leave_session()
        await self._login.drop()
        self.current.publish_idle()

    def get_logged_in_user(self) -> User | None:
        """Who is logged in."""
        return self._login.user

    def is_user_logged_in(self) -> bool:
        """Whether somebody is."""
        return self._login.user is not None and self._login.auth_token is not None

    def get_user_auth_token(self) -> str | None:
        """The auth token in use."""
        return self._login.auth_token

    # ---- joining
    async def generate_token(self, session_id: str, auth_token: str | None = None) -> CallToken:
        """A call token for one session; checks in the order of spec cometchat-calls (e)."""
        return CallToken(await self._admission.generate_token(session_id, auth_token))

    async def join_session(
        self,
        call_token: str | CallToken,
        settings: object,
        container: object,
        *,
        media: MediaChoice = _DEVICES,
        server: str = "",
    ) -> JoinResult:
        """Join with a call token; `server` as in `login`. What went wrong is in `error`."""
        text = call_token.token if isinstance(call_token, CallToken) else call_token

        async def join() -> None:
            self._admission.require_call_token(text, server)
            await self._resolve_and_join(text, "", settings, container, media)

        return await self._result(join())

    async def join_session_by_id(
        self,
        session_id: str,
        settings: object,
        container: object,
        *,
        media: MediaChoice = _DEVICES,
    ) -> JoinResult:
        """The quick start: generate the token and join."""

        async def join() -> None:
            token = (await self.generate_token(session_id)).token
            await self._resolve_and_join(token, session_id.strip(), settings, container, media)

        return await self._result(join())

    async def join_url(
        self,
        url: str,
        token: str,
        settings: object,
        container: object,
        *,
        media: MediaChoice = _DEVICES,
    ) -> JoinResult:
        """Join any LiveKit room with nothing but its address and an access token."""

        async def join() -> None:
            await self._join(room_by_url(url, token), *checked(settings, container), media)

        return await self._result(join())

    async def _result(self, join: Any) -> JoinResult:
        try:
            await join
        except CallsError as error:
            return JoinResult(None, error)
        return JoinResult(self.outlet.newest, None)

    async def _resolve_and_join(
        self, token: str, session_id: str, settings: object, container: object, media: MediaChoice
    ) -> None:
        self._admission.require_call_token(token)
        parsed, panel = checked(settings, container)
        document = await self._admission.resolve(token, session_id)
        await self._join(document, parsed, panel, media)

    async def _join(
        self,
        document: JoinDocument,
        settings: SessionSettings,
        panel: Container,
        media: MediaChoice,
    ) -> None:
        invite = self._admission.invite(document)
        await self.current.join(document, settings, panel, media, invite=invite)

    # ---- in a session (no-ops without one, as in the SDK, unless an answer is expected)
    async def leave_session(self) -> None:
        """Leave and wait until everything is released."""
        await self.current.leave()

    async def end_session_for_all(self) -> None:
        """Moderator: end the session for everybody."""
        await self.current.joined().end_for_all()
        await self.leave_session()

    async def mute_audio(self, mute: bool = True) -> None:
        """Microphone off (or on with False)."""
        await self.current.joined().own.set_audio_muted(mute)

    async def unmute_audio(self) -> None:
        """Microphone on."""
        await self.mute_audio(False)

    async def toggle_audio(self) -> None:
        """Microphone the other way."""
        local = self.current.joined().roster.local
        await self.mute_audio(not (local is not None and local.audio_muted))

    async def pause_video(self, pause: bool = True) -> None:
        """Camera off (or on with False)."""
        await self.current.joined().own.set_video_paused(pause)

    async def resume_video(self) -> None:
        """Camera on."""
        await self.pause_video(False)

    async def toggle_video(self) -> None:
        """Camera the other way."""
        local = self.current.joined().roster.local
        await self.pause_video(not (local is not None and local.video_paused))

    async def raise_hand(self) -> None:
        """Raise our hand."""
        await self.current.joined().own.set_hand_raised(True)

    async def lower_hand(self) -> None:
        """Lower our hand."""
        await self.current.joined().own.set_hand_raised(False)

    async def toggle_hand(self) -> None:
        """Our hand the other way."""
        local = self.current.joined().roster.local
        await self.current.joined().own.set_hand_raised(
            not (local is not None and local.hand_raised_at_ms)
        )

    # ---- trying out sound

    def set_layout(self, layout: Layout) -> None:
        """Local only."""
        self.current.joined().viewing.set_layout(layout)

    def pin_participant(self, who: ParticipantId) -> None:
        """Pin a participant."""
        self.current.joined().viewing.pin(who)

    def unpin_participant(self) -> None:
        """Unpin."""
        self.current.joined().viewing.pin(NOBODY)

    async def mute_participant(self, who: ParticipantId) -> None:
        """Moderator: mute somebody's microphone."""
        await self.current.joined().moderation.mute(who, TrackSource.MICROPHONE)

    async def pause_participant_video(self, who: ParticipantId) -> None:
        """Moderator: stop somebody's camera."""
        await self.current.joined().moderation.mute(who, TrackSource.CAMERA)

    async def remove_participant(self, who: ParticipantId) -> None:
        """Moderator: take somebody out."""
        await self.current.joined().moderation.remove(who)

    # ---- service lists and events
    async def running_sessions(self) -> tuple[RunningSession, ...]:
        """Sessions somebody is in."""
        return await self._login.service.running_sessions(self._login_token())

    async def call_log(self) -> tuple[LoggedCall, ...]:
        """Calls this user was in."""
        return await self._login.service.call_log(self._login_token())

    def _login_token(self) -> str:
        if not self._login.auth_token:
            raise CallsError(ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Log in first.")
        return self._login.auth_token

    def add_event_listener(self, name: str, callback: Listener) -> Callable[[], None]:
        """Call `callback(payload)` at every documented event of this name."""
        return self.outlet.listen(name, callback)

    def press_button(self, event_name: str) -> None:
        """Emit a documented event that only the front end knows of."""
        if event_name not in FRONT_END_EVENTS:
            raise CallsError(
                ErrorCode.VALIDATION, f"{clean(event_name, 60)} is no event of a front end."
            )
        if self.current.going is not None:
            self.outlet.happened(FrontEndActed(event_name))

    async def aclose(self) -> None:
        """Leave and release everything. Idempotent."""
        await self.current.end_sound_check()
        await self.leave_session()
        await self._login.aclose()
