"""What a call screen says in place of tiles, and what it leaves out. Pure."""

from __future__ import annotations

from dataclasses import replace

from tui.domain.happenings.english import ending_sentence
from tui.domain.snapshot import EndReason, Phase, Snapshot


def waiting_words(snapshot: Snapshot, label: str) -> str:
    """Why there are no tiles.

    Args:
        snapshot: The call.
        label: What is being joined.
    """
    match snapshot.phase:
        case Phase.CONNECTING:
            return f"Connecting to {label or snapshot.title}…  Esc cancels."
        case Phase.ENDED:
            return ending_sentence(snapshot.ended or EndReason.LEFT, snapshot.ended_detail)
        case _:
            return "No call."


def without_speaking(snapshot: Snapshot) -> Snapshot:
    """The same call, but for who speaks now."""
    people = tuple(
        replace(person, speaking=False) if person.speaking else person
        for person in snapshot.participants
    )
    return replace(snapshot, participants=people, talking_while_muted=False)
