"""The themes: six of our own, because no built-in one keeps 4.5:1 everywhere (spec ux 4.1).

`call-ansi` and `call-mono` name no colour but the terminal's own, and show focus by bold, underline
and reverse: the one has accents, of those five of the sixteen that can be read on every common dark
palette; the other is for NO_COLOR. Where fields and buttons have the background of everything else
(high contrast and these two), a bar at the left says where they are.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Colours:
    """What a theme of ours is made of."""

    primary: str
    secondary: str
    accent: str
    error: str
    success: str
    foreground: str
    background: str
    surface: str
    panel: str
    muted: str
    disabled: str
    cursor: str
    on_cursor: str
    cursor_blurred: str
    border: str
    border_blurred: str
    selection: str


def _theme(
    name: str,
    colours: _Colours,
    *,
    dark: bool,
    cursor_text_style: str,
    control_edge: str = "",
) -> Theme:
    one = colours
    return _as_they_are(
        Theme(
            name=name,
            dark=dark,
            primary=one.primary,
            secondary=one.secondary,
            accent=one.accent,
            warning=one.accent,
            error=one.error,
            success=one.success,
            foreground=one.foreground,
            background=one.background,
            surface=one.surface,
            panel=one.panel,
            variables={
                **_variables(one),
                "block-cursor-text-style": cursor_text_style,
                "control-edge": control_edge or f"outer {one.border_blurred}",
            },
        )
    )


def _variables(one: _Colours) -> dict[str, str]:
    """Textual's own names of what it draws, and two of ours (`control-edge`, `dock-edge`)."""
    return {
        "text": one.foreground,
        "text-muted": one.muted,
        "text-disabled": one.disabled,
        "foreground-muted": one.muted,
        "foreground-disabled": one.disabled,
        "block-cursor-background": one.cursor,
        "block-cursor-foreground": one.on_cursor,
        "block-cursor-blurred-background": one.cursor_blurred,
        "block-cursor-blurred-foreground": one.foreground,
        "block-cursor-blurred-text-style": "none",
        "button-color-foreground": one.on_cursor,
        "button-focus-text-style": "bold underline",
        "footer-key-foreground": one.accent,
        "border": one.border,
        "border-blurred": one.border_blurred,
        "dock-edge": one.border_blurred,
        "input-selection-background": one.selection,
        "input-cursor-background": one.foreground,
        "input-cursor-foreground": one.background,
        "scrollbar": one.border_blurred,
        "scrollbar-hover": one.primary,
        "scrollbar-active": one.primary,
        "scrollbar-background": one.background,
        "scrollbar-background-hover": one.background,
        "scrollbar-background-active": one.background,
        "scrollbar-corner-color": one.background,
    }


_HUES: Final = ("primary", "secondary", "accent", "warning", "error", "success")


def _as_they_are(theme: Theme) -> Theme:
    """Words in our colours: Textual would mix them with black or white, so that they are read."""
    colours = theme.to_color_system().generate()
    theme.variables.update({f"text-{hue}": colours[hue] for hue in _HUES})
    return theme


CALL_DARK: Final = _theme(
    "call-dark",
    _Colours(
        primary="#7AB8FF",
        secondary="#A9B4C4",
        accent="#FFC857",
        error="#FF8A80",
        success="#7BD88F",
        foreground="#F2F4F8",
        background="#101418",
        surface="#1A2027",
        panel="#242C35",
        muted="#C3CBD6",
        disabled="#A3ADBA",
        cursor="#7AB8FF",
        on_cursor="#101418",
        cursor_blurred="#3A4653",
        border="#7AB8FF",
        border_blurred="#7C8896",
        selection="#2F5D8C",
    ),
    dark=True,
    cursor_text_style="bold",
)

CALL_LIGHT: Final = _theme(
    "call-light",
    _Colours(
        primary="#0B4F9E",
        secondary="#44505F",
        accent="#6B4200",
        error="#A3122B",
        success="#0F6130",
        foreground="#12161B",
        background="#FFFFFF",
        surface="#F3F5F8",
        panel="#E6EAF0",
        muted="#404A56",
        disabled="#4E5864",
        cursor="#0B4F9E",
        on_cursor="#FFFFFF",
        cursor_blurred="#CBD5E1",
        border="#0B4F9E",
        border_blurred="#6B7684",
        selection="#BFD9FF",
    ),
    dark=False,
    cursor_text_style="bold",
)

CALL_HC_DARK: Final = _theme(
    "call-hc-dark",
    _Colours(
        primary="#5CE1FF",
        secondary="#FFFFFF",
        accent="#FFE500",
        error="#FF9C9C",
        success="#5CFF8F",
        foreground="#FFFFFF",
        background="#000000",
        surface="#000000",
        panel="#000000",
        muted="#FFFFFF",
        disabled="#C8C8C8",
        cursor="#FFE500",
        on_cursor="#000000",
        cursor_blurred="#404040",
        border="#FFE500",
        border_blurred="#FFFFFF",
        selection="#004B6B",
    ),
    dark=True,
    cursor_text_style="bold underline",
    control_edge="outer #FFFFFF",
)

CALL_HC_LIGHT: Final = _theme(
    "call-hc-light",
    _Colours(
        primary="#00349A",
        secondary="#000000",
        accent="#5B2D00",
        error="#8A0018",
        success="#004D1F",
        foreground="#000000",
        background="#FFFFFF",
        surface="#FFFFFF",
        panel="#FFFFFF",
        muted="#000000",
        disabled="#404040",
        cursor="#00349A",
        on_cursor="#FFFFFF",
        cursor_blurred="#D9D9D9",
        border="#00349A",
        border_blurred="#000000",
        selection="#BFD9FF",
    ),
    dark=False,
    cursor_text_style="bold underline",
    control_edge="outer #000000",
)

_TERMINAL: Final = "ansi_default"
_AS_THE_TERMINAL: Final = (
    "text",
    "text-muted",
    "text-disabled",
    "foreground-muted",
    "foreground-disabled",
    "ansi-background",
    "ansi-foreground",
    "block-cursor-foreground",
    "block-cursor-background",
    "block-cursor-blurred-foreground",
    "block-cursor-blurred-background",
    "block-hover-background",
    "button-foreground",
    "button-color-foreground",
    "input-cursor-background",
    "input-cursor-foreground",
    "input-selection-background",
    "input-selection-foreground",
    "border-blurred",
    "dock-edge",
    "scrollbar",
    "scrollbar-background",
    "scrollbar-background-hover",
    "scrollbar-background-active",
    "scrollbar-corner-color",
    "scrollbar-hover",
    "scrollbar-active",
    "screen-selection-background",
    "screen-selection-foreground",
)
"""What is drawn in the terminal's own colours."""


def _own(
    name: str,
    *,
    accent: str = _TERMINAL,
    success: str = _TERMINAL,
    border: str = _TERMINAL,
) -> Theme:
    """A theme of the terminal's own colours; text is always its own foreground."""
    return Theme(
        name=name,
        ansi=True,
        dark=True,
        primary=border,
        secondary=_TERMINAL,
        warning=accent,
        # Red can't be read on every palette: errors are bold and say that they are.
        error=_TERMINAL,
        success=success,
        accent=accent,
        foreground=_TERMINAL,
        background=_TERMINAL,
        surface=_TERMINAL,
        panel=_TERMINAL,
        boost=_TERMINAL,
        variables={
            **dict.fromkeys(_AS_THE_TERMINAL, _TERMINAL),
            "text-primary": border,
            "text-secondary": _TERMINAL,
            "text-accent": accent,
            "text-warning": accent,
            "text-error": _TERMINAL,
            "text-success": success,
            "border": border,
            "footer-key-foreground": accent,
            "block-cursor-text-style": "bold underline",
            "block-cursor-blurred-text-style": "underline",
            "button-focus-text-style": "bold underline reverse",
            "input-cursor-text-style": "reverse",
            "control-edge": f"outer {_TERMINAL}",
        },
    )


CALL_ANSI: Final = _own(
    "call-ansi",
    accent="ansi_bright_yellow",
    success="ansi_bright_green",
    border="ansi_bright_cyan",
)

CALL_MONO: Final = _own("call-mono")

THEMES: Final = (CALL_DARK, CALL_LIGHT, CALL_HC_DARK, CALL_HC_LIGHT, CALL_ANSI, CALL_MONO)
DEFAULT: Final = CALL_DARK.name
DEFAULT_ON_LIGHT: Final = CALL_LIGHT.name
"""A dark screen among light windows is what nobody chose."""
DEFAULT_OF_16: Final = CALL_HC_DARK.name
"""Where there are 16 colours: the nearest ones to the others' can't be read on every palette."""
MONO: Final = CALL_MONO.name
_INSTEAD_OF_16: Final = {
    CALL_DARK.name: DEFAULT_OF_16,
    CALL_LIGHT.name: MONO,
    CALL_HC_LIGHT.name: MONO,
}


def theme_for(wanted: str | None, *, colours: int, light: bool = False) -> tuple[str, str]:
    """The theme to use, and what there is to say about it.

    Args:
        wanted: What somebody chose; None: nobody did.
        colours: How many the terminal shows; 0: none are wanted.
        light: The terminal said that its background is light.
    """
    if colours == 0:
        return MONO, ""
    if colours > _FEW:
        return wanted or (DEFAULT_ON_LIGHT if light else DEFAULT), ""
    instead = _INSTEAD_OF_16.get(wanted or "")
    if instead is None:
        return wanted or DEFAULT_OF_16, ""
    return instead, f"{wanted} can't be read in {colours} colours; {instead} is used instead."


_FEW: Final = 16
