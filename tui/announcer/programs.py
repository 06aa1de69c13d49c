"""The programs that can speak: how each is called, and how to get it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tui.announcer.waiting import Utterance
from tui.domain.text import clean

SPOKEN_CHARACTERS: Final = 700
_ORDER: Final = re.compile(r"\[\[+|\]\]+")


@dataclass(frozen=True, slots=True)
class SpeakingProgram:
    """One of them; it speaks, and ends when it has spoken."""

    name: str
    command: Callable[[Utterance], list[str]]
    """Its argument list without the text."""
    cancel: tuple[str, ...] = ()
    """Ends what a daemon still says after the program was killed; empty: there is none."""
    install: str = ""

    def argv(self, utterance: Utterance) -> list[str]:
        """The whole argument list; the text comes after `--` and is never an option."""
        return [*self.command(utterance), "--", speakable(utterance.text)]


def speakable(text: str) -> str:
    """Cleaned, and without what synthesizers take for orders (`[[...]]`); never empty."""
    return _ORDER.sub(lambda run: run[0][0], clean(text, SPOKEN_CHARACTERS)) or "."


_SPD_SAY: Final = ("spd-say", "-N", "cellcall")

PROGRAMS: Final[Mapping[str, SpeakingProgram]] = {
    program.name: program
    for program in (
        SpeakingProgram(
            "spd-say",
            # -w: it ends when the text was spoken, so that others are turned down until then.
            lambda utterance: [*_SPD_SAY, "-w", "-P", utterance.urgency.word],
            (*_SPD_SAY, "-C"),
            "sudo apt install speech-dispatcher",
        ),
        SpeakingProgram("espeak-ng", lambda _: ["espeak-ng"], install="sudo apt install espeak-ng"),
        SpeakingProgram("say", lambda _: ["say"], install="say is part of macOS only"),
    )
}
"""By name, in the order `auto` looks for them."""

AUTO: Final = "auto"
OFF: Final = "off"
SPEAK_WORDS: Final = (AUTO, *PROGRAMS, OFF)


class NoProgram(Exception):
    """There is nothing to speak with; the text says what to do."""


def find_program(wish: str, which: Callable[[str], str | None] = shutil.which) -> SpeakingProgram:
    """The program of that name, or for `auto` the first one installed.

    Raises:
        NoProgram: It is not installed.
    """
    wanted = PROGRAMS.values() if wish == AUTO else (PROGRAMS[wish],)
    for program in wanted:
        if which(program.name) is not None:
            return program
    if wish == AUTO:
        raise NoProgram(
            "Nothing to read aloud with is installed. "
            f"One that works: {PROGRAMS['espeak-ng'].install}"
        )
    raise NoProgram(f"{wish} is not installed. To mend it: {PROGRAMS[wish].install}")
