"""What can happen to our place in the call: rights, hand, and what we chose to see and hear."""

from __future__ import annotations

from typing import ClassVar

from tui.domain.announcements import Category, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Earcon, Fact, PersonFact, Row
from tui.domain.reactions import Reaction
from tui.domain.rights import Right
from tui.domain.settings import Layout
from tui.domain.zoom import ZoomStep


@dataclass(frozen=True, slots=True)
class ModeratorChanged(Fact):
    """We became a moderator, or are none any more."""

    row: ClassVar[Row] = Row(Category.HOST)

    moderator: bool


@dataclass(frozen=True, slots=True)
class RightsChanged(Fact):
    """We may do less than before, or more."""

    row: ClassVar[Row] = Row(Category.HOST, Priority.URGENT)

    taken: tuple[Right, ...] = ()
    given: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnHandRaised(PersonFact):
    """We raised a hand."""

    row: ClassVar[Row] = Row(Category.HAND, Priority.REPLY)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantHandRaised",)
    sound: ClassVar[Earcon | None] = Earcon.HAND

    place: int


@dataclass(frozen=True, slots=True)
class OwnHandLowered(PersonFact):
    """We lowered our hand."""

    row: ClassVar[Row] = Row(Category.HAND, Priority.REPLY)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantHandLowered",)


@dataclass(frozen=True, slots=True)
class LayoutChanged(Fact):
    """Tiles are arranged another way."""

    row: ClassVar[Row] = Row(Category.INFO, Priority.REPLY)

    layout: Layout
    asked: bool
    """We chose it, and did not get it by pinning somebody."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return (SessionEvent("onCallLayoutChanged", self.layout),)


@dataclass(frozen=True, slots=True)
class OwnReaction(Fact):
    """We showed a reaction."""

    row: ClassVar[Row] = Row(Category.REACT, Priority.REPLY)

    reaction: Reaction


@dataclass(frozen=True, slots=True)
class ZoomChanged(Fact):
    """We look at something closely, or at all of it again."""

    row: ClassVar[Row] = Row(Category.SHARE, Priority.REPLY)

    step: ZoomStep
    follows: bool


@dataclass(frozen=True, slots=True)
class SoundSwitched(Fact):
    """Everybody else became silent on our speaker, or is heard again."""

    row: ClassVar[Row] = Row(Category.INFO, Priority.REPLY)

    off: bool
    still_heard: bool
    """They hear us, though we do not hear them."""


@dataclass(frozen=True, slots=True)
class VolumeChanged(PersonFact):
    """We hear somebody louder or less loud."""

    row: ClassVar[Row] = Row(Category.INFO, Priority.REPLY)

    percent: int


@dataclass(frozen=True, slots=True)
class CameBack(Fact):
    """We are before the call again, which went on without us."""

    row: ClassVar[Row] = Row(Category.CALL)

    title: str
    away_s: float
    unread: int
    """Chat messages meanwhile, and others that were not read."""


OfOurPlace = (
    ModeratorChanged
    | RightsChanged
    | OwnHandRaised
    | OwnHandLowered
    | LayoutChanged
    | ZoomChanged
    | OwnReaction
    | SoundSwitched
    | VolumeChanged
    | CameBack
)
"""Our place in the call, and what we see and hear of it."""
