"""Commands that change what we send: microphone, camera, hand and our devices."""

from __future__ import annotations

from tui.domain.commands.command import Command
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.frozen import dataclass
from tui.domain.media import Pictures
from tui.domain.reactions import Reaction


@dataclass(frozen=True, slots=True)
class SetMuted(Command[None]):
    """Microphone off or on."""

    muted: bool


@dataclass(frozen=True, slots=True)
class SetTalking(Command[None]):
    """Push-to-talk: open the muted microphone for two seconds, or close it again.

    Nothing when the microphone is on anyway. Each front end has a lease of its own: the
    microphone closes with the last one.
    """

    talking: bool


@dataclass(frozen=True, slots=True)
class KeepTalking(Command[None]):
    """Two more seconds; send it each half second. It never opens what somebody closed.

    A front end that stops doing so, whatever happened to it, leaves no open microphone.
    """


@dataclass(frozen=True, slots=True)
class SpeakText(Command[None]):
    """Say a text to everybody, with the speech program of this machine; done when it is on its way.

    The microphone stays as it is; muting cuts it off. Its words go out as captions, too.
    """

    text: str


@dataclass(frozen=True, slots=True)
class SetMicrophoneClosed(Command[None]):
    """Privacy: close the microphone device, so that nothing can listen; or open it again.

    Closing mutes; opening leaves it muted. Unmuting opens it, too.
    """

    closed: bool


@dataclass(frozen=True, slots=True)
class SetVideoPaused(Command[None]):
    """Camera off or on; opens the camera when there is none yet."""

    paused: bool


@dataclass(frozen=True, slots=True)
class SetHandRaised(Command[None]):
    """Raise or lower our hand."""

    raised: bool


@dataclass(frozen=True, slots=True)
class StartShare(Command[None]):
    """Share a screen, a film or a test picture with everybody, in place of what is shared.

    `VALIDATION_ERROR` for what can't be shared, `ERROR_NOT_PERMITTED` where the server forbids it.
    """

    name: str = "screen"
    """As `tui.domain.media.parse_share_name` takes it."""


@dataclass(frozen=True, slots=True)
class StopShare(Command[None]):
    """Share nothing any more. Nothing when nothing is shared."""


@dataclass(frozen=True, slots=True)
class React(Command[None]):
    """Show everybody a reaction for some seconds."""

    reaction: Reaction


@dataclass(frozen=True, slots=True)
class StartRecording(Command[None]):
    """Record the session on this machine, once everybody was told.

    `VALIDATION_ERROR` for what can't be written or is there already, `ERROR_NOT_PERMITTED` where
    recording is off.
    """

    path: str
    """Of the file, absolute."""
    pictures: str = Pictures.SMALL
    """One of `Pictures`."""


@dataclass(frozen=True, slots=True)
class StopRecording(Command[None]):
    """Record no longer, and make the file. Nothing when nothing is recorded."""


@dataclass(frozen=True, slots=True)
class KeepTranscript(Command[None]):
    """Moderator: have the server keep what is said in captions, or no longer.

    Everybody is told, and whoever comes later. `ERROR_NOT_SUPPORTED` in a sealed session, and
    where the server keeps nothing; `ERROR_NOT_PERMITTED` unless moderator.
    """

    keeps: bool


@dataclass(frozen=True, slots=True)
class SetOwnCaptions(Command[None]):
    """Have a program on this machine write captions of what we say, for everybody, or no longer.

    Everybody is told that a program writes them. `VALIDATION_ERROR` without a model that can be
    used, `ERROR_NOT_SUPPORTED` where captions can't be sent or nothing here recognises speech,
    `ERROR_NOT_PERMITTED` for whoever may not write.
    """

    on: bool
    model: str = ""
    """Its folder; empty: the one of `MediaChoice.captions_model`."""


@dataclass(frozen=True, slots=True)
class SetProcessing(Command[None]):
    """Switch `echo`, `noise` or `gain` of our microphone's processing; heard at once."""

    stage: str
    on: bool


@dataclass(frozen=True, slots=True)
class ListDevices(Command[tuple[DeviceInfo, ...]]):
    """`microphone`, `speaker` or `camera`."""

    kind: str


@dataclass(frozen=True, slots=True)
class SetDevice(Command[None]):
    """Use another device in the running session."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class CheckSound(Command[None]):
    """Before a call: open microphone and speaker to try them out, instead of those before.

    Until `EndSoundCheck` or a join, the snapshot's devices tell how they are, and levels come
    with our own as that of nobody (`""`). Nothing is sent to anybody.
    """

    media: MediaChoice


@dataclass(frozen=True, slots=True)
class CheckCamera(Command[tuple[int, int]]):
    """In a sound check: open the camera and wait for a picture; or close it.

    Its pictures are those of nobody (`""`), mirrored. Nothing is sent to anybody. The answer is
    width and height of what it gives [pixels]; 0x0 when closed.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class EndSoundCheck(Command[None]):
    """Close what `CheckSound` opened. No-op without it."""


@dataclass(frozen=True, slots=True)
class RecordYourself(Command[float]):
    """Record three seconds of our microphone, muted or not; the loudest moment [dBov].

    In a call or a sound check.
    """


@dataclass(frozen=True, slots=True)
class PlayRecording(Command[None]):
    """Play on our speaker what was recorded; done at its end."""


@dataclass(frozen=True, slots=True)
class PlayTestTone(Command[None]):
    """Play a tone on our speaker; done at its end."""


OwnCommand = (
    SetMuted
    | SetTalking
    | KeepTalking
    | SpeakText
    | SetMicrophoneClosed
    | SetVideoPaused
    | SetHandRaised
    | StartShare
    | StopShare
    | StartRecording
    | React
    | StopRecording
    | KeepTranscript
    | SetOwnCaptions
    | SetProcessing
    | ListDevices
    | SetDevice
    | CheckSound
    | CheckCamera
    | EndSoundCheck
    | RecordYourself
    | PlayRecording
    | PlayTestTone
)
