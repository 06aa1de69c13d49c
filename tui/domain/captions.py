"""Captions: what people say, in words that somebody or some program writes while they speak.

Whoever sends one says whose words they are. The trap is trust: unless it is the speaker's own
client or a program that the server calls an agent, the name of the sender stands beside it.
"""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass

CAPTION_MAX_CHARACTERS: Final = 1000
"""Of one caption; what is longer is cut, and says so by its ellipsis."""
A_PROGRAM: Final = "a program"
"""Who wrote it where the speaker's own client has a recogniser do it."""
KEPT: Final = 2000
"""Final captions a call keeps, the newest ones: an hour or two of talk."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Some words of one speaker. Text in it is cleaned."""

    speaker: str
    """Name; empty when whoever wrote it did not say whose words they are."""
    text: str
    at_ms: int
    """Unix milliseconds, when its first words came."""
    until_ms: int = 0
    """When its last words came; 0 while more may come."""
    writer: str = ""
    """Who wrote it, if neither the speaker nor an agent did."""
    uid: str = ""
    """Whose client the speaker has; empty while that is unknown."""
    language: str = ""
    """As its sender names it: `en`."""

    @property
    def final(self) -> bool:
        """Whether its words change no more."""
        return self.until_ms > 0

    @property
    def label(self) -> str:
        """Whose words: `Ana`, or `Ana, written by Bo`."""
        if not self.writer:
            return self.speaker
        written = f"ritten by {self.writer}"
        return f"{self.speaker}, w{written}" if self.speaker else f"W{written}"
