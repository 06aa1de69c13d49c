"""What people show each other without a word: six signs, each with words for an ear.

One stands for some seconds in an attribute of whoever shows it, with the time it was shown, so that
the same one again is another one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean

SHOWN_S: Final = 5.0


class Reaction(StrEnum):
    """By the words they are typed with."""

    YES = "yes"
    NO = "no"
    CLAP = "clap"
    LAUGH = "laugh"
    HEART = "heart"
    WOW = "wow"

    @property
    def sign(self) -> str:
        """As others draw it."""
        return _SIGNS[self]

    @property
    def told(self) -> str:
        """In words: `thumbs up`."""
        return _TOLD[self]


_SIGNS: Final = {
    Reaction.YES: "\N{THUMBS UP SIGN}",
    Reaction.NO: "\N{THUMBS DOWN SIGN}",
    Reaction.CLAP: "\N{CLAPPING HANDS SIGN}",
    Reaction.LAUGH: "\N{FACE WITH TEARS OF JOY}",
    Reaction.HEART: "\N{PURPLE HEART}",
    Reaction.WOW: "\N{FACE WITH OPEN MOUTH}",
}
_TOLD: Final = {
    Reaction.YES: "thumbs up",
    Reaction.NO: "thumbs down",
    Reaction.CLAP: "applause",
    Reaction.LAUGH: "laughter",
    Reaction.HEART: "a heart",
    Reaction.WOW: "astonished",
}


def reaction(word: str) -> Reaction:
    """What somebody typed: a word, or its number from 1.

    Raises:
        CallsError: `VALIDATION_ERROR`: there is none like it.
    """
    typed = word.strip().lower()
    order = list(Reaction)
    if typed in order:
        return Reaction(typed)
    if typed.isdecimal() and 1 <= int(typed) <= len(order):
        return order[int(typed) - 1]
    allowed = ", ".join(f"{number} {one}" for number, one in enumerate(order, 1))
    raise CallsError(
        ErrorCode.VALIDATION, f"Came as {clean(word, 20) or 'nothing'}; allowed: {allowed}."
    )


def shown(attribute: str) -> Reaction | None:
    """What an attribute says, `yes 1700000000000`; None for what is no reaction."""
    word = attribute[:40].partition(" ")[0]
    return Reaction(word) if word in set(Reaction) else None
