"""The public face: the Calls SDK v5 in Python, importable as `cellcall`.

What stands in `__all__` is kept by semantic versioning; everything else in `tui` is inside and may
change. The trap is weight: an app that imports `cellcall` pays for nothing until a name is used,
so names are looked up in their modules on first use, and the imports below are for type checkers.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.domain.device_choice import DeviceInfo, MediaChoice
    from tui.domain.errors import CallsError, ErrorCode
    from tui.domain.settings import (
        AppSettings,
        CameraFacing,
        Layout,
        SessionSettings,
        SessionType,
    )
    from tui.domain.snapshot import (
        ChatMessage,
        DeviceKind,
        EndReason,
        Participant,
        Phase,
        Snapshot,
        User,
    )

__all__ = [
    "AppSettings",
    "CallsError",
    "CameraFacing",
    "ChatMessage",
    "DeviceInfo",
    "DeviceKind",
    "EndReason",
    "ErrorCode",
    "Layout",
    "MediaChoice",
    "Participant",
    "Phase",
    "SessionSettings",
    "SessionType",
    "Snapshot",
    "User",
]

_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "tui.domain.device_choice": ("DeviceInfo", "MediaChoice"),
    "tui.domain.errors": ("CallsError", "ErrorCode"),
    "tui.domain.settings": (
        "AppSettings",
        "CameraFacing",
        "Layout",
        "SessionSettings",
        "SessionType",
    ),
    "tui.domain.snapshot": (
        "ChatMessage",
        "DeviceKind",
        "EndReason",
        "Participant",
        "Phase",
        "Snapshot",
        "User",
    ),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
