"""Slash commands: from a typed line to a row of the action table."""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.actions import ACTIONS, Action, Scope, key_label, match_command
from tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class Typed:
    """What a line beginning with `/` asks for."""

    word: str
    argument: str
    actions: tuple[Action, ...]
    """Rows that fit here: none, one, or several when the word is the beginning of several."""


def parse(line: str, scope: Scope) -> Typed:
    """Read `/word argument`; rows that make no sense in `scope` never make a word ambiguous."""
    word, _, argument = line.strip().removeprefix("/").partition(" ")
    found = match_command(word)
    here = tuple(action for action in found if action.scope in (scope, Scope.ANY))
    return Typed(clean(word, 40), argument.strip(), here or found)


def offered(scope: Scope) -> tuple[Action, ...]:
    """Rows with a command that make sense in `scope`."""
    return tuple(a for a in ACTIONS if a.command and a.scope in (scope, Scope.ANY))


def help_lines(scope: Scope, word: str = "") -> list[str]:
    """`/help` and `/help COMMAND` as sentences."""
    if word:
        found = match_command(word.removeprefix("/"))
        if not found:
            return [f"There is no command /{clean(word.removeprefix('/'), 40)}. Type /help."]
        return [_described(action, keys=True) for action in found]
    plain = (
        ["What you type is sent as chat. A line that begins with two slashes is sent with one."]
        if scope is Scope.CALL
        else []
    )
    return [
        *plain,
        "Commands begin with a slash and can be shortened while only one fits.",
        *(_described(action) for action in offered(scope)),
        "Control C twice leaves.",
    ]


def _described(action: Action, *, keys: bool = False) -> str:
    argument = f" {action.argument}" if action.argument else ""
    labels = [key_label(key) for key in (*action.keys, *action.global_keys)] if keys else []
    in_app = f" Keys in the app: {' '.join(labels)}." if labels else ""
    return f"/{action.command}{argument}: {action.plain or action.help}{in_app}"
