"""An action somebody asked for, and the lines that answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tui.domain.announcements import Category
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.ports.handle import Handle


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer."""

    category: Category
    text: str


Say = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Request:
    """An action somebody asked for."""

    handle: Handle
    argument: str
    now_ms: int
    """Unix milliseconds, from the front end's clock."""
    say: Say
    """Says something before the answer is complete."""
    whose_sound: str
    """Whose devices these are, when that is not obvious; else empty."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest one."""
        return self.handle.snapshot()


Deed = Callable[[Request], Awaitable[list[Line]]]


def info(text: str) -> list[Line]:
    """One information line."""
    return [Line(Category.INFO, text)]


def usage(text: str) -> CallsError:
    """An argument that can't be understood; `text` says what is allowed."""
    return CallsError(ErrorCode.VALIDATION, text)


def wanted(argument: str, current: bool, on: str, off: str) -> bool:
    """What `[on|off]` asks for; nothing toggles."""
    word = argument.strip().lower()
    if not word:
        return not current
    if word in (on, off):
        return word == on
    raise usage(f"Came as {clean(word, 20)}; allowed: {on} or {off}, or nothing to change it.")
