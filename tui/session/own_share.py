"""What we share: a screen, a film or a test picture, published beside the camera while it lasts.

The trap is an end nobody asked for: a display goes away, a file breaks off. The transport's track
would wait for more for ever and the others would look at the last picture, so the source tells it,
and the share is ended for everybody, with the reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    ShareEnded,
    ShareEndedByModerator,
    ShareFailed,
    ShareStarted,
    TerminalAsPictures,
)
from tui.domain.ids import StreamId, TrackSource
from tui.domain.media import EncodedPicture, MediaName, PlanarFrame, parse_share_name
from tui.domain.participant import Stream
from tui.domain.rights import Right, not_permitted
from tui.ports.devices import Camera, Devices, DeviceUnavailable, TextCamera
from tui.ports.slots import PictureSlots
from tui.ports.transport import EndOfMedia
from tui.session.call_context import CallContext
from tui.session.own_terminal import OwnTerminal
from tui.session.terminals import Terminals

_log = logging.getLogger(__name__)

OPENING_S: Final = 10.0
"""A display or file that does not answer within this time is none."""
FAULT: Final = "a fault in cellcall; the log says more."
_SHARE: Final = TrackSource.SCREEN_SHARE


class ShareSource:
    """The `FrameSource` of a share: shows us what is sent, and tells of its end.

    Args:
        camera: Open.
        on_frame: Sees every picture that is sent.
        on_end: Called with what went wrong when it ends by itself.
        on_encoded: See `FrameSource.encoded`.
    """

    def __init__(
        self,
        camera: Camera,
        on_frame: Callable[[PlanarFrame], None],
        on_end: Callable[[str], None],
        on_encoded: Callable[[EncodedPicture], bool],
    ):
        self._camera = camera
        self._on_frame = on_frame
        self._on_end = on_end
        self._on_encoded = on_encoded
        self._closed = False

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self._camera.size

    @property
    def label(self) -> str:
        """What is shared, in words."""
        return self._camera.label

    async def next_frame(self) -> PlanarFrame:
        """The next picture. Raises `EndOfMedia` at its end, which is told."""
        try:
            frame = await self._camera.next_frame()
        except (EndOfMedia, DeviceUnavailable) as end:
            if not self._closed:
                told = end.problem if isinstance(end, DeviceUnavailable) else ""
                self._on_end(told or f"The {self._camera.label} gives no pictures any more.")
            raise EndOfMedia from end
        except Exception as fault:  # whatever it is: else the last picture would stand for ever
            _log.exception("the %s failed", self._camera.label)
            if not self._closed:
                self._on_end(f"The {self._camera.label} failed, {FAULT}")
            raise EndOfMedia from fault
        if not self._closed:
            self._on_frame(frame)
        return frame

    def encoded(self, picture: EncodedPicture) -> bool:
        """See `FrameSource.encoded`."""
        return not self._closed and self._on_encoded(picture)

    async def close(self) -> None:
        """Release it; this is no end of its own. Idempotent."""
        self._closed = True
        await self._camera.close()


class OwnShare:
    """See the module.

    Args:
        context: Of the call.
        devices: Opens what is shared.
        slots: Where our own view of it is.
        show: Puts a picture into its slots.
        record: Takes each picture as it is sent; see `FrameSource.encoded`.
        voice: A VOICE session, in which nobody would see it.
        terminals: Shows our own terminal, and knows who asks for it.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        devices: Devices,
        slots: PictureSlots,
        show: Callable[[StreamId, PlanarFrame], None],
        record: Callable[[StreamId, EncodedPicture], bool],
        voice: bool,
        terminals: Terminals,
    ):
        self._transport = context.transport
        self._devices = devices
        self._roster = context.roster
        self._slots = slots
        self._show = show
        self._record = record
        self._happened = context.happened
        self._voice = voice
        self._rights = context.rights
        self._terminals = terminals
        self._clock = context.clock
        self._text: asyncio.Task[None] | None = None
        self._source: ShareSource | None = None
        self._changing = asyncio.Lock()
        self._ended = asyncio.Event()
        self._why_ended = ""

    async def start(self, name: str) -> None:
        """Share this, in place of what is shared already.

        Args:
            name: As `parse_share_name` takes it.

        Raises:
            CallsError: `VALIDATION_ERROR` for what can't be shared, `ERROR_NOT_SUPPORTED` in a
                voice session, `ERROR_NOT_PERMITTED` when the server does not allow it.
        """
        parsed = parse_share_name(name)
        self._roster.ourselves()
        if self._voice:
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "This is a voice call, which has no pictures. Join a video call to share.",
            )
        if not self._rights().share:
            raise not_permitted(Right.SHARE)
        async with self._changing:
            await self._end()
            opened = await self._opened(parsed)
            source = ShareSource(opened, self._seen, self._over, self._sent)
            try:
                await self._transport.publish_share(source)
            except BaseException:
                await source.close()
                raise
            self._source = source
            width, height = source.size
            self._roster.change_local(
                streams=self._roster.ourselves()
                .with_stream(Stream(_SHARE, width=width, height=height))
                .streams
            )
            if isinstance(opened, TextCamera):
                self._text = asyncio.create_task(self._send_text(opened), name="own terminal")
            self._happened(ShareStarted(source.label))

    async def stop(self) -> None:
        """Share nothing any more. Nothing when nothing is shared."""
        await self._stop(ShareEnded())

    async def stopped_by_moderator(self, by: str = "") -> None:
        """A moderator, called so, ended it for everybody."""
        await self._stop(ShareEndedByModerator(by))

    async def _stop(self, happening: ShareEnded | ShareEndedByModerator) -> None:
        async with self._changing:
            if await self._end():
                self._happened(happening)

    async def run(self, first: str = "") -> None:
        """Share this from the beginning, and end what ends by itself; for the whole call."""
        if first:
            try:
                await self.start(first)
            except CallsError as error:
                self._happened(ShareFailed(error.description))
        while True:
            await self._ended.wait()
            self._ended.clear()
            await self._stop(ShareEnded(self._why_ended))

    async def close(self) -> None:
        """The call is over: release what is shared. Idempotent."""
        await self._end_text()
        source, self._source = self._source, None
        if source is not None:
            await source.close()

    async def _send_text(self, camera: TextCamera) -> None:
        own = OwnTerminal(camera, self._transport, self._terminals.show_own, self._clock)
        self._terminals.own = own
        try:
            self._over(await own.run())
        except CallsError as error:
            self._happened(TerminalAsPictures(error.description))
        except Exception:  # whatever it is, the pictures go on
            _log.exception("no text of the shared terminal is sent any more")
            self._happened(TerminalAsPictures(f"Sending it failed, {FAULT}"))
            await self._terminals.forget_own()
            await own.end()

    async def _end_text(self) -> None:
        text, self._text = self._text, None
        if text is None:
            return
        text.cancel()
        await asyncio.gather(text, return_exceptions=True)
        own = self._terminals.own
        await self._terminals.forget_own()
        if own is not None:
            await own.end()

    async def _opened(self, name: MediaName) -> Camera:
        try:
            async with asyncio.timeout(OPENING_S):
                return await self._devices.open_share(name)
        except DeviceUnavailable as missing:
            told = f"{missing.problem} {missing.remedy}".strip()
        except TimeoutError:
            told = f"It did not open within {OPENING_S:.0f} seconds. Share something else."
        raise CallsError(ErrorCode.VALIDATION, told, field="share")

    async def _end(self) -> bool:
        source, self._source = self._source, None
        if source is None:
            return False
        self._ended.clear()
        await self._end_text()
        await source.close()
        local = self._roster.ourselves()
        kept = tuple(one for one in local.streams if one.source is not _SHARE)
        self._roster.change_local(streams=kept)
        self._slots.remove(StreamId(local.id, _SHARE))
        await self._transport.end_share()
        return True

    def _seen(self, frame: PlanarFrame) -> None:
        local = self._roster.local
        if local is not None:
            self._show(StreamId(local.id, _SHARE), frame)

    def _sent(self, picture: EncodedPicture) -> bool:
        local = self._roster.local
        return local is not None and self._record(StreamId(local.id, _SHARE), picture)

    def _over(self, why: str) -> None:
        self._why_ended = why
        self._ended.set()
