"""What a call screen says in place of tiles, and what it leaves out. Pure."""

from __future__ import annotations

from dataclasses import replace

from tui.domain.happenings.english_phrases import ending_sentence
from tui.domain.snapshot import EndReason, Phase, Snapshot
from tui.domain.tiling import OwnPlace


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


def alone_words(snapshot: Snapshot) -> str:
    """What to do in a call with nobody else; empty where somebody is there."""
    if snapshot.phase is not Phase.LIVE or snapshot.remotes:
        return ""
    if snapshot.settings.hide_share_invite_button or snapshot.guest:
        return "Alone here."
    return "Alone here. y copies the link for the others."


def own_place_words(place: OwnPlace | None) -> str:
    """Where our own picture went; None: it can't be moved now."""
    if place is None:
        return "Your own picture can be moved in the spotlight layout, beside somebody else."
    if place is OwnPlace.LARGE:
        return "Your own picture is the large one. j swaps it back."
    return f"Your own picture: {place}."


def elapsed_words(seconds: int) -> str:
    """How long something takes, once it does; tells that the program is alive."""
    return f"  {seconds} s" if seconds > 1 else ""


def without_speaking(snapshot: Snapshot) -> Snapshot:
    """The same call, but for who speaks now."""
    people = tuple(
        replace(person, speaking=False) if person.speaking else person
        for person in snapshot.participants
    )
    return replace(snapshot, participants=people, talking_while_muted=False)
