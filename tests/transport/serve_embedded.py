"""The embedded media server alone: `python -m tests.transport.serve_embedded PORT UDP_PORT`."""

from __future__ import annotations

import asyncio
import socket
import sys

from starlette.applications import Starlette

from tests.transport.serving import KEY, SECRET
from tui.server.access import JwtAccess
from tui.server.http.web import WebServer
from tui.server.limits import Limits
from tui.server.media import MediaServer


async def serve(port: int, udp_port: int) -> None:
    media = MediaServer(JwtAccess({KEY: SECRET}))
    await media.start("127.0.0.1", udp_port)
    web = WebServer(Starlette(routes=media.routes()), Limits(), media.tally)
    await web.start(socket.create_server(("127.0.0.1", port)))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
