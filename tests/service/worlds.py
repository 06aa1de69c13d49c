"""The two services the contract suite asks, each with what a test needs behind its back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.ports.service import Service
from tui.sdk.testing.service import MemoryService
from tui.server.access import JwtAccess
from tui.server.http.bodies import http_exception, internal_error
from tui.server.http.links import LinksApi
from tui.server.http.rest import RestApi
from tui.server.links import Links
from tui.server.logins import Logins
from tui.server.media import RoomObserver
from tui.server.store_thread import StoreThread
from tui.service.rest import RestService

API_KEY = "0123456789abcdef0123456789abcdef"
SECRET = "s" * 32
ORIGIN = "http://calls.test:7880"


class IssueToken(Protocol):
    def __call__(
        self, user: User, session_id: str, *, moderator: bool = False, ttl_s: float = 3600
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class World:
    service: Service
    rooms: RoomObserver
    """To play the media server."""
    issue: IssueToken
    """A call token of this server for anybody."""
    foreign: IssueToken
    """A call token of another server."""
    address: str = ""
    """Where its calls are; empty: in this process."""
    transcripts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By session ID, as it is written on the wire; nothing but the cloud has any."""


def rest_app(
    store: StoreThread, *, open_users: bool = False, logins_per_minute: int = 30
) -> tuple[Starlette, RestApi]:
    revoked: set[str] = set()
    access = JwtAccess({"cellcall": SECRET}, revoked)
    api = RestApi(
        store,
        access,
        Logins(store, revoked, call_token_ttl_s=3600),
        api_key=API_KEY,
        open_users=open_users,
        logins_per_minute=logins_per_minute,
    )
    links = LinksApi(
        Links(store, access, revoked, lifetime_s=3600),
        api.check_api_key,
        api.claims,
        guests_per_minute=logins_per_minute,
    )
    app = Starlette(
        routes=[*api.routes(), *links.routes()],
        exception_handlers={HTTPException: http_exception, Exception: internal_error},
    )
    app.router.redirect_slashes = False
    return app, api


def _rest_issue(api: RestApi) -> IssueToken:
    def issue(user: User, session_id: str, *, moderator: bool = False, ttl_s: float = 3600) -> str:
        return api.issue_call_token(user, session_id, moderator=moderator, ttl_s=ttl_s)

    return issue


@asynccontextmanager
async def rest_world(
    *, open_users: bool = False, logins_per_minute: int = 30
) -> AsyncIterator[World]:
    store = StoreThread(None)
    await store.open()
    app, api = rest_app(store, open_users=open_users, logins_per_minute=logins_per_minute)
    elsewhere = Logins(store, set(), call_token_ttl_s=3600)
    other = RestApi(store, JwtAccess({"cellcall": "t" * 32}), elsewhere, api_key=API_KEY)
    service = RestService(AppSettings(server=ORIGIN), transport=httpx.ASGITransport(app))
    try:
        yield World(service, store, _rest_issue(api), _rest_issue(other), f"{ORIGIN}/v3.0")
    finally:
        await service.aclose()
        await store.close()


@asynccontextmanager
async def memory_world(
    *, open_users: bool = False, logins_per_minute: int = 30
) -> AsyncIterator[World]:
    service = MemoryService(
        api_key=API_KEY, open_users=open_users, logins_per_minute=logins_per_minute
    )
    other = MemoryService(api_key=API_KEY)
    try:
        yield World(service, service, service.issue_call_token, other.issue_call_token)
    finally:
        await service.aclose()
