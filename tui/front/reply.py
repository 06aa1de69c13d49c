"""What answers an action: lines of a category and a sentence.

The app announces them, the linear front end prints them.
"""

from __future__ import annotations

from tui.domain.announcements import Category
from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One line of an answer."""

    category: Category
    text: str
    copied: str = ""
    """What the app puts on the clipboard; empty: nothing."""
    code: bool = False
    """It is a line of a QR code, which is light on dark whatever the colours are."""


def info(text: str) -> list[Reply]:
    """One information line."""
    return [Reply(Category.INFO, text)]
