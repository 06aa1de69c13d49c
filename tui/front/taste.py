"""What a person wants of how the app looks and moves."""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.keymap import KeyMap
from tui.terminal.profile import NO_LOOK_CHOICE, LookChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How the app looks and moves; plain mode has no use for it."""

    accessible: bool = False
    """Cursor at the focus, one line of announcements, no animation (spec ux 3.3)."""
    reduced_motion: bool = False
    """No animation, and at most one frame a second."""
    large_targets: bool = False
    """What a pointer presses is three rows high (WCAG 2.5.8)."""
    theme: str | None = None
    """One of `tui.screens.themes.THEMES`; None: whichever fits the terminal."""
    fps: float = 15.0
    """Most frames a second of a tile."""
    mouse: bool = True
    """The terminal reports the mouse; else the mouse selects text, as in a shell."""
    captions: bool = False
    """Shown from the beginning."""
    cast: str = ""
    """Where the screen of a recorded call goes as an asciicast; empty: nowhere."""
    keys: KeyMap = KeyMap()
    """What keys mean."""
    look_choice: LookChoice = NO_LOOK_CHOICE
    """Glyphs and colours of pictures that were asked for, whatever the terminal can."""

    @property
    def still(self) -> bool:
        """Whether nothing may move by itself."""
        return self.accessible or self.reduced_motion


DEFAULT_TASTE: Final = Taste()
"""Of somebody who asked for nothing."""
