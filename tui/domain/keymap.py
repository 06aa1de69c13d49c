"""Which keys do what for one person: the action table, with what they changed (WCAG 2.1.4).

Single letters can be switched off (`leader-only`), every action can have other keys, and letters of
layouts without Latin ones mean what the same place on a QWERTY keyboard means.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from tui.domain.actions import ACTIONS, BY_ID, Action, Scope, key_label
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean

_QWERTY: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_LAYOUTS: Final = {
    "ru": "йцукенгшщзхъфывапролджэячсмитьбю.",
    "uk": "йцукенгшщзхїфівапролджєячсмитьбю.",
    "el": ";ςερτυθιοπ[]ασδφγηξκλ;'ζχψωβνμ,./",
    "he": "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ.",
    "ar": "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرﻻىةوزظ",
}
_FRENCH: Final = {"é": "2", "è": "7", "ç": "9", "à": "0"}
"""The row of digits, which gives them only with Shift; ASCII characters there mean themselves."""


def _aliases() -> dict[str, str]:
    pairs = (pair for letters in _LAYOUTS.values() for pair in zip(letters, _QWERTY, strict=True))
    letters = {theirs: ours for theirs, ours in pairs if not theirs.isascii() and ours.isalpha()}
    return letters | _FRENCH


ALIASES: Final = _aliases()
"""Characters that are on keys of another layout, and what QWERTY has there."""


class KeyMode(StrEnum):
    """Whether characters alone act."""

    DEFAULT = "default"
    LEADER_ONLY = "leader-only"
    """Only after the leader key, and keys with Control: for dictation and unsteady hands."""


_ITS_KEYS_SAY_MORE: Final = frozenset({"tile.pin", "audio.volume"})


@dataclass(frozen=True, slots=True)
class KeyMap:
    """See the module. Made by `key_map`."""

    actions: tuple[Action, ...] = ACTIONS
    """The rows, with their keys of now."""
    mode: KeyMode = KeyMode.DEFAULT
    clashes: tuple[str, ...] = ()
    """Keys that were given twice, in sentences: each does what comes first in the table."""

    @property
    def by_id(self) -> Mapping[str, Action]:
        """The rows by their ids."""
        return {action.id: action for action in self.actions}

    @property
    def letters_act(self) -> bool:
        """Whether characters alone act."""
        return self.mode is KeyMode.DEFAULT

    def label(self, action_id: str) -> str:
        """How the way to an action by key is written; empty when there is none."""
        action = self.by_id[action_id]
        if not action.keys:
            return key_label(action.global_keys[0]) if action.global_keys else ""
        key = action.keys[0]
        alone = self.letters_act or not is_character(key)
        return key_label(key) if alone else f"{key_label('ctrl+g')} {key_label(key)}"

    def meaning(self, key: str, scope: Scope) -> tuple[Action, str] | None:
        """The action a key means on a screen of `scope`, and its argument."""
        for action in self.actions:
            if action.scope in (scope, Scope.ANY) and key in action.keys:
                return action, argument_of(action, key)
        return None

    @property
    def changed(self) -> Iterator[tuple[Action, Action]]:
        """(row of the table, row of now) where they differ."""
        return (
            (BY_ID[one.id], one)
            for one in self.actions
            if one.keys != BY_ID[one.id].keys or one.global_keys != BY_ID[one.id].global_keys
        )


def argument_of(action: Action, key: str) -> str:
    """What an action is to know of the key that was pressed for it."""
    if action.id == "mic.talk":
        return "key"
    return key if action.id in _ITS_KEYS_SAY_MORE else ""


def is_character(key: str) -> bool:
    """Whether a key gives text: a letter, digit, sign or the space bar."""
    return len(key) == 1 or key in _CHARACTERS


_CHARACTERS: Final = frozenset(
    {"question_mark", "colon", "full_stop", "slash", "space", "plus", "minus", "equals_sign"}
)


def plain_key(key: str, character: str | None) -> str:
    """The key as the table writes it: in lower case, and as QWERTY has it."""
    return ALIASES.get((character or "").lower(), key.lower())


def key_map(mode: str = "", keys: Mapping[str, str] | None = None) -> KeyMap:
    """A person's keys.

    Args:
        mode: `default` or `leader-only`; empty: the default.
        keys: By an action's id, its keys as Textual names them, separated by commas; empty: none.

    Raises:
        CallsError: An unknown mode or action; `description` says what is allowed.
    """
    if mode and mode not in tuple(KeyMode):
        allowed = ", ".join(KeyMode)
        raise _wrong(f"keys.mode came as {clean(mode, 40)}; allowed: {allowed}.")
    given = {name: _read(text) for name, text in (keys or {}).items()}
    for name in given:
        if name not in BY_ID:
            near = difflib.get_close_matches(name, BY_ID, n=1)
            hint = f" Did you mean {near[0]}?" if near else " `cellcall keys` lists them."
            raise _wrong(f"keys.map: {clean(name, 40)} is not an action.{hint}")
    if fixed := sorted({*given} & _ITS_KEYS_SAY_MORE):
        raise _wrong(f"keys.map: {fixed[0]} keeps its keys, which say more than what to do.")
    rows = tuple(
        _with_keys(action, given[action.id]) if action.id in given else action for action in ACTIONS
    )
    rows, clashes = _told_apart(rows, given)
    return KeyMap(rows, KeyMode(mode or KeyMode.DEFAULT), clashes)


def _wrong(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text, field="keys")


def _read(text: str) -> tuple[str, ...]:
    names = {
        "?": "question_mark",
        ":": "colon",
        ".": "full_stop",
        "/": "slash",
        " ": "space",
        "+": "plus",
    }
    parts = [part.strip() or part for part in text.split(",") if part]
    return tuple(names.get(part, part.lower()) for part in parts)


def _with_keys(action: Action, keys: tuple[str, ...]) -> Action:
    """Keys with Control and function keys act everywhere where one of the action's does so."""
    anywhere = tuple(key for key in keys if action.global_keys and not is_character(key))
    alone = tuple(key for key in keys if key not in anywhere)
    return replace(action, keys=alone, global_keys=anywhere)


def _told_apart(
    rows: Sequence[Action], given: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Each key for one action only, and what there is to say about it."""
    clashes: list[str] = []
    taken: dict[tuple[Scope, str], str] = {}
    kept: list[Action] = []
    # What somebody chose goes before what the table has.
    for action in sorted(rows, key=lambda one: one.id not in given):
        free = []
        for key in (*action.keys, *action.global_keys):
            other = next((taken[s, key] for s in _meeting(action.scope) if (s, key) in taken), "")
            if other:
                clashes.append(f"{key_label(key)} is for {other}, and not for {action.id}.")
            else:
                taken[action.scope, key] = action.id
                free.append(key)
        kept.append(
            replace(
                action,
                keys=tuple(key for key in action.keys if key in free),
                global_keys=tuple(key for key in action.global_keys if key in free),
            )
        )
    place = {action.id: number for number, action in enumerate(rows)}
    return tuple(sorted(kept, key=lambda one: place[one.id])), tuple(clashes)


def _meeting(scope: Scope) -> tuple[Scope, ...]:
    """Scopes whose keys are on the same screens."""
    return tuple(Scope) if scope is Scope.ANY else (scope, Scope.ANY)
