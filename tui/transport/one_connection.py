"""One connection of a transport to its server: from one join to one goodbye or loss.

A transport outlives its connections (`tui.transport.lasting`); what each must do is said here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Protocol

from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.ports.transport import ReceiveStats
from tui.ports.transport_events import CaptionSegment, DisconnectReason, JoinedSession
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection is over."""

    why: str
    """In words, for the log and for whoever has to be told that it was lost."""
    reason: DisconnectReason | None = None
    """Why for good; None: it was lost, and joining again is the way back."""


class OneConnection(Protocol):
    """An open connection; whoever has it calls `end`."""

    @property
    def media_came(self) -> bool:
        """Whether media could ever come."""

    def joined(self) -> JoinedSession:
        """Who is here now."""

    async def ended(self) -> Ended:
        """Wait for the end of the connection."""

    async def media(self) -> None:
        """Wait until media can come, or nobody is there to send any.

        Raises:
            ConnectionGone: They can't, or the connection is over.
        """

    async def publish(
        self,
        source: TrackSource,
        track: MicrophoneTrack | CameraTrack,
        *,
        muted: bool,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """Publish our microphone, our camera, or a shared screen.

        Raises:
            CallsError: The server does not permit it, or does not answer.
            ConnectionGone: The connection is lost.
        """

    async def unpublish(self, source: TrackSource, track: MicrophoneTrack | CameraTrack) -> None:
        """Publish it no longer: for the others it is gone, not muted.

        Raises:
            ConnectionGone: The connection is lost.
        """

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """Tell that our track is (not) muted; nothing when it is not published.

        Raises:
            ConnectionGone: The connection is lost.
        """

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """Change our attributes, and our name unless it is empty.

        Raises:
            ConnectionGone: The connection is lost.
        """

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """Send a chat message to everybody; answers as `Transport.send_chat`.

        Raises:
            CallsError: It was not taken.
            ConnectionGone: The connection is lost.
        """

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """Send words of somebody's to everybody.

        Raises:
            CallsError: It was not taken, or can't be sent here.
            ConnectionGone: The connection is lost.
        """

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId]) -> None:
        """Send a message about a shared terminal to these, or to everybody.

        Raises:
            CallsError: It was not taken, or can't be sent here.
            ConnectionGone: The connection is lost.
        """

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """See `Transport.send_file`.

        Raises:
            CallsError: It was not taken, or can't be sent here.
            ConnectionGone: The connection is lost.
        """

    def want_changed(self) -> None:
        """The wanted picture sizes changed."""

    def stats(self) -> Mapping[StreamId, ReceiveStats]:
        """What the network did to each stream received."""

    async def end(self, *, within_s: float, goodbye: bool) -> None:
        """Close it within so long [s], and tell the server first that we leave on purpose."""


_ending: Final[set[asyncio.Task[None]]] = set()
"""What ends connections nobody waits for any more; asyncio itself keeps no task alive."""


async def end_in_time(
    ending: Coroutine[Any, Any, None], within_s: float, *, abort: Callable[[], object]
) -> None:
    """Run what ends a connection; `abort` when it takes longer [s], and wait no more.

    It goes on to its end by itself then: cut off, it would leave tasks behind that hold all of the
    connection, for as long as the program runs.
    """
    task = asyncio.create_task(ending, name="end of a connection")
    _ending.add(task)
    task.add_done_callback(_ended)
    try:
        await asyncio.wait({task}, timeout=within_s)
    except asyncio.CancelledError:
        abort()
        raise
    if task.done():
        task.result()
        return
    _log.warning("a connection took longer than %.0f s to close", within_s)
    abort()


def _ended(task: asyncio.Task[None]) -> None:
    _ending.discard(task)
    if not task.cancelled() and task.exception() is not None:
        _log.debug("the end of a connection failed", exc_info=task.exception())
