"""What a moderator may do to others: LiveKit's RoomService, as JSON over Twirp.

Works with the embedded server and with livekit-server alike. Field names are those of the
protobuf messages, which both JSON forms of protobuf accept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.service.http_json import TIMEOUT_S, HttpJson
from tui.wire.address import ANY, read_address
from tui.wire.known_servers import KnownServers
from tui.wire.proxy import proxy_for
from tui.wire.rules import call_token_invalid, fits_header

_REFUSED = ("permission_denied", "unauthenticated")


class TwirpRoomAdmin:
    """The `RoomAdmin` port over HTTP.

    Args:
        url: The media server's address: `ws://`, `wss://`, `http://` or `https://`.
        token: An access token with the `roomAdmin` grant for the session.
        known: Servers with certificates of their own.
        transport: In place of the network (tests).
        timeout_s: For one request and its whole answer [s].
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        known: KnownServers | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ):
        server = read_address(url, ANY, bare=False, what="The media server's address")
        self._base = server.http
        if not token or not fits_header(token):
            raise call_token_invalid()
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = HttpJson(
            proxy=proxy_for(server),
            tls=server.secure,
            certificates=known.context(server) if known else None,
            transport=transport,
            timeout_s=timeout_s,
        )

    async def mute(self, session_id: str, uid: str, track_sid: str) -> None:
        """MutePublishedTrack."""
        await self._call(
            "MutePublishedTrack",
            {"room": session_id, "identity": uid, "track_sid": track_sid, "muted": True},
        )

    async def remove(self, session_id: str, uid: str) -> None:
        """RemoveParticipant."""
        await self._call("RemoveParticipant", {"room": session_id, "identity": uid})

    async def lock(self, session_id: str, *, on: bool) -> None:
        """LockRoom, UnlockRoom, which only `cellcall serve` knows."""
        await self._call("LockRoom" if on else "UnlockRoom", {"room": session_id})

    async def answer(self, session_id: str, knock: str, *, let_in: bool) -> None:
        """LetIn, TurnAway, which only `cellcall serve` knows."""
        method = "LetIn" if let_in else "TurnAway"
        await self._call(method, {"room": session_id, "identity": knock})

    async def readmit(self, session_id: str, uid: str) -> None:
        """ReadmitParticipant, which only `cellcall serve` knows."""
        await self._call("ReadmitParticipant", {"room": session_id, "identity": uid})

    async def end(self, session_id: str) -> None:
        """DeleteRoom."""
        await self._call("DeleteRoom", {"room": session_id})

    async def aclose(self) -> None:
        """Release connections. Idempotent."""
        await self._http.aclose()

    async def _call(self, method: str, body: Mapping[str, Any]) -> None:
        status, raw = await self._http.request(
            "POST",
            f"{self._base}/twirp/livekit.RoomService/{method}",
            headers=self._headers,
            body=body,
        )
        if status != 200:
            raise _twirp_error(status, raw)


def _twirp_error(status: int, raw: bytes) -> CallsError:
    """The refusal a Twirp error body means (https://twitchtv.github.io/twirp/docs/errors.html)."""
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    code, message = answer.get("code"), answer.get("msg")
    words = clean(message, 200) if isinstance(message, str) else ""
    words = words.removeprefix("twirp error unknown: ")  # livekit-server's, before every reason
    if code in _REFUSED or (code is None and status in (401, 403)):
        return CallsError(
            ErrorCode.NOT_PERMITTED,
            "Only a moderator of this session may do that."
            + (f" The server said: {words}" if words else ""),
        )
    if code == "bad_route":
        return CallsError(
            ErrorCode.NOT_SUPPORTED,
            "This server keeps nobody out: it has no lock, and whoever was removed may join "
            "again by themselves.",
        )
    if code == "not_found":
        return CallsError(
            ErrorCode.NO_SESSION,
            "The server knows no such session, participant or track: it has probably just left. "
            f"It said: {words or 'not found'}",
        )
    if not isinstance(code, str):
        return CallsError(
            ErrorCode.BAD_RESPONSE,
            f"The media server answered in a form this program does not know (HTTP status "
            f"{status}).",
        )
    return CallsError(
        ErrorCode.API, f"The media server refused: {words or clean(code, 40)}. Try again."
    )
