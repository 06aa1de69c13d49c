"""What the session lets us do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.ids import TrackSource
from tui.domain.text import either


class Right(StrEnum):
    """One thing that may be allowed; the names of `Rights`."""

    SPEAK = "speak"
    SHOW = "show"
    SHARE = "share"
    WRITE = "write"
    RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything, unless whoever runs the session or our call token takes something away."""

    speak: bool = True
    show: bool = True
    """Our camera."""
    share: bool = True
    """A screen."""
    write: bool = True
    """In the chat."""
    receive: bool = True
    """The others' sound and pictures."""

    def allows(self, source: TrackSource) -> bool:
        """Whether this may be sent."""
        match source:
            case TrackSource.MICROPHONE:
                return self.speak
            case TrackSource.CAMERA:
                return self.show
            case TrackSource.SCREEN_SHARE | TrackSource.SCREEN_SHARE_AUDIO:
                return self.share
            case _:
                return self.speak and self.show

    def lacking(self, others: Rights) -> tuple[Right, ...]:
        """What these do not have of `others`."""
        return tuple(one for one in Right if getattr(others, one) and not getattr(self, one))


_WORDS: Final = {
    Right.SPEAK: "speak",
    Right.SHOW: "show your camera",
    Right.SHARE: "share a screen",
    Right.WRITE: "write in the chat",
    Right.RECEIVE: "hear and see the others",
}


def rights_words(rights: tuple[Right, ...]) -> str:
    """`speak, show your camera or write in the chat`."""
    return either([_WORDS[one] for one in rights])


def not_permitted(right: Right) -> CallsError:
    """`ERROR_NOT_PERMITTED` for what is done without this right."""
    told = f"You may not {rights_words((right,))} in this call."
    return CallsError(
        ErrorCode.NOT_PERMITTED, f"{told} Raise your hand to ask whoever moderates it."
    )
