"""The media server: LiveKit protocol over websocket, and the media it negotiates.

`/rtc` is its signalling v0, with a peer connection for each way; `/rtc/v1` is v1, with one for
both, which newer SDKs try first.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from livekit.protocol import models
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from tui.server.access import AccessClaims, AccessRefused, AccessVerifier
from tui.server.http.connection import SignalConnection
from tui.server.http.door import MediaProtocol
from tui.server.http.join_wish import JoinWish, wish_of_v0, wish_of_v1
from tui.server.http.twirp import RoomService
from tui.server.limits import Limits
from tui.server.rooms.all_rooms import Refusal, RoomObserver, Rooms
from tui.server.rooms.lock import Lock
from tui.server.rooms.services import MediaServices
from tui.server.rooms.upkeep import Upkeep
from tui.server.sfu.counters import Counters, Metric
from tui.server.sfu.credentials import ServerCertificate
from tui.server.sfu.mux import UdpMux
from tui.server.tasks import OwnedTasks
from tui.server.turn import TurnServers

__all__ = ["MediaServer", "RoomObserver"]

log = logging.getLogger(__name__)

_ANY_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "GET, OPTIONS",
}
_GOODBYE_S = 1.0


class MediaServer:
    """Sessions, signalling and media forwarding, as routes for a Starlette application.

    Args:
        access: Checks tokens.
        limits: What clients may ask for.
        observer: Told about joins and leaves.
        max_bitrate_bps: What one publisher may send in video, all layers together.
        relays: For clients without UDP.
    """

    def __init__(
        self,
        access: AccessVerifier,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        observer: RoomObserver | None = None,
        max_bitrate_bps: int = 3_000_000,
        relays: TurnServers = TurnServers(),  # noqa: B008 - frozen
    ) -> None:
        self._access = access
        self._limits = limits
        self._relays = relays
        self.tally = Counters()
        """Counted since the start."""
        self._mux = UdpMux(self.tally)
        self._tasks, self._periodic = OwnedTasks(), OwnedTasks()
        services = MediaServices(
            self._mux, ServerCertificate(), self.tally, self._tasks, max_bitrate_bps, limits
        )
        self._rooms = Rooms(services, observer)
        self._upkeep = Upkeep(self._rooms, self.tally)
        self._connections: set[SignalConnection] = set()
        self._turn = asyncio.Lock()
        self._running = False

    @property
    def udp_port(self) -> int:
        """The UDP port in use, 0 before `start`."""
        return self._mux.port

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where clients are told to send media, best first; empty before `start`."""
        return self._mux.addresses

    async def start(
        self,
        host: str,
        udp_port: int = 0,
        *,
        advertise: str | None = None,
        tcp_port: int | None = None,
    ) -> None:
        """Bind the UDP port and begin to accept.

        Args:
            host: Address to bind, `0.0.0.0` for all.
            udp_port: 0 for any free one.
            advertise: Address that clients are told, when it is not `host`.
            tcp_port: For media of browsers without UDP, 0 for any free one; None: not offered.

        Raises:
            OSError: The address or port cannot be used.
        """
        await self._mux.listen(host, udp_port, advertise=advertise)
        if tcp_port is not None:
            await self._mux.tcp.listen(host, tcp_port)
        self._periodic.spawn(self._upkeep.run(), "upkeep")
        self._running = True

    def media_protocol(self, port: int) -> MediaProtocol:
        """Media by TCP on the port of HTTP, too: for who accepts connections there."""
        self._mux.tcp.offer(port)
        return self._mux.tcp.protocol

    def routes(self) -> list[BaseRoute]:
        """`/`, `/rtc`, `/rtc/validate`, `/rtc/v1...`, `/twirp/livekit.RoomService/{method}`."""
        service = RoomService(self._rooms, self._limits, self._claims)
        return [
            Route("/", self._alive, methods=["GET"]),
            WebSocketRoute("/rtc", self._signal),
            Route("/rtc", self._not_a_websocket, methods=["GET"]),
            Route("/rtc/validate", self._validate, methods=["GET", "OPTIONS"]),
            WebSocketRoute("/rtc/v1", self._signal),
            Route("/rtc/v1", self._not_a_websocket, methods=["GET"]),
            Route("/rtc/v1/validate", self._validate, methods=["GET", "OPTIONS"]),
            Route("/twirp/livekit.RoomService/{method}", service.call, methods=["POST"]),
        ]

    async def stop(self) -> None:
        """Tell everybody that the server stops, then close everything; safe to call again."""
        self._running = False
        await self._periodic.close()
        for room in self._rooms:
            self._rooms.end(room.name, models.SERVER_SHUTDOWN)
        try:
            async with asyncio.timeout(_GOODBYE_S * 2):
                for connection in list(self._connections):
                    await connection.finished.wait()
        except TimeoutError:
            log.info("%d clients did not take their goodbye", len(self._connections))
        await self._tasks.finish(_GOODBYE_S)
        await self._tasks.close()
        self._mux.close()

    def lock_of(self, session_id: str) -> Lock | None:
        """The door of a session; None while nobody is in it."""
        room = self._rooms.get(session_id)
        return None if room is None else room.lock

    def metrics(self) -> tuple[Metric, ...]:
        """Counts since the start, and how many are here now."""
        busy = [room for room in self._rooms if room.participants]
        return (
            *self.tally,
            Metric("sessions", "Sessions with somebody in them.", len(busy), only_grows=False),
            Metric(
                "participants",
                "Participants in all sessions.",
                sum(len(room.participants) for room in busy),
                only_grows=False,
            ),
        )

    def counters(self) -> dict[str, int]:
        """The metrics' values by name."""
        return {metric.name: metric.value for metric in self.metrics()}

    def _claims(self, request: HTTPConnection) -> AccessClaims:
        authorization = request.headers.get("Authorization", "")
        if authorization.lower().startswith("bearer "):
            token = authorization[7:].strip()
        else:
            token = request.query_params.get("access_token", "")
        return self._access.verify(token)

    def _joining(self, request: HTTPConnection) -> tuple[AccessClaims, JoinWish] | Refusal:
        """The claims of somebody who may join now and what they want, or why not."""
        try:
            claims = self._claims(request)
            claims.joinable()
            v1 = request.url.path.rstrip("/").removesuffix("/validate").endswith("/v1")
            wish = (wish_of_v1 if v1 else wish_of_v0)(request.query_params)
            claims = replace(claims, attributes=wish.granted(claims))
        except AccessRefused as refused:
            return Refusal(401, str(refused))
        except ValueError as error:
            return Refusal(400, str(error))
        if not self._running:
            return Refusal(503, "the server is stopping")
        return self._rooms.refusal(claims, wish.again_in) or (claims, wish)

    async def _signal(self, websocket: WebSocket) -> None:
        joining = self._joining(websocket)
        if isinstance(joining, Refusal):
            self.tally.refused_joins += 1
            await websocket.send_denial_response(
                PlainTextResponse(joining.text, joining.status, _ANY_ORIGIN)
            )
            return
        claims, wish = joining
        connection = SignalConnection(
            websocket, self._rooms, self._limits, self.tally, self._turn, self._relays
        )
        self._connections.add(connection)
        try:
            if wish.reconnects:
                resuming = self._rooms.resumable(claims, wish.resumes)
                if resuming is not None:
                    await connection.resume(resuming)
                elif self._rooms.has_ended(wish.resumes):
                    await connection.say_ended()
                else:
                    await connection.ask_for_new_join()
            else:
                await connection.serve(claims, wish)
        finally:
            connection.finished.set()
            self._connections.discard(connection)

    async def _validate(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_ANY_ORIGIN)
        joining = self._joining(request)
        if isinstance(joining, Refusal):
            return PlainTextResponse(joining.text, joining.status, _ANY_ORIGIN)
        return PlainTextResponse("success", headers=_ANY_ORIGIN)

    async def _not_a_websocket(self, request: Request) -> Response:
        joining = self._joining(request)
        if isinstance(joining, Refusal):
            return PlainTextResponse(joining.text, joining.status, _ANY_ORIGIN)
        return PlainTextResponse(
            "connect with a websocket",
            426,
            {**_ANY_ORIGIN, "Upgrade": "websocket", "Connection": "Upgrade"},
        )

    async def _alive(self, request: Request) -> Response:
        return PlainTextResponse("OK")
