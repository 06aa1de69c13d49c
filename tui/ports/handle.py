"""The handle: how a front end holds a session, wherever the session runs.

The same small interface whether the session is in the engine process (the app, `--plain`) or in
this one (`--headless`, library use, tests); one contract suite asks all of them. Commands go up as
values and are answered when done; snapshots and levels come down newest-wins; what happened comes
down each one, in order; pictures sit in slots a front end reads at its own pace.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

from tui.domain.commands import Command
from tui.domain.frozen import dataclass
from tui.domain.happenings import Happening
from tui.domain.ids import StreamId
from tui.domain.snapshot import Levels, Snapshot

R = TypeVar("R")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One participant's newest picture at the raster that was asked for."""

    serial: int
    """Grows with every new picture of this slot; equal means nothing new."""
    width: int
    height: int
    rgb: bytes
    """`height * width * 3` bytes, rows from the top."""


@dataclass(frozen=True, slots=True)
class EngineGone:
    """The engine process ended or closed the connection; the last thing `updates` gives."""

    text: str


Update = Snapshot | Levels | Happening | EngineGone


class Handle(Protocol):
    """A session in somebody's hand."""

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """Do a command (`tui.domain.commands`), and return its answer when it is done.

        Nothing waits for anything before it: what must keep its order is awaited by whoever sends
        it, and turning the microphone off never waits.

        Args:
            command: Says what it does and what it is answered with.
            action: The row of the action table somebody chose it by; the SDK event of its button
                is emitted then.

        Raises:
            CallsError: What was refused, or `ERROR_CONNECTION_FAILED` without an engine.
        """

    def snapshot(self) -> Snapshot:
        """The newest one, at once."""

    def updates(self) -> AsyncIterator[Update]:
        """Everything that comes down, for one reader; begins with the newest snapshot.

        Snapshots and levels are newest-wins; the rest is kept in order (bounded at 1000, beyond
        which the oldest `low` announcements go first). Ends with `EngineGone`.
        """

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """Ask for a stream's pictures at this raster [pixels]; 0x0 stops them.

        `fps` is how many a second are shown, 0 for all; a server may send fewer then.

        The picture is scaled to fill and cropped at the centre, or shown whole
        (`set_fit_pictures`). Own pictures are mirrored. Once a front end has asked for any
        picture, streams it did not ask for are not received. `NO_STREAM` asks for nothing.
        """

    def picture(self, stream: StreamId) -> Picture | None:
        """The newest picture of that slot, or None before the first. Cheap: call it per frame."""

    async def close(self) -> None:
        """Let go. In-process: leaves the session. Idempotent."""
