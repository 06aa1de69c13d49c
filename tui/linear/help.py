"""What `/help` says."""

from __future__ import annotations

from tui.domain.actions import Action, Scope, key_label, match_command
from tui.domain.text import clean
from tui.front.typed import offered


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
