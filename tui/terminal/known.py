"""What terminals are called, and which glyphs each draws itself, whatever the font.

A terminal that is not listed, or of an older version than the one that learned it, gets `block`:
better a coarser picture than one of boxes with question marks. Versions are from the terminals'
release notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.look import GlyphSet

Version = tuple[int, ...]
NEVER: Final[Version] = (10**9,)


@dataclass(frozen=True, slots=True)
class Kind:
    """A terminal program."""

    name: str
    sextants_since: Version = NEVER
    octants_since: Version = NEVER
    """From here on it draws wedges and box lines itself as well."""
    truecolor: bool = True
    plain_glyphs: GlyphSet = GlyphSet.BLOCK
    """What every version draws."""

    def glyphs(self, version: str) -> GlyphSet:
        """The best set this version draws."""
        number = version_number(version)
        if number >= self.octants_since:
            return GlyphSet.ALL
        if number >= self.sextants_since:
            return GlyphSet.SEXTANT
        return self.plain_glyphs


KINDS: Final = (
    Kind("kitty", (0, 20), (0, 40)),
    Kind("foot", (1, 8), (1, 20)),
    Kind("Ghostty", (1, 0), (1, 2)),
    Kind("WezTerm", (20220101,), (20250601,)),
    Kind("VTE", (6000,), (7800,)),
    Kind("Alacritty", (0, 14)),
    Kind("Rio", (0, 2, 5)),
    Kind("Contour", (0, 4)),
    Kind("iTerm2", (3, 5)),
    Kind("VS Code", (1, 109)),
    Kind("Konsole"),
    Kind("Windows Terminal"),
    Kind("mintty"),
    Kind("Terminology"),
    Kind("mlterm"),
    Kind("st"),
    Kind("XTerm"),
    Kind("Hyper"),
    Kind("Tabby"),
    Kind("Warp"),
    Kind("PuTTY", truecolor=False, plain_glyphs=GlyphSet.HALF),
    Kind("rxvt", truecolor=False),
    Kind("Apple Terminal", truecolor=False),
    Kind("Linux console", truecolor=False, plain_glyphs=GlyphSet.HALF),
)
BY_NAME: Final = {kind.name.casefold(): kind for kind in KINDS}
_ALIASES: Final = {
    "iterm.app": "iTerm2",
    "apple_terminal": "Apple Terminal",
    "vscode": "VS Code",
    "xterm-kitty": "kitty",
    "xterm-ghostty": "Ghostty",
    "foot-extra": "foot",
    "gnome-terminal": "VTE",
    "vte": "VTE",
    "warpterminal": "Warp",
    "rxvt-unicode": "rxvt",
    "linux": "Linux console",
}
_XTVERSION: Final = re.compile(r"^([A-Za-z][A-Za-z0-9 ._+-]*?)[ (/]*v?([0-9][0-9A-Za-z.+-]*)?\)?$")
_MULTIPLEXERS: Final = ("tmux", "screen", "zellij")


def version_number(text: str) -> Version:
    """`0.40.1` -> (0, 40, 1); `20240203-110809-5046fc22` -> (20240203,); nothing -> ()."""
    number = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9})*", text)
    return tuple(int(part) for part in number[0].split(".")) if number else ()


def named(text: str, version: str = "") -> tuple[str, str]:
    """Our spelling of a terminal's name, and its version: `iTerm.app` -> iTerm2."""
    key = text.strip().casefold()
    name = _ALIASES.get(key, text.strip())
    kind = BY_NAME.get(name.casefold())
    return (kind.name if kind else name), version


def split_version(text: str) -> tuple[str, str]:
    """Name and version from XTVERSION's text: `kitty(0.40.1)`, `WezTerm 2024…`, `foot(1.16.2)`."""
    match = _XTVERSION.match(text.strip())
    if not match:
        return named(text.strip())
    return named(match[1].strip(), match[2] or "")


def is_multiplexer(name: str) -> bool:
    """Whether XTVERSION named not the terminal but what runs in it."""
    return name.casefold() in _MULTIPLEXERS


def kind_of(name: str) -> Kind | None:
    """The list's row for a name."""
    return BY_NAME.get(name.casefold())


def by_secondary(secondary: tuple[int, ...]) -> tuple[str, str]:
    """Name and version from DA2, where it tells; empty when not."""
    kind, version, *_ = (*secondary, 0, 0)
    rest = secondary[2] if len(secondary) > 2 else 0
    match kind:
        case 41 if version:
            return "XTerm", str(version)
        case 77:
            return "mintty", ".".join(str(version).zfill(5)[i : i + 2] for i in (0, 2))
        case 65 if 2000 < version < 10000:
            return "VTE", str(version)
        case 0 if version == 136:
            return "PuTTY", ""
        case 0 if version == 10 and rest == 1:
            return "Windows Terminal", ""
        case 0 if rest == 1 and 1000 <= version < 3000:
            # Alacritty sends the version of its library; 0.24.1 came with 0.14.0.
            return "Alacritty", "0.14" if version >= 2401 else "0.13"
    return "", ""


def by_environment(environment: Mapping[str, str]) -> tuple[str, str]:
    """Name and version from variables; they may be those of the terminal this one was started in.

    Whatever sets its own variable is asked before `TERM_PROGRAM`, which programs inside inherit.
    """
    term = environment.get("TERM", "")
    if term == "linux":
        return "Linux console", ""
    if term.startswith(("foot", "xterm-kitty", "alacritty", "xterm-ghostty", "contour", "st-")):
        name = term.removeprefix("xterm-").partition("-")[0]
        return named(name, _own_version(name, environment))
    program = environment.get("TERM_PROGRAM", "")
    if program and not is_multiplexer(program):
        return named(program, environment.get("TERM_PROGRAM_VERSION", ""))
    for variable, name in (
        ("KITTY_WINDOW_ID", "kitty"),
        ("GHOSTTY_RESOURCES_DIR", "Ghostty"),
        ("ALACRITTY_WINDOW_ID", "Alacritty"),
        ("WEZTERM_PANE", "WezTerm"),
        ("VTE_VERSION", "VTE"),
        ("KONSOLE_VERSION", "Konsole"),
        ("WT_SESSION", "Windows Terminal"),
        ("XTERM_VERSION", "XTerm"),
    ):
        if environment.get(variable):
            return name, _own_version(name, environment)
    return ("rxvt", "") if term.startswith("rxvt") else ("", "")


def _own_version(name: str, environment: Mapping[str, str]) -> str:
    if environment.get("TERM_PROGRAM", "").casefold() == name.casefold():
        return environment.get("TERM_PROGRAM_VERSION", "")
    variable = {"VTE": "VTE_VERSION", "Konsole": "KONSOLE_VERSION", "XTerm": "XTERM_VERSION"}
    text = environment.get(variable.get(name, ""), "")
    found = re.search(r"[0-9][0-9.]*", text)
    return found[0] if found else ""
