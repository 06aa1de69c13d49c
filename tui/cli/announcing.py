"""How announcements are to be heard: the wishes of flags, environment and config file."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from tui.announcer import SPEAK_WORDS, Announcer, BellWish
from tui.cli.report import CommandError
from tui.domain.text import clean
from tui.domain.whose_sound import over_network


def announcer_of(
    choices: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Announcer:
    """The announcer as chosen.

    Raises:
        CommandError: Environment or config file hold a word that is none of those allowed.
    """
    speak = _word("speak", choices.get("speak") or "off", SPEAK_WORDS)
    bell = _word("bell", choices.get("bell") or BellWish.IMPORTANT, tuple(BellWish))
    return Announcer(
        speak=speak,
        bell=BellWish(bell),
        far_host=clean(socket.gethostname(), 80) if over_network(environment) else "",
    )


def _word(name: str, came: Any, allowed: Iterable[str]) -> str:
    word = str(came).strip().lower()
    if word not in allowed:
        raise CommandError(
            f"{name} came as {clean(str(came), 40)}; allowed: {', '.join(allowed)}.",
            f"Correct CELLCALL_{name.upper()}, or the config file.",
        )
    return word
