"""`cellcall keys`: the action table as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.domain.actions import ACTIONS, Action, key_label
from tui.domain.keymap import KeyMap

_HEADER: Final = ("Key", "Anywhere", "Command", "What it does")


def _rows(actions: Sequence[Action] = ACTIONS) -> list[tuple[str, str, str, str]]:
    return [
        (
            _labels(action.keys),
            _labels(action.global_keys),
            f"/{action.command} {action.argument}".rstrip() if action.command else "",
            f"{action.help} Plain mode: {action.plain}" if action.plain else action.help,
        )
        for action in actions
    ]


def _labels(keys: tuple[str, ...]) -> str:
    if keys == tuple("123456789"):
        return "1-9"
    return " ".join(key_label(key) for key in keys)


def keys_text(keys: KeyMap) -> str:
    """Columns, and how to read them."""
    rows = [_HEADER, *_rows(keys.actions)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]
        )
        for row in rows
    ]
    return (
        "\n".join(
            [
                *(line.rstrip() for line in lines),
                "",
                "A key acts where no text is typed; ^G and then the key acts everywhere."
                if keys.letters_act
                else "Your config file switches characters off: ^G and then the key acts.",
                "A command is typed in plain mode, or after : in the app.",
                *keys.clashes,
            ]
        )
        + "\n"
    )


def keys_markdown() -> str:
    """A table for the README."""
    rows = [
        (_code(key, " "), _code(anywhere, " "), _code(command, ""), text)
        for key, anywhere, command, text in _rows()
    ]
    head = [f"| {' | '.join(_HEADER)} |", "|---|---|---|---|"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _code(text: str, separator: str) -> str:
    parts = text.split(separator) if separator else [text]
    return " ".join(f"`{part.replace('|', chr(92) + '|')}`" for part in parts if part)
