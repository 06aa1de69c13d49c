"""What a call takes over from the calls and the sound check before it."""

from __future__ import annotations

from collections.abc import Collection

from tui.domain.frozen import dataclass
from tui.session.device_states import Away


@dataclass(frozen=True, slots=True)
class Carried:
    """What a call takes over from the calls and the sound check before it."""

    earcons: bool = False
    """Whether short sounds of our own are on."""
    told_away: Collection[Away] = ()
    """Chosen devices whose absence was told already."""
