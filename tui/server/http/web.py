"""uvicorn as a guest in somebody else's event loop: one application on one listening socket.

It leaves signals and logging alone, which belong to the program it runs in.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from tui.server.http.door import Crowd, Door, MediaProtocol, Visit
from tui.server.http.listener import ServeError
from tui.server.http.protocols import ClockedHttpProtocol, RefusableWebSocketProtocol
from tui.server.limits import Limits
from tui.server.sfu.counters import Counters

_STOP_S = 0.6


class WebServer:
    """Serves `app`: construct, `start`, `stop`. Not to be started again.

    Args:
        app: What answers.
        limits: Connections, time of a request, longest websocket message.
        counters: Where trouble with connections is counted.
        certificate: PEM with its chain, for TLS.
        key: PEM; None: in the certificate's file.
        proxies: Addresses or networks whose `X-Forwarded-For` and `-Proto` are believed.
        media: Takes connections for media on the same port; see `Door`.
    """

    def __init__(
        self,
        app: Starlette,
        limits: Limits,
        counters: Counters,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        proxies: Sequence[str] = (),
        media: MediaProtocol | None = None,
    ) -> None:
        self.crowd = Crowd(limits, counters)
        """Who is connected."""
        self._door: Door | None = None
        self._media = media
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                ws=RefusableWebSocketProtocol,
                ws_max_size=limits.signal_bytes,
                # The application's own pings replace these; protobuf does not compress well enough
                # to pay for a deflate context per client.
                ws_ping_interval=None,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,  # it would write tokens of query strings to the log
                server_header=False,
                # Anybody else could say to come from elsewhere, and never be limited.
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
                timeout_graceful_shutdown=1,
                ssl_certfile=certificate,
                ssl_keyfile=key,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Serve on `listener`, which is this server's to close from now on.

        Raises:
            ServeError: uvicorn ended at once.
        """
        self._serving = asyncio.create_task(self._uvicorn.serve([]), name="http server")
        started = asyncio.create_task(self._uvicorn.up.wait(), name="http server up")
        await asyncio.wait({self._serving, started}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            listener.close()
            await self._serving  # it ended: say why
            raise ServeError("The HTTP server ended at once.", "See the log for the reason.")
        self._door = Door(
            listener, self.crowd, self._protocol, self._uvicorn.config.ssl, self._media
        )
        self._door.open()

    def _protocol(self, visit: Visit) -> ClockedHttpProtocol:
        return ClockedHttpProtocol(
            visit,
            config=self._uvicorn.config,
            server_state=self._uvicorn.server_state,
            app_state=self._uvicorn.lifespan.state,
        )

    async def stop(self) -> None:
        """End all requests, within a second. Idempotent."""
        serving, self._serving = self._serving, None
        if self._door is not None:
            await self._door.close()
        if serving is None:
            return
        self._uvicorn.should_exit = True
        await asyncio.wait({serving}, timeout=_STOP_S)
        if not serving.done():
            self._uvicorn.force_exit = True
            serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


class _Uvicorn(uvicorn.Server):
    """Leaves signals alone and says when it is up."""

    def __init__(self, config: uvicorn.Config):
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
