"""Toasts of the screen on top alone: what lies below a card keeps its own to itself.

Textual shows every toast again on a screen that comes to lie on top, and leaves those below where
they were: each was read twice then, or half of one beside a card.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

_HOLDERS = "ToastHolder"


class TopToasts:
    """Part of a screen that has toasts (Textual calls both methods by their names)."""

    def on_screen_suspend(self) -> None:
        """Another screen lies on top now, and shows them."""
        _show_toasts(self, shown=False)

    def on_screen_resume(self) -> None:
        """On top again."""
        _show_toasts(self, shown=True)


def _show_toasts(screen: TopToasts, *, shown: bool) -> None:
    assert isinstance(screen, Screen)
    holders: Any = screen.query(_HOLDERS)
    holders.set(display=shown)
