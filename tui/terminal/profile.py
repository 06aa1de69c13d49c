"""What a terminal is and what it can draw, as far as it said or is known."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth, GlyphSet, Look

Rgb = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""

COLOUR_WORDS: Final = {
    ColourDepth.TRUECOLOR: "truecolor",
    ColourDepth.INDEXED: "256 colours",
    ColourDepth.ANSI: "16 colours",
    ColourDepth.MONO: "no colours",
}


RANK: Final = (
    GlyphSet.ASCII,
    GlyphSet.HALF,
    GlyphSet.BLOCK,
    GlyphSet.SEXTANT,
    GlyphSet.OCTANT,
    GlyphSet.ALL,
)
"""From what every terminal draws to what few do."""


class Multiplexer(StrEnum):
    """What stands between the program and the terminal."""

    NONE = ""
    TMUX = "tmux"
    SCREEN = "screen"
    ZELLIJ = "zellij"
    MOSH = "mosh"


class Source(StrEnum):
    """Where a property comes from, the strongest first."""

    CHOSEN = "chosen"
    """A flag, a variable of ours, the config file, or a command in the app."""
    NO_COLOR = "NO_COLOR"
    ANSWERED = "answered"
    """The terminal said so itself, or its behaviour was measured."""
    KNOWN = "known"
    """The terminal said what it is, and that one is on the list."""
    ENVIRONMENT = "environment"
    """`COLORTERM`, `TERM` and the like."""
    ASSUMED = "assumed"
    """Nothing is known; what every terminal of its kind does."""


@dataclass(frozen=True, slots=True)
class LookChoice:
    """What the person wants, whatever the terminal is; None: what it can."""

    glyphs: GlyphSet | None = None
    colours: ColourDepth | None = None


NO_LOOK_CHOICE: Final = LookChoice()


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalProfile:
    """One terminal."""

    name: str = ""
    """`kitty`, `VTE`; empty when it did not say."""
    version: str = ""
    term: str = ""
    """The variable `TERM`."""
    answered: bool = False
    """It answered at least one question."""
    depth: ColourDepth = ColourDepth.INDEXED
    depth_from: Source = Source.ASSUMED
    glyphs: GlyphSet = GlyphSet.BLOCK
    """What pictures are made of unless somebody says otherwise."""
    glyphs_from: Source = Source.ASSUMED
    fits: GlyphSet = GlyphSet.ALL
    """The best set whose glyphs take one column each here, as far as that was measured."""
    utf8: bool = True
    ambiguous_width: int | None = None
    """Columns of a block element; 2 in some East Asian set-ups; None: not measured."""
    synchronized: bool = False
    """Updates can be bracketed so that none is seen half done (mode 2026)."""
    repeats: bool = False
    """Understands REP: `CSI n b` repeats the last character."""
    palette: tuple[Rgb | None, ...] = ()
    """Its colours 0 to 15; empty when it did not tell any."""
    foreground: Rgb | None = None
    background: Rgb | None = None
    kitty_graphics: bool = False
    sixel: bool = False
    multiplexer: Multiplexer = Multiplexer.NONE
    """Then name and version are those of the terminal outside, if it could be found out."""
    passes_truecolor: bool = True
    """False: a multiplexer was found to turn 24-bit colours into 256."""
    ssh: bool = False

    def with_choice(self, look_choice: LookChoice) -> TerminalProfile:
        """The same terminal, drawn on as somebody wants."""
        told = self
        if look_choice.colours is not None:
            told = replace(told, depth=look_choice.colours, depth_from=Source.CHOSEN)
        if look_choice.glyphs is not None:
            told = replace(told, glyphs=look_choice.glyphs, glyphs_from=Source.CHOSEN)
        elif told.depth is ColourDepth.MONO and told.depth is not self.depth:
            told = replace(told, glyphs=GlyphSet.ASCII)
        return told

    @property
    def is_light(self) -> bool:
        """Whether its background is known, and nearer to white than to black (ITU-R BT.601)."""
        if self.background is None:
            return False
        red, green, blue = self.background
        return 299 * red + 587 * green + 114 * blue > 127_500

    @property
    def look(self) -> Look:
        """How pictures are drawn on it."""
        return Look(glyphs=self.glyphs, depth=self.depth)

    @property
    def warning(self) -> str:
        """What is wrong with the glyphs that were chosen; empty when nothing is known to be."""
        if self.glyphs not in RANK or RANK.index(self.glyphs) <= RANK.index(self.fits):
            return ""
        return (
            f"Some glyphs of {self.glyphs} do not take one column here, so pictures come out torn; "
            f"those of {self.fits} do."
        )

    def colours_or(self, usual: tuple[Rgb, ...]) -> tuple[Rgb, ...]:
        """Its 16 colours; `usual` ones where it told none."""
        told = self.palette or (None,) * len(usual)
        return tuple(own or other for own, other in zip(told, usual, strict=True))

    @property
    def title(self) -> str:
        """Name and version: `kitty 0.40.1`; or `unknown terminal (TERM=xterm)`."""
        if self.name:
            return f"{self.name} {self.version}".strip()
        if self.multiplexer or not self.term:
            return "unknown terminal"
        return f"unknown terminal (TERM={self.term})"

    def sentence(self) -> str:
        """For people, in one line: `kitty 0.40.1 in tmux, truecolor, all glyphs (detected).`."""
        where = f" in {self.multiplexer}" if self.multiplexer else ""
        far = ", over SSH" if self.ssh else ""
        chosen = Source.CHOSEN in (self.depth_from, self.glyphs_from)
        how = "as you chose" if chosen else "detected" if self.answered else "assumed"
        return (
            f"{self.title}{where}{far}, {COLOUR_WORDS[self.depth]}, {self.glyphs} glyphs ({how})."
        )
