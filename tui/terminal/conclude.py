"""From answers and variables to one profile. Pure: the same in, the same out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.answers import SYNCHRONIZED, Answers
from tui.terminal.known import (
    Kind,
    by_environment,
    by_secondary,
    is_multiplexer,
    kind_of,
    named,
    split_version,
)
from tui.terminal.outer import Outer, multiplexer_of
from tui.terminal.profile import RANK, Multiplexer, Source, TerminalProfile
from tui.terminal.questions import WIDTHS

_SIXEL: Final = 4
"""DA1 attribute."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything that is known besides the terminal's answers."""

    environment: Mapping[str, str]
    utf8: bool = True
    """Whether our own output is UTF-8."""
    colours: int = -1
    """`colors` of the terminfo entry; -1 when there is none."""
    outer: Outer | None = None
    mosh: bool = False


def conclude(answers: Answers, known: Circumstances) -> TerminalProfile:
    """The profile."""
    environment = known.environment
    multiplexer = multiplexer_of(environment)
    if multiplexer is Multiplexer.NONE and known.mosh:
        multiplexer = Multiplexer.MOSH
    name, version, source = _identity(answers, known, multiplexer)
    kind = kind_of(name)
    widths = _Widths.of(answers.columns)
    utf8 = known.utf8 and widths.utf8 and (known.outer is None or known.outer.utf8)
    depth, depth_from, passes = _depth(answers, known, kind, source, multiplexer)
    glyphs = _glyphs(kind, version, widths, multiplexer) if utf8 else GlyphSet.ASCII
    if depth is ColourDepth.MONO:
        # Without colours a shade is how much of a cell is inked, and letters have the most shades.
        glyphs = GlyphSet.ASCII
    glyphs_from = source if kind is not None else Source.ASSUMED
    return TerminalProfile(
        name=name,
        version=version,
        term=environment.get("TERM", ""),
        answered=answers.any,
        depth=depth,
        depth_from=depth_from,
        glyphs=glyphs,
        glyphs_from=glyphs_from,
        fits=_fits(widths),
        utf8=utf8,
        ambiguous_width=widths.block,
        synchronized=answers.modes.get(SYNCHRONIZED, 0) in (1, 2, 3),
        repeats=widths.repeats,
        palette=tuple(answers.palette.get(number) for number in range(16))
        if answers.palette
        else (),
        foreground=answers.foreground,
        background=answers.background,
        kitty_graphics=answers.kitty_graphics,
        sixel=_SIXEL in answers.attributes[1:],
        multiplexer=multiplexer,
        passes_truecolor=passes,
        ssh=bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")),
    )


@dataclass(frozen=True, slots=True)
class _Widths:
    """What the test glyphs did to the cursor; None: not measured."""

    block: int | None = None
    repeats: bool = False
    sextant: int | None = None
    octant: int | None = None
    utf8: bool = True

    @staticmethod
    def of(columns: list[int]) -> _Widths:
        if len(columns) < WIDTHS:
            return _Widths()
        steps = [after - before for before, after in itertools.pairwise(columns)]
        block, repeated, sextant, octant = steps[: WIDTHS - 1]
        if min(block, repeated, sextant, octant) < 0 or not 1 <= block <= 3:
            return _Widths()  # at the right margin, or no such thing as a cursor report
        if block == 3:  # three bytes, three characters
            return _Widths(utf8=False)
        return _Widths(block, repeated == 2 * block, sextant, octant)


def _identity(
    answers: Answers, known: Circumstances, multiplexer: Multiplexer
) -> tuple[str, str, Source]:
    if multiplexer is Multiplexer.TMUX and known.outer is not None:
        name, version = split_version(known.outer.version)
        if name:
            return name, version, Source.ANSWERED
        name, version = by_environment({"TERM": known.outer.term})
        return name, version, Source.KNOWN
    if multiplexer in (Multiplexer.TMUX, Multiplexer.SCREEN):
        # Variables are those of where it was started; it may be attached elsewhere now.
        return "", "", Source.ASSUMED
    name, version = split_version(answers.version) if answers.version else ("", "")
    if name and not is_multiplexer(name):
        return name, version, Source.ANSWERED
    name, version = by_secondary(answers.secondary)
    from_variables = by_environment(known.environment)
    if from_variables[0] and (not name or name in (from_variables[0], "XTerm", "VTE")):
        # Many say in DA2 that they are xterm, or name a library; the variable names the program.
        better = from_variables[1] or (version if name == from_variables[0] else "")
        return from_variables[0], better, Source.KNOWN
    if name:
        return name, version, Source.ANSWERED
    return *named(""), Source.ASSUMED


def _glyphs(kind: Kind | None, version: str, widths: _Widths, multiplexer: Multiplexer) -> GlyphSet:
    best = kind.glyphs(version) if kind is not None else GlyphSet.BLOCK
    if widths.block is None and multiplexer is not Multiplexer.NONE:
        # The multiplexer counts columns, too, perhaps by an older table.
        best = _at_most(best, GlyphSet.BLOCK)
    return _at_most(best, _fits(widths))


def _fits(widths: _Widths) -> GlyphSet:
    if widths.block == 2:
        # Every glyph but ASCII takes two columns there, so no picture of them fits.
        return GlyphSet.ASCII
    if widths.sextant not in (None, 1):
        return GlyphSet.BLOCK
    return GlyphSet.SEXTANT if widths.octant not in (None, 1) else GlyphSet.ALL


def _at_most(glyphs: GlyphSet, limit: GlyphSet) -> GlyphSet:
    return min(glyphs, limit, key=RANK.index)


def _depth(
    answers: Answers,
    known: Circumstances,
    kind: Kind | None,
    source: Source,
    multiplexer: Multiplexer,
) -> tuple[ColourDepth, Source, bool]:
    """Depth, where from, and whether a multiplexer passes 24-bit colours."""
    environment = known.environment
    term = environment.get("TERM", "")
    if environment.get("NO_COLOR"):
        return ColourDepth.MONO, Source.NO_COLOR, True
    if term in ("", "dumb"):
        return ColourDepth.MONO, Source.ENVIRONMENT, True
    if multiplexer is Multiplexer.TMUX:
        return _depth_in_tmux(known)
    says_truecolor = _says_truecolor(environment)
    if multiplexer is Multiplexer.SCREEN:
        # COLORTERM is inherited from outside. screen 4 drops 24-bit colours, 5 may pass them.
        modern = answers.secondary[:1] == (83,) and answers.secondary[1:2] >= (50000,)
        if not (modern and says_truecolor):
            return ColourDepth.INDEXED, Source.KNOWN, False
    if answers.keeps_rgb or answers.rgb_capability:
        return ColourDepth.TRUECOLOR, Source.ANSWERED, True
    if says_truecolor or term.endswith("-direct"):
        return ColourDepth.TRUECOLOR, Source.ENVIRONMENT, True
    if kind is not None and source is not Source.ASSUMED:
        if kind.truecolor:
            return ColourDepth.TRUECOLOR, Source.KNOWN, True
        if term == "linux":
            return ColourDepth.ANSI, Source.KNOWN, True
        return ColourDepth.INDEXED, Source.KNOWN, True
    return *_depth_of_term(term, known.colours), True


def _says_truecolor(environment: Mapping[str, str]) -> bool:
    return environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")


def _depth_in_tmux(known: Circumstances) -> tuple[ColourDepth, Source, bool]:
    outer = known.outer
    if outer is None:
        # Detached: tmux takes every colour, and converts it for the client that will attach.
        if _says_truecolor(known.environment):
            return ColourDepth.TRUECOLOR, Source.ENVIRONMENT, True
        return ColourDepth.INDEXED, Source.ASSUMED, True
    if "RGB" in outer.features or outer.term.endswith("-direct"):
        return ColourDepth.TRUECOLOR, Source.ANSWERED, True
    if "256" in outer.features or "256" in outer.term:
        return ColourDepth.INDEXED, Source.ANSWERED, False
    if "linux" in outer.term or outer.term in ("xterm", "ansi", "screen"):
        return ColourDepth.ANSI, Source.ANSWERED, False
    return ColourDepth.INDEXED, Source.ASSUMED, False


def _depth_of_term(term: str, colours: int) -> tuple[ColourDepth, Source]:
    if "256" in term or colours == 256:
        return ColourDepth.INDEXED, Source.ENVIRONMENT
    if colours > 256:
        return ColourDepth.TRUECOLOR, Source.ENVIRONMENT
    if term.startswith("vt") or term.endswith("-mono") or 0 <= colours < 8:
        return ColourDepth.MONO, Source.ENVIRONMENT
    return ColourDepth.ANSI, Source.ENVIRONMENT
