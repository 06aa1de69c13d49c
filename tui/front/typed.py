"""From a typed line to rows of the action table: `/word argument`, the word maybe cut short."""

from __future__ import annotations

from collections.abc import Collection

from tui.domain.actions import ACTIONS, Action, Scope, match_command
from tui.domain.frozen import dataclass
from tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class Typed:
    """What a line asks for."""

    word: str
    argument: str
    actions: tuple[Action, ...]
    """Rows that fit: none, one, or several when the word is the beginning of several."""


def offered(scope: Scope) -> tuple[Action, ...]:
    """Rows with a command that make sense in `scope`."""
    return tuple(a for a in ACTIONS if a.command and a.scope in (scope, Scope.ANY))


def parse(line: str, here: Collection[Action]) -> Typed:
    """Read a line; rows that are not offered `here` never make a word ambiguous."""
    word, _, argument = line.strip().removeprefix("/").partition(" ")
    found = match_command(word)
    fitting = tuple(action for action in found if action in here)
    return Typed(clean(word, 40), argument.strip(), fitting or found)
