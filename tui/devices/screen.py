"""The screen of this machine as pictures: PyAV's x11grab on Linux, AVFoundation on macOS.

Wayland lets no program look at the screen by itself, and what x11grab sees of it is black; so there
it is refused in words, and never sent black.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import av
from av.container import InputContainer

from tui.devices.threaded_camera import SHARE_BOX, ThreadedCamera, decoded, fitted
from tui.domain.text import clean
from tui.ports.devices import DeviceUnavailable

FPS: Final = 5
"""As the Calls SDK captures; each picture costs an encoder 20 to 40 ms at full size."""
_OTHERWISE: Final = "Share a film or a picture instead: /share file:PATH."


def open_screen(display: str = "") -> ThreadedCamera:
    """The whole screen, in its size up to 1920x1080.

    Blocks while the display answers: call it from a thread.

    Args:
        display: An X display, such as `:1`; empty: that of `DISPLAY`.

    Raises:
        DeviceUnavailable: There is no screen, or it may not be seen.
    """
    container = _opened(display)
    stream = container.streams.video[0]
    size = fitted(stream.codec_context.width, stream.codec_context.height, SHARE_BOX)
    return ThreadedCamera(
        "screen",
        size,
        FPS,
        lambda ending: decoded(container, size, ending),
        container.close,
        silent=("The screen gives no pictures any more.", _OTHERWISE),
    )


def _opened(display: str) -> InputContainer:
    options = {"framerate": str(FPS)}
    if sys.platform == "darwin":
        return _grabbed("Capture screen 0:none", "avfoundation", {**options, "capture_cursor": "1"})
    if not display and os.environ.get("WAYLAND_DISPLAY"):
        raise DeviceUnavailable(
            "This is a Wayland session, where no program may look at the screen by itself.",
            f"{_OTHERWISE} Or sign in with X11.",
        )
    display = display or os.environ.get("DISPLAY", "")
    if not display:
        raise DeviceUnavailable("There is no screen here: DISPLAY is not set.", _OTHERWISE)
    return _grabbed(display, "x11grab", options)


def _grabbed(name: str, driver: str, options: dict[str, str]) -> InputContainer:
    try:
        container: Any = av.open(name, format=driver, options=options)
    except (av.FFmpegError, OSError, ValueError) as error:
        why = clean(str(error), 120)
        raise DeviceUnavailable(
            f"The screen {clean(name, 40)} can't be seen: {why}.", _OTHERWISE
        ) from error
    if not container.streams.video:
        container.close()
        raise DeviceUnavailable(f"The screen {clean(name, 40)} shows nothing.", _OTHERWISE)
    return container  # type: ignore[no-any-return]
