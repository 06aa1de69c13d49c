"""Commands that only change what we hear and see here."""

from __future__ import annotations

from tui.domain.commands.command import AboutParticipant, Command
from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.settings import Layout
from tui.domain.terminal_text import ShownTerminal


@dataclass(frozen=True, slots=True)
class SetDeafened(Command[None]):
    """Silence everybody else on this machine's speaker."""

    deafened: bool


@dataclass(frozen=True, slots=True)
class SetVolume(AboutParticipant):
    """How loud we hear a participant."""

    percent: int
    """0 to 200; 100 is as sent."""


@dataclass(frozen=True, slots=True)
class SetZoom(Command[None]):
    """Look closely at what somebody sends, or at all of it again."""

    participant: ParticipantId
    source: TrackSource
    number: int
    step: str
    """One of `ZoomStep`."""
    follows: bool = False
    """Go where something changes."""


@dataclass(frozen=True, slots=True)
class MoveZoom(Command[None]):
    """Look at another part: by half of what is seen, -1, 0 or 1 in each direction."""

    across: int
    down: int


@dataclass(frozen=True, slots=True)
class ReadTerminal(Command[ShownTerminal]):
    """The text of a terminal that is shared, once it is another one, or after ten seconds."""

    participant: ParticipantId
    """Who shares it; ourselves perhaps."""
    after: int = 0
    """The serial that is known already; 0: none is."""
    lines: int = 0
    """So many at most of those that have scrolled away are wanted, too."""


@dataclass(frozen=True, slots=True)
class SetEarcons(Command[None]):
    """Short sounds of our own for microphone and hand; nobody else hears them."""

    on: bool


@dataclass(frozen=True, slots=True)
class Duck(Command[None]):
    """Turn everybody else down by 12 dB for so long from now.

    For what a front end reads aloud: it renews this while it speaks, and if it dies, the others
    come back by themselves. No-op without a session.
    """

    seconds: float
    """5 at most; 0 ends it."""


@dataclass(frozen=True, slots=True)
class Say(Command[bool]):
    """Read it aloud in the sound of the call or sound check; done at its end.

    Words and not samples come here, as the engine owns sound: it mixes them, so that its echo
    canceller knows them, and a front end that dies leaves nothing speaking. A later one cuts off
    the one before. Turning the others down is up to `Duck`.

    The answer is False when it could not be heard to its end: there is no loudspeaker, or nothing
    that speaks, or the call ended. The front end may then speak by itself.
    """

    text: str
    """Whatever it holds, it is only words."""
    program: str = ""
    """What is to speak; empty: the first there is."""


@dataclass(frozen=True, slots=True)
class Hush(Command[None]):
    """End what `Say` says, at once; that `Say` is answered with True."""


@dataclass(frozen=True, slots=True)
class SetLayout(Command[None]):
    """Any layout but SIDEBAR clears the pin."""

    layout: Layout


@dataclass(frozen=True, slots=True)
class SetFitPictures(Command[None]):
    """Show pictures whole, with bars, instead of cropped to fill."""

    fit: bool


@dataclass(frozen=True, slots=True)
class Pin(AboutParticipant):
    """Pin somebody's camera, or another stream of theirs; leaves TILE for SIDEBAR."""

    source: TrackSource = TrackSource.CAMERA
    number: int = 0

    @property
    def stream(self) -> StreamId:
        """What is pinned."""
        return StreamId(self.participant, self.source, self.number)


@dataclass(frozen=True, slots=True)
class Unpin(Command[None]):
    """Nobody is pinned any more."""


LocalCommand = (
    SetDeafened
    | SetVolume
    | SetEarcons
    | Duck
    | Say
    | Hush
    | SetLayout
    | SetFitPictures
    | Pin
    | Unpin
    | SetZoom
    | MoveZoom
    | ReadTerminal
)
