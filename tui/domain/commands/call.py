"""Commands of a call as a whole: in and out, chat, and what a moderator does to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from tui.domain.captions import Caption
from tui.domain.commands.command import AboutParticipant, Command
from tui.domain.device_choice import MediaChoice
from tui.domain.frozen import dataclass
from tui.domain.ids import NOBODY, ParticipantId
from tui.domain.snapshot import ChatMessage

KEPT_S: Final = 1800.0
"""How long a call goes on that nobody is before."""


@dataclass(frozen=True, slots=True)
class JoinWithToken(Command[None]):
    """Join with a call token; raises what the SDK's `JoinResult.error` would hold."""

    call_token: str = field(repr=False)
    settings: Mapping[str, Any]
    media: MediaChoice
    server: str = ""
    """Whose token it is; another one than that in use is refused. Empty: no check."""
    key: str = field(default="", repr=False)
    """Seals the call end to end (`tui.domain.sealing.read_keys`); empty: it is not sealed."""


@dataclass(frozen=True, slots=True)
class JoinById(Command[None]):
    """Generate the token and join."""

    session_id: str
    settings: Mapping[str, Any]
    media: MediaChoice
    key: str = field(default="", repr=False)
    """As in `JoinWithToken`."""


@dataclass(frozen=True, slots=True)
class JoinAsGuest(Command[None]):
    """Join as a new guest, by a link for many; the name is that of the settings."""

    session_id: str
    invitation: str = field(repr=False)
    """The link's code."""
    settings: Mapping[str, Any]
    media: MediaChoice
    server: str = ""
    """As in `JoinWithToken`."""
    key: str = field(default="", repr=False)
    """As in `JoinWithToken`."""


@dataclass(frozen=True, slots=True)
class JoinRoom(Command[None]):
    """Join any LiveKit room with nothing but its address and an access token; no login."""

    url: str
    token: str = field(repr=False)
    settings: Mapping[str, Any]
    media: MediaChoice
    key: str = field(default="", repr=False)
    """As in `JoinWithToken`."""


@dataclass(frozen=True, slots=True)
class JoinJitsi(Command[None]):
    """Join a room of a Jitsi Meet deployment by its link; no login."""

    link: str
    """Without a token."""
    token: str = field(repr=False)
    """A JWT; empty where everybody may come in."""
    password: str = field(repr=False)
    """Of the room; empty where it has none."""
    settings: Mapping[str, Any]
    media: MediaChoice


@dataclass(frozen=True, slots=True)
class UseKey(Command[None]):
    """Take up other keys in a sealed call; the last one seals from now on."""

    key: str = field(repr=False)
    """As `tui.domain.sealing.read_keys` takes it."""


@dataclass(frozen=True, slots=True)
class Invite(Command[str]):
    """A link by which others join; where the server makes none, the command by which they do.

    Empty where neither is known.
    """


@dataclass(frozen=True, slots=True)
class Leave(Command[None]):
    """Leave, and wait until everything is released; no-op without a session."""


@dataclass(frozen=True, slots=True)
class Detach(Command[float]):
    """Let the call go on with nobody before it; the answer is for how long [s].

    Microphone, camera and share go off, and others read that we are away. 0 where another front
    end shows it: nothing changes then. `ERROR_NOT_SUPPORTED` where the call lives in the process of
    whoever holds it.
    """

    seconds: float = KEPT_S
    """After which it ends."""


@dataclass(frozen=True, slots=True)
class Attach(Command[None]):
    """Somebody is before a detached call again. Nothing goes on by that; no-op otherwise."""


@dataclass(frozen=True, slots=True)
class KeepWhenLost(Command[None]):
    """Whether the call is detached when the last front end is lost, and not left."""

    keeps: bool


@dataclass(frozen=True, slots=True)
class EndForAll(Command[None]):
    """`ERROR_NOT_PERMITTED` unless moderator."""


@dataclass(frozen=True, slots=True)
class Stay(Command[None]):
    """Answer the idle prompt: go on waiting alone."""


@dataclass(frozen=True, slots=True)
class SendChat(Command[None]):
    """To everybody; `VALIDATION_ERROR` when empty or over 4000 characters."""

    text: str
    answers: int = 0
    """The number of the message it answers, as in `ChatMessage.number`; 0: none."""


@dataclass(frozen=True, slots=True)
class SendFile(Command[None]):
    """Send a file to everybody; done when it is on its way.

    `VALIDATION_ERROR` for what can't be read, is empty or too large.
    """

    path: str
    """Absolute."""


@dataclass(frozen=True, slots=True)
class SaveFile(Command[str]):
    """Write a file that somebody sent into a folder; the answer is where it is.

    Nothing is written over. `VALIDATION_ERROR` when there is none, or it can't be written.
    """

    number: int
    folder: str
    """Absolute; it has to be there."""


@dataclass(frozen=True, slots=True)
class MarkChatRead(Command[None]):
    """The chat is on screen: unread goes to 0."""


@dataclass(frozen=True, slots=True)
class SetUnread(Command[None]):
    """So many messages are unread: for an app whose chat is its own."""

    count: int


@dataclass(frozen=True, slots=True)
class ReadChat(Command[tuple[ChatMessage, ...]]):
    """The last 500 messages of this session, ours included."""


@dataclass(frozen=True, slots=True)
class SendCaption(Command[None]):
    """Write what somebody said, for everybody; `ERROR_NOT_SUPPORTED` where nothing carries it."""

    text: str
    speaker: ParticipantId = NOBODY
    """Whose words; nobody: those of whoever writes, or, of a captioner, not said whose."""


@dataclass(frozen=True, slots=True)
class SetCaptioner(Command[None]):
    """Say to everybody that we write captions, or no longer do."""

    writes: bool


@dataclass(frozen=True, slots=True)
class ReadCaptions(Command[tuple[Caption, ...]]):
    """The transcript: the last 2000 final captions of this session, oldest first."""


@dataclass(frozen=True, slots=True)
class MuteOther(AboutParticipant):
    """Moderator: mute somebody's microphone."""


@dataclass(frozen=True, slots=True)
class StopVideoOf(AboutParticipant):
    """Moderator: stop somebody's camera."""


@dataclass(frozen=True, slots=True)
class Remove(AboutParticipant):
    """Moderator: take somebody out of the session, and keep them out."""


@dataclass(frozen=True, slots=True)
class SetLocked(Command[None]):
    """Moderator: lock the call, so that nobody new comes in unless let in; or unlock it."""

    locked: bool


@dataclass(frozen=True, slots=True)
class AnswerKnock(Command[None]):
    """Moderator: let somebody in who knocks, or do not; see `Snapshot.knocks`."""

    knock: str
    let_in: bool


@dataclass(frozen=True, slots=True)
class Readmit(Command[None]):
    """Moderator: let somebody who was taken out join again; see `Snapshot.removed`."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class LetAllUnmute(Command[None]):
    """Moderator: whether the others may turn microphone and camera on by themselves.

    `ERROR_NOT_SUPPORTED` on a server that can't keep them from it.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class LetUnmute(AboutParticipant):
    """Moderator: let somebody turn microphone and camera on although the others may not."""


@dataclass(frozen=True, slots=True)
class PressButton(Command[None]):
    """Emit one of `tui.domain.events.FRONT_END_EVENTS`: a panel was shown or hidden.

    The buttons of actions need it not: their event is in their row of the action table, and goes
    with the action id that `Handle.do` is given.
    """

    event_name: str


@dataclass(frozen=True, slots=True)
class GetStats(Command[Mapping[str, Any]]):
    """The JSON of `--stats` (README) for the session so far."""


PresenceCommand = (
    JoinWithToken
    | JoinById
    | JoinAsGuest
    | JoinRoom
    | JoinJitsi
    | UseKey
    | Invite
    | Leave
    | Detach
    | Attach
    | KeepWhenLost
    | EndForAll
    | Stay
    | PressButton
    | GetStats
)
"""Coming in, being there and going."""

WrittenCommand = (
    SendChat
    | SendFile
    | SaveFile
    | MarkChatRead
    | SetUnread
    | ReadChat
    | SendCaption
    | SetCaptioner
    | ReadCaptions
)
"""Chat, files and captions."""

ModeratorCommand = (
    MuteOther | StopVideoOf | Remove | SetLocked | AnswerKnock | Readmit | LetAllUnmute | LetUnmute
)
"""What only a moderator may."""

CallCommand = PresenceCommand | WrittenCommand | ModeratorCommand
