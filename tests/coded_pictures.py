"""Pictures as encoders make them, and as a browser sent them: layers of them, in RTP payloads."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import av

os.environ.setdefault("SVT_LOG", "0")  # else its encoder writes into the tests' output
_CAPTURED: Final = Path(__file__).parent / "wire" / "captured" / "layers.json"
ENCODERS: Final = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "H264": ("libx264", {"g": "1000", "preset": "ultrafast", "tune": "zerolatency"}),
    "VP9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "AV1": ("libsvtav1", {"preset": "11", "svtav1-params": "lookahead=0:pred-struct=1"}),
}
LAYERS_SIZE: Final = (640, 360)


@cache
def encoded(codec: str, width: int, height: int, count: int = 3) -> tuple[bytes, ...]:
    """Flat grey pictures, each lighter than the one before; only the first is a key picture."""
    with priority_kept():
        return _encoded(codec, width, height, count)


@contextlib.contextmanager
def priority_kept() -> Iterator[None]:
    """Undo what SVT-AV1 does to root's thread that calls it: it puts it before all others for good.

    What that thread starts later would be there, too, and one that spins there stops a machine.
    """
    if not hasattr(os, "sched_getscheduler"):
        yield  # there it does nothing of the kind
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def _encoded(codec: str, width: int, height: int, count: int) -> tuple[bytes, ...]:
    name, options = ENCODERS[codec]
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, 15)
    context.options = options
    pictures = []
    for number in range(count):
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, value in zip(frame.planes, (20 + 9 * number % 200, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = number
        pictures += [bytes(packet) for packet in context.encode(frame)]
    return (*pictures, *(bytes(packet) for packet in context.encode(None)))


def captured(codec: str) -> list[list[bytes]]:
    """Eight pictures of Chromium's: the payloads of each, two layers (L2T3_KEY) of 640 x 360.

    The first picture, at least, is a key picture.
    """
    pictures = json.loads(_CAPTURED.read_text(encoding="utf-8"))[codec]
    return [[bytes.fromhex(payload) for payload in picture] for picture in pictures]


def packets(
    payloads: list[list[bytes]], *, payload_type: int = 98, ssrc: int = 7, first: int = 65530
) -> list[SimpleNamespace]:
    """The payloads of pictures as received packets, 15 pictures a second."""
    made = []
    for index, picture in enumerate(payloads):
        for place, payload in enumerate(picture, 1):
            made.append(
                SimpleNamespace(
                    ssrc=ssrc,
                    payload_type=payload_type,
                    sequence_number=(first + len(made)) & 0xFFFF,
                    timestamp=6000 * index,
                    marker=int(place == len(picture)),
                    _data=payload,
                )
            )
    return made
