"""One line of plain mode as a value, and its two forms: words for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tui.domain.announcements import Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.snapshot import ChatMessage
from tui.linear.speakable import speakable


@dataclass(frozen=True, slots=True)
class Said:
    """Something said to the person, as `/log` shows it."""

    kind: str
    """The word before the colon: one of `Category`, or `who`, `ask`, `menu`, `help`, `event`."""
    text: str
    priority: Priority = Priority.REPLY
    source: ChatMessage | SessionEvent | None = None
    """What it tells of, for programs."""


CODE: Final = "code"
"""The kind of a row of a QR code."""

Form = Callable[[Said], str]
"""Makes one line, without its end, of what is said."""


def as_words(said: Said) -> str:
    """`chat: Bo Chen: hello`."""
    if said.kind == CODE:
        return said.text  # our own, and drawn: every space counts
    return f"{said.kind}: {speakable(said.text)}"


@dataclass(frozen=True, slots=True)
class AsJson:
    """One JSON object, in ASCII, so that nothing in it is obeyed by a terminal (`--json`).

    `type`, `text` and `priority` as an `Announcement` has them, and `at_ms`. A chat message is a
    `ChatMessage`: its `text` is the message alone, `uid` and `name` say whose. Type `event` is an
    event of the Calls SDK: `name` and `payload`.

    Args:
        now_ms: Unix milliseconds.
    """

    now_ms: Callable[[], int]

    def __call__(self, said: Said) -> str:
        """The object."""
        shown: dict[str, Any] = {"type": said.kind, "at_ms": self.now_ms()}
        match said.source:
            case ChatMessage() as chat:
                shown |= {"priority": said.priority, "at_ms": chat.at_ms}
                shown |= {"uid": chat.uid, "name": chat.name, "text": chat.text}
            case SessionEvent(name=name, payload=payload):
                shown |= {"name": name, "payload": payload}
            case None:
                shown |= {"priority": said.priority, "text": said.text}
        return json.dumps(shown, default=_plain)


def _plain(value: Any) -> Any:
    """Mappings and sequences of a payload that `json` does not know by itself."""
    return dict(value) if hasattr(value, "keys") else list(value)
