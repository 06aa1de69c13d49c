"""Which line is printed at which moment (spec ux 3.4 and 3.5).

Pure: it is told the time and prints through a `Printer`. Urgent lines go out at once; the rest
waits while somebody types and leaves at most four lines a second between it and the reader's
voice; joins, leaves and changes of speaker are summed up.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tui.domain.announcements import Category, Priority
from tui.domain.events import SessionEvent
from tui.domain.happenings import Joined, Left
from tui.domain.happenings.english_phrases import gone_sentence, joined_sentence, speaking_sentence
from tui.domain.happenings.table import URGENT_CATEGORIES
from tui.domain.snapshot import ChatMessage
from tui.domain.wording import time_of_day
from tui.front.announcement_choice import AnnouncementChoice, SpeakingMode
from tui.linear.printer import Printer
from tui.linear.said import CODE, Said
from tui.linear.speakable import without_emoji

HOLD_S: Final = 10.0
"""A half-typed line holds others back for this long after the last key."""
PACE_S: Final = 0.25
"""Between two lines nobody asked for: screen readers drop or double text in bursts."""
GATHER_S: Final = 0.6
"""Joins this close to one another become one line..."""
GATHER_MOST_S: Final = 2.0
"""...and lines about joins are never closer than this."""
DWELL_S: Final = 0.7
"""Speaking for less is not told."""
SPEAKER_GAP_S: Final = 5.0
_LOG_LINES: Final = 500
_WAITING_LINES: Final = 200


class _Gathering:
    """People who came (or went) and wait to be told together, by their ids."""

    def __init__(self) -> None:
        self.waiting: dict[str, Joined | Left] = {}
        self.first_s = 0.0
        self.last_s = 0.0
        self.told_s = float("-inf")

    def add(self, one: Joined | Left, now_s: float) -> None:
        if not self.waiting:
            self.first_s = now_s
        self.last_s = now_s
        self.waiting[one.person.id] = one

    @property
    def due_s(self) -> float:
        quiet = min(self.last_s + GATHER_S, self.first_s + GATHER_MOST_S)
        return max(quiet, self.told_s + GATHER_MOST_S)


class LineQueue:
    """Lines on their way to the printer.

    Args:
        printer: Where lines go.
        clock: Monotonic seconds.
        summing: For people. False for programs: each event at once, nothing waits or is summed
            up, and the events of the Calls SDK are printed, too.
        now_ms: Unix milliseconds.
    """

    def __init__(
        self,
        printer: Printer,
        clock: Callable[[], float],
        *,
        summing: bool = True,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ):
        self.summing = summing
        self.choice = AnnouncementChoice()
        """What `/announce` chose."""
        self._printer = printer
        self._clock = clock
        self._now_ms = now_ms
        self._people = 0
        """How many are in the call, as whoever came or went last left it."""
        self._log: deque[tuple[Said, int]] = deque(maxlen=_LOG_LINES)
        self._waiting: deque[Said] = deque()
        self._skipped = 0
        self._next_paced_s = float("-inf")
        self._typing = False
        self._key_s = 0.0
        self._joined, self._left = _Gathering(), _Gathering()
        self._candidate: tuple[str, ...] = ()
        self._candidate_s = 0.0
        self._told_speaker: tuple[str, ...] = ()
        self._told_speaker_s = float("-inf")
        self.changed: Callable[[], None] = lambda: None
        """Called when `next_due_s` may be earlier now."""
        self.printed: Callable[[Said], None] = lambda _said: None
        """Told of each line printed, but help and what `/log` repeats."""
        self.silences: Callable[[str, Priority], bool] = lambda _kind, _priority: False
        """Whether such a line is only kept for `/log` now."""

    # ---- what is said
    def reply(self, kind: str, text: str) -> None:
        """An answer to what the person just did: printed at once."""
        said = Said(kind, text)
        self._log.append((said, self._now_ms()))
        self._print(said)

    def code(self, rows: Sequence[str]) -> None:
        """A QR code; not kept in the log, and nothing is put before its rows."""
        for row in rows:
            self._print(Said(CODE, row))

    def ask(self, text: str) -> None:
        """A question or menu item; not kept in the log."""
        self._print(Said("ask", text))

    def menu(self, text: str) -> None:
        """One item to choose."""
        self._print(Said("menu", text))

    def help(self, text: str) -> None:
        """One sentence of help."""
        self._printer.line("help", text)

    def repeat(self, said: Said) -> None:
        """A line of the log, again."""
        self._printer.say(said)

    def event(self, event: SessionEvent) -> None:
        """An event of the Calls SDK, which only programs read."""
        if not self.summing:
            self._print(Said("event", event.name, source=event))

    def _print(self, said: Said) -> None:
        self._printer.say(said)
        self.printed(said)

    def say(
        self,
        category: Category,
        text: str,
        priority: Priority = Priority.NORMAL,
        *,
        source: ChatMessage | None = None,
    ) -> None:
        """Something happened."""
        said = Said(str(category), text, priority, source)
        self._log.append((said, self._now_ms()))
        if not self.choice.wants(category, priority) or self.silences(said.kind, priority):
            return
        urgent = priority is Priority.URGENT or category in URGENT_CATEGORIES
        answer = priority is Priority.REPLY or category is Category.CALL
        if urgent or not self.summing or (answer and not self._holding()):
            self._print(said)
            return
        self._waiting.append(said)
        if len(self._waiting) > _WAITING_LINES:
            self._waiting.popleft()
            self._skipped += 1
        self.tick()
        self.changed()

    def gather(self, one: Joined | Left) -> None:
        """Somebody came or went: told together with others who do now."""
        came = isinstance(one, Joined)
        here, there = (self._joined, self._left) if came else (self._left, self._joined)
        self._people = one.people
        # Came and went before it was told: nothing to tell.
        if there.waiting.pop(one.person.id, None) is None:
            here.add(one, self._clock())
        self.changed()

    def speakers(self, names: Sequence[str]) -> None:
        """Who of the others speaks now, the dominant one first."""
        if not self.summing:
            return
        summary = self.choice.speaking is SpeakingMode.SUMMARY
        wanted = tuple(names[:1]) if summary else tuple(sorted(names))
        if wanted != self._candidate:
            self._candidate, self._candidate_s = wanted, self._clock()
            self.changed()

    # ---- what the person chose
    def choose(self, choice: AnnouncementChoice) -> None:
        """Print other lines from now on; the rest is kept for `/log` only."""
        if choice.speaking is not self.choice.speaking:
            self._candidate = self._told_speaker = ()
        self.choice = choice

    def log(self, count: int) -> list[Said]:
        """The last lines said, oldest first; told or not."""
        lines = list(self._log)[-count:] if count > 0 else []
        if not self.summing:
            return [said for said, _ in lines]
        return [replace(said, text=f"{time_of_day(at_ms)} {said.text}") for said, at_ms in lines]

    # ---- typing and time
    def typed(self, *, line_is_empty: bool) -> None:
        """A key came; the input line is now empty or not."""
        self._typing = not line_is_empty
        self._key_s = self._clock()
        self.tick()
        self.changed()

    def _holding(self) -> bool:
        return self._typing and self._clock() < self._key_s + HOLD_S

    def next_due_s(self) -> float | None:
        """When `tick` has something to do, on the clock; None when nothing waits."""
        due: list[float] = [g.due_s for g in (self._joined, self._left) if g.waiting]
        speaker = self._speaker_due_s()
        if speaker is not None:
            due.append(speaker)
        if self._waiting:
            due.append(self._key_s + HOLD_S if self._holding() else self._next_paced_s)
        return min(due) if due else None

    def tick(self) -> None:
        """Print what is due."""
        now_s = self._clock()
        self._tell_gathered(now_s)
        self._tell_speaker(now_s)
        if self._holding():
            return
        while self._waiting and now_s >= self._next_paced_s:
            said = self._waiting.popleft()
            self._print(said)
            self._next_paced_s = now_s + PACE_S
        if self._skipped and not self._waiting:
            self._printer.line("info", f"{self._skipped} lines came too fast; /log shows them.")
            self._skipped = 0

    def flush(self) -> None:
        """Print everything that waits, now: the call is over."""
        for gathering in (self._joined, self._left):
            gathering.waiting.clear()
        while self._waiting:
            self._print(self._waiting.popleft())

    def _tell_gathered(self, now_s: float) -> None:
        for category, gathering, words in (
            (Category.LEAVE, self._left, gone_sentence),
            (Category.JOIN, self._joined, joined_sentence),
        ):
            if gathering.waiting and now_s >= gathering.due_s:
                names = [without_emoji(one.person.name) for one in gathering.waiting.values()]
                gathering.waiting.clear()
                gathering.told_s = now_s
                self.say(category, words(names, self._people), Priority.LOW)

    def _speaker_due_s(self) -> float | None:
        mode = self.choice.speaking
        if mode is SpeakingMode.OFF or self._candidate in ((), self._told_speaker):
            return None
        gap_s = SPEAKER_GAP_S if mode is SpeakingMode.SUMMARY else 1.0
        return max(self._candidate_s + DWELL_S, self._told_speaker_s + gap_s)

    def _tell_speaker(self, now_s: float) -> None:
        due_s = self._speaker_due_s()
        if due_s is None or now_s < due_s:
            return
        self._told_speaker, self._told_speaker_s = self._candidate, now_s
        self.say(Category.SPEAKING, speaking_sentence(self._candidate), Priority.LOW)
