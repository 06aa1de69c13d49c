"""Calls: the Calls SDK v5 in Python (spec cometchat-calls (a) to (c), (e)).

Names are the documented ones in snake_case; what may wait is async. It is a thin face over a handle
(`tui.ports.handle`): arguments are checked, people are found, commands are sent, events come back.
Two things differ from the web SDK, on purpose: what makes no sense without a session raises
`ERROR_NO_SESSION` instead of doing nothing, and what this client can't do raises
`ERROR_NOT_SUPPORTED`, with what would.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import fields
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from tui.domain.captions import Caption
from tui.domain.commands import Command, account, call, local, own
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NOBODY, TrackSource
from tui.domain.meaning import recording_path, whole_path
from tui.domain.media import Pictures
from tui.domain.settings import Layout, SessionSettings, camel_case, parse_settings
from tui.domain.snapshot import ChatMessage, DeviceKind, Snapshot, User
from tui.ports.handle import Handle
from tui.sdk.answers import CallToken, JoinResult, PinType
from tui.sdk.arguments import app_settings, choice, flag, flat, text, whole
from tui.sdk.engine_line import Line, Opener
from tui.sdk.kept_logins import KeptLogins, logins_file
from tui.sdk.listeners import Callback, Listeners, LoginListener
from tui.sdk.requests import (
    CallLogRequest,
    TranscriptRequest,
    call_log_query,
    transcript_limit,
)
from tui.sdk.sign_in import SignIn
from tui.sdk.unsupported import unsupported

if TYPE_CHECKING:
    from tui.sdk.bots import BotSession, Film, Sound

SETTING_NAMES: Final = tuple(item.name for item in fields(SessionSettings))
_DEFAULT_MEDIA: Final = MediaChoice()


class Calls:
    """One user's calls; at most one session at a time, as in the SDK.

    Use it as `async with Calls() as calls:`, or `close` it at the end.

    Args:
        engine: `process`: sound and network live in a process of their own, so that an app that
            stalls is never heard. `here`: in this one. Or what opens a handle (`cellcall.testing`).
        keep_login: Whether `init` finds the user of an earlier run again. A program that runs
            several users on one machine says False.
    """

    def __init__(
        self, *, engine: Literal["process", "here"] | Opener = "process", keep_login: bool = True
    ):
        self._listeners = Listeners()
        self._line = Line(engine, self._listeners)
        kept = KeptLogins(logins_file() if keep_login else None)
        self._sign_in = SignIn(self._line, self._listeners, kept)

    @classmethod
    @contextlib.asynccontextmanager
    async def session(
        cls,
        session_id: object,
        settings: Mapping[str, object] = MappingProxyType({}),
        *,
        uid: object,
        auth_key: object = "",
        microphone: Sound | None = None,
        camera: Film | None = None,
        size: tuple[int, int] = (640, 480),
        fps: float = 15.0,
        **app: object,
    ) -> AsyncIterator[BotSession[Calls]]:
        """A session for a program, in this process: join, and leave at the end of the block.

        Args:
            session_id: Which session.
            settings: Session settings.
            uid: Who joins.
            auth_key: The API key; it may be in `app`, too.
            microphone: What is said, see `BotSession.feed_microphone`; None: muted.
            camera: What is shown, see `BotSession.feed_camera`; None: off.
            size: Width and height of the pictures that are sent [pixels], even numbers.
            fps: Most pictures a second.
            app: What `init` takes as keywords.

        Raises:
            CallsError: What went wrong on the way in.
        """
        from tui import bootstrap
        from tui.sdk.bots import BotSession

        feed = bootstrap.make_feed(size, fps)
        handle = await bootstrap.open_local_handle(devices=feed.devices)

        async def opened() -> Handle:
            return handle

        # What is fed turns them on; whoever chose otherwise is not overruled.
        quiet = {
            name: True
            for name in ("start_audio_muted", "start_video_paused")
            if camel_case(name) not in settings
        }
        async with cls(engine=opened, keep_login=False) as calls:
            await calls.init(**app)
            await calls.login(uid, auth_key)
            result = await calls.join_session_by_id(session_id, {**quiet, **settings})
            if result.error is not None:
                raise result.error
            bot = BotSession(calls, handle, feed)
            try:
                if microphone is not None:
                    await bot.feed_microphone(microphone)
                if camera is not None:
                    await bot.feed_camera(camera)
                yield bot
            finally:
                await bot.close()

    async def __aenter__(self) -> Calls:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave any session and let the engine go. The login is kept. Idempotent."""
        self._sign_in.assume(None, None)
        await self._line.close()

    @property
    def snapshot(self) -> Snapshot:
        """Everything that is known of session and participants at this moment."""
        return self._line.snapshot

    # ---- init and login
    async def init(self, settings: object = None, /, **fields: object) -> None:
        """Choose app and service; a user who was logged in in an earlier run is again.

        Args:
            settings: `{"server": ...}` for a server of yours, `{"appId": ..., "region": ...}` for
                CometChat's cloud, either with `authKey`; or an `AppSettings`.
            fields: The same as keywords.

        Raises:
            CallsError: `VALIDATION_ERROR` naming the field.
        """
        await self._sign_in.init(app_settings(settings, fields))

    async def init_from_settings(self, settings: object) -> None:
        """As `init`, from the nested object of the SDK's settings file."""
        await self.init(flat(settings))

    async def login(self, uid: object, auth_key: object = "") -> User:
        """Log in with a user ID and the API key, which `init` may have been given.

        Raises:
            CallsError: `ERROR_INVALID_UID`, `ERROR_UID_WITH_SPACE`, `ERROR_API_KEY_NOT_FOUND`,
                `ERROR_SDK_NOT_INITIALIZED`, `ERROR_LOGIN_IN_PROGRESS`, or the server's code.
        """
        return await self._sign_in.log_in(
            lambda: account.Login(
                text(uid, "uid", none_is_empty=True), text(auth_key, "authKey", none_is_empty=True)
            )
        )

    async def login_with_auth_token(self, auth_token: object) -> User:
        """Log in with an auth token that a server of yours gave out."""
        return await self._sign_in.log_in(
            lambda: account.LoginWithToken(text(auth_token, "authToken", none_is_empty=True))
        )

    async def logout(self) -> str:
        """Leave any session and forget the user. Raises `ERROR_NO_USER_LOGGED_IN`."""
        await self._sign_in.log_out()
        return "Logout successful"

    def get_logged_in_user(self) -> User | None:
        """Who is logged in."""
        return self.snapshot.user if self._sign_in.auth_token else None

    def is_user_logged_in(self) -> bool:
        """Whether somebody is."""
        return self.get_logged_in_user() is not None

    def get_user_auth_token(self) -> str | None:
        """The auth token in use."""
        return self._sign_in.auth_token

    def add_login_listener(
        self, listener_id: str, listener: LoginListener | Mapping[str, object]
    ) -> None:
        """Be told of logging in and out; a later listener of this id replaces it."""
        self._listeners.add_login(text(listener_id, "id"), listener)

    def remove_login_listener(self, listener_id: str) -> None:
        """Be told no more."""
        self._listeners.remove_login(text(listener_id, "id"))

    def add_event_listener(self, name: object, callback: Callback) -> Callable[[], None]:
        """Call `callback(payload)` at every event of this name (`cellcall.EVENTS`).

        Returns:
            A function that ends it.

        Raises:
            CallsError: `VALIDATION_ERROR` for a name that is not documented.
        """
        return self._listeners.add(name, callback)

    # ---- joining and leaving
    async def generate_token(self, session_id: object, auth_token: object = None) -> CallToken:
        """A call token for one session; everybody who gives the same session ID meets in it.

        Raises:
            CallsError: `ERROR_SESSION_ID_MISSING`, `ERROR_AUTH_TOKEN_MISSING` when nobody is
                logged in and none is given, `ERROR_SDK_NOT_INITIALIZED`, or the server's code.
        """
        wanted = text(session_id, "sessionId", none_is_empty=True)
        command = account.GenerateToken(wanted, text(auth_token, "authToken", none_is_empty=True))
        return CallToken(await self._line.do(command))

    async def join_session(
        self,
        call_token: object,
        settings: object = None,
        container: object = None,
        *,
        media: MediaChoice = _DEFAULT_MEDIA,
        key: object = None,
    ) -> JoinResult:
        """Join with a call token; never raises for what can go wrong in a join.

        Args:
            call_token: From `generate_token`; its `.token` or the whole answer.
            settings: Session settings (`cellcall settings` lists them): a mapping in camelCase or
                snake_case, or a `SessionSettings`. None: all defaults.
            container: The `CallPanel` the call is drawn in. None: sound and events only.
            media: Which devices or sources to use.
            key: Seals the call end to end: a text of 8 characters or more that everybody in it has
                (as livekit-client's `setKey`); on a LiveKit server only. None: it is not sealed.
        """
        given = call_token.token if isinstance(call_token, CallToken) else call_token
        return await self._join(
            lambda parsed: call.JoinWithToken(
                text(given, "callToken", none_is_empty=True),
                parsed,
                media,
                key=text(key, "key", none_is_empty=True),
            ),
            settings,
            container,
        )

    async def join_session_by_id(
        self,
        session_id: object,
        settings: object = None,
        container: object = None,
        *,
        media: MediaChoice = _DEFAULT_MEDIA,
        key: object = None,
    ) -> JoinResult:
        """Generate the token and join; see `join_session`."""
        return await self._join(
            lambda parsed: call.JoinById(
                text(session_id, "sessionId", none_is_empty=True),
                parsed,
                media,
                key=text(key, "key", none_is_empty=True),
            ),
            settings,
            container,
        )

    async def _join(
        self, command: Callable[[Mapping[str, object]], Command[None]], *where: object
    ) -> JoinResult:
        settings, container = where
        try:
            if self._sign_in.app is None:
                # The engine refuses whatever comes before init, and says so first.
                settings = container = None
            parsed = parse_settings(settings)
            sent = command({name: getattr(parsed, name) for name in SETTING_NAMES})
            return JoinResult(await self._line.join(sent, parsed, container), None)
        except CallsError as error:
            return JoinResult(None, error)

    async def leave_session(self) -> None:
        """Leave, and wait until devices and connection are released; nothing without a session."""
        await self._line.leave()

    async def end_session_for_all(self) -> None:
        """Moderator: end the session for everybody. Raises `ERROR_NOT_PERMITTED` otherwise."""
        await self._line.do(call.EndForAll())

    async def stay(self) -> None:
        """Answer the idle prompt: go on waiting alone."""
        await self._line.do(call.Stay())

    # ---- our microphone, camera and hand
    async def mute_audio(self, mute: bool = True) -> None:
        """Microphone off, or on with False."""
        await self._line.do(own.SetMuted(flag(mute, "mute")))

    async def unmute_audio(self) -> None:
        """Microphone on."""
        await self.mute_audio(False)

    async def toggle_audio(self) -> None:
        """Microphone the other way."""
        await self.mute_audio(not self._line.local.audio_muted)

    async def pause_video(self, pause: bool = True) -> None:
        """Camera off, or on with False; opens the camera when there is none yet."""
        await self._line.do(own.SetVideoPaused(flag(pause, "pause")))

    async def resume_video(self) -> None:
        """Camera on."""
        await self.pause_video(False)

    async def toggle_video(self) -> None:
        """Camera the other way."""
        await self.pause_video(not self._line.local.video_paused)

    async def switch_camera(self) -> None:
        """The next camera of this machine."""
        cameras = await self.get_video_input_devices()
        if not cameras:
            raise CallsError(ErrorCode.VALIDATION, "There is no camera here. Plug one in.")
        now = await self.get_current_video_input_device()
        at = cameras.index(now) if now in cameras else -1
        await self.set_video_input_device(cameras[(at + 1) % len(cameras)].device_id)

    async def raise_hand(self) -> None:
        """Our hand up."""
        await self._line.do(own.SetHandRaised(True))

    async def lower_hand(self) -> None:
        """Our hand down."""
        await self._line.do(own.SetHandRaised(False))

    async def toggle_hand(self) -> None:
        """Our hand the other way."""
        await self._line.do(own.SetHandRaised(not self._line.local.hand_raised_at_ms))

    async def start_screen_sharing(self, source: object = "screen") -> None:
        """Share the screen, or something else, beside the camera, until `stop_screen_sharing`.

        Args:
            source: `screen` (X11, macOS), `screen::1` for the X display `:1`, `file:PATH` for a
                film or picture, `test:bars`.

        Raises:
            CallsError: `VALIDATION_ERROR` for what can't be shared, `ERROR_NOT_PERMITTED` where
                the server forbids it, `ERROR_NOT_SUPPORTED` in a voice session.
        """
        await self._line.do(own.StartShare(text(source, "source")))

    async def start_recording(self, path: object = "", *, pictures: object = "small") -> None:
        """Record the session into a file of this machine, once everybody was told.

        Args:
            path: Of a Matroska file that is not there yet; empty: a new one, here.
            pictures: `small` (cameras at 640x360), `full`, or `off` for sound alone.

        Raises:
            CallsError: `VALIDATION_ERROR` for what can't be written, `ERROR_NOT_PERMITTED` where
                recording is off, `ERROR_NOT_SUPPORTED` where nobody can be told.
        """
        where = recording_path(text(path, "path", none_is_empty=True), self.snapshot.title)
        await self._line.do(own.StartRecording(where, choice(pictures, "pictures", Pictures)))

    async def stop_recording(self) -> None:
        """Record no longer, and make the file; nothing when nothing is recorded."""
        await self._line.do(own.StopRecording())

    async def toggle_recording(self) -> None:
        """Record with what is usual, or no longer."""
        if self.snapshot.recording:
            await self.stop_recording()
        else:
            await self.start_recording()

    async def stop_screen_sharing(self) -> None:
        """Share nothing any more; nothing when nothing is shared."""
        await self._line.do(own.StopShare())

    # ---- devices
    async def get_audio_input_devices(self) -> tuple[DeviceInfo, ...]:
        """The microphones there are."""
        return await self._line.do(own.ListDevices(DeviceKind.MICROPHONE))

    async def get_audio_output_devices(self) -> tuple[DeviceInfo, ...]:
        """The loudspeakers there are."""
        return await self._line.do(own.ListDevices(DeviceKind.SPEAKER))

    async def get_video_input_devices(self) -> tuple[DeviceInfo, ...]:
        """The cameras there are."""
        return await self._line.do(own.ListDevices(DeviceKind.CAMERA))

    async def get_current_audio_input_device(self) -> DeviceInfo | None:
        """The microphone in use; None before a session. What is wrong: `snapshot.devices`."""
        return await self._current(DeviceKind.MICROPHONE)

    async def get_current_audio_output_device(self) -> DeviceInfo | None:
        """The loudspeaker in use; None before a session."""
        return await self._current(DeviceKind.SPEAKER)

    async def get_current_video_input_device(self) -> DeviceInfo | None:
        """The camera in use; None before a session."""
        return await self._current(DeviceKind.CAMERA)

    async def _current(self, kind: DeviceKind) -> DeviceInfo | None:
        used = self._line.device(kind)
        if used is None:
            return None
        listed = await self._line.do(own.ListDevices(kind))
        # A source that is no device (`test:bars`) is listed nowhere; its name is its id.
        unlisted = DeviceInfo(kind, used.label, used.label)
        return next((one for one in listed if one.label == used.label), unlisted)

    async def set_audio_input_device(self, device_id: object) -> None:
        """Use another microphone, by its id or a source name (`file:voice.wav`)."""
        await self._use(DeviceKind.MICROPHONE, device_id)

    async def set_audio_output_device(self, device_id: object) -> None:
        """Use another loudspeaker."""
        await self._use(DeviceKind.SPEAKER, device_id)

    async def set_video_input_device(self, device_id: object) -> None:
        """Use another camera, by its id or a source name (`test:bars`)."""
        await self._use(DeviceKind.CAMERA, device_id)

    # ---- what is seen here
    async def set_layout(self, layout: object) -> None:
        """TILE, SIDEBAR or SPOTLIGHT; here only."""
        await self._line.do(local.SetLayout(choice(layout, "layout", Layout)))

    async def pin_participant(self, participant: object, type: object = PinType.HUMAN) -> None:
        """Show somebody large. Pin by pid, id or uid; `type` is `human` or `screen-share`."""
        screen = choice(type, "type", PinType) is PinType.SCREEN_SHARE
        source = TrackSource.SCREEN_SHARE if screen else TrackSource.CAMERA
        await self._line.do(local.Pin(self._line.participant_id(participant), source))

    async def unpin_participant(self) -> None:
        """Nobody is pinned any more."""
        await self._line.do(local.Unpin())

    async def toggle_participant_list(self) -> None:
        """The list of people, shown or not."""
        self._line.container.show_panel("people", shown=None)

    async def show_participant_list(self) -> None:
        """The list of people is shown."""
        self._line.container.show_panel("people", shown=True)

    async def hide_participant_list(self) -> None:
        """The list of people is not shown."""
        self._line.container.show_panel("people", shown=False)

    async def show_settings_dialog(self) -> None:
        """The panel of devices is shown."""
        self._line.container.show_panel("devices", shown=True)

    async def hide_settings_dialog(self) -> None:
        """The panel of devices is not shown."""
        self._line.container.show_panel("devices", shown=False)

    async def set_chat_button_unread_count(self, count: object) -> None:
        """How many messages the chat key says are unread: 0 hides it, above 99 it says 99+."""
        await self._line.do(call.SetUnread(whole(count, "count", 0, 1_000_000)))

    # ---- moderators
    async def mute_participant(self, participant: object) -> None:
        """Moderator: mute somebody's microphone; by pid, id or uid."""
        await self._line.do(call.MuteOther(self._line.participant_id(participant)))

    async def pause_participant_video(self, participant: object) -> None:
        """Moderator: stop somebody's camera."""
        await self._line.do(call.StopVideoOf(self._line.participant_id(participant)))

    async def remove_participant(self, participant: object) -> None:
        """Moderator: take somebody out of the session. Beyond the SDK."""
        await self._line.do(call.Remove(self._line.participant_id(participant)))

    async def lock_session(self) -> None:
        """Moderator: guests of a link for many wait until they are let in. Beyond the SDK.

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED` where the server can't do that.
        """
        await self._line.do(call.SetLocked(True))

    async def unlock_session(self) -> None:
        """Moderator: everybody comes in again, those who wait, too. Raises as `lock_session`."""
        await self._line.do(call.SetLocked(False))

    async def admit(self, guest: object) -> None:
        """Moderator: let somebody in who waits, by the id or name in `snapshot.knocks`."""
        await self._line.do(call.AnswerKnock(self._line.knock(guest), True))

    async def refuse(self, guest: object) -> None:
        """Moderator: turn somebody away who waits, by the id or name in `snapshot.knocks`."""
        await self._line.do(call.AnswerKnock(self._line.knock(guest), False))

    # ---- what nothing here can do (`cellcall.ErrorCode.NOT_SUPPORTED` says what would)
    async def start_streaming(self, url: object = None, key: object = None) -> NoReturn:
        """Stream to a broadcaster. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("start_streaming")

    async def stop_streaming(self) -> NoReturn:
        """Stream no more. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("stop_streaming")

    async def start_transcription(self) -> None:
        """Moderator: have the server keep what is said in captions; everybody is told.

        `transcript_request` lists what was kept: captions of people, of agents, and of
        programs (`start_own_captions`).

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED` in a sealed session, and where the server keeps none;
                `ERROR_NOT_PERMITTED` unless moderator.
        """
        await self._line.do(own.KeepTranscript(keeps=True))

    async def stop_transcription(self) -> None:
        """Have it kept no longer; `VALIDATION_ERROR` when it is not kept at our wish."""
        await self._line.do(own.KeepTranscript(keeps=False))

    async def show_virtual_background_dialog(self) -> NoReturn:
        """Choose a background. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("show_virtual_background_dialog")

    async def hide_virtual_background_dialog(self) -> NoReturn:
        """Put the choice away. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("hide_virtual_background_dialog")

    async def clear_virtual_background(self) -> NoReturn:
        """No background any more. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("clear_virtual_background")

    async def set_virtual_background_blur_level(self, level: object) -> NoReturn:
        """Blur the background. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("set_virtual_background_blur_level")

    async def set_virtual_background_image(self, url: object) -> NoReturn:
        """A picture as background. Raises `ERROR_NOT_SUPPORTED`."""
        raise unsupported("set_virtual_background_image")

    # ---- lists that come in pages
    def call_log_request(
        self,
        *,
        limit: object = 30,
        call_type: object = "",
        status: object = "",
        category: object = "",
        direction: object = "",
        has_recording: object = False,
        has_transcriptions: object = False,
        uid: object = "",
        guid: object = "",
        auth_token: object = "",
    ) -> CallLogRequest:
        """Ask for the calls the user was in: `fetch_next` and `fetch_previous` give pages.

        Args:
            limit: Calls on a page, 1 to 100.
            call_type: `audio` or `video`; empty, as with the other filters: all.
            status: `ongoing`, `busy`, `rejected`, `cancelled`, `ended` or `missed`.
            category: `call` or `meet`.
            direction: `incoming` or `outgoing`.
            has_recording: Only those that were recorded.
            has_transcriptions: Only those with a transcript.
            uid: Only those this user was in, too.
            guid: Only those of this group.
            auth_token: Whose calls; empty: of who is logged in.

        Raises:
            CallsError: `VALIDATION_ERROR` naming the filter.
        """
        words = {
            "call_type": call_type,
            "status": status,
            "category": category,
            "direction": direction,
            "uid": uid,
            "guid": guid,
        }
        flags = {"has_recording": has_recording, "has_transcriptions": has_transcriptions}
        token = text(auth_token, "auth_token", none_is_empty=True)
        return CallLogRequest(self._line.do, call_log_query(limit, words, flags), token)

    def transcript_request(self, session_id: object, *, limit: object = 30) -> TranscriptRequest:
        """Ask for the transcripts of a session the user was in.

        Args:
            session_id: Which session.
            limit: Transcripts on a page, 1 to 1000.

        Raises:
            CallsError: `SESSION_ID_REQUIRED`.
        """
        wanted = text(session_id, "sessionId", none_is_empty=True).strip()
        if not wanted:
            raise CallsError(ErrorCode.SESSION_ID_REQUIRED, "The session ID is empty. Give one.")
        return TranscriptRequest(self._line.do, wanted, transcript_limit(limit))

    # ---- beyond the SDK
    async def delete_transcript(self, tid: object) -> None:
        """Have `cellcall serve` forget a transcript, by its `tid`, that this user asked for.

        Raises:
            CallsError: `VALIDATION_ERROR` when there is none, or somebody else asked for it.
        """
        await self._line.do(account.DeleteTranscript(text(tid, "tid")))

    async def create_user(self, uid: object, name: object, api_key: object) -> User:
        """Register a user with the service; needs the API key."""
        words = (text(uid, "uid"), text(name, "name"), text(api_key, "apiKey"))
        return await self._line.do(account.CreateUser(*words))

    async def send_chat(self, message: object, *, answers: int = 0) -> None:
        """A message to everybody, 4000 characters at most.

        Args:
            message: Its text.
            answers: `ChatMessage.number` of the message it answers; 0: none.
        """
        await self._line.do(call.SendChat(text(message, "message"), answers))

    async def send_file(self, path: object) -> None:
        """A file of this machine to everybody, 16 MB at most; done when it is on its way.

        Raises:
            CallsError: `VALIDATION_ERROR`, or `ERROR_NOT_PERMITTED`.
        """
        await self._line.do(call.SendFile(whole_path(text(path, "path"))))

    async def save_file(self, number: int, folder: object) -> str:
        """Write what somebody sent into a folder, over nothing that is there; answers where.

        Args:
            number: `ChatMessage.file.number` of the message that brought it.
            folder: It has to be there.

        Raises:
            CallsError: `VALIDATION_ERROR`: it can't be written, or is not kept any more.
        """
        return await self._line.do(call.SaveFile(number, whole_path(text(folder, "folder"))))

    async def use_key(self, key: object) -> None:
        """Take up other keys in a sealed session: a text, one a line; the last one seals.

        Raises:
            CallsError: `VALIDATION_ERROR`, or `ERROR_NOT_SUPPORTED` where nothing is sealed.
        """
        await self._line.do(call.UseKey(text(key, "key")))

    async def chat_history(self) -> tuple[ChatMessage, ...]:
        """The last 500 messages of the session, ours included."""
        return await self._line.do(call.ReadChat())

    async def send_caption(self, words: object, *, speaker: object = None) -> None:
        """Write down for everybody what somebody says, by pid, id or uid; None: what we say.

        Raises:
            CallsError: `VALIDATION_ERROR`, or `ERROR_NOT_SUPPORTED` where nothing carries captions.
        """
        written = text(words, "words")
        of = NOBODY if speaker is None else self._line.participant_id(speaker)
        await self._line.do(call.SendCaption(written, of))

    async def start_own_captions(self, model: object) -> None:
        """Have a program on this machine write down for everybody what we say; they are told.

        Args:
            model: Folder of a Whisper model in CTranslate2's format; nothing is fetched.

        Raises:
            CallsError: `VALIDATION_ERROR` for what is no model, `ERROR_NOT_SUPPORTED` without
                the extra `cellcall[captions]` and where nothing carries captions.
        """
        await self._line.do(own.SetOwnCaptions(True, whole_path(text(model, "model"))))

    async def stop_own_captions(self) -> None:
        """Have nothing written down any more. Nothing when nothing is."""
        await self._line.do(own.SetOwnCaptions(False))

    async def caption_history(self) -> tuple[Caption, ...]:
        """The last 2000 captions of the session that are final, ours included, oldest first.

        What is still being said is in `snapshot.captions`.
        """
        return await self._line.do(call.ReadCaptions())

    async def set_deafened(self, deafened: bool) -> None:
        """Silence everybody else on this machine."""
        await self._line.do(local.SetDeafened(flag(deafened, "deafened")))

    async def set_volume(self, participant: object, percent: object) -> None:
        """How loud somebody is heard here [percent], 0 to 200."""
        command = local.SetVolume(
            self._line.participant_id(participant), whole(percent, "percent", 0, 200)
        )
        await self._line.do(command)

    async def _use(self, kind: DeviceKind, device_id: object) -> None:
        await self._line.do(own.SetDevice(kind, text(device_id, "deviceId")))
