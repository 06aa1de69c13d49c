"""Push-to-talk as a machine of events and times: holding a key, or tapping it (spec ux 2.4).

Pure: it is told what the key did and when, and answers what the microphone must do. Terminals
differ in what they tell: some report the key going up, most only repeat a held key, and over a
network the repeats can't be trusted. Whatever is lost or late, it errs on the side of closing.
"""

from __future__ import annotations

from enum import Enum, StrEnum, auto
from statistics import median
from typing import Final

LEASE_S: Final = 2.0
"""How long the talk key's word counts: a front end that is stopped or lost can't renew it."""
KEEP_EVERY_S: Final = 0.5
"""A front end renews its lease so often while somebody talks."""
TAIL_S: Final = 0.150
"""The end of the last word: the microphone closes this long after the key goes up."""
LONGEST_HOLD_S: Final = 60.0
"""A key that was never seen going up, nor repeating, for this long is up."""
REPEAT_GAP_S: Final = 0.150
"""Presses closer than this are one key held down (KEY-09)."""
FIRST_REPEAT_S: Final = (0.200, 0.700)
"""When auto-repeat may begin after a press; a second tap may come then, too..."""
HOLD_BACK_S: Final = 0.120
"""...so it waits this long for a third, which only auto-repeat brings (each 100 ms, if slow)."""
TRAIN_END_S: Final = 0.250
"""Auto-repeat that is silent for this long has ended, unless it is a slow one."""
_TRAIN_END_MOST_S: Final = 0.700
_AFTER_TRAIN_S: Final = 1.0
"""A press so soon after a held key may be a late repeat of it: it opens on probation."""
_PROBATION_S: Final = 0.750
_REMOTE_HOLD_BACK_S: Final = 0.200
_REMOTE_GAP_S: Final = 0.500
"""Over a network repeats are late: only after so long a pause a press is a new tap."""
_GAPS_KEPT: Final = 8


class Sensing(StrEnum):
    """What the terminal tells of a key that is held."""

    RELEASES = "releases"
    """It says when the key goes up."""
    REPEATS = "repeats"
    """Only presses; a held key comes again and again, on time."""
    TAPS = "taps"
    """Only presses, and repeats may be late (SSH): tap to talk, tap to stop."""


class Effect(Enum):
    """What the microphone must do now."""

    NOTHING = auto()
    OPEN = auto()
    CLOSE = auto()
    ALREADY_OPEN = auto()
    """Nothing: it is open without the key. Worth one hint."""


class TalkState(Enum):
    """Why the key has the microphone open."""

    IDLE = auto()
    """It has not."""
    HOLD = auto()
    """The key is down, and its release will be told."""
    LATCH = auto()
    """Tapped; until the next tap."""
    TRAIN = auto()
    """It is held: auto-repeat goes on."""
    PROBATION = auto()
    """Pressed just after a train: closes by itself unless another train begins."""
    TAIL = auto()
    """The key is up; the last syllable still goes out."""


class TalkKey:
    """One talk key.

    Args:
        sensing: What the terminal tells; may change between presses.
    """

    def __init__(self, sensing: Sensing = Sensing.REPEATS):
        self.sensing = sensing
        self.state = TalkState.IDLE
        self.due_s: float | None = None
        """When `tick` has something to do; None: never."""
        self._pressed_s = float("-inf")
        self._train_ended_s = float("-inf")
        self._gaps: list[float] = []
        self._remote_train = False
        self._presses = 0
        self._hinted = False

    @property
    def open(self) -> bool:
        """Whether the key has the microphone open."""
        return self.state is not TalkState.IDLE

    @property
    def latched(self) -> bool:
        """Open until the next tap."""
        return self.state is TalkState.LATCH

    # ---- the key
    def press(self, now_s: float, *, microphone_on: bool = False) -> Effect:
        """The key went down, or auto-repeat looks as if it had.

        Args:
            now_s: Monotonic seconds.
            microphone_on: It is on already, not by this key.
        """
        expired = self.tick(now_s)
        gap_s = now_s - self._pressed_s
        self._pressed_s = now_s
        match self.state:
            case TalkState.IDLE:
                if self._is_late_repeat(gap_s):
                    return expired
                effect = self._first_press(now_s, microphone_on=microphone_on)
                return expired if effect is Effect.NOTHING else effect
            case TalkState.LATCH:
                return self._press_latched(now_s, gap_s)
            case TalkState.HOLD:
                self.due_s = now_s + LONGEST_HOLD_S
            case TalkState.TAIL:
                self._down(now_s)
            case TalkState.TRAIN | TalkState.PROBATION:
                self._train(now_s, gap_s)
        return Effect.NOTHING

    def tap(self, *, microphone_on: bool = False) -> Effect:
        """Not the key but a command or the palette: on until it is said again."""
        if self.open:
            return self.drop()
        if microphone_on:
            return Effect.ALREADY_OPEN
        self.state, self.due_s, self._presses = TalkState.LATCH, None, 1
        return Effect.OPEN

    def repeat(self, now_s: float) -> Effect:
        """The terminal says that the key is still down. Never opens the microphone."""
        expired = self.tick(now_s)
        if self.state is TalkState.HOLD:
            self.due_s = now_s + LONGEST_HOLD_S
        return expired

    def release(self, now_s: float) -> Effect:
        """The terminal says that the key went up."""
        expired = self.tick(now_s)
        if self.state in (TalkState.HOLD, TalkState.TRAIN, TalkState.PROBATION):
            self._tail(now_s)
        return expired

    # ---- everything else
    def interrupt(self, now_s: float) -> Effect:
        """The key's release may never be seen: focus lost, a dialog, a screen too small."""
        return self.release(now_s)

    def drop(self) -> Effect:
        """Close at once, however it was opened: the connection is lost, the call is over."""
        was_open = self.open
        self._idle()
        return Effect.CLOSE if was_open else Effect.NOTHING

    def taken_over(self) -> None:
        """Somebody else opened or closed the microphone; the key has no part in it any more."""
        self._idle()

    def tick(self, now_s: float) -> Effect:
        """Do what is due."""
        if self.due_s is None or now_s < self.due_s:
            return Effect.NOTHING
        if self.state in (TalkState.TRAIN, TalkState.PROBATION):
            self._train_ended_s = now_s
        self._idle()
        return Effect.CLOSE

    # ---- inside
    def _is_late_repeat(self, gap_s: float) -> bool:
        """A key whose repeats closed it by mistake must not open it again by the next one."""
        match self.sensing:
            case Sensing.RELEASES:
                return False
            case Sensing.REPEATS:
                return gap_s < REPEAT_GAP_S
            case Sensing.TAPS:
                return gap_s < (_REMOTE_GAP_S if self._remote_train else REPEAT_GAP_S)

    def _first_press(self, now_s: float, *, microphone_on: bool) -> Effect:
        if microphone_on:
            hinted, self._hinted = self._hinted, True
            return Effect.NOTHING if hinted else Effect.ALREADY_OPEN
        self._down(now_s)
        return Effect.OPEN

    def _down(self, now_s: float) -> None:
        self._gaps.clear()
        self._remote_train = False
        self._presses = 1
        if self.sensing is Sensing.RELEASES:
            self.state, self.due_s = TalkState.HOLD, now_s + LONGEST_HOLD_S
        elif now_s - self._train_ended_s < _AFTER_TRAIN_S:
            self.state, self.due_s = TalkState.PROBATION, now_s + _PROBATION_S
        else:
            self.state, self.due_s = TalkState.LATCH, None

    def _press_latched(self, now_s: float, gap_s: float) -> Effect:
        self._presses += 1
        if self.sensing is Sensing.TAPS and gap_s < (
            _REMOTE_GAP_S if self._remote_train else REPEAT_GAP_S
        ):
            self._remote_train, self.due_s = True, None
            return Effect.NOTHING
        if self.sensing is not Sensing.TAPS and gap_s < REPEAT_GAP_S:
            self._train(now_s, gap_s)
            return Effect.NOTHING
        first, last = FIRST_REPEAT_S
        if self._presses == 2 and first <= gap_s <= last:
            remote = self.sensing is Sensing.TAPS
            self.due_s = now_s + (_REMOTE_HOLD_BACK_S if remote else HOLD_BACK_S)
            return Effect.NOTHING
        self._idle()
        return Effect.CLOSE

    def _train(self, now_s: float, gap_s: float) -> None:
        # The pause before the first repeat says nothing of the pace of the rest.
        if gap_s < FIRST_REPEAT_S[0]:
            self._gaps = [*self._gaps, gap_s][-_GAPS_KEPT:]
        slow_s = 4 * median(self._gaps) + 0.1 if self._gaps else TRAIN_END_S
        self.state = TalkState.TRAIN
        self.due_s = now_s + min(max(TRAIN_END_S, slow_s), _TRAIN_END_MOST_S)

    def _tail(self, now_s: float) -> None:
        self.state, self.due_s = TalkState.TAIL, now_s + TAIL_S

    def _idle(self) -> None:
        self.state, self.due_s = TalkState.IDLE, None
