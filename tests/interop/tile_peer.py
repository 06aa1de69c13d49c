"""Our client behind a handle, as a front end holds it: asks for tiles, reports what is in them.

Standard output has one JSON object a line, twice a second: `layout`, `pinned`, `tiles` (name,
cells of the rectangle, colour of the picture), `sealed` (ids) and `figures` of everybody. Ends with
its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import numpy as np

from tui.bootstrap import open_local_handle
from tui.cli.given_key import KEY_VARIABLE
from tui.domain.commands.call import GetStats, JoinRoom, Leave
from tui.domain.device_choice import MediaChoice
from tui.domain.snapshot import Snapshot
from tui.domain.tiling import arrange_snapshot
from tui.front.call_words import tile_name
from tui.ports.handle import Handle

STAGE = (160, 45)


def tiles_of(handle: Handle, snapshot: Snapshot) -> list[dict[str, object]]:
    """What is in each tile; asks for their pictures at their size."""
    found = []
    for placed in arrange_snapshot(snapshot, width=STAGE[0], height=STAGE[1]).tiles:
        who = snapshot.participant(placed.stream.participant)
        assert who is not None
        handle.show_picture(placed.stream, placed.width, 2 * (placed.height - 1))
        picture = handle.picture(placed.stream)
        pixels = None if picture is None else np.frombuffer(picture.rgb, np.uint8).reshape(-1, 3)
        found.append(
            {
                "name": tile_name(who.name, placed.stream),
                "size": placed.width * placed.height,
                "rgb": None if pixels is None else np.median(pixels, 0).astype(int).tolist(),
            }
        )
    return found


async def report(handle: Handle) -> None:
    while True:
        await asyncio.sleep(0.5)
        snapshot = handle.snapshot()
        pinned = snapshot.pinned
        stats = await handle.do(GetStats())
        told = {
            "layout": snapshot.layout,
            "pinned": None if pinned is None else [pinned.participant, pinned.source],
            "tiles": tiles_of(handle, snapshot),
            "sealed": [one.id for one in snapshot.participants if one.sealing.shut],
            "figures": stats.get("participants", {}),
        }
        print(json.dumps(told), flush=True)


async def main(url: str, token: str) -> None:
    handle = await open_local_handle()
    silent, key = MediaChoice("null", "test:silence", "null"), os.environ.get(KEY_VARIABLE, "")
    await handle.do(JoinRoom(url, token, {}, silent, key))
    reporting = asyncio.create_task(report(handle))
    await asyncio.to_thread(sys.stdin.read)
    reporting.cancel()
    await asyncio.gather(reporting, return_exceptions=True)
    await handle.do(Leave())
    await handle.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
