"""How each happening is told: one row each. Which words, place, bell, voice and sound.

Two tables, so that nothing is written twice: a row for each happening, and a row for each
*category*, which also covers what a front end says by itself (`usual_place`, `manner_of`). The
sentences are in `english`, the documented events in `sdk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from tui.domain import happenings as h
from tui.domain.announcements import Announcement, Category, Place, Priority
from tui.domain.happenings.english import sentence
from tui.domain.snapshot import ChatMessage


class Urgency(IntEnum):
    """How pressing an utterance is, after speech-dispatcher's priorities; a larger one first."""

    PROGRESS = 0
    NOTIFICATION = 1
    TEXT = 2
    MESSAGE = 3
    IMPORTANT = 4

    @property
    def word(self) -> str:
        """As `spd-say -P` takes it."""
        return self.name.lower()


class Bell(StrEnum):
    """When the terminal's bell rings."""

    NEVER = "never"
    IF_URGENT = "if-urgent"
    IF_ALL_WISHED = "if-all-wished"
    """When urgent, or when the person wishes to hear the bell for everything of others."""
    ALWAYS = "always"


class Earcon(StrEnum):
    """A short sound of our own that says what happened without words."""

    MUTED = "muted"
    UNMUTED = "unmuted"
    HAND = "hand"


# ---- by category
@dataclass(frozen=True, slots=True)
class Manner:
    """How everything of one category is told, besides on the screen."""

    speech: Urgency | None = Urgency.MESSAGE
    """None: not read aloud."""
    bell: Bell = Bell.IF_URGENT
    quieted: bool = False
    """`/quiet` keeps it to the log, unless it is urgent or an answer."""
    always: bool = False
    """Can't be switched off, and is printed while somebody types."""
    said_before: str = ""
    """What the word in front of a line tells the eye, and the ear must be told."""


_MANNERS: Final[Mapping[str, Manner]] = {
    Category.CHAT: Manner(Urgency.TEXT, Bell.IF_ALL_WISHED, quieted=True),
    Category.YOU: Manner(None),
    Category.JOIN: Manner(Urgency.NOTIFICATION, quieted=True),
    Category.LEAVE: Manner(Urgency.NOTIFICATION, quieted=True),
    Category.MIC: Manner(always=True),
    Category.CAM: Manner(quieted=True),
    Category.HAND: Manner(Urgency.NOTIFICATION, Bell.IF_ALL_WISHED, quieted=True),
    Category.RECORD: Manner(Urgency.IMPORTANT, Bell.NEVER, quieted=True),
    Category.SHARE: Manner(Urgency.IMPORTANT, Bell.NEVER, quieted=True),
    Category.NET: Manner(Urgency.IMPORTANT, Bell.ALWAYS, always=True),
    Category.HOST: Manner(always=True),
    Category.IDLE: Manner(Urgency.IMPORTANT, Bell.ALWAYS, always=True),
    Category.ERROR: Manner(Urgency.IMPORTANT, Bell.ALWAYS, always=True, said_before="Error: "),
}
_ANSWER: Final = Manner()
_IF_LOW: Final[Mapping[str, Manner]] = {
    Category.SPEAKING: Manner(None, quieted=True),  # who of the others speaks is heard anyway
    Category.CALL: Manner(Urgency.PROGRESS),
}


def manner_of(kind: str, priority: Priority) -> Manner:
    """How a line of this kind is told: a category, or one of plain mode's own (`who`, `ask`)."""
    if priority is Priority.LOW and kind in _IF_LOW:
        return _IF_LOW[kind]
    return _MANNERS.get(kind, _ANSWER)


URGENT_CATEGORIES: Final = frozenset(
    one for one in Category if manner_of(one, Priority.NORMAL).always
)
"""Can't be switched off, and are printed while somebody types."""


def usual_place(category: Category, priority: Priority) -> Place:
    """Where something of this category shows, unless its own row says otherwise."""
    if category in (Category.CHAT, Category.YOU, Category.IDLE):
        return Place.LOG  # chat comes as messages, idling as a dialog
    if category is Category.SPEAKING:
        return Place.TOAST if priority is not Priority.LOW else Place.LOG
    if category is Category.HOST and priority is Priority.URGENT:
        return Place.BANNER
    if priority is Priority.URGENT or category is Category.ERROR:
        return Place.TOAST
    if priority is Priority.REPLY and category is not Category.INFO:
        return Place.LOG  # the status line answers
    return Place.LOG if priority is Priority.LOW else Place.TOAST


# ---- by happening
@dataclass(frozen=True, slots=True)
class Row:
    """How one happening is told, if its sentence is not empty."""

    category: Category
    priority: Priority = Priority.NORMAL
    place: Place | None = None
    """None: `usual_place`."""


_REPLY, _LOW, _URGENT = Priority.REPLY, Priority.LOW, Priority.URGENT
_UNTOLD: Final = Row(Category.INFO, _LOW)

ROWS: Final[Mapping[type[h.Happening], Row]] = {
    h.SessionJoined: Row(Category.CALL),
    h.MediaFound: Row(Category.NET, _URGENT),
    h.SettingsIgnored: Row(Category.INFO),
    h.ConnectionLost: Row(Category.NET, _URGENT, Place.LOG),  # the banner follows the snapshot
    h.ConnectionRestored: Row(Category.NET, _URGENT),
    h.ConnectionFailed: _UNTOLD,
    h.SessionLeft: Row(Category.CALL),
    h.SessionEnded: Row(Category.CALL, _URGENT),
    h.RemoteConnectionChanged: _UNTOLD,
    h.IdlePrompted: Row(Category.IDLE, _URGENT),
    h.IdleAnswered: Row(Category.IDLE, _REPLY),
    h.FrontEndActed: _UNTOLD,
    h.StateChanged: _UNTOLD,
    # the others
    h.Present: _UNTOLD,
    h.Joined: Row(Category.JOIN, _LOW, Place.SMALL_CALL),
    h.Left: Row(Category.LEAVE, _LOW, Place.SMALL_CALL),
    h.Identified: _UNTOLD,
    h.PeopleChanged: _UNTOLD,
    h.TheirMicrophoneChanged: _UNTOLD,
    h.TheirCameraChanged: _UNTOLD,
    h.Sealed: Row(Category.INFO),
    h.HandRaised: Row(Category.HAND),
    h.HandLowered: Row(Category.HAND, _LOW),
    h.SpeakerChanged: Row(Category.SPEAKING, _LOW),  # a mark on a tile
    ChatMessage: Row(Category.CHAT),
    # ourselves
    h.MicrophoneStarted: Row(Category.MIC),
    h.CameraStarted: Row(Category.CAM),
    h.MicrophoneChanged: Row(Category.MIC, _REPLY),
    h.MicrophoneClosed: Row(Category.MIC, _REPLY),
    h.TalkChanged: Row(Category.MIC),
    h.TalkingWhileMuted: Row(Category.MIC),
    h.CameraChanged: Row(Category.CAM, _REPLY),
    h.CameraStaysOff: Row(Category.CAM, _REPLY),
    h.CameraStopped: _UNTOLD,
    h.MutedByModerator: Row(Category.HOST, _URGENT),
    h.CameraStoppedByModerator: Row(Category.HOST, _URGENT),
    h.ModeratorChanged: Row(Category.HOST),
    h.OwnHandRaised: Row(Category.HAND, _REPLY),
    h.OwnHandLowered: Row(Category.HAND, _REPLY),
    h.LayoutChanged: Row(Category.INFO, _REPLY),
    h.SoundSwitched: Row(Category.INFO, _REPLY),
    h.VolumeChanged: Row(Category.INFO, _REPLY),
    # devices
    h.DeviceChosen: _UNTOLD,
    h.DeviceFailed: Row(Category.INFO, _REPLY, Place.LOG),  # the banner has it while it lasts
    h.DeviceWorks: Row(Category.INFO),
    h.DeviceAway: Row(Category.INFO),
    h.DeviceCame: Row(Category.INFO),
    h.DeviceGone: Row(Category.INFO),
    h.DefaultDeviceChanged: Row(Category.INFO),
    h.DevicesListed: _UNTOLD,
    h.SoundProcessingMissing: Row(Category.INFO),
    h.SpeakerBehind: Row(Category.INFO),
}


def row_of(happening: h.Happening) -> Row:
    """How it is told; our own chat is an answer."""
    if isinstance(happening, ChatMessage) and happening.is_local:
        return Row(Category.YOU, _REPLY)
    return ROWS[type(happening)]


def announcement(happening: h.Happening, at_ms: int) -> Announcement | None:
    """What a person is told of it [at Unix ms]; None when nobody is."""
    text = sentence(happening)
    if not text:
        return None
    row = row_of(happening)
    return Announcement(row.category, text, row.priority, at_ms, row.place)


def earcon_of(happening: h.Happening) -> Earcon | None:
    """Its sound, which only we hear."""
    match happening:
        case h.MicrophoneChanged(held_open=True):
            return None
        case h.MicrophoneChanged(muted):
            return Earcon.MUTED if muted else Earcon.UNMUTED
        case h.TalkChanged(talking):
            return Earcon.UNMUTED if talking else Earcon.MUTED
        case h.MutedByModerator():
            return Earcon.MUTED
        case h.OwnHandRaised():
            return Earcon.HAND
        case _:
            return None
