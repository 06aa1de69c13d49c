"""The call log: calls that were, page by page (spec cometchat-calls (a), (d) 7 to 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.domain.frozen import dataclass

MOST_CALLS: Final = 100
"""On one page."""
MOST_TRANSCRIPTS: Final = 1000
"""On one page."""


@dataclass(frozen=True, slots=True)
class LoggedPerson:
    """Somebody who was in a logged call."""

    uid: str
    name: str
    avatar: str = ""
    joined_at_ms: int = 0
    left_at_ms: int = 0
    """0 while they are in it."""
    total_minutes: float = 0.0
    state: str = "ended"


@dataclass(frozen=True, slots=True)
class LoggedRecording:
    """One recording of a logged call."""

    rid: str
    recording_url: str = ""
    started_at_ms: int = 0
    ended_at_ms: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One line of the call log. Text in it is cleaned."""

    session_id: str
    started_at_ms: int
    ended_at_ms: int
    """0 while it is running."""
    participants: tuple[str, ...] = ()
    """Names, in the order they joined in."""
    status: str = "ended"
    type: str = "video"
    """`video` or `audio`."""
    mode: str = "meet"
    """`meet` or `call`."""
    initiator: str = ""
    """uid of who began it."""
    receiver: str = ""
    total_minutes: float = 0.0
    has_recording: bool = False
    people: tuple[LoggedPerson, ...] = ()
    recordings: tuple[LoggedRecording, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogQuery:
    """Which calls, and which page of them. An empty filter takes all."""

    page: int = 1
    limit: int = 30
    """Calls on a page, 1 to 100."""
    call_type: str = ""
    """`audio` or `video`."""
    status: str = ""
    """`ongoing`, `busy`, `rejected`, `cancelled`, `ended` or `missed`."""
    category: str = ""
    """`call` or `meet`."""
    direction: str = ""
    """`incoming` or `outgoing`."""
    has_recording: bool = False
    has_transcriptions: bool = False
    uid: str = ""
    """Somebody else who was in it."""
    guid: str = ""
    """A group whose call it was."""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """As the service takes them; what filters nothing is left out."""
        yield "page", str(self.page)
        yield "perPage", str(self.limit)
        filters = {
            "hasRecording": "true" if self.has_recording else "",
            "hasTranscriptions": "1" if self.has_transcriptions else "",
            "status": self.status,
            "type": self.call_type,
            "mode": self.category,
            "direction": self.direction,
            "uid": self.uid,
            "guid": self.guid,
        }
        yield from ((name, value) for name, value in filters.items() if value)


ALL_CALLS: Final = CallLogQuery()
"""The first page of all of them."""


@dataclass(frozen=True, slots=True)
class CallLogPage:
    """Calls, newest first, and where among all of them."""

    calls: tuple[LoggedCall, ...] = ()
    page: int = 1
    pages: int = 0
    """How many there are; 0: the service does not say."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript of a session; the text itself is behind `transcript_url`."""

    tid: str
    mid: str = ""
    room_name: str = ""
    started_at_ms: int = 0
    ended_at_ms: int = 0
    url: str = ""
    transcript_url: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptPage:
    """Transcripts, and where among all of them."""

    transcripts: tuple[Transcript, ...] = ()
    page: int = 1
    pages: int = 0
