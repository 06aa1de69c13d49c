"""Captions in plain mode: one line a turn, as it is said, or one at a time when asked for.

A turn is what one person says without a pause: lines in the middle of a sentence would be spoken
and forgotten before it ends. Pulled, nothing is printed by itself: whoever reads Braille goes at
their own pace, and misses nothing meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from tui.domain.announcements import Category, Priority
from tui.domain.captions import KEPT, Caption
from tui.domain.wording import counted
from tui.linear.line_queue import LineQueue
from tui.linear.said import Said
from tui.linear.speakable import without_emoji

PAUSE_S: Final = 2.0
"""Whoever says nothing more for so long has ended their turn."""
TURN_CHARACTERS: Final = 300
"""A longer turn is told in parts."""


class Mode(StrEnum):
    """How captions come."""

    ON = "on"
    PULL = "pull"
    OFF = "off"


class CaptionLines:
    """See the module.

    Args:
        queue: Where lines go.
        clock: Monotonic seconds.
        copy: Gets every turn, whatever is chosen.
        mode: To begin with.
    """

    def __init__(
        self,
        queue: LineQueue,
        clock: Callable[[], float],
        copy: Callable[[Said], None] = lambda _said: None,
        mode: Mode = Mode.OFF,
    ):
        self._queue = queue
        self._clock = clock
        self._copy = copy
        self.mode = mode
        self._label = ""
        self._words = ""
        self._newest_s = 0.0
        self._waiting: deque[str] = deque(maxlen=KEPT)
        self._lost = 0

    def heard(self, caption: Caption) -> None:
        """Final words; at once for programs."""
        if not self._queue.summing:
            self._end_turn()
        if self._words and (
            caption.label != self._label or len(self._words) + len(caption.text) > TURN_CHARACTERS
        ):
            self._end_turn()
        self._label = caption.label
        self._words = f"{self._words} {caption.text}".lstrip()
        self._newest_s = self._clock()
        if not self._queue.summing:
            self._end_turn()

    def next_due_s(self) -> float | None:
        """When `tick` has something to do, on the clock."""
        return self._newest_s + PAUSE_S if self._words else None

    def tick(self) -> None:
        """Tell a turn that has ended."""
        if self._words and self._clock() >= self._newest_s + PAUSE_S:
            self._end_turn()

    def _end_turn(self) -> None:
        if not self._words:
            return
        text, self._words = f"{without_emoji(self._label)}: {self._words}", ""
        self._copy(Said(Category.CAPTION, text, Priority.LOW))
        if self.mode is Mode.ON:
            self._queue.say(Category.CAPTION, text, Priority.LOW)
        elif self.mode is Mode.PULL:
            self._lost += len(self._waiting) == KEPT
            self._waiting.append(text)

    # ---- what the person asks for
    def pull(self) -> bool:
        """Print the next turn that waits; False when turns are not asked for one at a time."""
        if self.mode is not Mode.PULL:
            return False
        if not self._waiting:
            self._end_turn()  # whoever asks would rather have the half of it
        if self._lost:
            lost, self._lost = self._lost, 0
            self._queue.reply("info", f"{counted(lost, 'turn')} too many to keep came before.")
        if self._waiting:
            self._queue.reply(Category.CAPTION, self._waiting.popleft())
        else:
            self._queue.reply("info", "Nothing more was said.")
        return True

    def choose(self, argument: str) -> bool:
        """`/captions [on|pull|off]`; False for anything else."""
        word = argument.strip().lower()
        if word and word not in set(Mode):
            return False
        if word:
            self._end_turn()
            self.mode = Mode(word)
            if self.mode is not Mode.PULL:
                self._waiting.clear()
        self._queue.reply("info", self._sentence())
        return True

    def _sentence(self) -> str:
        if self.mode is not Mode.PULL:
            return f"Captions are {self.mode}."
        count = len(self._waiting) + bool(self._words)
        verb = "waits" if count == 1 else "wait"
        return (
            f"Captions one at a time: Enter gives the next turn. {counted(count, 'turn')} {verb}."
        )
