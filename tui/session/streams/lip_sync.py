"""Voice and picture of one participant together, within 80 ms.

The picture is usually the faster one, as sound waits for jitter: it is held until its moment is
heard. When it is slower (a busy decoder), the sound is made to wait instead, a little. Both times
are the sender's own; what they need from here to eye and ear (30 to 40 ms each) cancels out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.domain.ids import StreamId

HELD_MAX_S: Final = 0.4
SOUND_WAITS_MAX_S: Final = 0.2
_UNRELATED_S: Final = 3.0
"""Further apart than this, the sender's two clocks have nothing to do with one another."""
_PACE: Final = 0.1
_TOLERATED_S: Final = 0.040
_ACT_BEYOND_S: Final = 0.060
_SETTLE_FRAMES: Final = 30


@dataclass(slots=True)
class _Pair:
    ahead_s: float | None = None
    """How far pictures are ahead of the sound of the same moment, smoothed."""
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
        heard_at_s: Callable[[StreamId], float | None],
        delay_sound: Callable[[StreamId, float], None],
    ):
        self._heard_at_s = heard_at_s
        self._delay_sound = delay_sound
        self._pairs: dict[StreamId, _Pair] = {}

    def hold_s(self, stream: StreamId, seen_at_s: float) -> float:
        """How long to hold a picture of this moment of the sender's time; 0.0: not at all."""
        pair = self._pairs.setdefault(stream, _Pair())
        heard_at_s = self._heard_at_s(stream.sound) if seen_at_s else None
        if heard_at_s is not None and abs(seen_at_s - heard_at_s) < _UNRELATED_S:
            ahead_s = seen_at_s - heard_at_s
            if pair.ahead_s is None:
                pair.ahead_s = ahead_s
            pair.ahead_s += (ahead_s - pair.ahead_s) * _PACE
            self._move_sound(stream, pair)
            # By how far this picture is ahead, not by the mean: that takes out its jitter, too.
            return min(max(ahead_s, 0.0), HELD_MAX_S)
        # While nothing is heard, pictures wait as long as they did before the pause.
        return 0.0 if pair.ahead_s is None else min(max(pair.ahead_s, 0.0), HELD_MAX_S)

    def _move_sound(self, stream: StreamId, pair: _Pair) -> None:
        pair.settle -= 1
        if pair.settle > 0 or pair.ahead_s is None:
            return
        late_s = -pair.ahead_s
        too_late = late_s > _ACT_BEYOND_S
        needless = pair.sound_waits_s > 0 and late_s < 0
        if too_late or needless:
            wanted_s = pair.sound_waits_s + late_s - _TOLERATED_S
            pair.sound_waits_s = min(max(wanted_s, 0.0), SOUND_WAITS_MAX_S)
            pair.settle = _SETTLE_FRAMES
            self._delay_sound(stream.sound, pair.sound_waits_s)

    def forget(self, stream: StreamId) -> None:
        """Forget a stream that has ended."""
        self._pairs.pop(stream, None)
