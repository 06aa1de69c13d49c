"""A Jitsi server of a process: `python -m tests.fakes.jitsi.serve PORT BRIDGE CONTROL`.

With `FOLDER COMPONENT` behind, a real prosody keeps its files there. Tests tell it what to do on
the control port: one JSON list a line, `["kick", ROOM, NICK]`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.fakes.jitsi.bed import DOMAIN, HOST, Bed
from tui.transport.jitsi.xml import MUTE_AUDIO


async def obey(bed: Bed, words: list[Any]) -> None:
    order, room = words[0], f"{words[1]}@conference.{DOMAIN}"
    if order == "kick":
        await bed.focus.kick(room, words[2])
    elif order == "end":
        await bed.focus.destroy(room)
    elif order == "mute":
        await bed.focus.mute(bed.focus.rooms[room], words[2], MUTE_AUDIO, f"{room}/focus")
    else:
        raise ValueError(order)


async def serve(port: int, bridge_port: int, control_port: int, *prosody: str) -> None:
    folder = Path(prosody[0]) if prosody else None
    component = int(prosody[1]) if prosody else 0
    bed = Bed(port, bridge_port, prosody=folder, component_port=component)
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

    await asyncio.start_server(control, HOST, control_port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    first, second, third, *rest = sys.argv[1:]
    asyncio.run(serve(int(first), int(second), int(third), *rest))
