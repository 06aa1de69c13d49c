"""Voice and picture of one participant together, within 80 ms.

The picture is usually the faster one, as sound waits for jitter: it is held until its moment is
heard. When it is slower (a busy decoder), the sound is made to wait instead, a little. Both times
are the sender's own; what they need from here to eye and ear (30 to 40 ms each) cancels out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.domain.ids import ParticipantId

HELD_MAX_S: Final = 0.4
SOUND_WAITS_MAX_S: Final = 0.2
_UNRELATED_S: Final = 3.0
"""Further apart than this, the sender's two clocks have nothing to do with one another."""
_PACE: Final = 0.1
_TOLERATED_S: Final = 0.040
_ACT_BEYOND_S: Final = 0.060
_SETTLE_FRAMES: Final = 30


@dataclass(slots=True)
class _Person:
    ahead_s: float | None = None
    """How much earlier a picture comes than its moment is heard, smoothed."""
    sound_waits_s: float = 0.0
    settle: int = _SETTLE_FRAMES


class LipSync:
    """How long to hold pictures.

    Args:
        heard_at_s: The sender's time of what is heard of a participant now; None: nothing is.
        delay_sound: Makes a participant's sound wait for that much more [s].
    """

    def __init__(
        self,
        heard_at_s: Callable[[ParticipantId], float | None],
        delay_sound: Callable[[ParticipantId, float], None],
    ):
        self._heard_at_s = heard_at_s
        self._delay_sound = delay_sound
        self._people: dict[ParticipantId, _Person] = {}

    def hold_s(self, who: ParticipantId, seen_at_s: float) -> float:
        """How long to hold a picture of this moment of the sender's time; 0.0: not at all."""
        person = self._people.setdefault(who, _Person())
        heard_at_s = self._heard_at_s(who) if seen_at_s else None
        if heard_at_s is not None and abs(seen_at_s - heard_at_s) < _UNRELATED_S:
            ahead_s = seen_at_s - heard_at_s
            if person.ahead_s is None:
                person.ahead_s = ahead_s
            person.ahead_s += (ahead_s - person.ahead_s) * _PACE
            self._move_sound(who, person)
            # This picture's own, not the mean: so its jitter is taken out, too.
            return min(max(ahead_s, 0.0), HELD_MAX_S)
        # In a pause of the voice, as before.
        return 0.0 if person.ahead_s is None else min(max(person.ahead_s, 0.0), HELD_MAX_S)

    def _move_sound(self, who: ParticipantId, person: _Person) -> None:
        person.settle -= 1
        if person.settle > 0 or person.ahead_s is None:
            return
        late_s = -person.ahead_s
        too_late = late_s > _ACT_BEYOND_S
        needless = person.sound_waits_s > 0 and late_s < 0
        if too_late or needless:
            wanted_s = person.sound_waits_s + late_s - _TOLERATED_S
            person.sound_waits_s = min(max(wanted_s, 0.0), SOUND_WAITS_MAX_S)
            person.settle = _SETTLE_FRAMES
            self._delay_sound(who, person.sound_waits_s)

    def apart_s(self, who: ParticipantId) -> float | None:
        """Picture after sound as they are shown now [s], smoothed; None: not known."""
        person = self._people.get(who)
        if person is None or person.ahead_s is None:
            return None
        return min(max(person.ahead_s, 0.0), HELD_MAX_S) - person.ahead_s

    def forget(self, who: ParticipantId) -> None:
        """They left, or show nothing any more."""
        self._people.pop(who, None)
