"""Which announcement is spoken with which urgency, and which one rings (spec ux 3.5).

Pure, and the only place that says so. A kind is a word of `tui.domain.announcements.Category`, or
one of plain mode's own (`who`, `ask`, `menu`), which are always answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final

from tui.domain.announcements import Category, Priority


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


class BellWish(StrEnum):
    """What may ring."""

    NONE = "none"
    IMPORTANT = "important"
    """Hosts, the connection, waiting alone, errors."""
    ALL = "all"
    """Chat and hands, too."""


_IMPORTANT: Final = frozenset({Category.ERROR, Category.IDLE, Category.NET})
_SHOWN: Final = frozenset({Category.RECORD, Category.SHARE})
"""Said as something important; no bell."""
_URGENCIES: Final[Mapping[str, Urgency]] = {
    Category.CHAT: Urgency.TEXT,
    Category.JOIN: Urgency.NOTIFICATION,
    Category.LEAVE: Urgency.NOTIFICATION,
    Category.HAND: Urgency.NOTIFICATION,
}
_RUNG_BY_WISH: Final = frozenset({Category.CHAT, Category.HAND})
_SPOKEN_BEFORE: Final[Mapping[str, str]] = {
    Category.JOIN: "Joined: ",
    Category.LEAVE: "Left: ",
    Category.ERROR: "Error: ",
}
"""What a line's kind tells the eye, and the ear must be told."""


def urgency_of(kind: str, priority: Priority) -> Urgency | None:
    """How an announcement is spoken; None: not at all."""
    if kind == Category.YOU or (kind == Category.SPEAKING and priority is Priority.LOW):
        return None  # one's own words, and who of the others speaks: both are heard anyway
    if priority is Priority.URGENT or kind in _IMPORTANT or kind in _SHOWN:
        return Urgency.IMPORTANT
    if priority is Priority.REPLY:
        return Urgency.MESSAGE
    if kind == Category.CALL and priority is Priority.LOW:
        return Urgency.PROGRESS
    return _URGENCIES.get(kind, Urgency.MESSAGE)


def spoken(kind: str, text: str) -> str:
    """The words to say."""
    return f"{_SPOKEN_BEFORE.get(kind, '')}{text}"


def rings(kind: str, priority: Priority, wish: BellWish) -> bool:
    """Whether an announcement rings the terminal's bell."""
    if wish is BellWish.NONE or kind in _SHOWN:
        return False
    if priority is Priority.URGENT or kind in _IMPORTANT:
        return True
    by_wish = kind in _RUNG_BY_WISH and priority is not Priority.REPLY
    return wish is BellWish.ALL and by_wish


_SILENCED: Final = frozenset(
    {
        Category.CHAT,
        Category.JOIN,
        Category.LEAVE,
        Category.HAND,
        Category.CAM,
        *_SHOWN,
    }
)


def silenced(kind: str, priority: Priority) -> bool:
    """Whether quiet time keeps an announcement to the log: what others do, and is not urgent."""
    if priority in (Priority.URGENT, Priority.REPLY):
        return False
    return kind in _SILENCED or (kind == Category.SPEAKING and priority is Priority.LOW)
