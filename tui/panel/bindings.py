"""Bindings from the action table; what keeps keys from acting twice (spec ux 2.1, KEY-08..10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from textual.binding import Binding, BindingType

from tui.domain.actions import ACTIONS, Action, Scope
from tui.domain.keymap import KeyMap, argument_of

BURST_KEYS: Final = 6
"""This many printable keys within `BURST_WINDOW_S` are a paste, not typing."""
BURST_WINDOW_S: Final = 0.015
REPEAT_GAP_S: Final = 0.150
_FIRST_REPEAT_FROM_S: Final = 0.200
_FIRST_REPEAT_TO_S: Final = 0.700
HOLD_BACK_S: Final = 0.080


def screen_bindings(scope: Scope, deed: str = "app.do") -> list[BindingType]:
    """The keys of one kind of screen; none acts while a text field has focus.

    Args:
        scope: Which rows of the action table make sense there.
        deed: The Textual action that takes an action's ID and its argument.
    """
    return [
        Binding(
            key,
            f"{deed}({action.id!r}, {argument_of(action, key)!r})",
            action.title,
            show=False,
            id=f"{action.id}.{key}" if argument_of(action, key) == key else _id(action, number),
        )
        for action in ACTIONS
        if action.scope in (scope, Scope.ANY)
        for number, key in enumerate(action.keys)
    ]


def global_bindings(
    deed: str = "app.do_anywhere", without: frozenset[str] = frozenset()
) -> list[BindingType]:
    """The keys that act everywhere, in text fields and dialogs too.

    Args:
        deed: The Textual action that takes an action's ID.
        without: IDs of actions that are not offered.
    """
    return [
        Binding(
            key,
            f"{deed}({action.id!r})",
            action.title,
            show=False,
            priority=True,
            id=f"{action.id}.anywhere",
        )
        for action in ACTIONS
        if action.id not in without
        for key in action.global_keys
    ]


def _id(action: Action, number: int) -> str:
    # Textual remaps by id; an alias has its own, or remapping would double it.
    return action.id if number == 0 else f"{action.id}.{number + 1}"


def textual_keymap(keys: KeyMap) -> dict[str, str]:
    """What Textual's `set_keymap` is to change in the bindings above."""
    changed: dict[str, str] = {}
    for before, now in keys.changed:
        for number in range(len(before.keys)):
            changed[_id(before, number)] = _NO_KEY
        if before.keys:
            changed[before.id] = ",".join(now.keys) or _NO_KEY
        if before.global_keys:
            changed[f"{before.id}.anywhere"] = ",".join(now.global_keys) or _NO_KEY
    return changed


_NO_KEY: Final = "none"
"""No key has this name."""


class Verdict(Enum):
    """What to do with a key press."""

    ACT = auto()
    IGNORE = auto()
    HOLD = auto()
    """Wait `HOLD_BACK_S`, then ask `held_still`."""


@dataclass(slots=True)
class RepeatGuard:
    """Tells a key held down from one pressed twice (KEY-09), so that holding `m` toggles once.

    A terminal sends auto-repeat as presses: the first after 250 to 660 ms, then one every 30 to
    100 ms. Times are seconds of any monotonic clock.
    """

    _key: str = ""
    _last_s: float = field(default=-1e9)
    _held: bool = False
    _in_train: bool = False

    def offer(self, key: str, now_s: float) -> Verdict:
        """A key came."""
        gap = now_s - self._last_s
        same = key == self._key
        self._key, self._last_s = key, now_s
        if not same:
            self._held = self._in_train = False
            return Verdict.ACT
        if gap < REPEAT_GAP_S:
            self._held = False
            self._in_train = True
            return Verdict.IGNORE
        if self._in_train:
            self._in_train = False
            return Verdict.ACT
        if _FIRST_REPEAT_FROM_S <= gap <= _FIRST_REPEAT_TO_S:
            self._held = True
            return Verdict.HOLD
        return Verdict.ACT

    def elsewhere(self, key: str) -> None:
        """Another key came that acts elsewhere: what comes next is a press of its own."""
        if key != self._key:
            self._last_s = -1e9
            self._in_train = False

    def held_still(self, key: str) -> bool:
        """Whether the press held back was a press of its own: nothing followed it."""
        still = self._held and key == self._key
        self._held = False
        return still
