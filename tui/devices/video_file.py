"""A video file as a camera: looped, at the pace of its time stamps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av

from tui.devices.media_file import file_problem, open_media
from tui.devices.threaded_camera import CAMERA_BOX, ThreadedCamera, fitted, planar
from tui.domain.media import PlanarFrame
from tui.domain.text import clean
from tui.ports.devices import DeviceUnavailable

_FPS_MAX: Final = 30.0
_FPS_UNKNOWN: Final = 25.0
_BEHIND_S: Final = 0.1
"""Pictures later than this are skipped."""
_STALLED_S: Final = 1.0
"""Later than this, the pace starts anew."""


def open_video_file(
    path: str, box: tuple[int, int] = CAMERA_BOX, most_fps: float = _FPS_MAX
) -> ThreadedCamera:
    """A camera that plays the first video stream of `path` for ever.

    Args:
        path: A film or a picture.
        box: Width and height that its pictures are made to fit [pixels].
        most_fps: Pictures a second that are given out, at most.

    Raises:
        DeviceUnavailable: missing, unreadable, or without pictures.
    """
    try:
        with open_media(path) as container:
            if not container.streams.video:
                raise DeviceUnavailable(
                    f"The file {clean(path, 120)} has no pictures.",
                    "Give a file with a video stream.",
                )
            stream = container.streams.video[0]
            # Decoding one picture proves more than the header does.
            first = next(container.decode(stream), None)
            if first is None:
                raise DeviceUnavailable(
                    f"The file {clean(path, 120)} holds no picture.", "Give another file."
                )
            size = fitted(first.width, first.height, box)
            fps = float(stream.average_rate or _FPS_UNKNOWN)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise file_problem(path, error) from error
    fps = min(fps if fps > 0 else _FPS_UNKNOWN, most_fps)
    label = f"file {clean(Path(path).name, 60)}"
    return ThreadedCamera(
        label, size, fps, lambda ending: _looped(path, size, fps, most_fps, ending), lambda: None
    )


def _looped(
    path: str, size: tuple[int, int], fps: float, most_fps: float, ending: threading.Event
) -> Iterator[PlanarFrame]:
    began_s = time.monotonic()
    offset_s = 0.0
    while not ending.is_set():
        at_s = offset_s
        given_s = -1.0
        with open_media(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            start_s = float((stream.start_time or 0) * (stream.time_base or 0))
            for frame in container.decode(stream):
                time_s = at_s + 1 / fps if frame.time is None else frame.time - start_s + offset_s
                at_s = max(time_s, at_s)
                if at_s - given_s < 0.9 / most_fps and given_s >= 0:
                    continue  # a file of 60 pictures a second
                behind_s = time.monotonic() - began_s - at_s
                if behind_s > _STALLED_S:
                    began_s += behind_s
                elif behind_s > _BEHIND_S:
                    continue
                elif behind_s < 0 and ending.wait(-behind_s):
                    return
                given_s = at_s
                yield planar(frame, size, at_s)
                if ending.is_set():
                    return
        # At least one picture's time, or a still image would spin.
        offset_s = at_s + 1 / fps
