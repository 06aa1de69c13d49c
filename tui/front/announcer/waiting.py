"""Utterances that wait for the voice: few, the pressing ones first, nothing out of date. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.happenings.table import Urgency

WAITING_MOST: Final = 5
_ANSWER_CHARACTERS: Final = 600
"""Lines of one answer are said in one breath, up to this."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to say."""

    kind: str
    text: str
    urgency: Urgency


class Waiting:
    """At most `WAITING_MOST` utterances, in the order they are to be said."""

    def __init__(self) -> None:
        self._waiting: list[Utterance] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, new: Utterance) -> None:
        """One more; a newer notification replaces the older ones of its kind.

        When there are too many, the oldest of the least pressing is not said.
        """
        if new.urgency <= Urgency.NOTIFICATION:
            self._waiting = [
                one for one in self._waiting if (one.kind, one.urgency) != (new.kind, new.urgency)
            ]
        last = self._waiting[-1] if self._waiting else None
        if (
            last is not None
            and last.urgency is new.urgency is Urgency.MESSAGE
            and len(last.text) + len(new.text) < _ANSWER_CHARACTERS
        ):
            self._waiting[-1] = replace(last, text=f"{last.text} {new.text}")
            return
        self._waiting.append(new)
        if len(self._waiting) > WAITING_MOST:
            self._waiting.remove(min(self._waiting, key=lambda one: one.urgency))

    def take(self) -> Utterance | None:
        """What to say next: what is important, else what came first; None: nothing."""
        if not self._waiting:
            return None
        important = (one for one in self._waiting if one.urgency is Urgency.IMPORTANT)
        chosen = next(important, self._waiting[0])
        self._waiting.remove(chosen)
        return chosen

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()
