"""Many files of one track each become one file; packets are moved, nothing is decoded.

The trap is a file that ends in the middle, because its writer was killed: what is whole of it
counts. What can't be read at all is left where it is, and said.
"""

from __future__ import annotations

import contextlib
import heapq
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av

from tui.devices.media_file import UNREADABLE
from tui.ports.recorder import Recorded

SUFFIX: Final = ".tracks"
"""Of the folder beside a recording that is not joined yet."""


def tracks_of(path: Path) -> Path:
    """The folder in which a recording's tracks are before they are joined."""
    return path.with_name(path.name + SUFFIX)


def join(path: Path) -> Recorded:
    """Make one file of the tracks in its folder, which is removed then.

    Raises:
        av.FFmpegError, OSError, ValueError: It can't be written; the tracks stay.
    """
    folder = tracks_of(path)
    with contextlib.ExitStack() as stack:
        inputs = [one for one in map(_opened, sorted(folder.glob("*.mkv"))) if one is not None]
        for one in inputs:
            stack.callback(one.close)
        if not inputs:
            _remove(folder)
            return Recorded(str(path), problem="Nothing came that could be recorded.")
        part = _new(path.with_name(path.name + ".part"))
        try:
            seconds = _move(inputs, part)
            path = _unused(path)
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        tracks = len(inputs)
    _remove(folder)
    return Recorded(str(path), seconds, tracks)


def _opened(path: Path) -> Any:
    try:
        file = av.open(f"file:{path}")
    except UNREADABLE:  # killed before the first packet: there is nothing in it
        return None
    if len(file.streams) != 1:
        file.close()
        return None
    return file


def _new(path: Path) -> Path:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _unused(path: Path) -> Path:
    """The path, or the first one like it that is not taken meanwhile."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _remove(folder: Path) -> None:
    """The folder, unless something else is in it."""
    for track in folder.glob("*.mkv"):
        track.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _move(inputs: list[Any], part: Path) -> float:
    last_s = 0.0
    with av.open(f"file:{part}", "w", format="matroska") as out:
        tracks = []
        for number, one in enumerate(inputs):
            came: Any = one.streams[0]
            goes = out.add_stream_from_template(came, opaque=True)  # AV1 has a decoder alone
            goes.metadata.update(came.metadata)
            tracks.append(_packets(one, number, goes))
        for at_s, _, packet, goes in heapq.merge(*tracks):
            packet.stream = goes
            out.mux(packet)
            last_s = max(last_s, at_s)
    return last_s


def _packets(file: Any, number: int, goes: Any) -> Iterator[tuple[float, int, Any, Any]]:
    """When, which track, what, where to; up to where the file is whole."""
    with contextlib.suppress(*UNREADABLE):
        for packet in file.demux():
            if packet.dts is not None:
                yield float(packet.pts * packet.time_base), number, packet, goes
