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
    from tui.domain.call_log import LoggedCall, LoggedPerson, LoggedRecording, Transcript
    from tui.domain.captions import Caption
    from tui.domain.device_choice import DeviceInfo
    from tui.domain.device_choice import MediaChoice as Media
    from tui.domain.errors import CallsError, ErrorCode
    from tui.domain.events import EVENTS, NEVER_FIRED, SessionEvent
    from tui.domain.files import SentFile
    from tui.domain.participant import Participant
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
        DeviceState,
        EndReason,
        Phase,
        Snapshot,
        User,
    )
    from tui.sdk.answers import CallToken, JoinResult, PinType
    from tui.sdk.bots import BotSession
    from tui.sdk.calls import Calls
    from tui.sdk.listeners import LoginListener
    from tui.sdk.panel import CallPanel
    from tui.sdk.requests import CallLogRequest, TranscriptRequest

__all__ = [
    "EVENTS",
    "NEVER_FIRED",
    "AppSettings",
    "BotSession",
    "CallLogRequest",
    "CallPanel",
    "CallToken",
    "Calls",
    "CallsError",
    "CameraFacing",
    "Caption",
    "ChatMessage",
    "DeviceInfo",
    "DeviceKind",
    "DeviceState",
    "EndReason",
    "ErrorCode",
    "JoinResult",
    "Layout",
    "LoggedCall",
    "LoggedPerson",
    "LoggedRecording",
    "LoginListener",
    "Media",
    "Participant",
    "Phase",
    "PinType",
    "SentFile",
    "SessionEvent",
    "SessionSettings",
    "SessionType",
    "Snapshot",
    "Transcript",
    "TranscriptRequest",
    "User",
]

_HOMES: Final[Mapping[str, str]] = {
    "tui.domain.call_log": "LoggedCall LoggedPerson LoggedRecording Transcript",
    "tui.domain.captions": "Caption",
    "tui.domain.device_choice": "DeviceInfo Media=MediaChoice",
    "tui.domain.errors": "CallsError ErrorCode",
    "tui.domain.events": "EVENTS NEVER_FIRED SessionEvent",
    "tui.domain.files": "SentFile",
    "tui.domain.participant": "Participant",
    "tui.domain.settings": "AppSettings CameraFacing Layout SessionSettings SessionType",
    "tui.domain.snapshot": "ChatMessage DeviceKind DeviceState EndReason Phase Snapshot User",
    "tui.sdk.bots": "BotSession",
    "tui.sdk.answers": "CallToken JoinResult PinType",
    "tui.sdk.calls": "Calls",
    "tui.sdk.listeners": "LoginListener",
    "tui.sdk.panel": "CallPanel",
    "tui.sdk.requests": "CallLogRequest TranscriptRequest",
}
"""The public names by module; `NAME=INSIDE` where it is called something else inside."""
_HOME_OF: Final = {
    word.split("=")[0]: (home, word.split("=")[-1])
    for home, words in _HOMES.items()
    for word in words.split()
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, inside = _HOME_OF[name]
    return getattr(importlib.import_module(home), inside)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
