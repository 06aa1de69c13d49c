"""What the parts of a session know of one another, so that none reaches through another.

A publisher and a subscriber know the participant they belong to as a `Member`; a participant and
its publisher know the session as `Routes`, which are the only way from one participant to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from livekit.protocol import models, rtc

from tui.server.limits import Limits
from tui.server.rooms.missed import Missed
from tui.server.rooms.outbox import Outbox
from tui.server.rooms.publication import Publication
from tui.server.sfu.counters import Counters
from tui.server.sfu.track import PublishedTrack


class Member(Protocol):
    """One participant."""

    sid: str
    """Its id (`PA_...`), the server's own."""
    info: models.ParticipantInfo
    """What the others are told of it."""
    gone: bool
    """Whether it has left the session."""
    limits: Limits
    counters: Counters
    outbox: Outbox
    """Signalling messages to its client."""

    def refuse(
        self, reason: rtc.RequestResponse.Reason, text: str, *, request_id: int = 0, **request: Any
    ) -> None:
        """Tell the client that what it asked was not done, and why."""
        ...


class Routes(Protocol):
    """One session, from the inside."""

    missed: Missed
    """Chat, for those whose connection broke."""

    def announce(self, member: Member) -> None:
        """Tell everybody what `member` is like now."""
        ...

    def heard(self, sender: Member, packet: models.DataPacket) -> None:
        """What `sender` says to everybody."""
        ...

    def lags(self, sender: Member) -> bool:
        """Whether somebody is behind with what was sent to them."""
        ...

    def resume(self, member: Member) -> None:
        """Tell `member`, whose websocket was lost, all that it may have missed."""
        ...

    def publish(self, owner: Member, fresh: Sequence[Publication]) -> None:
        """Tell everybody of new tracks of `owner`, and forward them to those who take all."""
        ...

    def unpublish(self, owner: Member, publication: Publication) -> None:
        """A track of `owner` ended: nobody receives it any more, and everybody is told."""
        ...

    def audience_changed(self, owner: Member) -> None:
        """Others may receive what `owner` publishes than before."""
        ...

    def find(self, track_sid: str) -> Publication | None:
        """The published track with this id."""
        ...

    def subscribed(self, track: PublishedTrack) -> None:
        """Tell the publisher of `track` that somebody receives it."""
        ...

    def say(self, label: str, message: bytes, to: Sequence[str], *, sender: Member) -> None:
        """Send a data packet to the identities `to`; none: to everybody but `sender`."""
        ...

    def remove(
        self,
        member: Member,
        reason: models.DisconnectReason,
        *,
        action: rtc.LeaveRequest.Action = rtc.LeaveRequest.DISCONNECT,
        tell: bool = False,
    ) -> None:
        """Take `member` out of the session, at once for all others; a second time does nothing.

        Args:
            member: Who.
            reason: Told to the others and, with `tell`, to its client.
            action: What its client shall do.
            tell: Send its client a `LeaveRequest`.
        """
        ...
