"""The embedded media server alone: `python -m tests.transport.serve_embedded PORT UDP_PORT`."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette

from tests.transport.serving import KEY, SECRET
from tui.server.access import JwtAccess
from tui.server.media import MediaServer


async def serve(port: int, udp_port: int) -> None:
    media = MediaServer(JwtAccess({KEY: SECRET}))
    await media.start("127.0.0.1", udp_port)
    config = uvicorn.Config(
        Starlette(routes=media.routes()),
        **{
            "host": "127.0.0.1",
            "port": port,
            "log_level": "warning",
            "ws": "websockets-sansio",
            **media.uvicorn_options(),
        },
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
