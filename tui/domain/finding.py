"""Who is meant: by a number, a name or a uid, as people type them."""

from __future__ import annotations

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.participant import Participant
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean


def find_participant(snapshot: Snapshot, words: str, *, remote_only: bool = False) -> Participant:
    """The participant meant by a number (as `/who` counts) or by a name or uid.

    Raises:
        CallsError: `VALIDATION_ERROR` when nobody or several match; the text lists them.
    """
    people = snapshot.participants
    words = words.strip().lstrip("@")
    if not words:
        raise _nobody("Say who: a number or a name. /who lists them.")
    if words.isdecimal() and 1 <= int(words) <= len(people):
        found = [people[int(words) - 1]]
    else:
        wanted = words.casefold()
        exact = [p for p in people if wanted in (p.name.casefold(), p.uid.casefold())]
        found = exact or [p for p in people if p.name.casefold().startswith(wanted)]
    if remote_only:
        found = [p for p in found if not p.is_local]
    if len(found) == 1:
        return found[0]
    if not found:
        raise _nobody(f"Nobody here is called {clean(words, 40)}. /who lists them.")
    names = ", ".join(f"{people.index(p) + 1} {p.name}" for p in found)
    raise _nobody(f"Several match: {names}. Use the number.")


def _nobody(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)
