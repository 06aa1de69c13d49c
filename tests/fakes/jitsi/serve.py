"""A Jitsi server of a process: `python -m tests.fakes.jitsi.serve PORT BRIDGE CONTROL [options]`.

Tests tell it what to do on the control port: one JSON list a line, `["kick", ROOM, NICK]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn

from tests.fakes.jitsi.bed import DOMAIN, HOST, Bed
from tests.fakes.jitsi.web import DeploymentWeb
from tui.transport.jitsi.xml import MUTE_AUDIO


async def obey(bed: Bed, words: list[Any]) -> None:
    order, room = words[0], f"{words[1]}@conference.{DOMAIN}"
    if order == "kick":
        await bed.focus.kick(room, words[2])
    elif order == "end":
        await bed.focus.destroy(room)
    elif order == "mute":
        await bed.focus.mute(bed.focus.rooms[room], words[2], MUTE_AUDIO, f"{room}/focus")
    elif order == "restart":
        await bed.focus.restart(room)
    elif order == "kill xmpp":
        await bed.restart_xmpp()
    else:
        raise ValueError(order)


async def serve(told: argparse.Namespace) -> None:
    bed = Bed(
        told.port,
        told.bridge,
        prosody=told.prosody,
        component_port=told.component,
        host=told.host,
        owner_for_first=told.owner_for_first,
    )
    await bed.start()

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            try:
                await obey(bed, json.loads(line))
                writer.write(b"done\n")
            except Exception as error:
                writer.write(f"{error!r}\n".encode())
            await writer.drain()
        writer.close()

    await asyncio.start_server(control, told.host, told.control)

    async def read_orders() -> None:
        """From standard input: of a test outside of our network namespace."""
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await obey(bed, json.loads(line))
            print(json.dumps({"done": json.loads(line)[0]}), flush=True)

    if told.web:
        orders = asyncio.create_task(read_orders())
        web = DeploymentWeb(DOMAIN, bed.xmpp.websocket)
        config = uvicorn.Config(web.app, told.host, told.web, log_level="warning", lifespan="off")
        await uvicorn.Server(config).serve()
        orders.cancel()
    await asyncio.Event().wait()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("port", "bridge", "control"):
        parser.add_argument(name, type=int)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--web", type=int, default=0, help="port of config.js and REST")
    parser.add_argument("--prosody", type=Path, help="a folder for a real prosody")
    parser.add_argument("--component", type=int, default=0, help="its port for components")
    parser.add_argument("--owner-for-first", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(arguments()))
