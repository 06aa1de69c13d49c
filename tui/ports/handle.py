"""The handle: how a front end holds a session, wherever the session runs.

The same small interface whether the session is in the engine process (the app, `--plain`) or in
this one (`--headless`, library use, tests); one contract suite asks both. Commands go up and
return when done; snapshots and levels come down newest-wins; what happened comes down each one, in
order; pictures sit in slots a front end reads at its own pace.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.happenings import Happening
from tui.domain.ids import ParticipantId
from tui.domain.preparing import ServerAnswer
from tui.domain.settings import AppSettings, Layout
from tui.domain.snapshot import (
    ChatMessage,
    Levels,
    LoggedCall,
    RunningSession,
    Snapshot,
    User,
)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One participant's newest picture at the raster that was asked for."""

    serial: int
    """Grows with every new picture of this slot; equal means nothing new."""
    width: int
    height: int
    rgb: bytes
    """`height * width * 3` bytes, rows from the top."""


@dataclass(frozen=True, slots=True)
class EngineGone:
    """The engine process ended or closed the connection; the last thing `updates` gives."""

    text: str


Update = Snapshot | Levels | Happening | EngineGone


class Handle(Protocol):
    """A session in somebody's hand. All commands raise `CallsError` unless said otherwise."""

    async def init(self, settings: AppSettings) -> None:
        """Choose app and service. `VALIDATION_ERROR` for a bad one."""

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """Register a user with the service (needs the API key)."""

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        """Log in with a user ID; order of checks in spec cometchat-calls (e).

        `server` is whose key it is. `ERROR_OTHER_SERVER` when that is not the one in use: nothing
        is sent then. Empty for a program that has chosen both itself.
        """

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        """Log in with an auth token; `server` as in `login`."""

    async def logout(self) -> None:
        """`ERROR_NO_USER_LOGGED_IN` when nobody is."""

    async def get_user_auth_token(self) -> str | None:
        """The auth token in use, to log in with again later."""

    async def generate_token(self, session_id: str) -> str:
        """A call token for one session."""

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        """Join; raises what the SDK's `JoinResult.error` would hold. `server` as in `login`."""

    async def join_session_by_id(
        self, session_id: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """Generate the token and join."""

    async def join_url(
        self, url: str, token: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """Join any LiveKit room with nothing but its address and an access token; no login."""

    async def leave_session(self) -> None:
        """Leave; no-op without a session."""

    async def end_session_for_all(self) -> None:
        """`ERROR_NOT_PERMITTED` unless moderator."""

    async def set_audio_muted(self, muted: bool) -> None:
        """Microphone off or on."""

    async def set_talking(self, talking: bool) -> None:
        """Push-to-talk: open the muted microphone for two seconds, or close it again.

        Nothing when the microphone is on anyway.
        """

    async def keep_talking(self) -> None:
        """Two more seconds; call it each half second, and never to open what somebody closed.

        A front end that stops doing so, whatever happened to it, leaves no open microphone.
        """

    async def set_video_paused(self, paused: bool) -> None:
        """Camera off or on; opens the camera lazily when there is none yet."""

    async def set_deafened(self, deafened: bool) -> None:
        """Silence everybody else on this machine's speaker."""

    async def duck(self, seconds: float) -> None:
        """Turn everybody else down by 12 dB for so long from now, 5 s at most; 0 ends it.

        For what a front end reads aloud: it renews this while it speaks, and if it dies, the
        others come back by themselves. No-op without a session.
        """

    async def say(self, text: str, program: str = "") -> bool:
        """Read it aloud in the sound of the call or sound check; returns at its end.

        Words and not samples come here, as the engine owns sound: it mixes them, so that its echo
        canceller knows them, and a front end that dies leaves nothing speaking. A later one cuts
        off the one before. Turning the others down is up to `duck`.

        Args:
            text: Whatever it holds, it is only words.
            program: What is to speak; empty: the first there is.

        Returns:
            False when it could not be heard to its end: there is no loudspeaker, or nothing that
            speaks, or the call ended. The front end may then speak by itself.
        """

    async def hush(self) -> None:
        """End what `say` says, at once; that `say` returns True."""

    async def set_volume(self, who: ParticipantId, percent: int) -> None:
        """How loud we hear a participant: 0 to 200 percent."""

    async def set_microphone_closed(self, closed: bool) -> None:
        """Privacy: close the microphone device, so that nothing can listen; or open it again.

        Closing mutes; opening leaves it muted. Unmuting opens it, too.
        """

    async def set_earcons(self, on: bool) -> None:
        """Short sounds of our own for microphone and hand; nobody else hears them."""

    async def set_processing(self, stage: str, on: bool) -> None:
        """Switch `echo`, `noise` or `gain` of our microphone's processing; heard at once."""

    async def check_server(self, address: str) -> ServerAnswer | None:
        """Before a call: whether and how fast its server answers.

        Nothing of the person is sent: no token, no name, no session. Takes some seconds when
        nothing comes back.

        Args:
            address: `http`, `https`, `ws` or `wss`; empty: the service in use (after `init`).

        Returns:
            None when there is no network in between: the service is in this process.
        """

    async def check_sound(self, media: MediaChoice) -> None:
        """Before a call: open microphone and speaker to try them out, instead of those before.

        Until `end_sound_check` or a join, the snapshot's devices tell how they are, and levels
        come with our own as that of nobody (`""`). Nothing is sent to anybody.
        """

    async def check_camera(self, on: bool) -> tuple[int, int]:
        """In a sound check: open the camera and wait for a picture; or close it.

        Its pictures are those of nobody (`""`), mirrored. Nothing is sent to anybody.

        Returns:
            Width and height of what it gives [pixels]; 0x0 when closed.
        """

    async def end_sound_check(self) -> None:
        """Close what `check_sound` opened. No-op without it."""

    async def record_yourself(self) -> float:
        """Record three seconds of our microphone, muted or not; the loudest moment [dBov].

        In a call or a sound check.
        """

    async def play_recording(self) -> None:
        """Play on our speaker what was recorded; returns at its end."""

    async def play_test_tone(self) -> None:
        """Play a tone on our speaker; returns at its end."""

    async def set_hand_raised(self, raised: bool) -> None:
        """Raise or lower our hand."""

    async def set_layout(self, layout: Layout) -> None:
        """Local only; any layout but SIDEBAR clears the pin."""

    async def set_fit_pictures(self, fit: bool) -> None:
        """Local only: show pictures whole, with bars, instead of cropped to fill."""

    async def pin_participant(self, who: ParticipantId) -> None:
        """Pin; leaves TILE for SIDEBAR. `NOBODY` unpins."""

    async def mute_participant(self, who: ParticipantId) -> None:
        """Moderator: mute somebody's microphone."""

    async def pause_participant_video(self, who: ParticipantId) -> None:
        """Moderator: stop somebody's camera."""

    async def remove_participant(self, who: ParticipantId) -> None:
        """Moderator: take somebody out of the session."""

    async def send_chat(self, text: str) -> None:
        """To everybody; `VALIDATION_ERROR` when empty or over 4000 characters."""

    async def mark_chat_read(self) -> None:
        """The chat is on screen: unread goes to 0."""

    async def chat_history(self) -> tuple[ChatMessage, ...]:
        """The last 500 messages of this session, ours included."""

    async def stay(self) -> None:
        """Answer the idle prompt: go on waiting alone."""

    async def press_button(self, event_name: str) -> None:
        """Emit one of `tui.domain.events.FRONT_END_EVENTS`: a button, the people list."""

    async def running_sessions(self) -> tuple[RunningSession, ...]:
        """Sessions somebody is in."""

    async def call_log(self) -> tuple[LoggedCall, ...]:
        """Calls this user was in, newest first."""

    async def list_devices(self, kind: str) -> tuple[DeviceInfo, ...]:
        """`microphone`, `speaker` or `camera`."""

    async def set_device(self, kind: str, name: str) -> None:
        """Use another device in the running session."""

    async def stats(self) -> Mapping[str, Any]:
        """The JSON of `--stats` (README) for the session so far."""

    def snapshot(self) -> Snapshot:
        """The newest one, at once."""

    def updates(self) -> AsyncIterator[Update]:
        """Everything that comes down, for one reader; begins with the newest snapshot.

        Snapshots and levels are newest-wins; the rest is kept in order (bounded at 1000, beyond
        which the oldest `low` announcements go first). Ends with `EngineGone`.
        """

    def show_picture(self, who: ParticipantId, width: int, height: int, fps: float = 0.0) -> None:
        """Ask for a participant's pictures at this raster [pixels]; 0x0 stops them.

        `fps` is how many a second are shown, 0 for all; a server may send fewer then.

        The picture is scaled to fill and cropped at the centre, or shown whole
        (`set_fit_pictures`). Own pictures are mirrored. Once a front end has asked for any
        picture, participants it did not ask for are not received. `NOBODY` asks for nobody's.
        """

    def picture(self, who: ParticipantId) -> Picture | None:
        """The newest picture of that slot, or None before the first. Cheap: call it per frame."""

    async def close(self) -> None:
        """Let go. In-process: leaves the session. Idempotent."""
