"""How announcements are to be heard: the wishes of flags, environment and config file."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from tui.cli.findings import Finding, State
from tui.cli.report import CommandError
from tui.domain.text import clean
from tui.front.announcer import (
    AUTO,
    OFF,
    SPEAK_WORDS,
    Announcer,
    BellChoice,
    NoProgram,
    find_program,
    others_hear,
)
from tui.front.whose_sound import over_network


def announcer_of(
    choices: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Announcer:
    """The announcer as chosen.

    Raises:
        CommandError: Environment or config file hold a word that is none of those allowed.
    """
    speak = _word("speak", choices.get("speak") or OFF, SPEAK_WORDS)
    bell = _word("bell", choices.get("bell") or BellChoice.IMPORTANT, tuple(BellChoice))
    return Announcer(
        speak=speak,
        bell=BellChoice(bell),
        far_host=clean(socket.gethostname(), 80) if over_network(environment) else "",
    )


def speech_finding(choices: Mapping[str, Any]) -> Finding:
    """What would read announcements aloud, and who hears that.

    Raises:
        CommandError: As `announcer_of`.
    """
    wish = _word("speak", choices.get("speak") or OFF, SPEAK_WORDS)
    try:
        program = find_program(AUTO if wish == OFF else wish)
    except NoProgram as missing:
        state = State.NOTE if wish == OFF else State.PROBLEM
        return Finding("reading aloud", state, str(missing))
    state = State.OK if program.in_call else State.NOTE
    how = "is off; --speak auto or /speak on uses" if wish == OFF else "uses"
    return Finding("reading aloud", state, f"It {how} {program.name}. {others_hear(program)}")


def _word(name: str, came: Any, allowed: Iterable[str]) -> str:
    word = str(came).strip().lower()
    if word not in allowed:
        raise CommandError(
            f"{name} came as {clean(str(came), 40)}; allowed: {', '.join(allowed)}.",
            f"Correct CELLCALL_{name.upper()}, or the config file.",
        )
    return word
