"""How fast a server answers, measured before anybody joins (the `ServerProbe` port).

A few requests for nothing (HEAD, no token, no cookie, no name) over one connection. The first one
pays for DNS, TCP and TLS, so that only the later ones count. Any answer counts, a
refusal too: the network is tested, and not the server, unless that says that it has a fault (5xx).
The given address is asked, because where media go is known only after a token was shown.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Final

import httpx

from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.service.http_json import failure_of_request, http_client, unusable_address
from tui.wire.address import ANY, Address, read_address
from tui.wire.known_servers import KnownServers
from tui.wire.proxy import proxy_for

TIMEOUT_S: Final = 5.0
ROUND_TRIPS: Final = 5
_ENOUGH_S: Final = 2.0
"""On a slow link fewer round trips must do."""
_WHOLE: Final = 1.5
"""A whole request may take this many times the time-out of one step. A step's own time-out should
come first, because it closes what was opened; a request that is cancelled in the middle of TLS does
not (httpcore 1.0)."""
_PATHS_OF_OTHERS: Final = ("/rtc", "/v3.0")
"""What addresses of signalling and REST may end with; the server is asked at its root."""


class _ServerFault(Exception):
    """5xx: the server, or a proxy before it, has failed."""


class HttpProbe:
    """The `ServerProbe` port over HTTP.

    Args:
        known: Servers with certificates of their own.
        transport: In place of the network (tests).
        timeout_s: For connecting, and for the answer [s]; all of a request gets half as much more.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        known: KnownServers | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.perf_counter,
    ):
        self._known = known
        self._transport = transport
        self._timeout_s = timeout_s
        self._clock = clock

    async def measure(self, address: str) -> ServerAnswer:
        """See `ServerProbe`."""
        server = read_address(address, ANY, bare=False)
        url = _root(server)
        # In a thread: the first reading of the trusted certificates takes up to 200 ms.
        client = await asyncio.to_thread(
            http_client,
            proxy=proxy_for(server),
            tls=server.secure,
            certificates=self._known.context(server) if self._known else None,
            transport=self._transport,
            timeout_s=self._timeout_s,
        )
        async with client:
            try:
                return ServerAnswer(round_trip_ms=await self._median_ms(client, url))
            except _ServerFault:
                return ServerAnswer(failure=NoAnswer.SERVER_FAULT)
            except (TimeoutError, httpx.HTTPError) as error:
                return ServerAnswer(failure=failure_of_request(error, url))
            except httpx.InvalidURL as error:
                raise unusable_address(error) from error

    async def _median_ms(self, client: httpx.AsyncClient, url: str) -> float:
        await self._round_trip_s(client, url)
        took_s: list[float] = []
        while len(took_s) < ROUND_TRIPS and sum(took_s) < _ENOUGH_S:
            took_s.append(await self._round_trip_s(client, url))
        return statistics.median(took_s) * 1000

    async def _round_trip_s(self, client: httpx.AsyncClient, url: str) -> float:
        began_s = self._clock()
        async with asyncio.timeout(self._timeout_s * _WHOLE):
            response = await client.head(url)
        if response.status_code >= 500:
            raise _ServerFault
        return self._clock() - began_s


def _root(server: Address) -> str:
    """The address over HTTP, without whatever names a person or a session."""
    url = server.http
    for ending in _PATHS_OF_OTHERS:
        url = url.removesuffix(ending)
    return url.rstrip("/") + "/"
