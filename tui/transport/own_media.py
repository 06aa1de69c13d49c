"""What we publish, whatever the connection: it outlives each of them, and is announced on the next.

The trap is a change while an announcement waits for the server: the announcement tells the state it
began with, so the change is told once more after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.errors import CallsError
from tui.domain.ids import TrackSource
from tui.ports.transport import FrameSource, PacketSource
from tui.transport.one_connection import OneConnection
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack


@dataclass(slots=True)
class _Own:
    source: PacketSource | FrameSource
    muted: bool
    track: MicrophoneTrack | CameraTrack | None = None


class OwnMedia:
    """Our microphone, our camera, and what we share."""

    def __init__(self) -> None:
        self._own: dict[TrackSource, _Own] = {}

    @property
    def sources(self) -> list[TrackSource]:
        """What there is, in the order it was added."""
        return list(self._own)

    def add(self, source: TrackSource, media: PacketSource | FrameSource, *, muted: bool) -> None:
        """There is one more; `announce` tells the server."""
        self._own[source] = _Own(media, muted)

    def take(self, source: TrackSource, media: PacketSource | FrameSource) -> bool:
        """Put another source in the place of the one there is; False when there is none."""
        own = self._own.get(source)
        if own is None:
            return False
        own.source = media
        if own.track is not None:
            own.track.replace(media)  # type: ignore[arg-type]
        return True

    def drop(self, source: TrackSource) -> MicrophoneTrack | CameraTrack | None:
        """There is one no more, or the server does not take it; answers its newest track."""
        own = self._own.pop(source, None)
        return None if own is None else own.track

    def is_announced(self, source: TrackSource) -> bool:
        """Whether the server was told of it."""
        own = self._own.get(source)
        return own is not None and own.track is not None

    def withdraw(self, source: TrackSource) -> MicrophoneTrack | CameraTrack | None:
        """It is sent no more for now; answers its track, None when it was not sent."""
        own = self._own.get(source)
        if own is None:
            return None
        track, own.track = own.track, None
        return track

    def set_muted(self, source: TrackSource, *, muted: bool) -> bool:
        """Mute it or not, pictures at once; False when there is none."""
        own = self._own.get(source)
        if own is None:
            return False
        own.muted = muted
        if isinstance(own.track, CameraTrack):
            own.track.set_muted(muted=muted)
        return True

    def told_muted(self, source: TrackSource) -> None:
        """A moderator muted it: it stays so on the next connection, too."""
        if source in self._own:
            self._own[source].muted = True

    async def announce(self, connection: OneConnection, source: TrackSource) -> None:
        """Publish it on a connection, or nothing when it has ended meanwhile.

        Raises:
            CallsError: The server does not permit it, or does not answer.
            ConnectionGone: The connection is lost.
        """
        own = self._own.get(source)
        if own is None:
            return
        size = (0, 0)
        if source is TrackSource.MICROPHONE:
            own.track = MicrophoneTrack(own.source)  # type: ignore[arg-type]
        else:
            own.track = CameraTrack(own.source, muted=own.muted)  # type: ignore[arg-type]
            size = own.source.size  # type: ignore[union-attr]
        announced_muted = own.muted
        try:
            await connection.publish(source, own.track, muted=announced_muted, size=size)
        except CallsError:
            own.track = None
            raise
        if own.muted != announced_muted:
            await connection.set_muted(source, muted=own.muted)
