"""What somebody can change so that pictures get better here."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.profile import Multiplexer, Source, TerminalProfile


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know, and what to do about it."""

    text: str
    remedy: str


def advice(profile: TerminalProfile) -> list[Advice]:
    """The most useful first; empty when nothing can be better."""
    return [*_colours(profile), *_glyphs(profile), *_writing(profile)]


def _colours(profile: TerminalProfile) -> list[Advice]:
    if profile.depth_from is Source.NO_COLOR:
        return [Advice("NO_COLOR is set: pictures have no colours.", "Unset it to have them.")]
    if profile.depth is ColourDepth.TRUECOLOR or profile.depth_from is Source.CHOSEN:
        return []
    if profile.multiplexer is Multiplexer.TMUX and not profile.passes_truecolor:
        return [
            Advice(
                "tmux was not told that the terminal outside has true colour.",
                "If it has: in ~/.tmux.conf, set -as terminal-features ',*:RGB' (before tmux 3.2: "
                "set -as terminal-overrides ',*:Tc'), then detach and attach again.",
            )
        ]
    if profile.multiplexer is Multiplexer.SCREEN:
        return [
            Advice(
                "screen 4 has 256 colours.",
                "Use tmux, or screen 5 with `truecolor on`, for true colour.",
            )
        ]
    if profile.name in ("Linux console", "Apple Terminal", "PuTTY", "rxvt"):
        return [
            Advice(
                f"{profile.name} is not known to show true colour.",
                "If yours does: --colours truecolor, or export COLORTERM=truecolor.",
            )
        ]
    return [
        Advice(
            f"The terminal did not say that it has true colour; TERM={profile.term}.",
            "If it has (most do): export COLORTERM=truecolor, or --colours truecolor. Over SSH, "
            "SendEnv COLORTERM passes it on.",
        )
    ]


def _glyphs(profile: TerminalProfile) -> list[Advice]:
    if not profile.utf8:
        return [
            Advice(
                "Output is not UTF-8: pictures are made of ASCII.",
                "Set a UTF-8 locale: export LC_ALL=C.UTF-8",
            )
        ]
    if profile.ambiguous_width == 2:
        return [
            Advice(
                "Block elements take two columns here, so pictures are made of ASCII.",
                "Set ambiguous-width characters to narrow in the terminal's settings.",
            )
        ]
    if profile.warning:
        return [Advice(profile.warning, f"--glyphs {profile.fits}, or auto.")]
    if profile.glyphs_from is Source.CHOSEN or profile.glyphs in (GlyphSet.ALL, GlyphSet.OCTANT):
        return []
    whose = f"{profile.title} surely draws" if profile.name else "every terminal draws"
    best = profile.fits
    if best in (profile.glyphs, GlyphSet.BLOCK):
        return []
    between = str(profile.multiplexer) or "this terminal"
    limit = "" if best is GlyphSet.ALL else f" More than {best} has no place in {between}."
    return [
        Advice(
            f"Pictures are made of {profile.glyphs} glyphs, which {whose}.",
            f"If the line {best} of `cellcall picture` is drawn without gaps, use glyphs = "
            f'"{best}" in the config file, or --glyphs {best}.{limit} Terminals that draw all: '
            "kitty 0.40, Ghostty 1.2, foot 1.20, those on VTE 0.78; elsewhere a font with "
            "Unicode 16 octants helps.",
        )
    ]


def _writing(profile: TerminalProfile) -> list[Advice]:
    if profile.answered and not profile.synchronized:
        return [
            Advice(
                "Updates can't be synchronized: fast pictures may be seen half drawn.",
                "Terminals that have it: kitty, foot, Ghostty, WezTerm, iTerm2, Alacritty.",
            )
        ]
    return []
