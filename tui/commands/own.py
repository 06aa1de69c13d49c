"""What we do ourselves: microphone, camera, hand, and leaving.

A bare command toggles; `on` and `off` say what is wished, so that a command that is repeated or
comes late does not undo itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request, wanted


async def _mic(request: Request) -> list[Line]:
    if request.argument.strip().lower() == "close":
        return await _close_mic(request)
    local = request.snapshot.local
    muted = local is None or local.audio_muted
    await request.handle.press_button("onToggleAudioButtonClicked")
    await request.handle.set_audio_muted(not wanted(request.argument, not muted, "on", "off"))
    return []


async def _close_mic(request: Request) -> list[Line]:
    await request.handle.set_microphone_closed(True)
    return []


async def _mute(request: Request) -> list[Line]:
    await request.handle.set_audio_muted(True)
    return []


async def _unmute(request: Request) -> list[Line]:
    await request.handle.set_audio_muted(False)
    return []


async def _cam(request: Request) -> list[Line]:
    local = request.snapshot.local
    paused = local is None or local.video_paused
    await request.handle.press_button("onToggleVideoButtonClicked")
    await request.handle.set_video_paused(not wanted(request.argument, not paused, "on", "off"))
    return []


async def _hand(request: Request) -> list[Line]:
    local = request.snapshot.local
    up = local is not None and local.hand_raised_at_ms > 0
    await request.handle.press_button("onRaiseHandButtonClicked")
    await request.handle.set_hand_raised(wanted(request.argument, up, "up", "down"))
    return []


async def _leave(request: Request) -> list[Line]:
    await request.handle.press_button("onLeaveSessionButtonClicked")
    await request.handle.leave_session()
    return []


async def _stay(request: Request) -> list[Line]:
    await request.handle.stay()
    return []


DEEDS: Final[Mapping[str, Deed]] = {
    "mic.toggle": _mic,
    "mic.mute": _mute,
    "mic.unmute": _unmute,
    "cam.toggle": _cam,
    "mic.close": _close_mic,
    "hand.toggle": _hand,
    "call.leave": _leave,
    "idle.stay": _stay,
}
"""Deeds by action id."""
