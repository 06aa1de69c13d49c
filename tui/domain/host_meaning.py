"""From the words of a moderator to the command they mean; see `meaning`."""

from __future__ import annotations

from tui.domain.commands import Command
from tui.domain.commands.call import AnswerKnock, LetAllUnmute, Readmit, SetLocked
from tui.domain.meaning import misread
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean


def lock(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off]`; alone, the other way."""
    wish = words.strip().lower()
    if wish not in ("", "on", "off"):
        raise misread("Say on or off: whether the call is locked.")
    return SetLocked(not snapshot.locked if not wish else wish == "on")


def admit(words: str, snapshot: Snapshot) -> Command[None] | str:
    """`[NAME] [no]`; alone, the one who knocks, or who does."""
    names = ", ".join(one.name for one in snapshot.knocks)
    if not names:
        return "Nobody waits to be let in."
    wished, let_in = words.strip(), True
    if wished.casefold() == "no" or wished.casefold().endswith(" no"):
        wished, let_in = wished[:-2].strip(), False
    found = [one for one in snapshot.knocks if one.name.casefold() == wished.casefold()]
    found = found or [
        one for one in snapshot.knocks if one.name.casefold().startswith(wished.casefold())
    ]
    if len(found) == 1 or (found and wished):
        return AnswerKnock(found[0].id, let_in)
    if not found:
        raise misread(f"Nobody called {clean(wished, 40)} waits. Waiting: {names}.")
    return f"Waiting: {names}. Say who."


def readmit(words: str, snapshot: Snapshot) -> Command[None] | str:
    """`[NAME]`; nothing lists who was taken out."""
    names = ", ".join(one.name for one in snapshot.removed)
    wished = words.strip().lstrip("@").casefold()
    if not wished:
        return f"Removed: {names}." if names else "Nobody was removed."
    found = [one for one in snapshot.removed if wished in (one.name.casefold(), one.uid.casefold())]
    if not found:
        found = [one for one in snapshot.removed if one.name.casefold().startswith(wished)]
    if len(found) == 1:
        return Readmit(found[0].id)
    if found:
        raise misread(f"Several match: {', '.join(one.uid for one in found)}.")
    raise misread(f"Nobody called {clean(words, 40)} was removed. {names and f'{names} was.'}")


def unmuting(words: str, _snapshot: Snapshot) -> Command[None]:
    """`on|off`."""
    wish = words.strip().lower()
    if wish not in ("on", "off"):
        raise misread("Say on or off: whether others can turn microphone and camera on.")
    return LetAllUnmute(wish == "on")
