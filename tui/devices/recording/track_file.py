"""One stream of a recording in a file of its own: a Matroska file that is always whole.

The muxer closes a cluster each second and its bytes go to the system at once: a process that is
killed loses one second. The trap is order: packets come late and twice, and Matroska wants time to
grow, so that sound waits for a moment before it is written.
"""

from __future__ import annotations

import io
import os
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import av

from tui.domain.frozen import dataclass
from tui.domain.media import SAMPLE_RATE_HZ

VIDEO_CLOCK_HZ: Final = 90_000
_LATE: Final = SAMPLE_RATE_HZ * 3 // 10
"""Sound that comes later than this after what follows it is dropped."""
_STEREO_BIT: Final = 0x04
"""Of the first byte of an Opus packet (RFC 6716 3.1)."""
_SELF_DESCRIBED: Final = {"H264": "h264", "AV1": "obu"}
"""Codecs that Matroska wants something of in front, and the format in which it is found."""
_ENCODERS: Final = {"VP8": "libvpx", "VP9": "libvpx-vp9"}
MUXING: Final = {"cluster_time_limit": "1000", "flush_packets": "1"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A packet or picture at its place."""

    at: int
    """Ticks since the recording began."""
    data: bytes
    key: bool = True


@dataclass(frozen=True, slots=True)
class Looks:
    """What the pictures of a track are coded as, and their size [pixels]."""

    codec: str
    """As in `EncodedPicture`."""
    width: int
    height: int


class TrackFile:
    """Writes one stream; one thread at a time.

    Args:
        path: Is made, readable for its user alone.
        title: Of the track, as players show it.
        first: What it begins with.
        looks: Of pictures; None: it is sound.

    Raises:
        OSError: It can't be made.
        ValueError: `first` can't be read; nothing is left.
    """

    def __init__(self, path: Path, title: str, first: Piece, looks: Looks | None = None) -> None:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._rate_hz = SAMPLE_RATE_HZ if looks is None else VIDEO_CLOCK_HZ
        self._waits = _LATE if looks is None else 0
        self._waiting: list[Piece] = []
        self._last = -1
        self._file: Any = av.open(str(path), "w", format="matroska", options=MUXING)
        try:
            self._stream = self._track(first, looks)
        except ValueError:
            self._file.close()
            path.unlink()
            raise
        self._stream.metadata["title"] = title
        self._time_base = self._stream.time_base = Fraction(1, self._rate_hz)

    def _track(self, first: Piece, looks: Looks | None) -> Any:
        if looks is None:
            stereo = bool(first.data[0] & _STEREO_BIT)
            layout = "stereo" if stereo else "mono"
            return self._file.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout=layout)
        if looks.codec in _SELF_DESCRIBED:
            # The demuxer finds parameter sets and sequence headers; nothing decodes.
            demuxer = _SELF_DESCRIBED[looks.codec]
            with av.open(io.BytesIO(first.data), format=demuxer) as picture:
                return self._file.add_stream_from_template(picture.streams.video[0], opaque=True)
        name, size = _ENCODERS[looks.codec], {"width": looks.width, "height": looks.height}
        stream = self._file.add_stream(name, rate=30, **size)
        stream.pix_fmt = "yuv420p"
        return stream

    @property
    def seconds(self) -> float:
        """Where what was written ends [s since the recording began]."""
        return max(0, self._last) / self._rate_hz

    def add(self, pieces: list[Piece]) -> None:
        """Take more of it.

        Raises:
            OSError: It can't be written.
        """
        self._waiting += pieces
        self._waiting.sort(key=attrgetter("at"))
        if self._waiting:
            self._write_until(self._waiting[-1].at - self._waits)

    def close(self) -> None:
        """Write what waits, and end the file.

        Raises:
            OSError: It can't be written.
        """
        if self._file is None:
            return
        try:
            if self._waiting:
                self._write_until(self._waiting[-1].at)
        finally:
            file, self._file = self._file, None
            file.close()

    def _write_until(self, last: int) -> None:
        count = 0
        for piece in self._waiting:
            if piece.at > last:
                break
            count += 1
            if piece.at > self._last:  # another copy came, or it is too late
                self._last = piece.at
                self._write(piece)
        del self._waiting[:count]

    def _write(self, piece: Piece) -> None:
        packet = av.Packet(piece.data)
        packet.stream = self._stream
        packet.time_base = self._time_base  # the muxer has one of its own
        packet.pts = packet.dts = piece.at
        packet.is_keyframe = piece.key
        self._file.mux(packet)
