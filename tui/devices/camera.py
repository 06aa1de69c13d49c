"""Cameras of this machine: PyAV's v4l2 on Linux, AVFoundation on macOS."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import av

from tui.devices.threaded_camera import ThreadedCamera, decoded, fitted
from tui.domain.device_choice import DeviceInfo
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import DeviceUnavailable

WIDTH: Final = 640
HEIGHT: Final = 480
FPS: Final = 30
_OTHERWISE: Final = "join with --camera test:bars, or with --no-video"


def list_cameras() -> tuple[DeviceInfo, ...]:
    """What can be chosen now; never raises."""
    if sys.platform == "darwin":
        # AVFoundation has no list without a native binding; 0 is the built-in one.
        return (DeviceInfo(DeviceKind.CAMERA, "0", "Default camera", True),)
    found: list[DeviceInfo] = []
    for path in sorted(Path("/dev").glob("video*"), key=lambda path: (len(path.name), path.name)):
        about = Path("/sys/class/video4linux") / path.name
        try:
            name = (about / "name").read_text(encoding="utf-8", errors="replace")
            index = (about / "index").read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            name, index = path.name, "0"
        if index not in ("", "0"):
            continue  # the second node of a camera gives its metadata, no pictures
        found.append(
            DeviceInfo(DeviceKind.CAMERA, str(path), clean(name, 80) or path.name, not found)
        )
    return tuple(found)


def open_camera(name: str) -> ThreadedCamera:
    """Open a camera by path, by label or part of it, or the first one when `name` is empty.

    Blocks while the camera starts: call it from a thread.

    Raises:
        DeviceUnavailable: none, not found, busy, or not allowed.
    """
    cameras = list_cameras()
    if not cameras:
        raise DeviceUnavailable("No camera found.", f"Plug one in, or {_OTHERWISE}.")
    wanted = name.casefold()
    chosen = [
        camera
        for camera in cameras
        if not name or camera.device_id == name or wanted in camera.label.casefold()
    ]
    if not chosen and name.startswith("/dev/") and Path(name).exists():
        chosen = [DeviceInfo(DeviceKind.CAMERA, name, clean(name, 80))]
    if not chosen:
        known = ", ".join(f"{camera.label} ({camera.device_id})" for camera in cameras)
        raise DeviceUnavailable(
            f"There is no camera {clean(name, 80)!r}; there is {known}.",
            "Choose one of these.",
        )
    refusals: list[DeviceUnavailable] = []
    for camera in chosen:
        try:
            return _opened(camera)
        except DeviceUnavailable as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _opened(camera: DeviceInfo) -> ThreadedCamera:
    label = camera.label
    driver = "avfoundation" if sys.platform == "darwin" else "v4l2"
    wish = {"video_size": f"{WIDTH}x{HEIGHT}", "framerate": str(FPS)}
    try:
        try:
            container = av.open(camera.device_id, format=driver, options=wish)
        except (av.FFmpegError, ValueError):
            # It can't do our size: take what it gives, and scale.
            container = av.open(camera.device_id, format=driver)
        stream = container.streams.video[0]
    except PermissionError as error:
        raise DeviceUnavailable(
            f"The camera {label} may not be used.",
            "On Linux: sudo usermod -aG video $USER and log in again; on macOS: allow the "
            "terminal in System Settings, Privacy, Camera.",
        ) from error
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise DeviceUnavailable(
            f"The camera {label} can't be opened: {clean(str(error), 120)}.",
            f"Close other programs that use it, or {_OTHERWISE}.",
        ) from error
    size = fitted(stream.codec_context.width or WIDTH, stream.codec_context.height or HEIGHT)
    fps = float(stream.average_rate or FPS)
    return ThreadedCamera(
        label,
        size,
        fps,
        lambda ending: decoded(container, size, ending),
        container.close,
        silent=(
            f"The camera {label} gives no pictures.",
            f"Unplug it and plug it in again, or {_OTHERWISE}.",
        ),
    )
