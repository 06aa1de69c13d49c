"""Telling the server how large each picture is needed, so that it sends no more."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from livekit.protocol import rtc

from tui.domain.ids import StreamId
from tui.domain.sealing import Sealing
from tui.transport.livekit.roster import Roster
from tui.transport.want import NOTHING, Want

_COALESCE_S: Final = 0.05


class VideoWants:
    """Sends `UpdateTrackSettings` for what changed, at most once in 50 ms.

    Before anything is wanted nothing is said, and the server sends everything: a bot that only
    counts. Afterwards a picture nobody asked for (on another page, of a shared screen) is disabled.
    """

    def __init__(
        self,
        wants: Mapping[StreamId, Want],
        roster: Roster,
        send: Callable[..., Awaitable[None]],
    ) -> None:
        self._wants = wants
        self._roster = roster
        self._send = send
        self._sent: dict[str, Want] = {}
        self._dirty = asyncio.Event()
        self._dirty.set()

    def changed(self) -> None:
        """Sizes, participants or tracks changed."""
        self._dirty.set()

    def say_again(self) -> None:
        """What was sent may be lost."""
        self._sent = {}
        self._dirty.set()

    async def run(self) -> None:
        """Send changes, for ever."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(_COALESCE_S)
            self._dirty.clear()
            current = self._current()
            for sid, want in current.items():
                if self._sent.get(sid) != want:
                    await self._send(
                        track_setting=rtc.UpdateTrackSettings(
                            track_sids=[sid],
                            disabled=want.disabled,
                            width=max(0, want.width),
                            height=max(0, want.height),
                            fps=math.ceil(want.fps),
                        )
                    )
            self._sent = current

    def _current(self) -> dict[str, Want]:
        """By track, what is wanted of everything published."""
        tracks = [
            (StreamId(one.id, track.source, track.number), track)
            for one in self._roster.others
            for track in one.tracks
        ]
        # What can't be opened is not wanted, sound neither; keys that differ may be mended.
        shut = {
            track.sid: NOTHING
            for _, track in tracks
            if track.sealing in (Sealing.NO_KEY, Sealing.NOT_SEALED)
        }
        if not self._wants:
            return shut
        return shut | {
            track.sid: self._wants.get(stream, NOTHING)
            for stream, track in tracks
            if stream.shows and track.sid not in shut
        }
