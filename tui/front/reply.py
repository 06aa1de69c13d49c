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
    code: tuple[str, ...] = ()
    """Rows of a QR code that goes with it, light on dark; empty: none."""


def info(text: str) -> list[Reply]:
    """One information line."""
    return [Reply(Category.INFO, text)]
