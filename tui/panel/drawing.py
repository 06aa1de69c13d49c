"""How a call is drawn: what the terminal shows, and what the person wants of it."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.domain.keymap import KeyMap
from tui.domain.look import Look
from tui.domain.quality import QualityChoice
from tui.video.palette import XTERM_16, Colour


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a call is drawn."""

    fps: float = 15.0
    """Most frames a second a tile is drawn with."""
    quality: QualityChoice | None = None
    """What the person wants of the pictures."""
    look: Look | None = None
    """The best glyphs and colours of the terminal; None: from what Textual knows of it."""
    palette: tuple[Colour, ...] = XTERM_16
    """The terminal's 16 colours."""
    repeats: bool = False
    """The terminal understands REP."""
    terminal: str = ""
    """What the terminal is, in a sentence; empty: not told."""
    accessible: bool = False
    """One column, a line instead of toasts, minutes instead of seconds (spec ux 3.3)."""
    captions: bool = False
    """What people say is shown as text from the beginning."""
    keys: KeyMap = KeyMap()
    """What keys mean."""
    still: bool = False
    """Nothing moves by itself: no meters."""
