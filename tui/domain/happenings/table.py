"""How what happens is told: voice, bell and quiet time by category, the rest by its own row.

What is here by category also covers what a front end says by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final

from tui.domain.announcements import Announcement, Category, Place, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings import Happening
from tui.domain.happenings.english import sentence
from tui.domain.happenings.fact import Row
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
    Category.CAPTION: Manner(None, quieted=True),
    Category.REACT: Manner(Urgency.NOTIFICATION, quieted=True),
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
    if category in (Category.CHAT, Category.YOU, Category.IDLE, Category.CAPTION):
        return Place.LOG  # these have a place of their own
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
_CHAT: Final = Row(Category.CHAT)
_OWN_CHAT: Final = Row(Category.YOU, Priority.REPLY)


def row_of(happening: Happening) -> Row:
    """How it is told, if its sentence is not empty; our own chat is an answer."""
    if isinstance(happening, ChatMessage):
        return _OWN_CHAT if happening.is_local else _CHAT
    return happening.row


def announcement(happening: Happening, at_ms: int) -> Announcement | None:
    """What a person is told of it [at Unix ms]; None when nobody is."""
    text = sentence(happening)
    if not text:
        return None
    row = row_of(happening)
    return Announcement(row.category, text, row.priority, at_ms, row.place)


def sdk_events(happening: Happening) -> tuple[SessionEvent, ...]:
    """The documented events to fire, in order; chat is none."""
    return () if isinstance(happening, ChatMessage) else happening.events()
