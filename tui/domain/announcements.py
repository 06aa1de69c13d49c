"""Announcements: what a person must be told, said once and shown by every front end its own way.

Toasts, the event log, linear lines, the bell and speech are views of these (spec ux 3.5). The
wording lives where an announcement is made (the session), so both front ends say the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    RECORD = "record"
    SHARE = "share"
    NET = "net"
    HOST = "host"
    IDLE = "idle"
    ERROR = "error"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to be told."""

    category: Category
    text: str
    """One cleaned line, a full sentence, plain words."""

    priority: Priority = Priority.NORMAL
    at_ms: int = 0
    """Unix time in milliseconds when it was made."""
