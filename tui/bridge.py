"""The one place that knows both what a handle sends down and what Textual takes in.

`relay` turns updates into messages of the app; `presentation` says where an announcement goes on
screen. Neither knows a widget.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump
from textual.notifications import SeverityLevel

from tui.domain.announcement_choice import SpeakingMode
from tui.domain.announcements import Announcement, Category, Priority
from tui.domain.events import SessionEvent
from tui.domain.snapshot import ChatMessage, Levels, Phase, Snapshot
from tui.ports.handle import EngineGone, Handle

EVENTS_KEPT: Final = 500
_MANY_PEOPLE: Final = 5
"""In a larger call, people coming and going is only logged (spec ux 3.5)."""


class SnapshotCame(Message):
    """A newer snapshot is in `handle.snapshot()`."""

    def can_replace(self, message: Message) -> bool:
        """Newest wins: one in the queue is enough."""
        return isinstance(message, SnapshotCame)


class LevelsCame(Message):
    """How loud everybody is now."""

    def __init__(self, levels: Levels) -> None:
        super().__init__()
        self.levels = levels

    def can_replace(self, message: Message) -> bool:
        """Newest wins."""
        return isinstance(message, LevelsCame)


class AnnouncementCame(Message):
    """Something to tell."""

    def __init__(self, announcement: Announcement) -> None:
        super().__init__()
        self.announcement = announcement


class ChatCame(Message):
    """A chat message, ours too."""

    def __init__(self, chat: ChatMessage) -> None:
        super().__init__()
        self.chat = chat


class EngineLeft(Message):
    """Nothing more will come."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


async def relay(handle: Handle, app: MessagePump) -> None:
    """Pass everything that comes down on to `app`, until the engine is gone or we are cancelled."""
    async for update in handle.updates():
        match update:
            case Snapshot():
                app.post_message(SnapshotCame())
            case Announcement():
                app.post_message(AnnouncementCame(update))
            case ChatMessage():
                app.post_message(ChatCame(update))
            case EngineGone():
                app.post_message(EngineLeft(update.text))
                return
            case Levels():
                app.post_message(LevelsCame(update))
            case SessionEvent():
                pass  # what an event means to a person is an announcement
    app.post_message(EngineLeft("The call engine closed the connection."))


class Place(Enum):
    """Where an announcement shows, besides the event log, which has all of them."""

    LOG = auto()
    TOAST = auto()
    BANNER = auto()


@dataclass(frozen=True, slots=True)
class Shown:
    """How to show one announcement."""

    place: Place
    severity: SeverityLevel = "information"
    seconds: float = 5.0


def presentation(
    announcement: Announcement,
    snapshot: Snapshot,
    *,
    speaking: SpeakingMode = SpeakingMode.SUMMARY,
) -> Shown:
    """Spec ux 3.5, the column "TUI", and 6.7."""
    category, priority = announcement.category, announcement.priority
    seconds = toast_seconds(announcement.text)
    answer = priority is not Priority.LOW
    if category is Category.SPEAKING and (answer or speaking is SpeakingMode.ALL):
        return Shown(Place.TOAST, seconds=seconds)
    if category in (Category.CHAT, Category.YOU, Category.IDLE, Category.SPEAKING):
        # Chat comes as messages, idling as a dialog, speaking as a mark on a tile.
        return Shown(Place.LOG)
    if any(one.problem and announcement.text.startswith(one.problem) for one in snapshot.devices):
        return Shown(Place.LOG)  # the banner has it, for as long as it lasts
    if category is Category.ERROR:
        return Shown(Place.TOAST, "error", 20.0)
    if category is Category.HOST and priority is Priority.URGENT:
        return Shown(Place.BANNER)
    if category is Category.NET and snapshot.phase is Phase.RECONNECTING:
        return Shown(Place.LOG)  # the banner follows the snapshot
    if priority is Priority.URGENT:
        return Shown(Place.TOAST, "warning", seconds)
    if priority is Priority.REPLY and category is not Category.INFO:
        return Shown(Place.LOG)  # the status line answers
    if category in (Category.JOIN, Category.LEAVE):
        few = len(snapshot.participants) <= _MANY_PEOPLE
        return Shown(Place.TOAST if few else Place.LOG, seconds=seconds)
    if priority is Priority.LOW or not snapshot.settings.enable_notifications:
        return Shown(Place.LOG)
    return Shown(Place.TOAST, seconds=seconds)


def toast_seconds(text: str) -> float:
    """Long enough to read: 5 s or more, 20 s at most."""
    return min(20.0, max(5.0, 2 + len(text) / 12))


class EventLog:
    """The last announcements with their times: the review place for anything missed."""

    def __init__(self) -> None:
        self._kept: deque[Announcement] = deque(maxlen=EVENTS_KEPT)

    def add(self, announcement: Announcement) -> None:
        """One more."""
        self._kept.append(announcement)

    def last(self, count: int) -> list[Announcement]:
        """The newest `count`, oldest first."""
        return list(self._kept)[-count:]

    def lines(self) -> list[Content]:
        """All of them, drawn."""
        return [
            Content.assemble(
                (f"{_clock(one.at_ms)} ", "$text-muted"), (f"{one.category}: ", "bold"), one.text
            )
            for one in self._kept
        ]


def _clock(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone():%H:%M}"
