"""The SDK surface: the Calls SDK v5 in Python (spec cometchat-calls (a)-(c), (e)).

Log in, generate a call token for a session ID, join with settings and a container. Names are the
documented ones in snake_case; what waits is async. `join_session` never raises for what can go
wrong in a join: its result says it, as documented.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import FRONT_END_EVENTS, SessionEvent
from tui.domain.media import TrackSource
from tui.domain.settings import Layout, SessionSettings
from tui.domain.snapshot import (
    ChatMessage,
    EndReason,
    LoggedCall,
    Phase,
    RunningSession,
    Snapshot,
    User,
)
from tui.domain.text import clean
from tui.ports.container import Container
from tui.ports.devices import DeviceInfo, Devices
from tui.ports.handle import MediaChoice
from tui.ports.pictures import PictureSlots
from tui.ports.service import AppSettings, JoinDocument, RoomAdmin, Service
from tui.ports.transport import Transport
from tui.session.call import Call
from tui.session.checks import check_app, checked, device_kind
from tui.session.clock import Clock
from tui.session.login import Login
from tui.session.outlet import Listener, Outlet
from tui.session.sound_check import SoundCheck, SoundTest
from tui.wire.links import url_scheme
from tui.wire.rules import SESSION_ID_MAX_CHARACTERS

log = logging.getLogger(__name__)

_DEVICES: Final = MediaChoice()
_CLOCK: Final = Clock()


@dataclass(frozen=True, slots=True)
class CallToken:
    """What `generate_token` gives: lets one user into one session."""

    token: str


@dataclass(frozen=True, slots=True)
class JoinResult:
    """What a join answers; exactly one of the two is None."""

    data: Snapshot | None
    error: CallsError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a session needs from outside, handed in by the composition root."""

    make_service: Callable[[AppSettings], Service]
    make_transport: Callable[[str], Transport]
    """From a join document's transport name; raises `CallsError` for one we can't speak."""
    make_room_admin: Callable[[JoinDocument], RoomAdmin | None]
    devices: Devices
    slots: PictureSlots
    clock: Clock = _CLOCK


class Calls:
    """One user's calls; at most one session at a time, as in the SDK."""

    def __init__(self, world: World):
        self._world = world
        self.outlet = Outlet()
        self._login = Login(world.make_service)
        self._joining = False
        self._call: Call | None = None
        self._check: SoundCheck | None = None
        self._test: SoundTest | None = None
        self._earcons = False
        self._running: asyncio.Task[None] | None = None
        self._last_stats: dict[str, Any] = {}

    # ---- init and login
    async def init(self, settings: AppSettings) -> None:
        """Choose app and service; whoever was logged in is forgotten.

        Raises:
            CallsError: `VALIDATION_ERROR` naming the field.
        """
        check_app(settings)
        await self.leave_session()
        await self._login.use(settings)
        self._publish_idle()

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """Register a user with the service."""
        return await self._login.service.create_user(uid, name, api_key)

    async def login(self, uid: str, api_key: str = "") -> User:
        """Log in with a user ID. Checks and codes in the order of spec cometchat-calls (e)."""
        user = await self._login.with_uid(uid, api_key)
        self._publish_idle()
        return user

    async def login_with_auth_token(self, auth_token: str) -> User:
        """Log in with an auth token."""
        user = await self._login.with_auth_token(auth_token)
        self._publish_idle()
        return user

    async def logout(self) -> None:
        """Leave any session and forget the user; a server that fails to answer changes nothing."""
        if self._login.user is None:
            raise CallsError(ErrorCode.NO_USER_LOGGED_IN, "Nobody is logged in.")
        await self.leave_session()
        await self._login.drop()
        self._publish_idle()

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
        if not session_id.strip():
            raise CallsError(
                ErrorCode.SESSION_ID_MISSING, "The session ID is empty. Give the one to join."
            )
        token = auth_token or self._login.auth_token
        if not token:
            raise CallsError(
                ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Log in first, or give a token."
            )
        return CallToken(await self._login.service.create_call_token(token, session_id.strip()))

    async def join_session(
        self,
        call_token: str | CallToken,
        settings: object,
        container: object,
        *,
        media: MediaChoice = _DEVICES,
    ) -> JoinResult:
        """Join with a call token. What went wrong is in the result's `error`."""
        text = call_token.token if isinstance(call_token, CallToken) else call_token
        return await self._result(self._resolve_and_join(text, "", settings, container, media))

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
            if url_scheme(url) not in ("ws", "wss", "http", "https"):
                raise CallsError(
                    ErrorCode.VALIDATION,
                    f"server came as {clean(url, 80)!r}; allowed: a ws:// or wss:// address.",
                    field="server",
                )
            if not token.strip():
                raise CallsError(
                    ErrorCode.AUTH_TOKEN_MISSING, "The access token is empty. Give --token."
                )
            document = JoinDocument("livekit", url, token.strip(), "", User("", ""))
            await self._join(document, *checked(settings, container), media)

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
        service = self._login.service
        if not token.strip():
            raise CallsError(
                ErrorCode.VALIDATION, "callToken: came empty; expected a call token.", field="token"
            )
        parsed, panel = checked(settings, container)
        document = await service.resolve_call_token(self._login.auth_token or "", token.strip())
        # Compared as it is used: cleaned, which the server does too (an invisible mark in it).
        wanted = clean(session_id, SESSION_ID_MAX_CHARACTERS)
        if wanted and document.session_id != wanted:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "The call token is for another session. Generate one for this session ID.",
            )
        if self._login.user is not None and document.user.uid != self._login.user.uid:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "The call token is for another user. Generate one for yourself.",
            )
        await self._join(document, parsed, panel, media)

    async def _join(
        self,
        document: JoinDocument,
        settings: SessionSettings,
        panel: Container,
        media: MediaChoice,
    ) -> None:
        if self._joining or (self._call is not None and self._call.ended is None):
            raise CallsError(
                ErrorCode.CALL_IN_PROGRESS, "You are in a session already. Leave it first."
            )
        self._joining = True
        try:
            await self.end_sound_check()
            call = Call(
                document,
                settings,
                panel,
                transport=self._world.make_transport(document.transport),
                room_admin=self._world.make_room_admin(document),
                devices=self._world.devices,
                choice=media,
                slots=self._world.slots,
                outlet=self.outlet,
                clock=self._world.clock,
                invite=self._invite(document),
                earcons=self._earcons,
            )
            self._call = call
            await call.join()
            self._running = asyncio.create_task(self._run(call), name="call")
        except BaseException:
            self._call = None
            self._publish_idle()
            raise
        finally:
            self._joining = False

    async def _run(self, call: Call) -> None:
        """The one owner of a call's tasks; a bug in one of them ends the call, told and logged."""
        try:
            await call.run()
        except* CallsError as refused:
            log.exception("the call ended by a refusal")
            first = _first(refused)
            await call.leave(EndReason.LOST, first.description)
            call.publish()
        except* Exception:
            log.exception("the call ended by a fault of ours")
            await call.leave(EndReason.LOST, "cellcall had a fault and left. The log says more.")
            call.publish()

    def _invite(self, document: JoinDocument) -> str:
        session_id = clean(document.session_id, SESSION_ID_MAX_CHARACTERS)
        app = self._login.app
        if app is None or not document.session_id:
            return ""
        return f"cellcall join {_quoted(session_id)} --server {app.server or document.url}"

    # ---- in a session (no-ops without one, as in the SDK, unless an answer is expected)
    async def leave_session(self) -> None:
        """Leave and wait until everything is released."""
        if self._call is not None and self._call.ended is None:
            await self._call.leave()
        if self._running is not None:
            await asyncio.wait([self._running])

    async def end_session_for_all(self) -> None:
        """Moderator: end the session for everybody."""
        await self._in_call().end_for_all()
        await self.leave_session()

    async def mute_audio(self, mute: bool = True) -> None:
        """Microphone off (or on with False)."""
        await self._in_call().own.set_audio_muted(mute)

    async def unmute_audio(self) -> None:
        """Microphone on."""
        await self.mute_audio(False)

    async def toggle_audio(self) -> None:
        """Microphone the other way."""
        local = self._in_call().roster.local
        await self.mute_audio(not (local is not None and local.audio_muted))

    async def set_talking(self, talking: bool) -> None:
        """Push-to-talk; see `OwnState.set_talking`."""
        await self._in_call().own.set_talking(talking)

    def keep_talking(self) -> None:
        """Push-to-talk goes on; no-op without a session."""
        if self._call is not None:
            self._call.own.keep_talking()

    async def pause_video(self, pause: bool = True) -> None:
        """Camera off (or on with False)."""
        await self._in_call().own.set_video_paused(pause)

    async def resume_video(self) -> None:
        """Camera on."""
        await self.pause_video(False)

    async def toggle_video(self) -> None:
        """Camera the other way."""
        local = self._in_call().roster.local
        await self.pause_video(not (local is not None and local.video_paused))

    async def raise_hand(self) -> None:
        """Raise our hand."""
        await self._in_call().own.set_hand_raised(True)

    async def lower_hand(self) -> None:
        """Lower our hand."""
        await self._in_call().own.set_hand_raised(False)

    async def toggle_hand(self) -> None:
        """Our hand the other way."""
        local = self._in_call().roster.local
        await self._in_call().own.set_hand_raised(
            not (local is not None and local.hand_raised_at_ms)
        )

    def set_deafened(self, deafened: bool) -> None:
        """Silence everybody else on our speaker."""
        self._in_call().set_deafened(deafened)

    def set_volume(self, uid: str, percent: int) -> None:
        """How loud we hear a participant [percent], 0 to 200."""
        self._in_call().set_volume(uid, percent)

    async def set_microphone_closed(self, closed: bool) -> None:
        """Close the microphone device for privacy, or open it again."""
        await self._in_call().own.set_microphone_closed(closed)

    def set_earcons(self, on: bool) -> None:
        """Short sounds of our own, in this call and later ones."""
        self._earcons = on
        if self._call is not None and self._call.ended is None:
            self._call.own.earcons = on
            self._call.publish()
        else:
            self._publish_idle()

    def set_processing(self, stage: str, on: bool) -> None:
        """Switch a stage of our microphone's processing."""
        self._in_call().set_processing(stage, on)

    # ---- trying out sound
    async def check_sound(self, media: MediaChoice) -> None:
        """Open devices before a call; in one, they are open anyway."""
        if self._joining or (self._call is not None and self._call.ended is None):
            return
        await self.end_sound_check()
        self._check = SoundCheck(
            self._world.devices,
            media,
            changed=self._publish_idle,
            send_levels=self.outlet.send,
            clock=self._world.clock,
        )
        self._publish_idle()
        await self._check.open()

    async def end_sound_check(self) -> None:
        """Close what `check_sound` opened."""
        check, self._check = self._check, None
        if check is not None:
            await check.close()
            self._publish_idle()

    def sound_test(self) -> SoundTest:
        """Recording and playing with the devices of the call or the sound check.

        Raises:
            CallsError: `ERROR_NO_SESSION` when there is neither.
        """
        if self._check is not None:
            return self._check.test
        media = self._in_call().media
        if self._test is None or self._test.media is not media:
            self._test = SoundTest(media)
        return self._test

    def set_layout(self, layout: Layout) -> None:
        """Local only."""
        self._in_call().set_layout(layout)

    def set_fit_pictures(self, fit: bool) -> None:
        """Local only."""
        self._in_call().set_fit_pictures(fit)

    def pin_participant(self, uid: str) -> None:
        """Pin by uid."""
        self._in_call().pin(uid)

    def unpin_participant(self) -> None:
        """Unpin."""
        self._in_call().pin("")

    async def mute_participant(self, uid: str) -> None:
        """Moderator: mute somebody's microphone."""
        await self._in_call().moderation.mute(uid, TrackSource.MICROPHONE)

    async def pause_participant_video(self, uid: str) -> None:
        """Moderator: stop somebody's camera."""
        await self._in_call().moderation.mute(uid, TrackSource.CAMERA)

    async def remove_participant(self, uid: str) -> None:
        """Moderator: take somebody out."""
        await self._in_call().moderation.remove(uid)

    async def send_chat(self, text: str) -> None:
        """To everybody."""
        await self._in_call().send_chat(text)

    def mark_chat_read(self) -> None:
        """The chat is on screen."""
        if self._call is not None:
            self._call.mark_chat_read()

    def chat_history(self) -> tuple[ChatMessage, ...]:
        """The messages of the session so far."""
        return self._call.chat.messages if self._call is not None else ()

    def stay(self) -> None:
        """Answer the idle prompt."""
        if self._call is not None:
            self._call.upkeep.stay()

    async def set_device(self, kind: str, name: str) -> None:
        """Use another device in the running session."""
        await self._in_call().choose_device(device_kind(kind), name)

    def list_devices(self, kind: str) -> tuple[DeviceInfo, ...]:
        """What can be chosen now."""
        return self._world.devices.list_devices(device_kind(kind))

    def want_picture(self, uid: str, width: int, height: int, fps: float = 0.0) -> None:
        """Advice to the server about a participant's picture."""
        if self._call is not None and self._call.ended is None:
            self._call.want_picture(uid, width, height, fps)

    def stats(self) -> Mapping[str, Any]:
        """The JSON of `--stats` for the current or last session; empty before the first."""
        return self._call.stats() if self._call is not None else {}

    def _in_call(self) -> Call:
        if self._call is None or self._call.phase not in (Phase.LIVE, Phase.RECONNECTING):
            raise CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")
        return self._call

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
        if self._call is not None and self._call.ended is None:
            self.outlet.event(SessionEvent(event_name))

    def _publish_idle(self) -> None:
        if self._call is None or self._call.ended is not None:
            states = self._check.states if self._check is not None else ()
            self.outlet.snapshot(
                Snapshot(user=self._login.user, devices=states, earcons=self._earcons)
            )

    async def aclose(self) -> None:
        """Leave and release everything. Idempotent."""
        await self.end_sound_check()
        await self.leave_session()
        await self._login.aclose()


def _quoted(word: str) -> str:
    return word if word.replace("-", "").replace("_", "").isalnum() else f"'{word}'"


def _first(group: BaseExceptionGroup[CallsError]) -> CallsError:
    first = group.exceptions[0]
    return first if isinstance(first, CallsError) else _first(first)
