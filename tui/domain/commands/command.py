"""What every command is."""

from __future__ import annotations

from typing import Generic, TypeVar

from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Command(Generic[R_co]):
    """Something to be done; `Command[User]` is answered with a `User`."""


@dataclass(frozen=True, slots=True)
class AboutParticipant(Command[None]):
    """Something done to one participant, and to nobody else when that one has left."""

    participant: ParticipantId
