"""Announcements: what a person must be told, said once and shown by every front end its own way.

Toasts, the event log, linear lines, the bell and speech are views of these (spec ux 3.5). Most
tell of a happening of the session, in the words of `tui.domain.happenings.table`; the rest a front
end says by itself. Nothing may be concluded from the text of one.
"""

from __future__ import annotations

from enum import StrEnum

from tui.domain.frozen import dataclass


class Priority(StrEnum):
    """How much a person must notice it (spec ux 3.5)."""

    REPLY = "reply"
    """Answers what the person just did."""
    LOW = "low"
    NORMAL = "normal"
    URGENT = "urgent"
    """Printed at once even while typing; bell where enabled; stays visible."""


class Category(StrEnum):
    """The `type:` word of a linear line (spec ux 3.4)."""

    CALL = "call"
    YOU = "you"
    CHAT = "chat"
    JOIN = "join"
    LEAVE = "leave"
    MIC = "mic"
    CAM = "cam"
    SPEAKING = "speaking"
    HAND = "hand"
    REACT = "react"
    CAPTION = "caption"
    RECORD = "record"
    SHARE = "share"
    NET = "net"
    HOST = "host"
    IDLE = "idle"
    ERROR = "error"
    INFO = "info"


class Place(StrEnum):
    """Where an announcement shows in the app, besides the event log, which has all of them."""

    LOG = "log"
    """Nowhere else: something on the screen shows it already."""
    TOAST = "toast"
    SMALL_CALL = "small-call"
    """A toast while few people are there: in a large call somebody comes or goes all the time."""
    BANNER = "banner"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to be told."""

    category: Category
    text: str
    """One cleaned line, a full sentence, plain words."""

    priority: Priority = Priority.NORMAL
    at_ms: int = 0
    """Unix time in milliseconds when it was made."""

    place: Place | None = None
    """None: where such announcements usually show."""
