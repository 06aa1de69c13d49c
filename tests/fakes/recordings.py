"""Recordings that keep what they are given in memory."""

from __future__ import annotations

from collections.abc import Callable

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, EncodedPicture
from tui.ports.recorder import Recorded


class FakeRecorder:
    """Notes titles; asks for a key picture until one came."""

    def __init__(self, path: str, failed: Callable[[str], None]) -> None:
        self.path = path
        self.failed = failed
        self.sounds: list[tuple[StreamId, str, bytes]] = []
        self.pictures: list[tuple[StreamId, str, EncodedPicture]] = []
        self.closed = False

    def sound(self, stream: StreamId, title: str, packet: AudioPacket) -> None:
        self.sounds.append((stream, title, packet.data))

    def picture(self, stream: StreamId, title: str, picture: EncodedPicture) -> bool:
        self.pictures.append((stream, title, picture))
        return picture.key_size is None

    async def close(self) -> Recorded:
        self.closed = True
        return Recorded(self.path, 12.0, 2)


class FakeRecordings:
    """Refuses paths in `/no`."""

    def __init__(self) -> None:
        self.made: list[FakeRecorder] = []

    def check(self, path: str) -> None:
        if path.startswith("/no"):
            raise CallsError(ErrorCode.VALIDATION, f"{path} can't be recorded to.")

    def begin(self, path: str, failed: Callable[[str], None]) -> FakeRecorder:
        self.made.append(FakeRecorder(path, failed))
        return self.made[-1]
