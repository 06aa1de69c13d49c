"""The REST side of the embedded server: spec cometchat-calls (d)-(f) under `/v3.0`.

Order of checks at a login: attempts, API key, user; so nobody learns which users there are
without the key.
"""

from __future__ import annotations

import hmac
import secrets
import time

import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.server.access import AccessClaims, AccessRefused, JwtAccess, LinkRevoked, LoginEnded
from tui.server.http.bodies import (
    BASE,
    answering,
    body_of,
    data_answer,
    json_answer,
    model_of,
    origin_of,
)
from tui.server.http.call_log_api import CallLogApi
from tui.server.logins import Logins
from tui.server.store import login_id
from tui.server.store_thread import StoreThread
from tui.wire.address import read_address
from tui.wire.login_limit import LoginLimiter
from tui.wire.rest import (
    AuthTokenData,
    CallTokenData,
    CallTokenRequest,
    DeviceBody,
    JoinData,
    NewUser,
    UserData,
)
from tui.wire.rules import (
    AVATAR_MAX_CHARACTERS,
    bad_api_key,
    bad_auth_token,
    call_token_expired,
    call_token_invalid,
    call_token_missing,
    call_token_of_other_user,
    call_token_signed_out,
    check_session_id,
    check_uid,
    display_name,
    fits_header,
    is_uid,
    link_revoked,
    no_such_user,
    user_exists,
)


class RestApi:
    """Endpoints over a store.

    Args:
        store: An open one.
        access: Makes and checks call tokens.
        logins: Ends sign-ins.
        api_key: What the `apiKey` header must hold.
        open_users: Whether logging in creates an unknown user.
        logins_per_minute: With a wrong key, from one address.
        media_url: Where calls are; empty: here.
        public_url: Where a proxy has us, which may be below a path; empty: there is none.
    """

    def __init__(
        self,
        store: StoreThread,
        access: JwtAccess,
        logins: Logins,
        *,
        api_key: str,
        open_users: bool = False,
        logins_per_minute: int = 30,
        media_url: str = "",
        public_url: str = "",
    ):
        self._media_url = media_url
        self._public = read_address(public_url) if public_url else None
        self._thread = store
        self._access = access
        self._logins = logins
        self._api_key = api_key
        self._open_users = open_users
        self._limiter = LoginLimiter(logins_per_minute)
        self._call_log = CallLogApi(store, self._user)

    def routes(self) -> list[BaseRoute]:
        """Everything under `/v3.0`, and `/healthz`."""
        table = (
            ("POST", "/users", self._create_user),
            # `path`: an escaped slash in a user ID must reach us to be refused in words.
            ("POST", "/users/{uid:path}/auth_tokens", self._create_auth_token),
            ("PUT", "/me", self._me),
            ("DELETE", "/me", self._logout),
            ("POST", "/call_tokens", self._create_call_token),
            ("GET", "/call_tokens", self._resolve_call_token),
            ("POST", "/user_sessions", self._telemetry),
        )
        return [
            *(
                Route(BASE + path, answering(endpoint), methods=[method])
                for method, path, endpoint in table
            ),
            *self._call_log.routes(),
            Route("/healthz", answering(self._healthy), methods=["GET"]),
        ]

    def issue_call_token(
        self,
        user: User,
        session_id: str,
        *,
        moderator: bool = False,
        may_host: bool = False,
        ttl_s: float | None = None,
        login: str = "",
    ) -> str:
        """A LiveKit access token that is the call token too (spec cometchat-calls (f)).

        A moderator, whoever else is there, gets `roomAdmin`, which is for this one session, and
        not `roomCreate`: that grant names no room, and whoever has it may end everybody else's
        sessions too. Who `may_host` moderates only when the session says so, see
        `tui.server.rooms.hosts`.
        """
        claims = AccessClaims(
            identity=user.uid,
            name=user.name,
            room=session_id,
            room_join=True,
            room_admin=moderator,
            may_host=may_host,
            can_update_own_metadata=True,
            login=login,
        )
        return self._access.issue(
            claims,
            lifetime_s=self._logins.call_token_ttl_s if ttl_s is None else ttl_s,
            token_id=secrets.token_hex(8),
        )

    async def _healthy(self, request: Request) -> Response:
        """For whoever watches the server: 200 when it can do its work, 503 when it can't."""
        await self._thread.run(self._thread.store.running_sessions, 1)
        return json_answer({"status": "ok"})

    async def _create_user(self, request: Request) -> Response:
        self.check_api_key(request)
        body = await model_of(request, NewUser)
        user = User(
            uid=check_uid(body.uid),
            name=display_name(body.name, body.uid),
            avatar=clean(body.avatar, AVATAR_MAX_CHARACTERS),
        )
        if not await self._thread.run(self._thread.store.add_user, user, _now_s()):
            raise user_exists(user.uid)
        return data_answer(UserData.of(user).to_wire())

    async def _create_auth_token(self, request: Request) -> Response:
        uid = request.path_params["uid"]
        self.check_api_key(request)
        await model_of(request, DeviceBody, optional=True)
        if not is_uid(uid):
            raise no_such_user(uid)
        store, now_s = self._thread.store, _now_s()
        if self._open_users:
            await self._thread.run(store.add_user, User(uid, uid), now_s)
        token = await self._thread.run(store.new_auth_token, uid, now_s)
        if token is None:
            raise no_such_user(uid)
        return data_answer(AuthTokenData(auth_token=token).to_wire())

    async def _me(self, request: Request) -> Response:
        user = await self._user(request)
        await model_of(request, DeviceBody, optional=True)
        return data_answer(UserData.of(user, last_active_at_s=_now_s()).to_wire())

    async def _logout(self, request: Request) -> Response:
        token = request.headers.get("authToken", "")
        if not await self._logins.end(token):
            raise bad_auth_token()
        return data_answer({"success": True})

    async def _create_call_token(self, request: Request) -> Response:
        user = await self._user(request)
        session_id = check_session_id((await model_of(request, CallTokenRequest)).session_id)
        login = login_id(request.headers.get("authToken", ""))
        token = self.issue_call_token(user, session_id, may_host=True, login=login)
        return data_answer(CallTokenData(token=token).to_wire())

    async def _resolve_call_token(self, request: Request) -> Response:
        call_token = request.headers.get("calltoken", "")
        claims = self.claims(call_token)
        # The auth token is optional: the SDK sends none, and an invited guest has none.
        if request.headers.get("authToken") and (await self._user(request)).uid != claims.identity:
            raise call_token_of_other_user()
        known = await self._thread.run(self._thread.store.user, claims.identity)
        document = JoinData(
            call_token=call_token,
            session_id=claims.room,
            user=UserData(
                uid=claims.identity,
                name=display_name(claims.name, claims.identity),
                avatar="" if known is None else known.avatar,
            ),
            transport="livekit",
            url=self._media_url or self._here(request),
            token=call_token,
            moderator=claims.room_admin,
        )
        return data_answer(document.to_wire())

    def _here(self, request: Request) -> str:
        """Our media address, by the name that the client used for us."""
        asked = origin_of(request, "wss" if request.url.scheme == "https" else "ws")
        public = self._public
        through_proxy = public is not None and asked.partition("://")[2] == public.location
        return public.ws if public is not None and through_proxy else asked

    async def _telemetry(self, request: Request) -> Response:
        await body_of(request)  # read, so that the connection can go on; not kept
        return data_answer({"success": True})

    def check_api_key(self, request: Request) -> None:
        """Whether a request has the API key.

        Only wrong ones are counted, by the address they come from: whoever guesses keeps nobody
        out who has it.

        Raises:
            CallsError: `AUTH_ERR_API_KEY_NOT_FOUND`, or `ERR_TOO_MANY_LOGINS`.
        """
        given = request.headers.get("apiKey", "").encode()
        if not hmac.compare_digest(given, self._api_key.encode()):
            address = request.client.host if request.client else ""
            self._limiter.attempt("", address, time.monotonic())
            raise bad_api_key()

    async def _user(self, request: Request) -> User:
        token = request.headers.get("authToken", "")
        user = await self._thread.run(self._thread.store.user_of_auth_token, token)
        if user is None:
            raise bad_auth_token()
        return user

    def claims(self, call_token: str) -> AccessClaims:
        """What a call token says. Raises `CallsError` for one that is not good."""
        if not call_token:
            raise call_token_missing()
        try:
            if not fits_header(call_token):
                raise AccessRefused("not printable")
            claims = self._access.verify(call_token)
            claims.joinable()
        except AccessRefused as error:
            if isinstance(error, LinkRevoked):
                raise link_revoked() from error
            if isinstance(error, LoginEnded):
                raise call_token_signed_out() from error
            if isinstance(error.__cause__, jwt.ExpiredSignatureError):
                raise call_token_expired() from error
            raise call_token_invalid() from error
        except RecursionError as error:  # JSON nested deeper than the interpreter goes
            raise call_token_invalid() from error
        return claims


def _now_s() -> int:
    return int(time.time())
