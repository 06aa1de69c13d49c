"""Telling the server how large each picture is needed, so that it sends no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from livekit.protocol import rtc

from tui.domain.media import TrackSource
from tui.transport.livekit.roster import Roster

_COALESCE_S: Final = 0.05


class VideoWants:
    """Sends `UpdateTrackSettings` for what changed, at most once in 50 ms."""

    def __init__(
        self,
        wants: Mapping[tuple[str, TrackSource], tuple[int, int]],
        roster: Roster,
        send: Callable[..., Awaitable[None]],
    ) -> None:
        self._wants = wants
        self._roster = roster
        self._send = send
        self._sent: dict[str, tuple[int, int]] = {}
        self._dirty = asyncio.Event()
        self._dirty.set()

    def changed(self) -> None:
        """Sizes, participants or tracks changed."""
        self._dirty.set()

    async def run(self) -> None:
        """Send changes, for ever."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(_COALESCE_S)
            self._dirty.clear()
            current: dict[str, tuple[int, int]] = {}
            for (identity, source), size in list(self._wants.items()):
                sid = self._roster.track_sid(identity, source)
                if sid is not None:
                    current[sid] = size
            for sid, (width, height) in current.items():
                if self._sent.get(sid) != (width, height):
                    await self._send(
                        track_setting=rtc.UpdateTrackSettings(
                            track_sids=[sid],
                            disabled=width <= 0 or height <= 0,
                            width=max(0, width),
                            height=max(0, height),
                        )
                    )
            self._sent = current
