"""What a moderator does to others, and to the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request
from tui.domain.announcements import Category
from tui.domain.finding import find_participant


async def _host_mute(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.mute_participant(who.id)
    return [Line(Category.HOST, f"Muted {who.name}.")]


async def _host_video(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.pause_participant_video(who.id)
    return [Line(Category.HOST, f"Stopped the video of {who.name}.")]


async def _host_remove(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.remove_participant(who.id)
    return [Line(Category.HOST, f"Removed {who.name}.")]


async def _end(request: Request) -> list[Line]:
    await request.handle.end_session_for_all()
    return []


DEEDS: Final[Mapping[str, Deed]] = {
    "host.mute": _host_mute,
    "host.video": _host_video,
    "host.remove": _host_remove,
    "call.end": _end,
}
"""Deeds by action id."""
