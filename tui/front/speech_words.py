"""The words of `--speak` and `--bell`, for the command line, which loads nothing else for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

AUTO: Final = "auto"
OFF: Final = "off"
SHORT: Final = {"spd": "spd-say", "espeak": "espeak-ng"}
"""Other names of programs."""
SPEAK_WORDS: Final = (AUTO, "espeak-ng", "spd-say", "say", *SHORT, OFF)
"""`tui.front.announcer.programs` has these programs, in this order."""


class BellChoice(StrEnum):
    """What may ring."""

    NONE = "none"
    IMPORTANT = "important"
    """Hosts, the connection, waiting alone, errors."""
    ALL = "all"
    """Chat and hands, too."""
