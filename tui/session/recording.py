"""Recording a call on this machine: who must be told, what is kept, and how it ends.

Nothing is recorded before everybody is told: our attribute has to come back from the server first,
by which other clients of ours know, and a server of ours says it to all others. Where the server
itself says nothing, a line in the chat does, to whoever comes later as well. The trap is leaving:
the file is made at the very end, and what failed has to be told still.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from tui.audio.capture import Capture
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    RecordingEnded,
    RecordingFailed,
    RecordingStarted,
    SessionRecorded,
    SessionRecordedNoMore,
    StateChanged,
)
from tui.domain.ids import ParticipantId, StreamId, TrackSource, camera_of
from tui.domain.media import AudioPacket, EncodedPicture, Pictures
from tui.domain.text import clean
from tui.ports.recorder import Recorder, Recordings
from tui.ports.transport_events import RecordingTold
from tui.session.call_context import CallContext
from tui.session.roster import RECORDING_ATTRIBUTE
from tui.session.streams.received import ReceivedMedia
from tui.session.viewing import Viewing

TOLD_WITHIN_S: Final = 3.0
"""So long it may take until the server says of us that we record."""
SAID_WITHIN_S: Final = 0.5
"""And so long behind it, where a server says that the session is recorded."""
_SMALL: Final = (640, 360)
_FULL: Final = (1920, 1080)
_SHARES: Final = (TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO)


class Recording:
    """Records one call, or not.

    Args:
        context: Of the call.
        recordings: Makes the files; None: nothing here may.
        received: Brings what the others send.
        capture: Brings our voice.
        viewing: Asks for the pictures that are kept.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        recordings: Recordings | None,
        received: ReceivedMedia,
        capture: Capture,
        viewing: Viewing,
    ):
        self._recordings = recordings
        self._transport = context.transport
        self._roster = context.roster
        self._capture = capture
        self._viewing = viewing
        self._happened = context.happened
        self._recorder: Recorder | None = None
        self._pictures = Pictures.SMALL
        self._titles: dict[StreamId, str] = {}
        self._changing = asyncio.Lock()
        self._due = asyncio.Event()
        """There is something for `run`."""
        self._first: tuple[str, str] | None = None
        self._news = asyncio.Event()
        """Something was said of somebody."""
        self._why_broken = ""
        self._told = RecordingTold()
        self._by_server = False
        """It was said that the server records, and by nobody of those who are there."""
        self._seen_in_chat: frozenset[ParticipantId] = frozenset()
        self.path = ""
        """The file we record to, cleaned; empty when we do not."""
        received.packet_taps.append(self._sound)
        received.encoded_taps.append(self.picture)

    @property
    def recorded(self) -> bool:
        """Whether the server says that the session is recorded."""
        return self._told.recorded

    @property
    def allowed(self) -> bool:
        """Whether whoever runs the session lets people record it."""
        return self._told.allowed

    async def start(self, path: str, pictures: str = Pictures.SMALL) -> None:
        """Tell everybody, then record.

        Args:
            path: Of the file, absolute.
            pictures: One of `Pictures`.

        Raises:
            CallsError: `VALIDATION_ERROR`, `ERROR_NOT_PERMITTED` where recording is off, and
                `ERROR_NOT_SUPPORTED` where nobody can be told.
        """
        if pictures not in set(Pictures):
            allowed = ", ".join(Pictures)
            raise CallsError(
                ErrorCode.VALIDATION,
                f"pictures: came as {clean(pictures, 20)!r}; allowed: {allowed}.",
                field="pictures",
            )
        async with self._changing:
            recordings = self._permitted()
            recordings.check(path)
            self._pictures = Pictures(pictures)
            await self._tell()
            try:
                self._recorder = recordings.begin(path, self._failed)
            except BaseException:
                await self._transport.set_attributes({RECORDING_ATTRIBUTE: ""})
                raise
            self.path = clean(path)
            self._capture.made = self._own_sound
            self.ask_for_pictures()
            self._happened(RecordingStarted(self.path, self._pictures is not Pictures.OFF))

    def _permitted(self) -> Recordings:
        if self._recordings is None:
            raise CallsError(ErrorCode.NOT_SUPPORTED, "Nothing can be recorded here.")
        if self._recorder is not None:
            raise CallsError(
                ErrorCode.VALIDATION, f"You record already, to {self.path}. /record off ends it."
            )
        if not self.allowed:
            raise CallsError(
                ErrorCode.NOT_PERMITTED, "Whoever runs this call does not let it be recorded."
            )
        return self._recordings

    async def _tell(self) -> None:
        """Say that we record, and wait until it was heard."""
        kept = "sound" if self._pictures is Pictures.OFF else "pictures"
        await self._transport.set_attributes({RECORDING_ATTRIBUTE: kept})
        await self._until(self._heard, TOLD_WITHIN_S)
        await self._until(lambda: self._told.recorded, SAID_WITHIN_S)
        try:
            if not self._told.recorded:
                await self._say_in_chat()
        except CallsError:
            if not self._heard():
                await self._transport.set_attributes({RECORDING_ATTRIBUTE: ""})
                raise CallsError(
                    ErrorCode.NOT_SUPPORTED,
                    "This server tells nobody that you record, so nothing is recorded.",
                ) from None

    async def _until(self, so: Callable[[], bool], within_s: float) -> None:
        """Wait for news until it is so, or until that has taken too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not so():
                    self._news.clear()
                    await self._news.wait()

    def _heard(self) -> bool:
        local = self._roster.local
        return local is not None and local.records

    async def _say_in_chat(self) -> None:
        self._seen_in_chat = frozenset(one.id for one in self._roster.participants)
        await self._transport.send_chat("I record this call with cellcall.")

    async def stop(self) -> None:
        """Record no longer, and make the file. Nothing when nothing is recorded."""
        await self._stop("")

    async def _stop(self, why: str) -> None:
        async with self._changing:
            recorder, path = self._end()
            if recorder is None:
                return
            self._happened(StateChanged())
            recorded, _ = await asyncio.gather(
                recorder.close(), self._transport.set_attributes({RECORDING_ATTRIBUTE: ""})
            )
            self._happened(
                RecordingEnded(
                    clean(recorded.path or path), recorded.seconds, recorded.problem, why
                )
            )

    def _end(self) -> tuple[Recorder | None, str]:
        recorder, self._recorder = self._recorder, None
        path, self.path = self.path, ""
        if recorder is not None:
            self._capture.made = None
            self._titles.clear()
            self._why_broken = ""
            self._viewing.forget(self)
        return recorder, path

    def begin_once(self, path: str, pictures: str) -> None:
        """Begin by itself as soon as `run` runs; later calls, and no path, change nothing."""
        if path and self._first is None:
            self._first = path, pictures
            self._due.set()

    async def run(self) -> None:
        """Begin and end what nobody asks for at that moment; for the whole call."""
        begun = False
        while True:
            await self._due.wait()
            self._due.clear()
            if self._first is not None and not begun:
                begun = True
                try:
                    await self.start(*self._first)
                except CallsError as error:
                    self._happened(RecordingFailed(error.description))
            if self._why_broken:
                await self._stop(self._why_broken)

    async def close(self) -> None:
        """The call is over: make the file. Idempotent."""
        recorder, path = self._end()
        if recorder is not None:
            recorded = await recorder.close()
            self._happened(
                RecordingEnded(clean(recorded.path or path), recorded.seconds, recorded.problem)
            )

    def _failed(self, why: str) -> None:
        self._why_broken = why
        self._due.set()

    # ---- what the server says
    def told(self, told: RecordingTold) -> None:
        """The server says whether the session is recorded, and whether it may be."""
        before, self._told = self._told, told
        self._news.set()
        by_nobody = not any(one.records for one in self._roster.participants)
        if told.recorded and not before.recorded and by_nobody:
            self._by_server = True
            self._happened(SessionRecorded())
        elif self._by_server and not told.recorded:
            self._by_server = False
            self._happened(SessionRecordedNoMore())
        else:
            self._happened(StateChanged())
        if not told.allowed and self._recorder is not None:
            self._failed("whoever runs this call does not let it be recorded")

    async def people_changed(self) -> None:
        """Where the server tells nobody, tell whoever came; and ask for their pictures."""
        self._news.set()
        if self._recorder is None:
            return
        self.ask_for_pictures()
        present = {one.id for one in self._roster.participants}
        if not self._told.recorded and not present <= self._seen_in_chat:
            with contextlib.suppress(CallsError):
                await self._say_in_chat()

    # ---- what is kept
    def ask_for_pictures(self) -> None:
        """Ask the server for the pictures that are kept, whatever is shown."""
        if self._recorder is None or self._pictures is Pictures.OFF:
            return
        size = _SMALL if self._pictures is Pictures.SMALL else _FULL
        for one in self._roster.participants:
            self._viewing.want_picture(camera_of(one.id), *size, holder=self)
            for share in one.shares:
                self._viewing.want_picture(share, *_FULL, holder=self)

    def _sound(self, stream: StreamId, packet: AudioPacket) -> None:
        if self._recorder is not None:
            self._recorder.sound(stream, self._title(stream), packet)

    def _own_sound(self, packet: AudioPacket) -> None:
        local = self._roster.local
        if local is not None:
            self._sound(StreamId(local.id, TrackSource.MICROPHONE), packet)

    def picture(self, stream: StreamId, picture: EncodedPicture) -> bool:
        """One whole picture, ours or somebody else's; whether a key picture is needed."""
        recorder = self._recorder
        if recorder is None or self._pictures is Pictures.OFF:
            return False
        return recorder.picture(stream, self._title(stream), picture)

    def own_picture(self, picture: EncodedPicture) -> bool:
        """One whole picture of our camera."""
        local = self._roster.local
        return local is not None and self.picture(camera_of(local.id), picture)

    def _title(self, stream: StreamId) -> str:
        if (known := self._titles.get(stream)) is not None:
            return known
        who = self._roster.get(stream.participant)
        name = who.name if who is not None else "Somebody"
        title = f"{name}, screen" if stream.source in _SHARES else name
        self._titles[stream] = title
        return title
