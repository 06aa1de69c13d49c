"""The idle rule: alone for a while, then a prompt, then leaving (spec ux decision 19, WCAG 2.2.1).

Pure: the session asks it once a second what is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from tui.domain.settings import SessionSettings

WARN_AT_S: Final = (180, 60, 30, 10)
"""Seconds before leaving at which the remaining time is announced."""


class IdleStep(Enum):
    """What is due now."""

    NOTHING = "nothing"
    PROMPT = "prompt"
    WARN = "warn"
    LEAVE = "leave"
    CANCEL = "cancel"
    """Somebody joined while the prompt was up."""


@dataclass(slots=True)
class IdleWatch:
    """Counts time alone. All times are monotonic seconds."""

    before_prompt_s: float
    after_prompt_s: float
    alone_since_s: float | None = None
    prompted_at_s: float | None = None
    warned_s: int = 0
    """Smallest of `WARN_AT_S` already announced; 0: none."""

    @classmethod
    def of(cls, settings: SessionSettings) -> IdleWatch:
        """The rule with the times that were chosen."""
        return cls(
            settings.idle_timeout_period_before_prompt / 1000,
            settings.idle_timeout_period_after_prompt / 1000,
        )

    def seconds_left(self, now_s: float) -> float:
        """Until leaving; meaningful while the prompt is up."""
        if self.prompted_at_s is None:
            return self.after_prompt_s
        return max(0.0, self.prompted_at_s + self.after_prompt_s - now_s)

    def stay(self, now_s: float) -> None:
        """The person answered: the whole wait starts again, as often as they like."""
        self.alone_since_s, self.prompted_at_s, self.warned_s = now_s, None, 0

    def tick(self, now_s: float, *, alone: bool) -> IdleStep:
        """What is due; call about once a second."""
        if not alone:
            prompted = self.prompted_at_s is not None
            self.alone_since_s, self.prompted_at_s, self.warned_s = None, None, 0
            return IdleStep.CANCEL if prompted else IdleStep.NOTHING
        if self.alone_since_s is None:
            self.alone_since_s = now_s
        if self.prompted_at_s is None:
            if now_s - self.alone_since_s < self.before_prompt_s:
                return IdleStep.NOTHING
            self.prompted_at_s = now_s
            self.warned_s = next((w for w in WARN_AT_S if w >= self.after_prompt_s), 0)
            return IdleStep.PROMPT
        left = self.seconds_left(now_s)
        if left <= 0:
            return IdleStep.LEAVE
        due = [warn for warn in WARN_AT_S if left <= warn < self.after_prompt_s]
        if due and (not self.warned_s or due[-1] < self.warned_s):
            self.warned_s = due[-1]
            return IdleStep.WARN
        return IdleStep.NOTHING
