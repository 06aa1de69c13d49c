"""What we see of the others: layout, pin, whole or cropped, and which pictures the server sends.

Of our side only; nobody else is told. The trap is a VOICE session: the server would send pictures
to whoever does not refuse them, so they are refused for everybody who comes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import LayoutChanged, StateChanged, ZoomChanged
from tui.domain.ids import NO_STREAM, ParticipantId, StreamId, camera_of
from tui.domain.settings import Layout
from tui.domain.text import clean
from tui.domain.zoom import Zoom, ZoomStep
from tui.session.call_context import CallContext
from tui.session.layout_choice import LayoutChoice
from tui.session.streams.received import ReceivedMedia

_WHOLE: Final = (16383, 16383)
"""As large as it is sent: no picture that is decoded is larger."""


class Viewing:
    """What the person chose to see in one call.

    Args:
        context: Of the call.
        layout: To begin with.
        voice: A VOICE session: no pictures.
        received: Brings pictures to their slots.
    """

    def __init__(
        self, context: CallContext, layout: Layout, *, voice: bool, received: ReceivedMedia
    ):
        self._choice = LayoutChoice(layout)
        self._voice = voice
        self._roster = context.roster
        self._received = received
        self._transport = context.transport
        self._happened = context.happened
        self._shares: tuple[StreamId, ...] = ()
        self._wishes: dict[StreamId, dict[Hashable, tuple[int, int, float]]] = {}
        """Width, height [pixels] and frames a second, by stream and by who asks."""

    @property
    def layout(self) -> Layout:
        """How tiles are arranged."""
        return self._choice.layout

    @property
    def pinned(self) -> StreamId | None:
        """None when nothing is."""
        return self._choice.pinned

    def set_layout(self, layout: Layout) -> None:
        """Choose how tiles are arranged."""
        changed = self._choice.choose(layout)
        self._happened(LayoutChanged(layout, asked=True) if changed else StateChanged())

    def pin(self, stream: StreamId | None) -> None:
        """Pin what is shown in a tile, or unpin by None."""
        if stream is not None and not self._roster.has_tile(stream):
            raise CallsError(ErrorCode.VALIDATION, "Nobody with this id is in the call.")
        changed = self._choice.pin(stream)
        self._happened(LayoutChanged(self.layout, asked=False) if changed else StateChanged())

    def set_fit_pictures(self, fit: bool) -> None:
        """Show pictures whole, or cropped to fill."""
        self._received.fit_pictures = fit
        self._happened(StateChanged())

    @property
    def zoom(self) -> Zoom | None:
        """What is looked at closely."""
        return self._received.zooming.zoom

    def set_zoom(self, stream: StreamId, step: str, *, follows: bool = False) -> None:
        """Look closely at what somebody sends; its full size is asked for as long as that is so.

        Raises:
            CallsError: `VALIDATION_ERROR`: there is no such step, or nothing to be seen.
        """
        if step not in set(ZoomStep):
            allowed = ", ".join(ZoomStep)
            raise CallsError(ErrorCode.VALIDATION, f"zoom: {clean(step, 20)}; allowed: {allowed}.")
        if not self._roster.has_tile(stream):
            raise CallsError(ErrorCode.VALIDATION, "Nobody in the call sends this.")
        before = self.zoom
        fits = step == ZoomStep.FIT
        self._received.zooming.look(
            None
            if fits
            else replace(before, step=ZoomStep(step), follows=follows)
            if before is not None and before.stream == stream
            else Zoom(stream, ZoomStep(step), follows=follows)
        )
        for changed in {stream, before.stream if before is not None else stream}:
            if changed in self._wishes:
                self._ask(changed)
        self._received.show_again()
        self._happened(ZoomChanged(ZoomStep(step), follows))

    def move_zoom(self, across: int, down: int) -> None:
        """Look at another part, where a part is looked at."""
        self._received.zooming.move(max(-1, min(1, across)), max(-1, min(1, down)))
        self._received.show_again()
        self._happened(StateChanged())

    def want_picture(
        self,
        stream: StreamId,
        width: int,
        height: int,
        fps: float = 0.0,
        *,
        holder: Hashable = None,
    ) -> None:
        """A front end needs these pictures at this raster; the server may scale.

        With several front ends the server is asked for what serves them all.
        """
        participant = self._roster.get(stream.participant)
        nothing = stream == NO_STREAM
        if nothing or (participant is not None and not participant.is_local and not self._voice):
            self._received.wanted(stream)
            wishes = self._wishes.setdefault(stream, {})
            wishes.pop(holder, None)
            if width and height:
                wishes[holder] = (width, height, fps)
            self._ask(stream)

    def forget(self, holder: Hashable) -> None:
        """A front end is gone, and needs no pictures any more."""
        for stream, wishes in self._wishes.items():
            if wishes.pop(holder, None) is not None:
                self._ask(stream)

    def _ask(self, stream: StreamId) -> None:
        wishes = list(self._wishes[stream].values())
        rates = [fps for _, _, fps in wishes]
        if wishes and self.zoom is not None and self.zoom.stream == stream:
            wishes.append((*_WHOLE, max(rates)))
        self._transport.want_video(
            stream,
            width=max((width for width, _, _ in wishes), default=0),
            height=max((height for _, height, _ in wishes), default=0),
            fps=max(rates, default=0.0) if all(rates) else 0.0,
        )

    def somebody_came(self, who: ParticipantId) -> None:
        """In a voice session, refuse their pictures, which nobody will see."""
        if self._voice:
            self._transport.want_video(camera_of(who), width=0, height=0)

    def renamed(self, was: ParticipantId, now: ParticipantId) -> None:
        """Somebody came back under another id, and stays pinned."""
        pinned = self._choice.pinned
        if pinned is not None and pinned.participant == was:
            self._choice.pinned = replace(pinned, participant=now)
            self._happened(StateChanged())

    def follow_shares(self) -> None:
        """Pin the screen that somebody began to share, and let go of the one that ended."""
        before, self._shares = self._shares, self._roster.shares
        pinned = self._choice.pinned
        if new := [one for one in self._shares if one not in before]:
            changed = self._choice.show_share(new[-1])
            self._happened(LayoutChanged(self.layout, asked=False) if changed else StateChanged())
        elif pinned is not None and pinned in before and pinned not in self._shares:
            self.pin(self._shares[-1] if self._shares else None)

    def somebody_left(self, who: ParticipantId) -> None:
        """Unpin somebody who left, and ask for their pictures no longer."""
        for stream in [one for one in self._wishes if one.participant == who]:
            del self._wishes[stream]
        pinned = self._choice.pinned
        # `follow_shares` takes care of a shared screen: there may be another one.
        if pinned == camera_of(who):
            self.pin(None)
