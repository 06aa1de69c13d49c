"""What we see of the others: layout, pin, whole or cropped, and which pictures the server sends.

Of our side only; nobody else is told. The trap is a VOICE session: the server would send pictures
to whoever does not refuse them, so they are refused for everybody who comes.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import LayoutChanged, StateChanged
from tui.domain.media import TrackSource
from tui.domain.settings import Layout
from tui.ports.transport import Transport
from tui.session.layout_choice import LayoutChoice
from tui.session.outlet import Happened
from tui.session.received import ReceivedMedia
from tui.session.roster import Roster


class Viewing:
    """What the person chose to see in one call.

    Args:
        layout: To begin with.
        voice: A VOICE session: no pictures.
        roster: Who is there.
        received: Brings pictures to their slots.
        transport: Asks the server for them.
        happened: Says what happened.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        voice: bool,
        roster: Roster,
        received: ReceivedMedia,
        transport: Transport,
        happened: Happened,
    ):
        self._choice = LayoutChoice(layout)
        self._voice = voice
        self._roster = roster
        self._received = received
        self._transport = transport
        self._happened = happened

    @property
    def layout(self) -> Layout:
        """How tiles are arranged."""
        return self._choice.layout

    @property
    def pinned(self) -> str:
        """uid, or empty."""
        return self._choice.pinned

    def set_layout(self, layout: Layout) -> None:
        """Choose how tiles are arranged."""
        changed = self._choice.choose(layout)
        self._happened(LayoutChanged(layout, asked=True) if changed else StateChanged())

    def pin(self, uid: str) -> None:
        """Pin a participant, or unpin with an empty uid."""
        if uid and self._roster.get(uid) is None:
            raise CallsError(ErrorCode.VALIDATION, "Nobody with this uid is in the call.")
        changed = self._choice.pin(uid)
        self._happened(LayoutChanged(self.layout, asked=False) if changed else StateChanged())

    def set_fit_pictures(self, fit: bool) -> None:
        """Show pictures whole, or cropped to fill."""
        self._received.fit_pictures = fit
        self._happened(StateChanged())

    def want_picture(self, uid: str, width: int, height: int, fps: float = 0.0) -> None:
        """A front end needs this participant's picture at this raster; the server may scale."""
        participant = self._roster.get(uid)
        nobody = not uid
        if nobody or (participant is not None and not participant.is_local and not self._voice):
            self._received.wanted(uid)
            self._transport.want_video(uid, TrackSource.CAMERA, width=width, height=height, fps=fps)

    def somebody_came(self, uids: Iterable[str]) -> None:
        """In a voice session, spare the network what nobody will see."""
        if self._voice:
            for uid in uids:
                self._transport.want_video(uid, TrackSource.CAMERA, width=0, height=0)

    def somebody_left(self, uid: str) -> None:
        """Nobody is pinned who is not there."""
        if self._choice.pinned == uid:
            self.pin("")
