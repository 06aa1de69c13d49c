"""What the app was started with: everything known before the first screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tui.domain.device_choice import MediaChoice
from tui.domain.preparing import Entrance
from tui.domain.settings import AppSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTarget:
    """One session to join: by `url`, else by `call_token`, else by `session_id`."""

    session_id: str = ""
    """Join by ID; needs somebody logged in."""

    call_token: str = ""
    """A call token made elsewhere."""

    url: str = ""
    """`ws://` or `wss://` address of a LiveKit server, with `token`; needs no login."""

    token: str = ""
    """The LiveKit access token that goes with `url`."""

    server: str = ""
    """Origin of the service the link came from; empty: the one in use."""

    def __bool__(self) -> bool:
        """Whether it says what to join."""
        return bool(self.session_id or self.call_token or self.url)

    @property
    def label(self) -> str:
        """What to call it while nothing better is known."""
        return self.session_id or self.url or "the call"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan:
    """What is known at the start; the screens ask for the rest."""

    app: AppSettings = field(default_factory=AppSettings)
    uid: str = ""
    api_key: str = ""
    auth_token: str = ""
    target: JoinTarget = field(default_factory=JoinTarget)
    """Empty: ask on the sessions screen."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Join-time settings, camelCase or snake_case (`tui.domain.settings`)."""

    media: MediaChoice = field(default_factory=MediaChoice)
    entrance: Entrance | None = None
    """What the green room starts with; None: join without it."""

    @property
    def can_sign_in(self) -> bool:
        """Enough is known to log in without asking."""
        return bool(self.auth_token or (self.uid and (self.api_key or self.app.auth_key)))


_SHOWN_HERE: Final = ("hideChatButton", "hideShareInviteButton", "hideNetworkIndicator")
"""Shown in the app unless the person's settings say otherwise: the SDK hides them by default."""


def app_settings(settings: Mapping[str, Any], *, voice: bool) -> dict[str, Any]:
    """The settings to join with from the app; `voice` makes it a call without pictures."""
    shown = {n: False for n in _SHOWN_HERE if n not in settings and _snake(n) not in settings}
    return {**settings, **shown, **({"sessionType": "VOICE"} if voice else {})}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


class ParsedLink(Protocol):
    """What a join link says (`tui.wire.address.JoinLink`, which screens may not import)."""

    @property
    def server(self) -> str:
        """The origin to ask."""

    @property
    def session_id(self) -> str:
        """The session."""

    @property
    def token(self) -> str:
        """A call token, or empty."""


LinkParser = Callable[[str], ParsedLink | None]
"""None when the text is no join link."""


def no_links(_text: str) -> None:
    """A parser that knows no links."""


def read_target(text: str, parse_link: LinkParser) -> JoinTarget:
    """What somebody typed or pasted: a join link, or else a session ID."""
    text = text.strip()
    link = parse_link(text)
    if link is None:
        return JoinTarget(session_id=text)
    return JoinTarget(session_id=link.session_id, call_token=link.token, server=link.server)
