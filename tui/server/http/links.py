"""Links over REST: guests come in, people in a call get a link, who serves sees all of them.

| request | who may | answer |
|---|---|---|
| POST /v3.0/guests | who has a link for many | a call token, or a knock to ask again with |
| POST /v3.0/links | the API key; with `calltoken`, who is let into that session | a link for many |
| GET /v3.0/links | the API key | all links |
| DELETE /v3.0/links/ID | the API key | revoked |
| POST /v3.0/links/ID/reopen | the API key | open again |
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.server.access import AccessClaims
from tui.server.http.bodies import BASE, answering, data_answer, model_of
from tui.server.links import Links, link_data
from tui.server.rooms.lock import Lock
from tui.server.store_links import StoredLink
from tui.wire.codes import ServerCode
from tui.wire.login_limit import LoginLimiter
from tui.wire.rest import CallTokenData, GuestRequest, KnockData, LinkRequest
from tui.wire.rules import check_session_id, display_name, guest_uid, too_many_guests


class LinksApi:
    """Endpoints over the server's links.

    Args:
        links: Its links.
        check_api_key: Raises `CallsError` for a request without the API key.
        claims: The claims of a call token; raises `CallsError` for one that is not good.
        lock_of: The lock of a session that is running.
        guests_per_minute: From one address, wrong codes included.
        certificate: What links say of a certificate of the server's own making.
    """

    def __init__(
        self,
        links: Links,
        check_api_key: Callable[[Request], None],
        claims: Callable[[str], AccessClaims],
        *,
        lock_of: Callable[[str], Lock | None] = lambda _session_id: None,
        guests_per_minute: int,
        certificate: str = "",
    ):
        self._links = links
        self._lock_of = lock_of
        self._check_api_key = check_api_key
        self._certificate = certificate
        self._claims = claims
        self._limiter = LoginLimiter(guests_per_minute, refusal=too_many_guests)

    def routes(self) -> list[BaseRoute]:
        """Everything about links and guests."""
        return [
            Route(BASE + path, answering(endpoint), methods=[method])
            for method, path, endpoint in (
                ("POST", "/guests", self._become_guest),
                ("GET", "/links", self._list),
                ("POST", "/links", self._make),
                ("DELETE", "/links/{link_id}", self._revoke),
                ("POST", "/links/{link_id}/reopen", self._reopen),
            )
        ]

    async def _become_guest(self, request: Request) -> Response:
        # All else here has a header that a browser asks about first. A page of somebody else's
        # could use up, from its visitors' addresses, what those may try.
        if request.headers.get("sec-fetch-site") == "cross-site":
            raise CallsError(
                ServerCode.NOT_LET_IN,
                "A page of another site asked for this. Open the link itself.",
            )
        body = await model_of(request, GuestRequest)
        address = request.client.host if request.client else ""
        lock = self._lock_of(check_session_id(body.session_id))
        locked = lock is not None and lock.locked
        if lock is None or not lock.waits(body.knock):  # who waits asks again and again
            self._limiter.attempt("", address, time.monotonic())
        if lock is not None and locked:
            await self._links.open_for_guests(body.session_id, body.invitation)
            knock = lock.knock(body.knock, body.name)
            if knock is None:
                raise CallsError(ServerCode.NOT_LET_IN, "Too many people wait to be let in.")
            # The first answer comes at once: whoever waits is to know it.
            let_in = await lock.answered(knock) if knock == body.knock else None
            if let_in is None:
                return data_answer(KnockData(knock=knock).to_wire())
            if not let_in:
                raise CallsError(ServerCode.NOT_LET_IN, "A moderator did not let you in.")
        token = await self._links.become_guest(body.session_id, body.invitation, body.name)
        if lock is not None:
            lock.entered(self._claims(token).identity)
        return data_answer(CallTokenData(token=token).to_wire())

    async def _list(self, request: Request) -> Response:
        self._check_api_key(request)
        return data_answer([link_data(link).to_wire() for link in await self._links.all()])

    async def _make(self, request: Request) -> Response:
        call_token = request.headers.get("calltoken", "")
        if call_token:
            return data_answer(self._told(await self._for_others(self._claims(call_token))))
        self._check_api_key(request)
        body = await model_of(request, LinkRequest)
        if not body.name:
            return data_answer(self._told(await self._links.for_many(body.session_id)))
        user = User(f"guest-{guest_uid(body.name)}", display_name(body.name, "Guest"))
        token = await self._links.personal(user, body.session_id)
        return data_answer(CallTokenData(token=token).to_wire())

    def _told(self, link: StoredLink) -> dict[str, Any]:
        """A link to be passed on."""
        return {**link_data(link).to_wire(), "certificate": self._certificate}

    async def _for_others(self, claims: AccessClaims) -> StoredLink:
        """What somebody in a session passes on. A guest of many has their own link, and no more."""
        own = await self._links.find(claims.link) if claims.link else None
        if own is not None and own.for_many:
            return own
        return await self._links.for_many(claims.room)

    async def _revoke(self, request: Request) -> Response:
        self._check_api_key(request)
        await self._links.revoke(request.path_params["link_id"])
        return data_answer({"success": True})

    async def _reopen(self, request: Request) -> Response:
        self._check_api_key(request)
        await self._links.reopen(request.path_params["link_id"])
        return data_answer({"success": True})
