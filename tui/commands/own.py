"""What we do ourselves: microphone, camera, hand, and leaving.

A bare command toggles; `on` and `off` say what is wished, so that a command that is repeated or
comes late does not undo itself. The session tells what changed; what was so already is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request, wanted
from tui.domain.announcements import Category
from tui.domain.snapshot import DeviceKind


async def _mic(request: Request) -> list[Line]:
    if request.argument.strip().lower() == "close":
        return await _close_mic(request)
    local = request.snapshot.local
    muted = local is None or local.audio_muted
    await request.handle.press_button("onToggleAudioButtonClicked")
    return await _set_muted(request, not wanted(request.argument, not muted, "on", "off"))


async def _close_mic(request: Request) -> list[Line]:
    await request.handle.set_microphone_closed(True)
    return []


async def _mute(request: Request) -> list[Line]:
    return await _set_muted(request, True)


async def _unmute(request: Request) -> list[Line]:
    return await _set_muted(request, False)


async def _set_muted(request: Request, muted: bool) -> list[Line]:
    before = request.snapshot
    local = before.local
    already = local is not None and local.audio_muted == muted and not before.talking
    await request.handle.set_audio_muted(muted)
    if not already:
        return []
    told = f"Your microphone is {'off' if muted else 'on'} already"
    problem = before.problem_of(DeviceKind.MICROPHONE)
    but = f", but it does not work: {problem}" if problem and not muted else "."
    return [Line(Category.MIC, f"{told}{but}")]


async def _cam(request: Request) -> list[Line]:
    local = request.snapshot.local
    paused = local is None or local.video_paused
    await request.handle.press_button("onToggleVideoButtonClicked")
    pause = not wanted(request.argument, not paused, "on", "off")
    await request.handle.set_video_paused(pause)
    if local is None or pause != paused:
        return []
    return [Line(Category.CAM, f"Your camera is {'off' if paused else 'on'} already.")]


async def _hand(request: Request) -> list[Line]:
    local = request.snapshot.local
    up = local is not None and local.hand_raised_at_ms > 0
    await request.handle.press_button("onRaiseHandButtonClicked")
    wish = wanted(request.argument, up, "up", "down")
    await request.handle.set_hand_raised(wish)
    if wish != up:
        return []
    return [Line(Category.HAND, f"Your hand is {'up' if up else 'down'} already.")]


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
