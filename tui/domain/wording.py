"""People, spans of time and devices in words, which sentences of every kind are made of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from tui.domain.snapshot import (
    DeviceKind,
    DeviceState,
)

_LISTED: Final = 3


def duration_words(seconds: float) -> str:
    """A time span for people: `40 seconds`, `12 minutes`, `1 hour 5 minutes`.

    Rounded to what is nearest, in seconds below a minute and in minutes from there: of a prompt
    that ends in three minutes, a moment later it is still said that it does. A negative one is
    none.
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return counted(whole, "second")
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return counted(minutes, "minute")
    return counted(hours, "hour") + (f" {counted(minutes, 'minute')}" if minutes else "")


def counted(count: int, word: str) -> str:
    """`1 minute`, `2 minutes`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def people_words(count: int) -> str:
    """`1 person`, `4 people`."""
    return "1 person" if count == 1 else f"{count} people"


def listed(names: Sequence[str]) -> str:
    """`Ana`, `Ana and Bo`, `Ana, Bo and Chi`, `Ana, Bo and 3 more`."""
    if len(names) > _LISTED:
        return f"{names[0]}, {names[1]} and {len(names) - 2} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def away_words(state: DeviceState) -> str:
    """A chosen device is not here, and another one stands in; empty for any other state."""
    return away_sentence(state.kind, state.instead_of, state.label) if state.instead_of else ""


def away_sentence(kind: DeviceKind, chosen: str, label: str) -> str:
    """Which device is not here, and which one is used instead."""
    return f"The {kind} {chosen} is not here. Using {label} until it is."


def is_command(remedy: str) -> bool:
    """Whether a remedy is a command to copy, and no sentence."""
    return bool(remedy) and not remedy.endswith(".")


def with_remedy(problem: str, remedy: str) -> str:
    """A problem and what mends it: a command is introduced, a sentence stands by itself."""
    mend = f"To fix it: {remedy}" if is_command(remedy) else remedy
    return f"{problem.rstrip('.')}. {mend}".rstrip()


def time_of_day(at_ms: int) -> str:
    """`14:03`, in local time.

    Args:
        at_ms: The moment, Unix milliseconds.
    """
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))
