"""Who is signed in at a `Calls`: in this run, and kept for the next one.

The trap is a kept login that the server no longer knows: it is forgotten, and `init` succeeds all
the same. One that could not be tried, for want of a network, is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from tui.domain.commands import Command, account
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.sdk.engine_line import Line
from tui.sdk.kept_logins import KeptLogins
from tui.sdk.listeners import Listeners

log = logging.getLogger(__name__)


class SignIn:
    """See the module.

    Args:
        line: To the engine, which does it.
        listeners: Told of logging in and out.
        kept: Logins of earlier runs.
    """

    def __init__(self, line: Line, listeners: Listeners, kept: KeptLogins):
        self._line = line
        self._listeners = listeners
        self._kept = kept
        self.app: AppSettings | None = None
        """What `init` chose; None before."""
        self.auth_token: str | None = None
        """Of who is logged in; None: nobody is."""

    def assume(self, app: AppSettings | None, auth_token: str | None) -> None:
        """It is so already: a scripted user is logged in from the beginning, nobody at the end."""
        self.app, self.auth_token = app, auth_token

    async def init(self, app: AppSettings) -> None:
        """Choose an app, and log in whoever was in an earlier run."""
        await self._line.do(account.Init(app))
        self.assume(app, None)
        if found := self._kept.find(app):
            try:
                await self._line.do(account.LoginWithToken(found))
                self.auth_token = found
            except CallsError as error:
                log.info("the kept login is not used: %s", error)
                if error.code != ErrorCode.NETWORK:
                    self._kept.keep(app, "")

    async def log_in(self, command: Callable[[], Command[User]]) -> User:
        """Do what logs in; a refusal is told to listeners, too, also one on making the command."""
        try:
            user = await self._line.do(command())
            self.auth_token = await self._line.do(account.GetAuthToken())
        except CallsError as error:
            self._listeners.login_done(error)
            raise
        if self.app is not None and self.auth_token:
            self._kept.keep(self.app, self.auth_token)
        self._listeners.login_done(user)
        return user

    async def log_out(self) -> None:
        """Leave any session and forget the user, here and for later runs."""
        try:
            await self._line.do(account.Logout())
        except CallsError as error:
            self._listeners.logout_done(error)
            raise
        self.auth_token = None
        if self.app is not None:
            self._kept.keep(self.app, "")
        self._listeners.logout_done(None)
