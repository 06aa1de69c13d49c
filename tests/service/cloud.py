"""A stand-in of CometChat's REST: hosts, paths, headers, bodies (spec cometchat-calls (d), (f)).

The rules behind it are those of the scripted service; what differs is how they are asked and how
they answer. Session lists are ours alone, so there are none here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.service.worlds import API_KEY, World
from tui.domain.call_log import CallLogQuery, LoggedCall
from tui.domain.errors import CallsError
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.sdk.testing.service import MemoryService
from tui.service.rest import RestService

APP = AppSettings(app_id="app1", region="us")
ADDRESS = "https://app1.call-us.cometchat.io/v3.0"
Answer = Callable[[Request], Awaitable[dict[str, Any]]]


class Cloud:
    """See the module. `transcripts` are what it has, by session ID."""

    def __init__(self) -> None:
        self.rules = MemoryService(api_key=API_KEY)
        self.transcripts: dict[str, list[dict[str, Any]]] = {}
        self.app = Starlette(
            routes=[
                self._route("POST", "/users", self._create_user),
                self._route("POST", "/users/{uid}/auth_tokens", self._auth_token),
                self._route("PUT", "/me", self._me),
                self._route("DELETE", "/me", self._logout),
                self._route("POST", "/call_tokens", self._call_token),
                self._route("GET", "/call_tokens", self._resolve),
                self._route("GET", "/calls", self._calls),
                self._route("GET", "/calls/{session:path}/transcriptions", self._transcripts),
                Route("/{path:path}", _no_endpoint, methods=["GET", "POST", "PUT", "DELETE"]),
            ]
        )

    def _route(self, method: str, path: str, answer: Answer) -> Route:
        async def answering(request: Request) -> JSONResponse:
            needs_app = not path.startswith("/calls") or path.endswith("transcriptions")
            if needs_app and request.headers.get("appId") != APP.app_id:
                return _error("AUTH_ERR_EMPTY_APPID", "The app ID is missing.", 400)
            try:
                return JSONResponse(await answer(request))
            except CallsError as refused:
                return _error(refused.code, refused.description, 400)

        return Route(f"/v3.0{path}", answering, methods=[method])

    async def _create_user(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        key = request.headers.get("apiKey", "")
        return {"data": _user(await self.rules.create_user(body["uid"], body["name"], key))}

    async def _auth_token(self, request: Request) -> dict[str, Any]:
        uid, key = request.path_params["uid"], request.headers.get("apiKey", "")
        token = await self.rules.create_auth_token(uid, key)
        return {"data": {"uid": uid, "authToken": token, "createdAt": 1}}

    async def _me(self, request: Request) -> dict[str, Any]:
        user = await self.rules.me(_token(request))
        return {"data": {**_user(user), "jwt": "a.b.c", "wsChannel": {"identity": "x"}}}

    async def _logout(self, request: Request) -> dict[str, Any]:
        await self.rules.logout(_token(request))
        return {"data": {"success": True}}

    async def _call_token(self, request: Request) -> dict[str, Any]:
        session = (await request.json())["sessionId"]
        return {"data": {"token": await self.rules.create_call_token(_token(request), session)}}

    async def _resolve(self, request: Request) -> dict[str, Any]:
        assert request.query_params["configVersion"] == "1"
        token = request.headers.get("calltoken", "")
        document = await self.rules.resolve_call_token(_token(request), token)
        host = "rtc-us.cometchat.io"
        config = {
            "serviceUrl": f"wss://xmpp.{host}/xmpp-websocket",
            "hosts": {"domain": host, "muc": f"conference.{host}"},
            "p2p": {"enabled": True},
            "bridgeChannel": {"preferSctp": True},
            "flags": {"ssrcRewritingEnabled": True},
        }
        return {
            "data": {
                "callToken": f"jwt of {document.user.uid}",
                "sessionId": document.session_id,
                "user": _user(document.user),
                "settings": {"WEBRTC_HOST": host, "connectionConfig": config},
            }
        }

    async def _calls(self, request: Request) -> dict[str, Any]:
        asked = request.query_params
        query = CallLogQuery(
            page=int(asked.get("page", "1")),
            limit=int(asked.get("perPage", "30")),
            call_type=asked.get("type", ""),
            status=asked.get("status", ""),
            category=asked.get("mode", ""),
            direction=asked.get("direction", ""),
            has_recording=asked.get("hasRecording") == "true",
            has_transcriptions=asked.get("hasTranscriptions") == "1",
            uid=asked.get("uid", ""),
            guid=asked.get("guid", ""),
        )
        page = await self.rules.call_log(_token(request), query)
        pagination = {"total_pages": page.pages, "current_page": page.page}
        return {"data": [_call(one) for one in page.calls], "meta": {"pagination": pagination}}

    async def _transcripts(self, request: Request) -> dict[str, Any]:
        session = request.path_params["session"]
        await self.rules.transcripts(_token(request), session)
        found = self.transcripts.get(session, [])
        page, per_page = (int(request.query_params[name]) for name in ("page", "perPage"))
        pages = -(-len(found) // per_page)
        pagination = {"total_pages": pages, "current_page": page}
        first = (page - 1) * per_page
        return {"data": found[first : first + per_page], "meta": {"pagination": pagination}}


def _token(request: Request) -> str:
    return request.headers.get("authToken", "")


def _user(user: User) -> dict[str, Any]:
    return {
        "uid": user.uid,
        "name": user.name,
        "status": "online",
        "avatar": None,
        "lastActiveAt": 1_790_000_000,
        "role": "default",
    }


def _call(call: LoggedCall) -> dict[str, Any]:
    return {
        "sessionId": call.session_id,
        "type": call.type,
        "mode": call.mode,
        "status": call.status,
        "initiator": {"uid": call.initiator, "name": "as an object"},
        "startedAt": call.started_at_ms // 1000,
        "endedAt": call.ended_at_ms // 1000 or None,
        "totalDurationInMinutes": call.total_minutes,
        "hasRecording": call.has_recording,
        "participants": [
            {
                "uid": one.uid,
                "name": one.name,
                "joinedAt": one.joined_at_ms // 1000,
                "leftAt": one.left_at_ms // 1000 or None,
                "state": one.state,
                "totalDurationInMinutes": one.total_minutes,
                "deviceId": "x@rtc/y",
            }
            for one in call.people
        ],
    }


def _error(code: str, message: str, status: int) -> JSONResponse:
    error = {"message": message, "devMessage": message, "source": "x", "code": code}
    return JSONResponse({"error": error}, status)


async def _no_endpoint(_: Request) -> JSONResponse:
    return _error("ERR_ENDPOINT_NOT_FOUND", "The API endpoint does not exist.", 404)


@asynccontextmanager
async def cloud_world() -> AsyncIterator[World]:
    """The client, as it asks CometChat's cloud."""
    cloud = Cloud()
    service = RestService(APP, transport=httpx.ASGITransport(cloud.app))
    other = MemoryService(api_key=API_KEY)
    try:
        yield World(
            service,
            cloud.rules,
            cloud.rules.issue_call_token,
            other.issue_call_token,
            ADDRESS,
            cloud.transcripts,
        )
    finally:
        await service.aclose()
