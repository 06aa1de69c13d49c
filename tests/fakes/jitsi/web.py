"""The web side of a deployment: `config.js` of a Jitsi Meet, and CometChat's REST replayed.

One address plays all three services of CometChat's cloud, with and without `/v3.0`
(spec cometchat-calls (d), (f)).
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

APP_ID = "cellapp"


def _jwt(claims: dict[str, Any]) -> str:
    """SDK 4 looks into the token for `data.sessionId`, and checks no signature."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.{secrets.token_hex(16)}"


class DeploymentWeb:
    """Make `app` answer.

    Args:
        domain: Of XMPP.
        websocket: Address of XMPP over WebSocket.
    """

    def __init__(self, domain: str, websocket: str) -> None:
        self._domain, self._websocket = domain, websocket
        self._auth: dict[str, str] = {}
        self._calls: dict[str, tuple[str, str]] = {}
        rest = [
            Route("/users/{uid}/auth_tokens", self._auth_token, methods=["POST"]),
            Route("/me", self._me, methods=["PUT", "DELETE"]),
            Route("/call_tokens", self._call_token, methods=["POST"]),
            Route("/call_tokens", self._join, methods=["GET"]),
            Route("/calls", self._log, methods=["GET"]),
            Route("/{path:path}", _nothing, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
        self.app = Starlette(
            routes=[Route("/config.js", self._config), Mount("/v3.0", routes=rest)],
            middleware=[
                Middleware(
                    CORSMiddleware, allow_origins=["*"], allow_headers=["*"], allow_methods=["*"]
                )
            ],
        )

    async def _config(self, request: Request) -> Response:
        return PlainTextResponse(
            'var subdomain = "<!--# echo var="subdomain" default="" -->";\n'
            "var config = {\n"
            f"    hosts: {{ domain: '{self._domain}',\n"
            f"        muc: 'conference.' + subdomain + '{self._domain}' }},\n"
            f"    websocket: '{self._websocket}',\n"
            "};\n"
        )

    async def _auth_token(self, request: Request) -> Response:
        uid = request.path_params["uid"]
        token = f"{uid}_{secrets.token_hex(8)}"
        self._auth[token] = uid
        return _data({"authToken": token})

    async def _me(self, request: Request) -> Response:
        uid = self._auth.get(request.headers.get("authToken", ""))
        if uid is None:
            return _error("AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "the auth token is unknown")
        return _data(_user(uid) | {"jwt": "x.y.z"})

    async def _call_token(self, request: Request) -> Response:
        uid = self._auth.get(request.headers.get("authToken", ""))
        if uid is None:
            return _error("AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "the auth token is unknown")
        session = str((await request.json()).get("sessionId", ""))
        claims = {"sessionId": session, "appId": APP_ID, "user": {"uid": uid}}
        token = _jwt({"data": claims, "jti": secrets.token_hex(6)})
        self._calls[token] = (uid, session)
        return _data({"token": token})

    async def _join(self, request: Request) -> Response:
        token = request.headers.get("callToken", "")
        if token not in self._calls:
            return _error("AUTH_ERR_CALL_TOKEN_NOT_FOUND", "the call token is unknown")
        uid, session = self._calls[token]
        user, settings = _user(uid), {"WEBRTC_HOST": self._domain}
        if request.query_params.get("configVersion") == "1":
            hosts = {"domain": self._domain, "muc": f"conference.{self._domain}"}
            connection = {
                "serviceUrl": self._websocket,
                "hosts": hosts,
                "p2p": {"enabled": False},
                "bridgeChannel": {"preferSctp": True},
            }
            return _data(
                {
                    "callToken": token,
                    "sessionId": session,
                    "user": user,
                    "settings": settings | {"connectionConfig": connection},
                }
            )
        inside = {
            "appId": APP_ID,
            "region": "us",
            "authToken": "x",
            "user": user,
            "sessionId": session,
            "passthrough": {},
        }
        payload = {"room": session, "data": inside}
        return _data({"callToken": token, "settings": settings, "payload": payload})

    async def _log(self, request: Request) -> Response:
        pages = {"total_pages": 1, "current_page": 1}
        return JSONResponse({"data": [], "meta": {"pagination": pages}})


def _user(uid: str) -> dict[str, str]:
    return {"uid": uid, "name": uid.title(), "avatar": "", "status": "online", "role": "default"}


def _data(value: dict[str, Any]) -> Response:
    return JSONResponse({"data": value})


def _error(code: str, message: str, status: int = 401) -> Response:
    error = {"message": message, "devMessage": message, "source": "bed", "code": code}
    return JSONResponse({"error": error}, status)


async def _nothing(request: Request) -> Response:
    return _error("ERR_NOT_FOUND", "no such call", 404)
