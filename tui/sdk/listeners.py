"""Callbacks by name: the documented events, and logging in and out.

A callback that raises is logged, and harms neither the call nor another callback.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.domain.errors import CallsError
from tui.domain.events import EVENT_NAMES, SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.snapshot import User
from tui.sdk.refusals import invalid

log = logging.getLogger(__name__)

Callback = Callable[[Any], object]

_LOGIN_WORDS: Final = {
    "onLoginSuccess": "on_login_success",
    "onLoginFailure": "on_login_failure",
    "onLogoutSuccess": "on_logout_success",
    "onLogoutFailure": "on_logout_failure",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginListener:
    """What to call when somebody logs in or out; each of the four may be left out."""

    on_login_success: Callable[[User], object] | None = None
    on_login_failure: Callable[[CallsError], object] | None = None
    on_logout_success: Callable[[], object] | None = None
    on_logout_failure: Callable[[CallsError], object] | None = None


class Listeners:
    """Who wants to hear what."""

    def __init__(self) -> None:
        self._events: dict[str, list[Callback]] = {}
        self._logins: dict[str, LoginListener] = {}

    def add(self, name: object, callback: object) -> Callable[[], None]:
        """Call `callback(payload)` at every event of this name, until the answer is called.

        Raises:
            CallsError: `VALIDATION_ERROR` for a name that is not documented.
        """
        if not isinstance(name, str) or name not in EVENT_NAMES:
            raise invalid("name", name, "the name of an event (cellcall.EVENTS)")
        if not callable(callback):
            raise invalid("callback", callback, "a function that takes the payload")
        callbacks = self._events.setdefault(name, [])
        callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in callbacks:
                callbacks.remove(callback)

        return unsubscribe

    def fire(self, event: SessionEvent) -> None:
        """An event came."""
        for callback in list(self._events.get(event.name, ())):
            _call(callback, event.payload)

    def add_login(self, listener_id: str, listener: object) -> None:
        """Keep a listener by its id; a later one of the same id replaces it."""
        if isinstance(listener, Mapping):
            unknown = [key for key in listener if key not in _LOGIN_WORDS]
            if unknown or not all(callable(one) for one in listener.values()):
                raise invalid("listener", listener, f"functions named {', '.join(_LOGIN_WORDS)}")
            listener = LoginListener(**{_LOGIN_WORDS[key]: one for key, one in listener.items()})
        if not isinstance(listener, LoginListener):
            raise invalid("listener", listener, "a LoginListener")
        self._logins[listener_id] = listener

    def remove_login(self, listener_id: str) -> None:
        """Forget a listener; none of that id is fine, too."""
        self._logins.pop(listener_id, None)

    def login_done(self, outcome: User | CallsError) -> None:
        """Somebody logged in, or could not."""
        for listener in list(self._logins.values()):
            if isinstance(outcome, User):
                _call(listener.on_login_success, outcome)
            else:
                _call(listener.on_login_failure, outcome)

    def logout_done(self, failure: CallsError | None) -> None:
        """Somebody logged out, or could not."""
        for listener in list(self._logins.values()):
            if failure is None:
                _call(listener.on_logout_success)
            else:
                _call(listener.on_logout_failure, failure)


def _call(callback: Callable[..., object] | None, *arguments: object) -> None:
    if callback is None:
        return
    try:
        callback(*arguments)
    except Exception:
        log.exception("a listener failed")
