"""A video or picture file as a camera: looped, at the pace of its time stamps.

It is read as the player reads it (`clip_file`): turned as a phone held it, in the shape it has.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

import av

from tui.devices.clip_file import open_clip
from tui.devices.threaded_camera import CAMERA_BOX, ThreadedCamera, fitted, planar
from tui.domain.media import PlanarFrame

_FPS_MAX: Final = 30.0
_BEHIND_S: Final = 0.1
"""Pictures later than this are skipped."""
_STALLED_S: Final = 1.0
"""Later than this, the pace starts anew."""


def open_video_file(
    path: str, box: tuple[int, int] = CAMERA_BOX, most_fps: float = _FPS_MAX
) -> ThreadedCamera:
    """A camera that plays `path` for ever.

    Args:
        path: A film or a picture.
        box: Width and height that its pictures are made to fit [pixels].
        most_fps: Pictures a second that are given out, at most.

    Raises:
        DeviceUnavailable: missing, unreadable, or without pictures.
    """
    clip = open_clip(path)
    clip.close()
    size, fps = fitted(clip.width, clip.height, box), min(clip.fps, most_fps)
    return ThreadedCamera(
        f"file {clip.label}",
        size,
        fps,
        lambda ending: _looped(path, size, most_fps, ending),
        lambda: None,
    )


def _looped(
    path: str, size: tuple[int, int], most_fps: float, ending: threading.Event
) -> Iterator[PlanarFrame]:
    began_s = time.monotonic()
    offset_s = 0.0
    while not ending.is_set():
        clip = open_clip(path)
        at_s, given_s = offset_s, -1.0
        try:
            while not ending.is_set():
                late_s = time.monotonic() - began_s - offset_s - _BEHIND_S
                picture = clip.next_picture(*size, not_before_s=late_s)
                if picture is None:
                    break
                at_s = max(at_s, picture.at_s + offset_s)
                if given_s >= 0 and at_s - given_s < 0.9 / most_fps:
                    continue  # a file of 60 pictures a second
                behind_s = time.monotonic() - began_s - at_s
                if behind_s > _STALLED_S:
                    began_s += behind_s
                elif behind_s < 0 and ending.wait(-behind_s):
                    return
                given_s = at_s
                yield planar(av.VideoFrame.from_ndarray(picture.pixels, "rgb24"), size, at_s)
        finally:
            clip.close()
        # At least one picture's time, or a still image would spin.
        offset_s = at_s + 1 / min(clip.fps, most_fps)
