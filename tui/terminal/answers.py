"""A terminal's answers, told apart from what somebody typed meanwhile. Pure functions.

Whatever comes in, every byte is either part of an answer or given back as typed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from tui.domain.text import clean
from tui.terminal.profile import Rgb

_ANSWER: Final = re.compile(
    rb"\x1b\[(?P<da1>\?[0-9;]*)c"
    rb"|\x1b\[>(?P<da2>[0-9;]*)c"
    rb"|\x1b\[\?(?P<mode>[0-9]+);(?P<state>[0-9]+)\$y"
    rb"|\x1b\[(?P<row>[0-9]+);(?P<column>[0-9]+)R"
    rb"|\x1bP(?P<dcs>[^\x07\x1b]*)\x1b\\"
    rb"|\x1b\](?P<osc>(?:4;[0-9]+|1[01]);[^\x07\x1b]*)(?:\x07|\x1b\\)"
    rb"|\x1b_G(?P<apc>[^\x07\x1b]*)\x1b\\"
)
_RGB: Final = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_HASH: Final = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{12})$")
_SET_BACK: Final = re.compile(r"48[;:]2[;:](?::|[0-9]*:)?1[;:]2[;:]3(?![0-9])")
_NUMBER_DIGITS: Final = 9
SYNCHRONIZED: Final = 2026


@dataclass(slots=True)
class Answers:
    """Everything a terminal said."""

    version: str = ""
    """XTVERSION: `kitty(0.40.1)`."""
    attributes: tuple[int, ...] = ()
    """DA1; 4 means sixel."""
    secondary: tuple[int, ...] = ()
    """DA2: kind, version, cartridge."""
    modes: dict[int, int] = field(default_factory=dict)
    """DECRQM by mode: 0 unknown, 1 set, 2 reset, 3 always set, 4 always reset."""
    columns: list[int] = field(default_factory=list)
    """Where the cursor was at each report, from 1."""
    rgb_capability: bool = False
    """XTGETTCAP knows `RGB` or `Tc`."""
    keeps_rgb: bool | None = None
    """DECRQSS gave the 24-bit colour back unchanged; None: no answer."""
    palette: dict[int, Rgb] = field(default_factory=dict)
    foreground: Rgb | None = None
    background: Rgb | None = None
    kitty_graphics: bool = False
    complete: bool = False
    """The last question was answered, so nothing more comes."""
    any: bool = False
    typed: bytes = b""
    """What somebody typed, in order."""


def parse_answers(data: bytes, *, keep: Collection[str] = ()) -> Answers:
    """Take everything read since the questions apart.

    Args:
        data: What was read.
        keep: Kinds of answers that are left in it, by the last group's name.
    """
    found = Answers()
    typed: list[bytes] = []
    at = 0
    for match in _ANSWER.finditer(data):
        typed.append(data[at : match.start()])
        at = match.end()
        if match.lastgroup in keep:
            typed.append(match[0])
            continue
        found.any = True
        _take(found, match)
    typed.append(data[at:])
    found.typed = b"".join(typed)
    return found


def _take(found: Answers, match: re.Match[bytes]) -> None:
    match match.lastgroup:
        case "da1":
            found.attributes = _numbers(match["da1"][1:])
            found.complete = True
        case "da2":
            found.secondary = _numbers(match["da2"])
        case "state":
            found.modes.update([(_number(match["mode"]), _number(match["state"]))])
        case "column":
            found.columns.append(_number(match["column"]))
        case "dcs":
            _take_string(found, match["dcs"].decode("latin-1"))
        case "osc":
            _take_colour(found, match["osc"].decode("latin-1"))
        case "apc":
            found.kitty_graphics = match["apc"].endswith(b";OK")
        case _:
            raise AssertionError(match.lastgroup)  # one of the alternatives matched


def _take_string(found: Answers, text: str) -> None:
    if text.startswith(">|"):
        found.version = clean(text[2:], 60)
    elif text.startswith("1+r"):
        # Hex names, each perhaps with a value: 524742 is RGB, 5463 is Tc.
        found.rgb_capability |= any(
            name.partition("=")[0].upper() in ("524742", "5463") for name in text[3:].split(";")
        )
    elif re.match(r"[01]\$r", text) and text.endswith("m"):
        found.keeps_rgb = bool(_SET_BACK.search(text))


def _take_colour(found: Answers, text: str) -> None:
    name, _, value = text.rpartition(";")
    colour = parse_colour(value)
    if colour is None:
        return
    if name == "10":
        found.foreground = colour
    elif name == "11":
        found.background = colour
    else:
        found.palette.update([(_number(name.partition(";")[2].encode()), colour)])


def parse_colour(text: str) -> Rgb | None:
    """X11 colour as terminals give it: `rgb:ffff/0000/8080`, `#ff0080`; None for anything else."""
    if match := _RGB.match(text):
        red, green, blue = (
            round(int(part, 16) * 255 / (16 ** len(part) - 1)) for part in match.groups()
        )
        return red, green, blue
    if match := _HASH.match(text):
        digits = match[1]
        step = len(digits) // 3
        red, green, blue = (int(digits[at : at + 2], 16) for at in range(0, 3 * step, step))
        return red, green, blue
    return None


def _numbers(text: bytes) -> tuple[int, ...]:
    return tuple(_number(part) for part in text.split(b";"))


def _number(text: bytes) -> int:
    return int(text[:_NUMBER_DIGITS]) if text.isdigit() else 0


_BEGINNING: Final = re.compile(
    rb"\x1b(?:\[[?>]?[0-9;$]*|P[^\x07\x1b]*\x1b?|\](?:4|1[01])?;?[^\x07\x1b]*\x1b?|_G?[^\x07\x1b]*\x1b?)?\Z"
)
_LONGEST: Final = 4096
_UNDERSTOOD: Final = frozenset({"state", "column"})
"""Answers that Textual knows: they belong to questions the app itself asks while it runs."""


class AnswerFilter:
    """Takes answers that come too late out of what the keyboard sends.

    Without it, the characters of a late answer would act as keys. It works until the last answer
    came or `for_s` have passed; what it holds back is at most the beginning of one answer.

    Args:
        for_s: After this no answer is expected any more [s].
        clock_s: Monotonic seconds.
    """

    def __init__(
        self, *, for_s: float = 10.0, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock_s = clock_s
        self._until_s = clock_s() + for_s
        self._held = b""

    @property
    def active(self) -> bool:
        """Whether late answers are still looked for."""
        return self._clock_s() < self._until_s

    def feed(self, data: bytes) -> bytes:
        """What of `data`, and of what was held back, is somebody's typing."""
        held, self._held = self._held, b""
        if not self.active:
            return held + data
        answers = parse_answers(held + data, keep=_UNDERSTOOD)
        if answers.complete:
            self._until_s = self._clock_s()
            return answers.typed
        begun = _BEGINNING.search(answers.typed)
        # ESC alone is the Escape key; it is never held back.
        if begun and 1 < len(begun[0]) < _LONGEST:
            self._held = begun[0]
            return answers.typed[: begun.start()]
        return answers.typed
