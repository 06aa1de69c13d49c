"""Recordings of a scripted call: they begin and end, and nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Callable

from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, EncodedPicture
from tui.ports.recorder import Recorded


class NoRecorder:
    """Keeps nothing."""

    def __init__(self, path: str):
        self._path = path

    def sound(self, stream: StreamId, title: str, packet: AudioPacket) -> None:
        """Not kept."""

    def picture(self, stream: StreamId, title: str, picture: EncodedPicture) -> bool:
        """Not kept."""
        return False

    async def close(self) -> Recorded:
        """See `tui.ports.recorder.Recorder`."""
        return Recorded(self._path, problem="A scripted call leaves no file.")


class NoRecordings:
    """Takes every path."""

    def check(self, path: str) -> None:
        """Every path will do."""

    def begin(self, path: str, failed: Callable[[str], None]) -> NoRecorder:
        """See `tui.ports.recorder.Recordings`."""
        return NoRecorder(path)
