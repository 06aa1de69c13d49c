"""Sentences in English that front ends say by themselves, too: of several people, or at the end.

`english` makes the sentence of a happening from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tui.domain.snapshot import ChatMessage, EndReason
from tui.domain.wording import duration_words, listed, people_words

_ENDINGS: Final[Mapping[EndReason, str]] = {
    EndReason.LEFT: "You left the call.",
    EndReason.ENDED_FOR_ALL: "The call was ended for everybody.",
    EndReason.PEER_LEFT: "The other one left, which ended the call.",
    EndReason.REMOVED: "A moderator removed you from the call.",
    EndReason.REPLACED: "You joined this call from somewhere else.",
    EndReason.REFUSED: "The server no longer accepts your call token.",
    EndReason.LOST: "The connection was lost and did not come back.",
    EndReason.IDLE: "You were alone and did not answer, so the call was left.",
    EndReason.SERVER_CLOSED: "The server was stopped.",
    EndReason.FAULT: "cellcall had a fault and left. The log says more.",
}


def chat_sentence(message: ChatMessage, name: str = "") -> str:
    """A message with whose it is, and what it answers; `name` in place of the one it has."""
    said = message.text
    if message.answers:
        said = f'answers "{message.answers}": {said}'
    if message.is_local:
        return said
    between = " " if message.answers or message.file else ": "
    return f"{name or message.name}{between}{said}"


# ---- people who come and go
def joined_sentence(names: Sequence[str], people: int) -> str:
    """Who came, and how many are there now: `Ana, Bo and Chi joined. 6 people`."""
    return f"{listed(names)} joined. {people_words(people)}."


def gone_sentence(names: Sequence[str], people: int) -> str:
    """Who went, and how many are there now: `Eli Moss left. 3 people`."""
    after = "You are alone" if people <= 1 else people_words(people)
    return f"{listed(names)} left. {after}."


def speaking_sentence(names: Sequence[str]) -> str:
    """Who speaks; the word before the line says that it is about that."""
    return f"{listed(names)}."


def alone_sentence(seconds_left: float) -> str:
    """How long a call of one person goes on; whoever says it adds how to stay."""
    return f"You are the only person. The call ends in {duration_words(seconds_left)}."


# ---- the end
def detached_sentence(seconds: float) -> str:
    """What becomes of a call that nobody is before [s]; 0: somebody is."""
    if not seconds:
        return "The call goes on where else it is shown."
    return (
        "The call goes on without you, microphone and camera off. cellcall attach shows it again;"
        f" it ends by itself in {duration_words(seconds)}."
    )


def left_sentence(title: str, lasted_s: float) -> str:
    """What is said of a session that was left: `Left standup after 12 minutes`."""
    return f"Left {title} after {duration_words(lasted_s)}."


def ending_sentence(reason: EndReason, detail: str = "") -> str:
    """Why a session is over, and what was said about it outside (cleaned; may be empty)."""
    said = _as_sentence(detail)
    if reason is EndReason.FAULT and said:
        return said
    return f"{_ENDINGS[reason]} {said}".rstrip()


def _as_sentence(clause: str) -> str:
    """What others said, often without a capital letter and a full stop."""
    clause = clause.strip()
    stop = "" if not clause or clause[-1] in ".!?\N{HORIZONTAL ELLIPSIS}" else "."
    return f"{clause[:1].upper()}{clause[1:]}{stop}"
