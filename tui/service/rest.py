"""REST over httpx, for the embedded server and CometChat's cloud (spec cometchat-calls (d)-(f))."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from tui.domain.call_log import ALL_CALLS, CallLogPage, CallLogQuery, TranscriptPage
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import RunningSession, User
from tui.domain.text import clean
from tui.ports.service import Invitation, JoinDocument
from tui.service.documents import (
    join_document_of,
    logged_call_of,
    running_session_of,
    transcript_of,
    user_of,
)
from tui.service.hosts import hosts_of
from tui.service.http_json import TIMEOUT_S, HttpJson, json_object, model_of
from tui.wire.address import read_address
from tui.wire.known_servers import KnownServers
from tui.wire.proxy import proxy_for
from tui.wire.rest import AuthTokenData, CallTokenData, KnockData, LinkData, UserData
from tui.wire.rules import (
    UID_MAX_CHARACTERS,
    bad_api_key,
    bad_auth_token,
    call_token_invalid,
    fits_header,
    no_such_user,
)

_KNOCK_FOR_S: Final = 600.0
"""How long we wait to be let into a locked session."""


class RestService:
    """The `Service` port over HTTP.

    Args:
        settings: Which app on which service.
        known: Servers with certificates of their own.
        transport: In place of the network (tests).
        timeout_s: For one request and its whole answer [s].

    Raises:
        CallsError: `VALIDATION_ERROR` for settings that name no usable address.
    """

    def __init__(
        self,
        settings: AppSettings,
        *,
        known: KnownServers | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ):
        self._app_id = settings.app_id
        if not fits_header(settings.app_id):
            raise CallsError(
                ErrorCode.VALIDATION,
                f'App ID came as "{clean(settings.app_id, 40)}"; expected printable ASCII '
                "without spaces.",
                field="appId",
            )
        self._hosts = hosts_of(settings)
        self._is_cloud = not settings.server
        self._http = HttpJson(
            proxy=proxy_for(read_address(self._hosts.call)),
            tls=self._hosts.any_with_tls,
            certificates=known.context(read_address(self._hosts.call)) if known else None,
            transport=transport,
            timeout_s=timeout_s,
        )
        self._device = {"platform": "web", "deviceId": _device_id()}

    @property
    def address(self) -> str:
        """Where call tokens are resolved."""
        return self._hosts.call

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """POST `/users`."""
        answer = await self._ask(
            "POST",
            f"{self._hosts.api}/users",
            headers={"apiKey": _header(api_key, bad_api_key())},
            body={"uid": uid, "name": name},
        )
        return user_of(model_of(UserData, answer.get("data"), "user"))

    async def create_auth_token(self, uid: str, api_key: str) -> str:
        """POST `/users/{uid}/auth_tokens`."""
        # What can't be a uid can't be somebody's; ".." would even change the path (RFC 3986).
        if len(uid) > UID_MAX_CHARACTERS or not uid.strip(".") or not uid.isprintable():
            raise no_such_user(uid)
        answer = await self._ask(
            "POST",
            f"{self._hosts.api}/users/{quote(uid, safe='', errors='replace')}/auth_tokens",
            headers={"apiKey": _header(api_key, bad_api_key())},
            body=self._device,
        )
        return model_of(AuthTokenData, answer.get("data"), "login").auth_token

    async def me(self, auth_token: str) -> User:
        """PUT `/me`."""
        answer = await self._ask(
            "PUT",
            f"{self._hosts.apiclient}/me",
            headers={"authToken": _header(auth_token, bad_auth_token())},
            body=self._device,
        )
        return user_of(model_of(UserData, answer.get("data"), "user"))

    async def logout(self, auth_token: str) -> None:
        """DELETE `/me`."""
        await self._ask(
            "DELETE",
            f"{self._hosts.apiclient}/me",
            headers={"authToken": _header(auth_token, bad_auth_token())},
        )

    async def create_call_token(self, auth_token: str, session_id: str) -> str:
        """POST `/call_tokens`."""
        answer = await self._ask(
            "POST",
            f"{self._hosts.call}/call_tokens",
            headers={"authToken": _header(auth_token, bad_auth_token())},
            body={"sessionId": session_id},
        )
        return model_of(CallTokenData, answer.get("data"), "call token").token

    async def resolve_call_token(self, auth_token: str, call_token: str) -> JoinDocument:
        """GET `/call_tokens?configVersion=1`."""
        headers = {"calltoken": _header(call_token, call_token_invalid())}
        if auth_token:
            headers["authToken"] = _header(auth_token, bad_auth_token())
        answer = await self._ask(
            "GET", f"{self._hosts.call}/call_tokens?configVersion=1", headers=headers
        )
        return join_document_of(answer.get("data"), asked=self._hosts.call)

    async def become_guest(
        self, session_id: str, invitation: str, name: str, waiting: Callable[[], None]
    ) -> str:
        """POST `/guests`, again and again while somebody has to let us in."""
        body = {"sessionId": session_id, "invitation": invitation, "name": name}
        until_s = time.monotonic() + _KNOCK_FOR_S
        while True:
            address = f"{self._hosts.call}/guests"
            data = (await self._ask("POST", address, headers={}, body=body)).get("data")
            if not (isinstance(data, dict) and "knock" in data):
                return model_of(CallTokenData, data, "call token").token
            if "knock" not in body:
                waiting()
            body["knock"] = model_of(KnockData, data, "knock").knock
            if time.monotonic() > until_s:
                raise CallsError(
                    ErrorCode.CALL_TOKEN_REFUSED,
                    "Nobody let you in within ten minutes. Try again later.",
                )

    async def invitation(self, call_token: str) -> Invitation:
        """POST `/links`."""
        answer = await self._ask(
            "POST",
            f"{self._hosts.call}/links",
            headers={"calltoken": _header(call_token, call_token_invalid())},
        )
        link = model_of(LinkData, answer.get("data"), "link")
        return Invitation(link.invitation, link.certificate)

    async def running_sessions(self, auth_token: str) -> tuple[RunningSession, ...]:
        """GET `/sessions`; CometChat's cloud has no such list."""
        if self._is_cloud:
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "CometChat's cloud tells of no running sessions. Join one by its ID.",
            )
        answer = await self._ask(
            "GET",
            f"{self._hosts.call}/sessions",
            headers={"authToken": _header(auth_token, bad_auth_token())},
        )
        return tuple(running_session_of(item) for item in _list(answer, "list of sessions"))

    async def call_log(self, auth_token: str, query: CallLogQuery = ALL_CALLS) -> CallLogPage:
        """GET `/calls`."""
        answer = await self._ask(
            "GET",
            f"{self._hosts.call}/calls?{urlencode(list(query.pairs()), errors='replace')}",
            headers={"authToken": _header(auth_token, bad_auth_token())},
            app_id=False,
        )
        calls = tuple(logged_call_of(item) for item in _list(answer, "call log"))
        return CallLogPage(calls, query.page, _pages(answer))

    async def transcripts(
        self, auth_token: str, session_id: str, *, page: int = 1, limit: int = 30
    ) -> TranscriptPage:
        """GET `/calls/{session_id}/transcriptions`."""
        escaped = quote(session_id, safe="", errors="replace")
        answer = await self._ask(
            "GET",
            f"{self._hosts.call}/calls/{escaped}/transcriptions?perPage={limit}&page={page}",
            headers={"authToken": _header(auth_token, bad_auth_token())},
        )
        found = tuple(transcript_of(item) for item in _list(answer, "list of transcripts"))
        return TranscriptPage(found, page, _pages(answer))

    async def delete_transcript(self, auth_token: str, tid: str) -> None:
        """DELETE `/transcripts/{tid}`."""
        if not tid.strip("."):  # ".." would change the path (RFC 3986)
            raise CallsError(ErrorCode.VALIDATION, "Came without the tid of a transcript.")
        await self._ask(
            "DELETE",
            f"{self._hosts.call}/transcripts/{quote(tid, safe='', errors='replace')}",
            headers={"authToken": _header(auth_token, bad_auth_token())},
        )

    async def aclose(self) -> None:
        """Release connections. Idempotent."""
        await self._http.aclose()

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        app_id: bool = True,
    ) -> dict[str, Any]:
        if app_id:  # every call but the call log's (spec cometchat-calls (d) 7)
            headers = {"appId": self._app_id, **headers}
        status, raw = await self._http.request(method, url, headers=headers, body=body)
        return json_object(status, raw)


def _header(value: str, refusal: CallsError) -> str:
    """`value`, when it can be what the server once gave out; else the refusal it would give."""
    if not value or not fits_header(value):
        raise refusal
    return value


def _list(answer: Mapping[str, Any], what: str) -> list[object]:
    items = answer.get("data")
    if not isinstance(items, list):
        raise CallsError(
            ErrorCode.BAD_RESPONSE, f"The server's {what} does not fit: data: expected a list."
        )
    return items


def _pages(answer: Mapping[str, Any]) -> int:
    """How many pages there are; 0 where the server does not say."""
    meta = answer.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    pages = pagination.get("total_pages") if isinstance(pagination, dict) else None
    return pages if isinstance(pages, int) and not isinstance(pages, bool) and pages > 0 else 0


def _device_id() -> str:
    """`web_` and nine base-36 characters, as the service expects (spec cometchat-calls (d) 1)."""
    alphabet = string.digits + string.ascii_lowercase
    return "web_" + "".join(secrets.choice(alphabet) for _ in range(9))
