"""The programs that can speak: how each is called, and how to get it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.text import speakable
from tui.front.announcer.waiting import Utterance
from tui.front.speech_words import AUTO, SHORT


@dataclass(frozen=True, slots=True)
class SpeakingProgram:
    """One of them; it speaks, and ends when it has spoken."""

    name: str
    options: Callable[[Utterance], list[str]] = lambda _: []
    """What goes before the text."""
    cancel: tuple[str, ...] = ()
    """Ends what a daemon still says after the program was killed; empty: there is none."""
    install: str = ""
    older: str = ""
    """Another program that does the same, in case this one is not there."""
    in_call: bool = False
    """In a call, the engine says it with this program, in the sound of the call (`Handle.say`), so
    that the echo canceller knows it."""

    def argv(self, utterance: Utterance) -> list[str]:
        """The whole argument list; the text comes after `--` and is never an option."""
        return [self.name, *self.options(utterance), "--", speakable(utterance.text)]


_AS_CELLCALL: Final = ("-N", "cellcall")

PROGRAMS: Final[Mapping[str, SpeakingProgram]] = {
    program.name: program
    for program in (
        SpeakingProgram(
            "espeak-ng", install="sudo apt install espeak-ng", older="espeak", in_call=True
        ),
        SpeakingProgram(
            "spd-say",
            # -w: it ends when the text was spoken, so that others are turned down until then.
            lambda utterance: [*_AS_CELLCALL, "-w", "-P", utterance.urgency.word],
            ("spd-say", *_AS_CELLCALL, "-C"),
            "sudo apt install speech-dispatcher",
        ),
        SpeakingProgram("say", install="say is part of macOS only", in_call=True),
    )
}
"""By name, in the order `auto` looks for them: first what open loudspeakers do not read to all.
`say` is last, as programs of other systems have that name, too."""


class NoProgram(Exception):
    """There is nothing to speak with; the text says what to do."""


def find_program(wish: str, which: Callable[[str], str | None] = shutil.which) -> SpeakingProgram:
    """The program of that name, or for `auto` the first one installed.

    Raises:
        NoProgram: It is not installed.
    """
    name = SHORT.get(wish, wish)
    for program in PROGRAMS.values() if wish == AUTO else (PROGRAMS[name],):
        for executable in filter(None, (program.name, program.older)):
            if which(executable) is not None:
                return replace(program, name=executable)
    if wish == AUTO:
        raise NoProgram(
            "Nothing to read aloud with is installed. "
            f"One that works: {PROGRAMS['espeak-ng'].install}"
        )
    raise NoProgram(f"{name} is not installed. To fix it: {PROGRAMS[name].install}")
