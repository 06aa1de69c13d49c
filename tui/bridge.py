"""The one place that knows both what a handle sends down and what Textual takes in.

`relay` turns updates into messages of the app; `presentation` says where an announcement goes on
screen. Neither knows a widget.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from textual.content import Content
from textual.message import Message
from textual.message_pump import MessagePump
from textual.notifications import SeverityLevel

from tui.domain.announcements import Announcement, Category, Place, Priority
from tui.domain.captions import Caption
from tui.domain.frozen import dataclass
from tui.domain.happenings import Captioned
from tui.domain.happenings.table import announcement, usual_place
from tui.domain.snapshot import ChatMessage, Levels, Snapshot
from tui.domain.wording import time_of_day
from tui.front.announcement_choice import SpeakingMode
from tui.ports.handle import EngineGone, Handle

EVENTS_KEPT: Final = 500
_MANY_PEOPLE: Final = 5
"""In a larger call, people coming and going is only logged (spec ux 3.5)."""
_ALWAYS: Final = frozenset({Category.ERROR, Category.SPEAKING})
"""Shown though notifications are off; what is urgent is, too."""


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


class CaptionCame(Message):
    """Words of somebody's are final; those still being said are in the snapshot."""

    def __init__(self, caption: Caption) -> None:
        super().__init__()
        self.caption = caption


class EngineLeft(Message):
    """The engine is gone; nothing more will come."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


async def relay(handle: Handle, app: MessagePump, now_ms: Callable[[], int]) -> None:
    """Pass everything that comes down on to `app`, until the engine is gone or we are cancelled.

    Args:
        handle: Whose updates.
        app: Takes them as messages.
        now_ms: Unix milliseconds, for when something was told.
    """
    async for update in handle.updates():
        match update:
            case Snapshot():
                app.post_message(SnapshotCame())
            case ChatMessage():
                app.post_message(ChatCame(update))
            case Captioned(caption):
                app.post_message(CaptionCame(caption))
            case EngineGone():
                app.post_message(EngineLeft(update.text))
                return
            case Levels():
                app.post_message(LevelsCame(update))
            case _:
                if (told := announcement(update, now_ms())) is not None:
                    app.post_message(AnnouncementCame(told))
    app.post_message(EngineLeft("The call engine closed the connection."))


@dataclass(frozen=True, slots=True)
class Shown:
    """How to show one announcement."""

    place: Place
    severity: SeverityLevel = "information"
    seconds: float = 5.0


def presentation(
    told: Announcement,
    snapshot: Snapshot,
    *,
    speaking: SpeakingMode = SpeakingMode.SUMMARY,
) -> Shown:
    """Spec ux 3.5, the column "TUI", and 6.7."""
    category, priority = told.category, told.priority
    place = told.place or usual_place(category, priority)
    if category is Category.SPEAKING and speaking is SpeakingMode.ALL:
        place = Place.TOAST
    if place is Place.SMALL_CALL:
        few = len(snapshot.participants) <= _MANY_PEOPLE
        place = Place.TOAST if few else Place.LOG
    elif place is Place.TOAST and not snapshot.settings.enable_notifications:
        wanted = category in _ALWAYS or priority is Priority.URGENT
        place = Place.TOAST if wanted else Place.LOG
    if category is Category.ERROR:
        return Shown(place, "error", 20.0)
    severity: SeverityLevel = "warning" if priority is Priority.URGENT else "information"
    return Shown(place, severity, toast_seconds(told.text))


def toast_seconds(text: str) -> float:
    """Long enough to read: 5 s or more, 20 s at most."""
    return min(20.0, max(5.0, 2 + len(text) / 12))


class EventLog:
    """The last announcements with their times: the review place for anything missed."""

    def __init__(self) -> None:
        self._kept: deque[Announcement] = deque(maxlen=EVENTS_KEPT)
        self._drawn: deque[Content] = deque(maxlen=EVENTS_KEPT)

    def add(self, announcement: Announcement) -> None:
        """One more."""
        self._kept.append(announcement)
        self._drawn.append(
            Content.assemble(
                (f"{time_of_day(announcement.at_ms)} ", "$text-muted"),
                (f"{announcement.category}: ", "bold"),
                announcement.text,
            )
        )

    def last(self, count: int) -> list[Announcement]:
        """The newest `count`, oldest first."""
        return list(self._kept)[-count:]

    def lines(self) -> list[Content]:
        """All of them, drawn."""
        return list(self._drawn)
