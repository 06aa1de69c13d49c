"""The REST side of the embedded server: spec cometchat-calls (d)-(f) under `/v3.0`.

Order of checks at a login: attempts, API key, user; so nobody learns which users there are
without the key.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any, Final
from urllib.parse import unquote

import jwt
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tui.domain.call_log import MOST_TRANSCRIPTS
from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.server.access import AccessClaims, AccessRefused, JwtAccess, LinkRevoked
from tui.server.http.bodies import (
    answering,
    body_of,
    data_answer,
    json_answer,
    model_of,
    origin_of,
)
from tui.server.http.call_log import (
    call_data,
    call_filter,
    session_data,
    transcript_data,
    transcript_text,
)
from tui.server.store import CallFilter
from tui.server.store_thread import StoreThread
from tui.wire.address import read_address
from tui.wire.codes import ServerCode
from tui.wire.login_limit import LoginLimiter
from tui.wire.rest import (
    AuthTokenData,
    CallTokenData,
    CallTokenRequest,
    DeviceBody,
    JoinData,
    NewUser,
    Pagination,
    UserData,
)
from tui.wire.rules import (
    AVATAR_MAX_CHARACTERS,
    DEFAULT_CALL_TOKEN_TTL_S,
    DEFAULT_PER_PAGE,
    MAX_PER_PAGE,
    bad_api_key,
    bad_auth_token,
    call_token_expired,
    call_token_invalid,
    call_token_missing,
    call_token_of_other_user,
    check_session_id,
    check_uid,
    display_name,
    fits_header,
    is_uid,
    link_revoked,
    no_such_user,
    user_exists,
)

BASE: Final = "/v3.0"
_MAX_PAGE: Final = 1_000_000


class RestApi:
    """Endpoints over a store.

    Args:
        store: An open one.
        access: Makes and checks call tokens.
        api_key: What the `apiKey` header must hold.
        open_users: Whether logging in creates an unknown user.
        call_token_ttl_s: How long a call token is good for [s].
        logins_per_minute: With a wrong key, from one address.
        media_url: Where calls are; empty: here.
        public_url: Where a proxy has us, which may be below a path; empty: there is none.
    """

    def __init__(
        self,
        store: StoreThread,
        access: JwtAccess,
        *,
        api_key: str,
        open_users: bool = False,
        call_token_ttl_s: int = DEFAULT_CALL_TOKEN_TTL_S,
        logins_per_minute: int = 30,
        media_url: str = "",
        public_url: str = "",
    ):
        self._media_url = media_url
        self._public = read_address(public_url) if public_url else None
        self._thread = store
        self._access = access
        self._api_key = api_key
        self._open_users = open_users
        self._call_token_ttl_s = call_token_ttl_s
        self._limiter = LoginLimiter(logins_per_minute)

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
            ("GET", "/sessions", self._running_sessions),
            ("GET", "/calls", self._calls),
            ("GET", "/calls/{session_id:path}/transcriptions", self._transcriptions),
            ("GET", "/transcripts/{number}", self._transcript),
            ("DELETE", "/transcripts/{number}", self._forget_transcript),
            ("GET", "/calls/{session_id:path}", self._calls_of_session),
            ("POST", "/user_sessions", self._telemetry),
        )
        routes: list[BaseRoute] = [
            Route(BASE + path, answering(endpoint), methods=[method])
            for method, path, endpoint in table
        ]
        routes.append(Route("/healthz", answering(self._healthy), methods=["GET"]))
        return routes

    def issue_call_token(
        self,
        user: User,
        session_id: str,
        *,
        moderator: bool = False,
        may_host: bool = False,
        ttl_s: float | None = None,
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
        )
        return self._access.issue(
            claims,
            lifetime_s=self._call_token_ttl_s if ttl_s is None else ttl_s,
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
        if not await self._thread.run(self._thread.store.revoke_auth_token, token):
            raise bad_auth_token()
        return data_answer({"success": True})

    async def _create_call_token(self, request: Request) -> Response:
        user = await self._user(request)
        session_id = check_session_id((await model_of(request, CallTokenRequest)).session_id)
        token = self.issue_call_token(user, session_id, may_host=True)
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

    async def _running_sessions(self, request: Request) -> Response:
        await self._user(request)
        found = await self._thread.run(self._thread.store.running_sessions)
        return data_answer([session_data(one).to_wire() for one in found])

    async def _calls(self, request: Request) -> Response:
        page = _number(request, "page", 1, _MAX_PAGE)
        per_page = _number(request, "perPage", DEFAULT_PER_PAGE, MAX_PER_PAGE)
        wanted = call_filter(dict(request.query_params))
        user = await self._user(request)
        if wanted is None:
            return _page([], 0, page, per_page)
        return await self._call_list(user, page, per_page, wanted)

    async def _calls_of_session(self, request: Request) -> Response:
        session_id = request.path_params["session_id"]
        user = await self._user(request)
        return await self._call_list(user, 1, MAX_PER_PAGE, CallFilter(session_id=session_id))

    async def _call_list(
        self, user: User, page: int, per_page: int, wanted: CallFilter
    ) -> Response:
        total, found = await self._thread.run(
            self._thread.store.calls_of,
            user.uid,
            wanted,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
        if wanted.session_id is not None and not found:
            raise _in_no_call(wanted.session_id)
        now_ms = int(time.time() * 1000)
        return _page([call_data(one, now_ms).to_wire() for one in found], total, page, per_page)

    async def _transcriptions(self, request: Request) -> Response:
        page = _number(request, "page", 1, _MAX_PAGE)
        per_page = _number(request, "perPage", DEFAULT_PER_PAGE, MOST_TRANSCRIPTS)
        session_id = request.path_params["session_id"]
        user = await self._user(request)
        wanted = CallFilter(session_id=session_id)
        total, _ = await self._thread.run(
            self._thread.store.calls_of, user.uid, wanted, limit=1, offset=0
        )
        if not total:
            raise _in_no_call(session_id)
        count, found = await self._thread.run(
            self._thread.store.transcripts.of_session,
            session_id,
            user.uid,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
        here = f"{origin_of(request, request.url.scheme)}{BASE}/transcripts"
        told = [transcript_data(one, here).to_wire() for one in found]
        return _page(told, count, page, per_page)

    async def _transcript(self, request: Request) -> Response:
        """The text; its address is told to those alone who were in the call."""
        number = request.path_params["number"]
        lines = await self._thread.run(self._thread.store.transcripts.lines, number)
        if lines is None:
            raise _no_transcript()
        return PlainTextResponse(transcript_text(lines), headers={"Cache-Control": "no-store"})

    async def _forget_transcript(self, request: Request) -> Response:
        """Only who asked for it may."""
        user = await self._user(request)
        number = request.path_params["number"]
        gone = await self._thread.run(self._thread.store.transcripts.delete, number, user.uid)
        if not gone:
            raise _no_transcript()
        return data_answer({"success": True})

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
            if isinstance(error.__cause__, jwt.ExpiredSignatureError):
                raise call_token_expired() from error
            raise call_token_invalid() from error
        except RecursionError as error:  # JSON nested deeper than the interpreter goes
            raise call_token_invalid() from error
        return claims


def _page(data: list[dict[str, Any]], total: int, page: int, per_page: int) -> Response:
    pagination = Pagination(
        total=total,
        count=len(data),
        per_page=per_page,
        current_page=page,
        total_pages=-(-total // per_page),
    )
    return json_answer({"data": data, "meta": {"pagination": pagination.model_dump()}})


def _no_transcript() -> CallsError:
    return CallsError(
        "VALIDATION_ERROR", "There is no such transcript, or somebody else asked for it."
    )


def _in_no_call(session_id: str) -> CallsError:
    return CallsError(
        ServerCode.SESSION_NOT_FOUND,
        f'You were in no call with the session ID "{clean(session_id, 60)}".',
    )


def _number(request: Request, name: str, otherwise: int, largest: int) -> int:
    """A query value of at least 1, at most `largest`."""
    given = unquote(request.query_params.get(name, ""))
    if not given:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and int(given) >= 1):
        raise CallsError(
            ServerCode.BAD_REQUEST,
            f'{name} came as "{clean(given, 20)}"; expected a number from 1 to {largest}.',
        )
    return min(int(given), largest)


def _now_s() -> int:
    return int(time.time())
