"""One session: who is in it, and telling everybody what changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livekit.protocol import models, rtc

from tui.server.limits import Limits
from tui.server.rooms.publisher import Publication
from tui.server.rooms.speakers import SILENCE_DBOV, SpeakerDetector
from tui.server.sfu.counters import Counters
from tui.server.sfu.dtls import ServerCertificate, random_text
from tui.server.sfu.mux import UdpMux
from tui.server.sfu.track import PublishedTrack
from tui.server.tasks import OwnedTasks

if TYPE_CHECKING:
    from tui.server.rooms.participant import Participant

CODECS = ("audio/opus", "video/VP8", "video/H264")
EMPTY_TIMEOUT_S = 300
"""How long a session made by `CreateRoom` waits for its first participant."""
_LEVEL_FRESH_S = 0.5


@dataclass(frozen=True, slots=True)
class MediaServices:
    """What every participant's media needs of the server."""

    mux: UdpMux
    certificate: ServerCertificate
    counters: Counters
    tasks: OwnedTasks
    max_bitrate_bps: int


class Room:
    """One session.

    Args:
        name: Its session ID.
        services: For its participants' media.
        limits: What its participants may ask.
        left: Called after somebody left.
    """

    def __init__(
        self,
        name: str,
        services: MediaServices,
        limits: Limits,
        left: Callable[[Room, Participant], None],
    ) -> None:
        self.services = services
        self.limits = limits
        self.created_at = time.monotonic()
        self.started_at_ms = 0
        """When the first participant joined, 0 before."""
        self.participants: dict[str, Participant] = {}
        """By identity."""
        self.info = models.Room(
            sid="RM_" + random_text(12),
            name=name,
            creation_time=int(time.time()),
            creation_time_ms=int(time.time() * 1000),
            empty_timeout=EMPTY_TIMEOUT_S,
            max_participants=limits.participants_per_session,
            enabled_codecs=[models.Codec(mime=mime) for mime in CODECS],
        )
        self._left = left
        self._speakers = SpeakerDetector()

    @property
    def name(self) -> str:
        """The session ID."""
        return self.info.name

    def others(self, participant: Participant) -> list[Participant]:
        """Everybody but `participant`."""
        return [other for other in self.participants.values() if other is not participant]

    def publication(self, track_sid: str) -> Publication | None:
        """The published track with this id."""
        for participant in self.participants.values():
            found = participant.publisher.published.get(track_sid)
            if found is not None:
                return found
        return None

    def announce(self, participant: Participant, *, to_itself: bool = True) -> None:
        """Tell everybody what `participant` is like now."""
        if participant.gone and to_itself:
            return
        participant.info.version += 1
        update = rtc.ParticipantUpdate(participants=[participant.info])
        if to_itself:
            participant.outbox.send(update=update)
        if not participant.hidden:
            for other in self.others(participant):
                other.outbox.send(update=update)

    def set_metadata(self, metadata: str) -> None:
        """Change the session's own metadata and tell everybody."""
        self.info.metadata = metadata
        for participant in self.participants.values():
            participant.outbox.send(room_update=rtc.RoomUpdate(room=self.info))

    def track_subscribed(self, track: PublishedTrack) -> None:
        """Tell the publisher of `track` that somebody receives it."""
        for participant in self.participants.values():
            if participant.sid == track.owner_sid:
                participant.outbox.send(track_subscribed=rtc.TrackSubscribed(track_sid=track.sid))

    def pass_on(
        self,
        label: str,
        message: bytes,
        identities: Sequence[str],
        *,
        sids: Sequence[str] = (),
        sender: Participant | None,
    ) -> None:
        """Send a data packet to the named participants, or to everybody but `sender`."""
        everybody = not identities and not sids
        for participant in list(self.participants.values()):
            if participant is not sender and (
                everybody or participant.identity in identities or participant.sid in sids
            ):
                participant.send_data(label, message)

    def update_speakers(self, now: float) -> None:
        """Tell everybody who speaks; call about every 0.4 s."""
        loudness = {}
        for participant in self.participants.values():
            levels = [
                publication.track.level
                for publication in participant.publisher.published.values()
                if publication.track.kind == "audio"
                and not publication.track.muted
                and now - publication.track.level_at < _LEVEL_FRESH_S
            ]
            loudness[participant.sid] = min(levels, default=SILENCE_DBOV)
        changed = self._speakers.update(loudness)
        if changed:
            message = rtc.SpeakersChanged(speakers=changed)
            for participant in self.participants.values():
                participant.outbox.send(speakers_changed=message)

    def remove(
        self,
        participant: Participant,
        reason: models.DisconnectReason,
        *,
        action: rtc.LeaveRequest.Action = rtc.LeaveRequest.DISCONNECT,
        tell: bool = False,
    ) -> None:
        """Take `participant` out of the session, at once for all others.

        Args:
            participant: Who; nothing happens when it is already out.
            reason: Told to the others and, with `tell`, to `participant`.
            action: What `participant` shall do.
            tell: Send it a `LeaveRequest`.
        """
        if participant.gone:
            return
        participant.gone = True
        if self.participants.get(participant.identity) is participant:
            del self.participants[participant.identity]
        self.info.num_participants = len(self.participants)
        participant.subscriber.close()
        for track_sid in participant.publisher.published:
            for other in self.participants.values():
                other.subscriber.unsubscribe(track_sid)
        participant.info.state = models.ParticipantInfo.DISCONNECTED
        participant.info.disconnect_reason = reason
        self.announce(participant, to_itself=False)
        leave = None
        if tell:
            leave = rtc.LeaveRequest(
                reason=reason,
                action=action,
                can_reconnect=action != rtc.LeaveRequest.DISCONNECT,
            )
        participant.outbox.close(leave)
        participant.ended.set()
        self.services.tasks.spawn(participant.close_media(), "close media")
        self._left(self, participant)
