"""Who is logged in to which service; checks and codes as documented (spec cometchat-calls (e))."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.domain.uid import check_uid
from tui.ports.service import Service
from tui.wire.address import other_server, same_origin, whose_words

log = logging.getLogger(__name__)


class Login:
    """The app in use, its service, and the user.

    Args:
        make_service: Makes the service of an app.
    """

    def __init__(self, make_service: Callable[[AppSettings], Service]):
        self._make_service = make_service
        self._service: Service | None = None
        self._in_progress = False
        self.app: AppSettings | None = None
        self.user: User | None = None
        self.auth_token: str | None = None

    @property
    def service(self) -> Service:
        """The service in use. `ERROR_SDK_NOT_INITIALIZED` before `use`."""
        if self._service is None:
            raise CallsError(
                ErrorCode.SDK_NOT_INITIALIZED, "Call init with app settings before anything else."
            )
        return self._service

    def require_token(self) -> str:
        """The auth token of whoever is logged in. `ERROR_AUTH_TOKEN_MISSING` for nobody."""
        if not self.auth_token:
            raise CallsError(ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Log in first.")
        return self.auth_token

    async def use(self, app: AppSettings) -> None:
        """Choose app and service; whoever was logged in is forgotten."""
        await self.aclose()
        self.app, self._service = app, self._make_service(app)

    def check_server(self, secret: str, server: str) -> None:
        """Refuse a secret that is for another server than the one in use.

        Everything that hands on a key or token comes through here, whatever named the server: a
        link, an option, an invitation. The trap is time: between choosing a service and sending a
        secret, another part of a front end may have chosen another service.

        Args:
            secret: What it is, for the sentence.
            server: Whose it is; empty: whoever calls has made sure.

        Raises:
            CallsError: `ERROR_OTHER_SERVER`.
        """
        if server and self.app is not None and not same_origin(server, self.app.address):
            words = whose_words(secret, server, self.app.address)
            raise other_server(words, "Sign in there with what is meant for it.")

    @property
    def _its_key(self) -> str:
        app = self.app or AppSettings()
        if app.server or app.app_id == AppSettings().app_id:
            return "server's API key"
        return "app's Auth Key, as CometChat's dashboard shows it"

    async def with_uid(self, uid: str, api_key: str, server: str = "") -> User:
        """Log in with a user ID and an API key of `server` (or the app's own)."""
        self._begin_check()
        check_uid(uid)
        key = api_key or (self.app.auth_key if self.app else "")
        if not key:
            raise CallsError(
                ErrorCode.API_KEY_NOT_FOUND, f"API key cannot be empty. Give the {self._its_key}."
            )
        service = self.service
        self.check_server("API key", server)
        if self.user is not None and self.user.uid == uid and self.auth_token:
            return self.user
        self._in_progress = True
        try:
            await self.drop()
            token = await service.create_auth_token(uid, key)
            user = await service.me(token)
            self.user, self.auth_token = user, token
        finally:
            self._in_progress = False
        return user

    async def with_auth_token(self, auth_token: str, server: str = "") -> User:
        """Log in with an auth token of `server`; a former login stays when it is refused."""
        self._begin_check()
        if not auth_token.strip():
            raise CallsError(ErrorCode.BLANK_AUTH_TOKEN, "The auth token is empty. Give one.")
        if " " in auth_token:
            raise CallsError(
                ErrorCode.AUTH_TOKEN_WITH_SPACE, "An auth token has no spaces. Check it."
            )
        service = self.service
        self.check_server("auth token", server)
        if self.user is not None and self.auth_token == auth_token:
            return self.user
        self._in_progress = True
        try:
            user = await service.me(auth_token)
            await self.drop()
            self.user, self.auth_token = user, auth_token
        finally:
            self._in_progress = False
        return user

    def _begin_check(self) -> None:
        if self._in_progress:
            raise CallsError(ErrorCode.LOGIN_IN_PROGRESS, "Login is already in progress.")

    async def drop(self) -> None:
        """Forget the user and tell the service, whether it listens or not."""
        token, self.auth_token, self.user = self.auth_token, None, None
        if token is not None and self._service is not None:
            try:
                await self._service.logout(token)
            except CallsError as error:
                log.info("logout was not heard: %s", error)

    async def aclose(self) -> None:
        """Forget everything and release connections; the auth token stays valid. Idempotent."""
        service, self._service = self._service, None
        self.app = self.user = self.auth_token = None
        if service is not None:
            await service.aclose()
