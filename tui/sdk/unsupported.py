"""What the SDK has and nothing here can do: each with the reason, and with what would do it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.errors import CallsError
from tui.sdk.refusals import not_supported

_STREAMING: Final = (
    "nothing here streams a session to a broadcaster",
    "LiveKit's egress on a livekit-server does.",
)
_BACKGROUND: Final = (
    "pictures are sent as the camera gives them",
    "A virtual camera of the machine can change them before.",
)

UNSUPPORTED: Final[Mapping[str, tuple[str, str]]] = {
    "start_streaming": _STREAMING,
    "stop_streaming": _STREAMING,
    "show_virtual_background_dialog": _BACKGROUND,
    "hide_virtual_background_dialog": _BACKGROUND,
    "clear_virtual_background": _BACKGROUND,
    "set_virtual_background_blur_level": _BACKGROUND,
    "set_virtual_background_image": _BACKGROUND,
}
"""By method: why not, and what would."""


def unsupported(method: str) -> CallsError:
    """`ERROR_NOT_SUPPORTED` for one of these methods."""
    why, instead = UNSUPPORTED[method]
    return not_supported(f"{why[0].upper()}{why[1:]}.", instead)
