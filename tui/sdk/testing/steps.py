"""What people of a scripted call do: one value for each thing, with its moment.

`at_s` is in seconds after the join; steps of one moment happen in the order they are written in.
People are named as in `people`.
"""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.domain.participant import Quality


@dataclass(frozen=True, slots=True)
class Joins:
    """Somebody comes in; a name that is not among `people` is somebody new."""

    name: str
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Leaves:
    """Somebody goes."""

    name: str
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Talks:
    """Somebody speaks for a while, and is silent then."""

    name: str
    at_s: float = 0.0
    for_s: float = 2.0


@dataclass(frozen=True, slots=True)
class FallsSilent:
    """Somebody speaks no more, before their time is over."""

    name: str
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mutes:
    """Somebody turns the microphone off, or on again."""

    name: str
    at_s: float = 0.0
    muted: bool = True


@dataclass(frozen=True, slots=True)
class StopsVideo:
    """Somebody turns the camera off, or on again."""

    name: str
    at_s: float = 0.0
    stopped: bool = True


@dataclass(frozen=True, slots=True)
class RaisesHand:
    """Somebody's hand goes up, or down."""

    name: str
    at_s: float = 0.0
    raised: bool = True


@dataclass(frozen=True, slots=True)
class Records:
    """Somebody records the session, or no longer does."""

    name: str
    at_s: float = 0.0
    records: bool = True


@dataclass(frozen=True, slots=True)
class Shares:
    """Somebody shares a screen, or no longer does."""

    name: str
    at_s: float = 0.0
    shared: bool = True


@dataclass(frozen=True, slots=True)
class Writes:
    """Somebody writes in the chat."""

    name: str
    text: str
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Captions:
    """What somebody says comes as a caption, written by `writer` unless it is their own client."""

    name: str
    text: str
    at_s: float = 0.0
    final: bool = True
    writer: str = ""
    segment: str = ""
    """Of the same name: a better guess at the same words. Empty: words of their own."""


@dataclass(frozen=True, slots=True)
class HasQuality:
    """Somebody's connection gets better or worse."""

    name: str
    quality: Quality = Quality.WEAK
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PlugsIn:
    """A device is plugged into our user's machine, or pulled out: for sound and pictures."""

    label: str
    at_s: float = 0.0
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class MutesUs:
    """A moderator mutes our user."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection breaks, and is being made again."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    """The connection is back, with everybody who is there then."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Removed:
    """A moderator takes our user out."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EndsForAll:
    """A moderator ends the session."""

    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GivesUp:
    """The connection does not come back any more."""

    at_s: float = 0.0


OfSomebody = (
    Joins
    | Leaves
    | Talks
    | FallsSilent
    | Mutes
    | StopsVideo
    | RaisesHand
    | Records
    | Shares
    | Writes
    | Captions
    | HasQuality
)
OfOurs = MutesUs | ConnectionLost | ConnectionRestored | Removed | EndsForAll | GivesUp
Step = OfSomebody | OfOurs | PlugsIn
