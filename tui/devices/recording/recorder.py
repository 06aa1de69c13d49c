"""A recording under way: whatever thread brings packets, one thread writes them.

It writes four times a second, so that a slow disk is no matter of the call's. The trap is a disk
that is full or too slow: what waits is bounded, and the recording ends with a word; the call goes
on, and what was recorded stays.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui.devices.media_file import UNREADABLE
from tui.devices.recording.joining import join, tracks_of
from tui.devices.recording.times import TrackTimes
from tui.devices.recording.track_file import VIDEO_CLOCK_HZ, Looks, Piece, TrackFile
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.media import SAMPLE_RATE_HZ, AudioPacket, EncodedPicture
from tui.domain.text import clean
from tui.ports.recorder import Recorded

_log = logging.getLogger(__name__)

_WRITE_EVERY_S: Final = 0.25
_MOST_WAITING_BYTES: Final = 64_000_000
"""Some minutes of a call."""
_KEEP_FREE_BYTES: Final = 16_000_000
"""Of the disk: the other programs on it need some."""
_MOST_TRACKS: Final = 200
_NOT_WORD: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Came:
    """What came, and when."""

    stream: StreamId
    title: str
    timestamp: int
    data: bytes
    arrived_s: float
    key_size: tuple[int, int] | None = None


class FileRecordings:
    """Makes recordings on this machine's disks."""

    def check(self, path: str) -> None:
        """See `tui.ports.recorder.Recordings.check`."""
        folder = _made_folder(Path(path))
        folder.rmdir()

    def begin(self, path: str, failed: Callable[[str], None]) -> FileRecorder:
        """See `tui.ports.recorder.Recordings.begin`."""
        return FileRecorder(Path(path), _made_folder(Path(path)), failed)


def _made_folder(path: Path) -> Path:
    try:
        folder = tracks_of(path)
        if path.exists():
            raise _unusable(path, "it is there already. Take another name")
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise _unusable(
            path, f"one was broken off there. Join it with cellcall film {path.name}, or take"
            " another name"
        ) from None  # fmt: skip
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or "this is not a path").lower()
        raise _unusable(path, f"{why}. Take a folder you can write to") from None
    return folder


def _unusable(path: Path, why: str) -> CallsError:
    told = clean(str(path), 200)
    return CallsError(ErrorCode.VALIDATION, f"{told} can't be recorded to: {why}.", field="record")


class FileRecorder:
    """See `tui.ports.recorder.Recorder`.

    Args:
        path: Of the file to make.
        folder: Of the tracks, empty.
        failed: Told once, in the running loop, why no more can be kept.
    """

    def __init__(self, path: Path, folder: Path, failed: Callable[[str], None]) -> None:
        self._path = path
        self._folder = folder
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._began_s = time.monotonic()
        self._came: deque[_Came] = deque()
        self._waiting_bytes = 0
        self._shown: dict[StreamId, str] = {}
        """Of which a key picture came, so that others can follow; and what they are coded as."""
        self._times: dict[StreamId, TrackTimes] = {}
        self._tracks: dict[StreamId, TrackFile] = {}
        self._ending = threading.Event()
        self._broken = False
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()
        self._closing: asyncio.Task[Recorded] | None = None

    # ---- what comes
    def sound(self, stream: StreamId, title: str, packet: AudioPacket) -> None:
        """See `tui.ports.recorder.Recorder.sound`."""
        if packet.data:
            self._take(stream, title, packet.timestamp, packet.data)

    def picture(self, stream: StreamId, title: str, picture: EncodedPicture) -> bool:
        """See `tui.ports.recorder.Recorder.picture`."""
        if stream not in self._shown:
            if picture.key_size is None or not all(picture.key_size):
                return not self._ending.is_set()
            self._shown[stream] = picture.codec
        if picture.codec != self._shown[stream]:
            return False  # another codec than its track has: a client that came back as another one
        self._take(stream, title, picture.timestamp, picture.data, picture.key_size)
        return False

    def _take(
        self,
        stream: StreamId,
        title: str,
        timestamp: int,
        data: bytes,
        key_size: tuple[int, int] | None = None,
    ) -> None:
        if self._ending.is_set():
            return
        arrived_s = time.monotonic() - self._began_s
        self._waiting_bytes += len(data)
        self._came.append(_Came(stream, title, timestamp, data, arrived_s, key_size))

    # ---- the thread
    def _run(self) -> None:
        try:
            while not self._ending.wait(_WRITE_EVERY_S):
                self._write()
                self._look_at_disk()
            self._write()
        except UNREADABLE as error:
            self._break(error)
        for track in self._tracks.values():
            try:
                track.close()
            except UNREADABLE as error:
                self._break(error)

    def _look_at_disk(self) -> None:
        if self._waiting_bytes > _MOST_WAITING_BYTES:
            raise OSError(errno.EBUSY, "the disk is too slow")
        if shutil.disk_usage(self._folder).free < _KEEP_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _break(self, error: Exception) -> None:
        self._ending.set()
        self._came.clear()
        if self._broken:
            return
        self._broken = True
        _log.warning("the recording ended: %r", error)
        why = (getattr(error, "strerror", None) or "it can't be written").lower()
        try:
            self._loop.call_soon_threadsafe(self._failed, clean(why, 120))
        except RuntimeError:
            _log.debug("nobody is left to be told")

    def _write(self) -> None:
        pieces: dict[StreamId, list[Piece]] = {}
        begin: dict[StreamId, _Came] = {}
        while self._came:
            came = self._came.popleft()
            self._waiting_bytes -= len(came.data)
            stream = came.stream
            times = self._times.get(stream)
            if times is None:
                if len(self._times) >= _MOST_TRACKS:
                    continue
                rate = VIDEO_CLOCK_HZ if stream.shows else SAMPLE_RATE_HZ
                times = self._times[stream] = TrackTimes(rate)
                begin[stream] = came
            key = came.key_size is not None or not stream.shows
            at = times.at(came.timestamp, came.arrived_s)
            pieces.setdefault(stream, []).append(Piece(at, came.data, key))
        for stream, some in pieces.items():
            if stream in begin:
                try:
                    self._tracks[stream] = self._begun(begin[stream], some[0])
                except ValueError as error:  # parameter sets that no player could read either
                    _log.warning("a stream is not recorded: %r", error)
            if (track := self._tracks.get(stream)) is not None:
                track.add(some)

    def _begun(self, came: _Came, first: Piece) -> TrackFile:
        number = len(self._tracks) + 1
        name = _NOT_WORD.sub("-", came.title).strip("-")[:40]
        path = self._folder / f"{number:03} {name} {came.stream.source}.mkv"
        looks = Looks(self._shown[came.stream], *came.key_size) if came.key_size else None
        return TrackFile(path, came.title, first, looks)

    # ---- the end
    async def close(self) -> Recorded:
        """See `tui.ports.recorder.Recorder.close`; it goes on if its caller is cancelled."""
        self._ending.set()
        if self._closing is None:
            self._closing = asyncio.create_task(asyncio.to_thread(self._joined))
        return await asyncio.shield(self._closing)

    def _joined(self) -> Recorded:
        self._thread.join()
        try:
            return join(self._path)
        except UNREADABLE as error:
            _log.warning("the tracks are not joined: %r", error)
            why = (getattr(error, "strerror", None) or "they can't be read").lower()
            problem = f"Its tracks are not joined: {why}. cellcall film {self._path.name} does it."
            return Recorded(str(self._folder), problem=clean(problem, 300))
