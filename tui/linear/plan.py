"""What the linear front end is to do from the start: log in how, join what, with which media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.domain.device_choice import MediaChoice
from tui.domain.preparing import Entrance
from tui.domain.quality import QualityChoice
from tui.domain.settings import AppSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan:
    """Everything that is known before the first question; what is missing is asked for."""

    reason: str = "flag"
    """Why this front end and not the app: `flag`, `environment`, `config file`, `no terminal`."""

    app: AppSettings = field(default_factory=AppSettings)
    uid: str = ""
    api_key: str = ""
    auth_token: str = ""
    session_id: str = ""
    """Join this one at once; empty shows the menu."""

    url: str = ""
    """With `token`: join this LiveKit server's room directly, without a login."""

    token: str = ""
    """With `url` a LiveKit access token; without it a call token. Both need no login."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    media: MediaChoice = field(default_factory=MediaChoice)
    quality: QualityChoice = field(default_factory=QualityChoice)
    """Of the pictures the app draws."""
    entrance: Entrance | None = None
    """What the questions before a call start with; None: join without asking."""
    log: str = ""
    """A file or FIFO that gets a copy of every event line; empty: none."""
    json: bool = False
    """One JSON object for each event, for programs, instead of lines for people."""
    duration_s: float = 0.0
    """Leave after this long [s]; 0: when the person leaves."""

    @property
    def joins_at_once(self) -> bool:
        """A session was named, so leaving it ends the program."""
        return bool(self.session_id or self.url or self.token)
