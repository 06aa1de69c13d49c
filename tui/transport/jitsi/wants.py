"""Telling the bridge how large each picture is needed (`ReceiverVideoConstraints`).

Without it a bridge sends no picture at all. `maxHeight` caps the smaller side of a picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tui.domain.ids import PICTURES, StreamId
from tui.ports.transport_events import RemoteParticipant
from tui.transport.want import NOTHING, Want

STEPS: Final = (180, 360, 720, 1080, 2160)
"""Heights that senders make pictures of."""
_ON_STAGE_FROM: Final = 360
_NOTHING_SAID: Final = 720


def constraints(
    wants: Mapping[StreamId, Want], others: Iterable[RemoteParticipant]
) -> dict[str, Any]:
    """What is wanted of everybody's pictures.

    Before anything is wanted, everything is: a bot that only counts.
    """
    if not wants:
        return {
            "lastN": -1,
            "selectedSources": [],
            "onStageSources": [],
            "defaultConstraints": {"maxHeight": _NOTHING_SAID},
            "constraints": {},
        }
    wished: dict[str, dict[str, int]] = {}
    for one in others:
        for track in one.tracks:
            if track.source not in PICTURES:
                continue
            want = wants.get(StreamId(one.id, track.source, track.number), NOTHING)
            if not want.disabled and not track.sealing.shut:
                wished[track.sid] = _wished(want)
    largest = sorted(wished, key=lambda name: -wished[name]["maxHeight"])
    return {
        "lastN": -1,
        "selectedSources": [],
        "onStageSources": [n for n in largest if wished[n]["maxHeight"] > _ON_STAGE_FROM][:4],
        "defaultConstraints": {"maxHeight": 0},
        "constraints": wished,
    }


def _wished(want: Want) -> dict[str, int]:
    needed = min(want.width, want.height)
    height = next((step for step in STEPS if step >= needed), STEPS[-1])
    rate = {"maxFrameRate": math.ceil(want.fps)} if want.fps > 0 else {}
    return {"maxHeight": height, **rate}


def divisor(size: tuple[int, int], max_height: int) -> int | None:
    """By what to divide our own pictures when nobody wants more than this; None: nobody does.

    Args:
        size: Width and height of what we have [pixels].
        max_height: `SenderSourceConstraints`: of the smaller side; 0: nobody looks.
    """
    if max_height == 0:
        return None
    if max_height < 0:
        return 1
    return next((by for by in (4, 2) if min(size) // by >= max_height), 1)


def within(size: tuple[int, int], limit: int) -> int:
    """By what to divide our own pictures so that their smaller side is no longer than `limit`.

    Args:
        size: Width and height of what we have [pixels].
        limit: [pixels]; 0: none.
    """
    return next((by for by in (1, 2) if not limit or min(size) // by <= limit), 4)
