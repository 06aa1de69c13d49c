"""The recorder port: packets and coded pictures in, one file with a track for each stream out.

Nothing is decoded. What came is on the disk within a second, whatever becomes of this process; the
one file is made of it when the recording ends. Implemented by `tui.devices.recording`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, EncodedPicture


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a recording."""

    path: str
    """The file; or the folder of its tracks, where they could not be joined."""
    seconds: float = 0.0
    tracks: int = 0
    problem: str = ""
    """What went wrong, a sentence with what can be done; empty when nothing did."""


class Recorder(Protocol):
    """One recording. Methods but `close` return at once and never raise; any thread may call."""

    def sound(self, stream: StreamId, title: str, packet: AudioPacket) -> None:
        """One Opus packet, as it was received; `title` is of the track, and its first one counts.

        Packets may come late and twice.
        """

    def picture(self, stream: StreamId, title: str, picture: EncodedPicture) -> bool:
        """One whole picture, following without a gap from the one before, or a key picture.

        Returns:
            Whether nothing can be kept before a key picture comes.
        """

    async def close(self) -> Recorded:
        """End it, and make the one file. Idempotent."""


class Recordings(Protocol):
    """Makes recordings."""

    def check(self, path: str) -> None:
        """See whether there could be a recording; nothing is left behind.

        Raises:
            CallsError: `VALIDATION_ERROR`: it can't be written, or is there already.
        """

    def begin(self, path: str, failed: Callable[[str], None]) -> Recorder:
        """Begin one.

        Args:
            path: Of the file, absolute; a Matroska file, whatever its name ends with.
            failed: Told once, in the loop, why nothing more can be kept; `close` is still due.

        Raises:
            CallsError: As `check`.
        """
