"""How the app draws calls now: what the terminal is, and what the person chose."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.domain.announcements import Category
from tui.domain.errors import CallsError
from tui.domain.look import ColourDepth, Look
from tui.domain.quality import QualityChoice
from tui.front.taste import Taste
from tui.panel.drawing import Drawing
from tui.panel.ui import Ui
from tui.panel.view import CallView
from tui.terminal.choosing import COLOUR_WORDS, GLYPH_WORDS, changed
from tui.terminal.detect import Found
from tui.terminal.profile import TerminalProfile
from tui.video.palette import XTERM_16

_SHOWS_ALL: Final = TerminalProfile(
    depth=ColourDepth.TRUECOLOR, glyphs=Look().glyphs, answered=True
)
"""For tests and screenshots."""


class Looks:
    """See the module.

    Args:
        found: What the terminal is; None: one that shows everything.
        taste: What the person wants of looks.
        quality: What the person wants of the pictures.
    """

    def __init__(self, found: Found | None, taste: Taste, quality: QualityChoice) -> None:
        self.found = found or Found(_SHOWS_ALL)
        self._choice = taste.look_choice
        terminal = self.terminal
        self.drawing = Drawing(
            fps=min(taste.fps, 1.0) if taste.reduced_motion else taste.fps,
            quality=quality,
            look=terminal.look if found is not None else None,
            palette=terminal.colours_or(XTERM_16),
            repeats=terminal.repeats,
            terminal=terminal.sentence() if found is not None else "",
            accessible=taste.accessible,
            still=taste.still,
            captions=taste.captions,
            keys=taste.keys,
        )
        """How calls are drawn."""

    @property
    def terminal(self) -> TerminalProfile:
        """What the terminal is, and how pictures are drawn on it now."""
        return self.found.profile.with_choice(self._choice)

    def keep_quality(self, choice: QualityChoice) -> None:
        """Draw the next calls like this one."""
        self.drawing = replace(self.drawing, quality=choice)

    def choose(self, argument: str, ui: Ui, call: CallView | None) -> None:
        """`/picture`: glyphs, colours or auto; without a word, how it is now.

        Args:
            argument: What was typed behind the command.
            ui: Is told the answer.
            call: Drawn anew.
        """
        if argument.strip():
            try:
                self._choice = changed(self._choice, argument)
            except CallsError as error:
                ui.tell(Category.ERROR, error.description)
                return
            told = self.terminal.sentence()
            self.drawing = replace(self.drawing, look=self.terminal.look, terminal=told)
            if call is not None:
                call.stage.use_look(self.terminal.look)
                call.chat.look = self.terminal.look
                call.device_panel.terminal = told
                call.device_panel.show(ui.snapshot)
            ui.tell(Category.INFO, f"Pictures: {told}")
            self.warn(ui)
            return
        ui.tell(Category.INFO, f"Terminal: {self.terminal.sentence()}")
        self.warn(ui)
        ui.tell(
            Category.INFO,
            f"To choose: /picture glyphs {'|'.join(GLYPH_WORDS)}, "
            f"/picture colours {'|'.join(COLOUR_WORDS)}, or /picture auto.",
        )

    def warn(self, ui: Ui) -> None:
        """Say if this terminal may lack the glyphs that were chosen."""
        if self.terminal.warning:
            ui.tell(Category.INFO, f"{self.terminal.warning} /picture auto fixes it.")
