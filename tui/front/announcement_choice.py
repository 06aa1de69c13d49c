"""Which announcements a person wants: `/announce`, the same in both front ends. Pure.

What is not wanted is still in the log. Urgent categories can't be switched off, and neither can an
answer to a question about who speaks.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.happenings.table import URGENT_CATEGORIES
from tui.domain.text import clean

SWITCHES: Final = tuple(
    category
    for category in Category
    if category not in URGENT_CATEGORIES | {Category.INFO, Category.SPEAKING, Category.CAPTION}
)
"""Categories that are on or off; captions have a switch of their own."""


class SpeakingMode(StrEnum):
    """How changes of who speaks are told."""

    OFF = "off"
    SUMMARY = "summary"
    """As little as keeps one up to date: plain mode a line every five seconds at most, the app
    its marks on tiles and status line, and the event log."""
    ALL = "all"
    """Each change."""


@dataclass(frozen=True, slots=True)
class AnnouncementChoice:
    """What is announced now."""

    off: frozenset[Category] = frozenset()
    speaking: SpeakingMode = SpeakingMode.SUMMARY

    def wants(self, category: Category, priority: Priority) -> bool:
        """Whether an announcement is shown, printed and spoken, and not only kept in the log."""
        if category is Category.SPEAKING:
            return self.speaking is not SpeakingMode.OFF or priority is not Priority.LOW
        urgent = priority is Priority.URGENT or category in URGENT_CATEGORIES
        return urgent or category not in self.off

    def __str__(self) -> str:
        """One line, for a file; `read_choice` reads it."""
        return " ".join([*sorted(self.off), f"{Category.SPEAKING}={self.speaking}"])

    def changed(self, argument: str) -> tuple[AnnouncementChoice, str]:
        """After `/announce ARGUMENT`, and the sentence that answers it.

        Raises:
            CallsError: `VALIDATION_ERROR` for anything but a category and a word it takes.
        """
        word, _, choice = clean(argument).lower().partition(" ")
        choice = choice.strip()
        if not word:
            return self, self._sentence()
        if word == Category.SPEAKING:
            if choice not in set(SpeakingMode):
                raise _usage("/announce speaking takes off, summary or all.")
            changed = replace(self, speaking=SpeakingMode(choice))
            return changed, f"Announcements of who speaks: {choice}."
        if word in URGENT_CATEGORIES:
            raise _usage(f"{word} can't be switched off: it is urgent.")
        if word not in SWITCHES or choice not in ("on", "off"):
            raise _usage(
                f"/announce takes a category and on or off: {', '.join(SWITCHES)}. "
                "Speaking takes off, summary or all."
            )
        one = {Category(word)}
        off = self.off - one if choice == "on" else self.off | one
        return replace(self, off=off), f"Announcements of {word} are {choice}."

    def _sentence(self) -> str:
        told = [f"{one} {'off' if one in self.off else 'on'}" for one in SWITCHES]
        return f"Announcements: {', '.join(told)}, speaking {self.speaking}."


def read_choice(text: str) -> AnnouncementChoice:
    """What `str` of a choice gave; words that mean nothing are left out."""
    words = text.split()
    modes = [mode for mode in SpeakingMode if f"{Category.SPEAKING}={mode}" in words]
    off = frozenset(category for category in SWITCHES if category in words)
    return AnnouncementChoice(off, modes[0] if modes else SpeakingMode.SUMMARY)


def _usage(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)
