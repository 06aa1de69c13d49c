"""A picture or video file to look at: any size, any place in it.

What is a picture is read by Pillow (`picture_file`), everything else by PyAV, scaled by swscale in
the same step that makes RGB of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tui.devices.media_file import file_problem, open_media, require_file, whole_frames
from tui.devices.picture_file import open_picture
from tui.domain.text import clean
from tui.ports.clips import Clip, ClipPicture
from tui.ports.devices import DeviceUnavailable

_FPS_UNKNOWN: Final = 25.0
_HD_ROWS: Final = 720
"""From here on, video that does not say its colour matrix has BT.709's."""


def open_clip(path: str) -> Clip:
    """The pictures of a file.

    Raises:
        DeviceUnavailable: missing, unreadable, or without pictures.
    """
    try:
        require_file(path)
        picture = open_picture(path)
        return picture if picture is not None else VideoClip(path)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise file_problem(path, error) from error


class VideoClip:
    """The first video stream of a file.

    Args:
        path: The file.

    Raises:
        DeviceUnavailable: It has no pictures.
        av.FFmpegError, OSError: It can't be read.
    """

    still = False

    def __init__(self, path: str) -> None:
        self.label = clean(Path(path).name, 60)
        self._container = open_media(path)
        try:
            if not self._container.streams.video:
                raise DeviceUnavailable(
                    f"The file {clean(path, 120)} has no pictures.",
                    "Give a file with a video stream.",
                )
            self._stream = self._container.streams.video[0]
            self._stream.thread_type = "AUTO"
            self._start_s = float((self._stream.start_time or 0) * (self._stream.time_base or 0))
            self._frames: Iterator[VideoFrame] = self._decode()
            # Decoding one picture proves more than the header does.
            self._kept = self._next_frame()
            if self._kept is None:
                raise DeviceUnavailable(
                    f"The file {clean(path, 120)} holds no picture.", "Give another file."
                )
        except BaseException:
            self._container.close()
            raise
        self._at_s = 0.0
        self.width, self.height = self._shown_size(self._kept)
        rate = float(self._stream.average_rate or 0)
        self.fps = rate if 0 < rate <= 1000 else _FPS_UNKNOWN
        self.duration_s = self._duration()

    def _duration(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return float(self._container.duration or 0) / 1_000_000

    def _shown_size(self, frame: VideoFrame) -> tuple[int, int]:
        ratio = float(self._stream.sample_aspect_ratio or 1)
        width, height = max(1, round(frame.width * (ratio or 1))), frame.height
        return (height, width) if _quarter_turns(frame) % 2 else (width, height)

    def _decode(self) -> Iterator[VideoFrame]:
        return whole_frames(self._container, self._stream)

    def _next_frame(self) -> VideoFrame | None:
        return next(self._frames, None)

    def seek(self, to_s: float) -> None:
        """To the key picture before `to_s`; pictures up to it are skipped without scaling."""
        base = self._stream.time_base
        if base is None:
            return
        with contextlib.suppress(av.FFmpegError):  # some formats only play on
            self._container.seek(
                int((max(0.0, to_s) + self._start_s) / float(base)), stream=self._stream
            )
            self._frames = self._decode()
            self._kept = None

    def next_picture(self, width: int, height: int, *, not_before_s: float) -> ClipPicture | None:
        """The next picture; see `Clip`."""
        last: VideoFrame | None = None
        while True:
            try:
                frame, self._kept = self._kept or self._next_frame(), None
            except (av.FFmpegError, OSError) as error:
                raise file_problem(self.label, error) from error
            if frame is None:
                # Sought past the last picture: that one is what there is to see.
                return None if last is None else self._scaled(last, width, height)
            if frame.time is not None:
                self._at_s = frame.time - self._start_s
            else:
                self._at_s += 1 / self.fps
            if self._at_s + 1 / self.fps > not_before_s:
                return self._scaled(frame, width, height)
            last = frame

    def _scaled(self, frame: VideoFrame, width: int, height: int) -> ClipPicture:
        turns = _quarter_turns(frame)
        across, down = (height, width) if turns % 2 else (width, height)
        shown = (self.height, self.width) if turns % 2 else (self.width, self.height)
        scale = max(across / shown[0], down / shown[1])
        full = max(across, round(shown[0] * scale)), max(down, round(shown[1] * scale))
        unsaid_hd = frame.colorspace == 2 and frame.height >= _HD_ROWS
        made: NDArray[Any] = frame.reformat(
            *full,
            format="rgb24",
            src_colorspace="ITU709" if unsaid_hd else None,
            interpolation="BICUBIC",
        ).to_ndarray()
        left, top = (full[0] - across) // 2, (full[1] - down) // 2
        pixels: NDArray[np.uint8] = made[top : top + down, left : left + across]
        return ClipPicture(self._at_s, np.ascontiguousarray(np.rot90(pixels, turns)))

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def _quarter_turns(frame: VideoFrame) -> int:
    """How often to turn it to the left by 90 degrees, as phones say in their videos."""
    return round(getattr(frame, "rotation", 0) / 90) % 4
