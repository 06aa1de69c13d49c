"""What `cellcall doctor` found, one thing each."""

from __future__ import annotations

from enum import StrEnum

from tui.domain.frozen import dataclass


class State(StrEnum):
    """How a test came out."""

    OK = "ok"
    NOTE = "note"
    """Works, but a person may want to know."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One tested thing."""

    area: str
    state: State
    text: str
    remedy: str = ""
