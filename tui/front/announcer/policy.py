"""What one person wishes to hear of what is told; the rest is in the table of happenings. Pure."""

from __future__ import annotations

from tui.domain.announcements import Priority
from tui.domain.happenings.table import Bell, Urgency, manner_of
from tui.front.speech_words import BellChoice


def urgency_of(kind: str, priority: Priority) -> Urgency | None:
    """How an announcement is spoken; None: not at all."""
    speech = manner_of(kind, priority).speech
    if speech is None or speech is Urgency.IMPORTANT:
        return speech
    if priority is Priority.URGENT:
        return Urgency.IMPORTANT
    return Urgency.MESSAGE if priority is Priority.REPLY else speech


def rings(kind: str, priority: Priority, choice: BellChoice) -> bool:
    """Whether an announcement rings the terminal's bell."""
    bell = manner_of(kind, priority).bell
    if choice is BellChoice.NONE or bell is Bell.NEVER:
        return False
    if priority is Priority.URGENT or bell is Bell.ALWAYS:
        return True
    by_wish = bell is Bell.IF_ALL_WISHED and priority is not Priority.REPLY
    return choice is BellChoice.ALL and by_wish


def silenced(kind: str, priority: Priority) -> bool:
    """Whether quiet time keeps an announcement to the log: what others do, and is not urgent."""
    return manner_of(kind, priority).quieted and priority not in (Priority.URGENT, Priority.REPLY)
