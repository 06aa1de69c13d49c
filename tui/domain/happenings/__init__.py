"""What can happen in a session, one value each: facts with ids and names, never a sentence.

The session says each of these once. What is made of them stands beside: `table` has category,
priority, place, bell, speech and sound, `english` the sentences, `sdk` the documented events.
The trap is time: a `Person` is who it was then; by the time a front end reads of it the participant
may be gone, and another one may have the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from tui.domain.ids import ParticipantId
from tui.domain.settings import Layout
from tui.domain.snapshot import ChatMessage, DeviceKind, EndReason, Participant


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a happening is about, as they were at that moment. Text in it is cleaned."""

    id: ParticipantId
    """The participant's; unique in the session."""
    uid: str
    """Whose client it is; empty while that is unknown, and two clients may share one."""
    name: str
    pid: str = ""
    """The server's id of this connection."""
    avatar: str = ""


def person_of(participant: Participant) -> Person:
    """Who a participant is now."""
    return Person(
        participant.id, participant.uid, participant.name, participant.pid, participant.avatar
    )


# ---- the session
@dataclass(frozen=True, slots=True)
class SessionJoined:
    """We are in, and media flow; or it is known by now that they do not."""

    title: str
    names: tuple[str, ...]
    """Of everybody, our own first."""
    muted: bool
    camera_off: bool
    missing: str = ""
    """Why there are no media yet, a clause. Cleaned; empty when there are."""


@dataclass(frozen=True, slots=True)
class MediaFound:
    """There was no way for media when we joined; now there is one."""

    muted: bool


@dataclass(frozen=True, slots=True)
class SettingsIgnored:
    """Session settings were given that have no effect here."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The server does not hear us any more; we try again by ourselves."""


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    """The connection came back."""

    gap_s: float
    """For how long it was away."""
    muted: bool
    """What the others hear of us: nothing."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """The connection will not come back; `SessionEnded` follows."""

    reason: str
    detail: str
    """Cleaned; from outside."""


@dataclass(frozen=True, slots=True)
class SessionLeft:
    """We left, as we wished."""

    title: str
    lasted_s: float


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over for us, and it was not we who left."""

    reason: EndReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RemoteConnectionChanged:
    """In a peer call, the other one's connection was lost or came back."""

    lost: bool


@dataclass(frozen=True, slots=True)
class IdlePrompted:
    """We are alone, and the session will be left unless somebody answers."""

    seconds_left: float


@dataclass(frozen=True, slots=True)
class IdleAnswered:
    """The person stays."""

    asked_again_s: float
    """Alone for so long, they will be asked again."""


# ---- the others
@dataclass(frozen=True, slots=True)
class Present:
    """Somebody was there before we joined."""

    person: Person


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came."""

    person: Person
    people: int
    """How many are there now, ourselves among them."""
    peer_call: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody went."""

    person: Person
    people: int
    peer_call: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """It became known whose client somebody is, who came before without a uid."""

    person: Person


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """The list of the others is another one now."""

    others: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class TheirMicrophoneChanged:
    """Somebody else turned the microphone off or on."""

    person: Person
    muted: bool


@dataclass(frozen=True, slots=True)
class TheirCameraChanged:
    """Somebody else turned the camera off or on."""

    person: Person
    paused: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """Somebody sends what is encrypted, and we have no key."""

    person: Person


@dataclass(frozen=True, slots=True)
class HandRaised:
    """Somebody else raised a hand."""

    person: Person
    place: int
    """In the queue of hands, from 1."""


@dataclass(frozen=True, slots=True)
class HandLowered:
    """Somebody else lowered the hand."""

    person: Person


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """Another one of the others is the loudest."""

    person: Person


# ---- ourselves
@dataclass(frozen=True, slots=True)
class MicrophoneStarted:
    """The session began with our microphone on, and now it is heard."""


@dataclass(frozen=True, slots=True)
class CameraStarted:
    """The session began with our camera on, and now it is seen."""


@dataclass(frozen=True, slots=True)
class MicrophoneChanged:
    """We turned the microphone off or on."""

    muted: bool
    problem: str = ""
    """Why it is not heard though it is on; one sentence."""
    none_chosen: bool = False
    """It is on, and the call has none."""
    held_open: bool = False
    """It was open before, for the talk key, and stays so."""


@dataclass(frozen=True, slots=True)
class MicrophoneClosed:
    """The device was closed, so that nothing can listen, or opened again."""

    closed: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class TalkChanged:
    """The talk key opened the muted microphone, or let it go."""

    talking: bool
    lost: bool = False
    """Nobody let it go: its front end says nothing any more."""


@dataclass(frozen=True, slots=True)
class TalkingWhileMuted:
    """We speak into our muted microphone."""


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """We turned the camera off or on."""

    paused: bool


@dataclass(frozen=True, slots=True)
class CameraStaysOff:
    """The camera was to be turned on, and can't be."""

    problem: str
    none_chosen: bool


@dataclass(frozen=True, slots=True)
class CameraStopped:
    """The camera failed by itself; `DeviceFailed` says why."""


@dataclass(frozen=True, slots=True)
class MutedByModerator:
    """A moderator turned our microphone off."""

    by: str = ""
    """The moderator's name; empty where the server does not say."""


@dataclass(frozen=True, slots=True)
class CameraStoppedByModerator:
    """A moderator turned our camera off."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class ModeratorChanged:
    """We became a moderator, or are none any more."""

    moderator: bool


@dataclass(frozen=True, slots=True)
class OwnHandRaised:
    """We raised a hand."""

    person: Person
    place: int


@dataclass(frozen=True, slots=True)
class OwnHandLowered:
    """We lowered the hand."""

    person: Person


# ---- devices
@dataclass(frozen=True, slots=True)
class DeviceChosen:
    """We chose another device."""

    kind: DeviceKind
    name: str


@dataclass(frozen=True, slots=True)
class DeviceFailed:
    """A device of ours does not work."""

    kind: DeviceKind
    problem: str
    remedy: str
    """A command or a sentence; may be empty."""


@dataclass(frozen=True, slots=True)
class DeviceWorks:
    """A device works again."""

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DeviceAway:
    """The chosen device is not here, and another one stands in."""

    kind: DeviceKind
    chosen: str
    label: str
    """What is used instead."""


@dataclass(frozen=True, slots=True)
class DeviceCame:
    """A device was plugged in."""

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DeviceGone:
    """A device was pulled out."""

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DefaultDeviceChanged:
    """The system's default device, which we use, is another one now."""

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One of the devices that can be chosen. Cleaned."""

    device_id: str
    label: str


@dataclass(frozen=True, slots=True)
class DevicesListed:
    """What can be chosen is something else now."""

    kind: DeviceKind
    devices: tuple[ListedDevice, ...]


@dataclass(frozen=True, slots=True)
class SoundProcessingMissing:
    """Echo, noise and gain are not taken care of on this machine."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SpeakerBehind:
    """The speaker does not keep up, and is opened again with more delay."""


# ---- what we see and hear
@dataclass(frozen=True, slots=True)
class LayoutChanged:
    """Tiles are arranged another way."""

    layout: Layout
    asked: bool
    """We chose it, and did not get it by pinning somebody."""


@dataclass(frozen=True, slots=True)
class SoundSwitched:
    """Everybody else became silent on our speaker, or is heard again."""

    off: bool
    still_heard: bool
    """They hear us, though we do not hear them."""


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """We hear somebody louder or less loud."""

    person: Person
    percent: int


@dataclass(frozen=True, slots=True)
class FrontEndActed:
    """Something only a front end knows of: a button was pressed, a panel opened."""

    event: str
    """One of `tui.domain.events.FRONT_END_EVENTS`."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Something only the snapshot shows; nobody is told, and it goes no further than that."""


OfSession = (
    SessionJoined
    | MediaFound
    | SettingsIgnored
    | ConnectionLost
    | ConnectionRestored
    | ConnectionFailed
    | SessionLeft
    | SessionEnded
    | RemoteConnectionChanged
    | IdlePrompted
    | IdleAnswered
    | FrontEndActed
    | StateChanged
)
OfOthers = (
    Present
    | Joined
    | Left
    | Identified
    | PeopleChanged
    | TheirMicrophoneChanged
    | TheirCameraChanged
    | Sealed
    | HandRaised
    | HandLowered
    | SpeakerChanged
    | ChatMessage
)
OfOurselves = (
    MicrophoneStarted
    | CameraStarted
    | MicrophoneChanged
    | MicrophoneClosed
    | TalkChanged
    | TalkingWhileMuted
    | CameraChanged
    | CameraStaysOff
    | CameraStopped
    | MutedByModerator
    | CameraStoppedByModerator
    | ModeratorChanged
    | OwnHandRaised
    | OwnHandLowered
    | LayoutChanged
    | SoundSwitched
    | VolumeChanged
)
OfDevices = (
    DeviceChosen
    | DeviceFailed
    | DeviceWorks
    | DeviceAway
    | DeviceCame
    | DeviceGone
    | DefaultDeviceChanged
    | DevicesListed
    | SoundProcessingMissing
    | SpeakerBehind
)
Happening = OfSession | OfOthers | OfOurselves | OfDevices

HAPPENINGS: Final[tuple[type[Happening], ...]] = get_args(Happening)
"""Every kind there is."""
