"""The page of a join link: to a browser a call, to anything else the command that joins.

The files are those of `tui/server/page`, read once. They need nothing from anywhere else, and their
headers see to it that a browser asks nobody else (Content Security Policy, level 3).
"""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import PurePosixPath
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tui.server.http.bodies import answering, origin_of
from tui.wire.address import MEDIA, make_join_link, read_address
from tui.wire.rules import check_session_id

_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,8192}")
_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src data:",
    "media-src 'self' blob: mediastream:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
_HEADERS: Final = {
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
    "Referrer-Policy": "no-referrer",  # the address may hold a token
    "X-Content-Type-Options": "nosniff",
}


class JoinPage:
    """The routes of the page.

    Args:
        media_url: Where calls are, when it is not here: the one other address it may ask.
    """

    def __init__(self, media_url: str = "") -> None:
        asked = "connect-src 'self'"
        if media_url:
            there = read_address(media_url, MEDIA)
            scheme, web = there.scheme, "https" if there.secure else "http"
            asked += f" {scheme}://{there.location} {web}://{there.location}"
        self._headers = {**_HEADERS, "Content-Security-Policy": "; ".join((*_POLICY, asked))}
        folder = resources.files("tui.server") / "page"
        self._files = {
            one.name: one.read_bytes()
            for one in folder.iterdir()
            if PurePosixPath(one.name).suffix in _KINDS
        }

    def routes(self) -> list[BaseRoute]:
        """`/join/SESSION` and the page's own files beside it."""
        return [
            Route("/join/{session_id:path}", answering(self._join), methods=["GET"]),
            Route("/page/{name}", self._file, methods=["GET"]),
        ]

    async def _join(self, request: Request) -> Response:
        session_id = check_session_id(request.path_params["session_id"])
        if "text/html" not in request.headers.get("accept", ""):
            return _command(request, session_id)
        headers = {**self._headers, "Cache-Control": "no-store", "Vary": "Accept"}
        if request.url.scheme == "https":  # on http a browser only complains about it
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        page = self._files["join.html"]
        if request.scope.get("raw_path", b"").endswith(b"/"):
            page = page.replace(b'"../page/', b'"../../page/')
        return Response(page, media_type="text/html", headers=headers)

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        content = self._files.get(name)
        if content is None:
            return PlainTextResponse("404 page not found", 404)
        # Another version of the server has other files: ask each time, and send only what is new.
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {**self._headers, "Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=_KINDS[PurePosixPath(name).suffix], headers=headers)


def _command(request: Request, session_id: str) -> Response:
    """For whoever is no browser."""
    token = request.query_params.get("token", "")
    link = make_join_link(
        origin_of(request, request.url.scheme),
        session_id,
        token if _TOKEN.fullmatch(token) else "",
    )
    return PlainTextResponse(
        f"This link joins the call {session_id} in a browser, and from a terminal:\n\n"
        f"    cellcall join '{link}'\n\n"
        "Give it all of the link you were sent, with what is behind its #.\n",
        headers={
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
        },
    )
