"""Links of a server that is running on this machine, for whoever holds its API key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.domain.errors import CallsError, ErrorCode
from tui.service.http_json import HttpJson, json_object, model_of
from tui.wire.address import read_address
from tui.wire.known_servers import certificate_alone
from tui.wire.rest import CallTokenData, LinkData


class LinkAdmin:
    """Lists, makes, revokes and reopens links over REST.

    Args:
        url: The server's address.
        api_key: Its API key.
        certificate: The one it shows, which is then trusted whatever name it is for.
    """

    def __init__(self, url: str, api_key: str, certificate: Path | None = None):
        server = read_address(url)
        self._base = f"{server.http}/v3.0/links"
        self._headers = {"apiKey": api_key}
        self._http = HttpJson(
            proxy=None,
            tls=server.secure,
            certificates=certificate_alone(certificate) if certificate else None,
        )

    async def all(self) -> tuple[LinkData, ...]:
        """Every link."""
        found = (await self._ask("GET", "")).get("data")
        if not isinstance(found, list):
            raise CallsError(ErrorCode.BAD_RESPONSE, "The server's list of links is no list.")
        return tuple(model_of(LinkData, one, "link") for one in found)

    async def for_many(self, session_id: str) -> LinkData:
        """A link for many."""
        made = await self._ask("POST", "", {"sessionId": session_id})
        return model_of(LinkData, made.get("data"), "link")

    async def personal(self, session_id: str, name: str) -> str:
        """The call token of a link for one person."""
        made = await self._ask("POST", "", {"sessionId": session_id, "name": name})
        return model_of(CallTokenData, made.get("data"), "link").token

    async def revoke(self, link_id: str) -> None:
        """Let nobody in by it any more."""
        await self._ask("DELETE", f"/{link_id}")

    async def reopen(self, link_id: str) -> None:
        """Let people in again by a link that was closed."""
        await self._ask("POST", f"/{link_id}/reopen")

    async def aclose(self) -> None:
        """Release connections. Idempotent."""
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        status, raw = await self._http.request(
            method, self._base + path, headers=self._headers, body=body
        )
        return json_object(status, raw)
