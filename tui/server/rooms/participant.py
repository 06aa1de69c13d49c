"""One participant of a session, as the server sees it: what it says, and what is done about it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from livekit.protocol import models, rtc

from tui.domain.text import clean
from tui.domain.token_bucket import TokenBucket
from tui.server.access import AccessClaims
from tui.server.limits import refuse_texts
from tui.server.rooms.data_out import DataOut
from tui.server.rooms.datagate import DataGate, DataMalformed, DataRefused
from tui.server.rooms.member import Routes
from tui.server.rooms.outbox import Outbox
from tui.server.rooms.publication import Publication
from tui.server.rooms.publisher import Publisher
from tui.server.rooms.role import says_moderator, with_role
from tui.server.rooms.services import MediaServices
from tui.server.rooms.single import SingleSubscriber
from tui.server.rooms.subscriber import Subscriber
from tui.server.rooms.subscriptions import LOSSY, RELIABLE, Subscriptions
from tui.server.rooms.ways import Ways
from tui.server.sfu.credentials import random_text

log = logging.getLogger(__name__)


class SignalRefused(ValueError):
    """Signalling that no client in its senses sends; the connection ends."""


class Participant:
    """State of one client in one session.

    Args:
        room: The session's routes to the others.
        services: For its media.
        claims: Its checked token.
        hosting: Whether it moderates as the host.
        auto_subscribe: Whether it gets every track without asking.
        local: Our address that its signalling came in on, empty when unknown.
        single: It has one connection for both ways, which it offers; else one for each.
    """

    def __init__(
        self,
        room: Routes,
        services: MediaServices,
        claims: AccessClaims,
        *,
        hosting: bool = False,
        auto_subscribe: bool,
        local: str = "",
        single: bool = False,
    ) -> None:
        self.limits = services.limits
        self.counters = services.counters
        self._room = room
        self._tasks = services.tasks
        self.sid = "PA_" + random_text(12)
        self.identity = claims.identity
        self.link = claims.link
        self.auto_subscribe = auto_subscribe
        self.may_host = claims.may_host
        self.hosting = hosting
        # A token is signed by who may say so; what the client writes later is not.
        self._moderates = (
            hosting or claims.administers(claims.room) or says_moderator(claims.metadata)
        )
        self.joined_at = time.monotonic()
        self.info = self._first_info(claims)
        self.gone = False
        self.signal_lost_at: float | None = None
        """Monotonic seconds since when it has no websocket; None while it has one."""
        self.attended = asyncio.Lock()
        """Held by the connection that writes to its client: one at a time."""
        self._replaced = asyncio.Event()
        self.ended = asyncio.Event()
        """Set when the participant is not in the session any more."""
        self.outbox = Outbox(self.limits.queued_signals)
        self._gate = DataGate(claims.identity, self.sid, self.limits)
        self._signals = TokenBucket(self.limits.signal_messages_per_second)
        self._offers = TokenBucket(self.limits.offers_per_second)
        self._bytes = TokenBucket(self.limits.signal_bytes_per_second)
        self._ways = ways = Ways(services, clean(claims.identity), local, single=single)
        self.publisher_transport, self.subscriber_transport = ways.up, ways.down
        self.uplink, self.downlink = ways.uplink, ways.downlink
        self.data_out = DataOut(ways.down, self.limits, self._too_slow, client_opens=single)
        self.subscriber: Subscriptions
        if single:
            self.subscriber = received = SingleSubscriber(self, room, ways.down, ways.downlink)
            self.publisher = Publisher(self, room, ways.up, ways.uplink, receiving=received)
        else:
            self.subscriber = Subscriber(self, room, ways.down, ways.downlink)
            self.publisher = Publisher(self, room, ways.up, ways.uplink)
        self._listen()

    def _listen(self) -> None:
        up, down = self._ways.up, self._ways.down
        up.on_message = self._data_received
        up.lags = lambda: self._room.lags(self)
        up.on_lost = down.on_lost = self._transport_lost
        down.on_ready = self._became_active

    def _first_info(self, claims: AccessClaims) -> models.ParticipantInfo:
        now_ms = int(time.time() * 1000)
        return models.ParticipantInfo(
            sid=self.sid,
            identity=claims.identity,
            name=clean(claims.name, self.limits.name_characters),
            metadata=with_role(claims.metadata, moderator=self._moderates),
            attributes=claims.attributes,
            state=models.ParticipantInfo.JOINING,
            joined_at=now_ms // 1000,
            joined_at_ms=now_ms,
            permission=models.ParticipantPermission(
                can_subscribe=claims.can_subscribe,
                can_publish=claims.can_publish,
                can_publish_sources=[source.upper() for source in claims.sources],
                can_publish_data=claims.can_publish_data,
                can_update_metadata=claims.can_update_own_metadata,
                hidden=claims.hidden,
            ),
        )

    @property
    def hidden(self) -> bool:
        """Whether the others are not told of it."""
        return self.info.permission.hidden

    @property
    def last_seen(self) -> float:
        """Monotonic seconds of its last authenticated media-path packet."""
        return self._ways.last_seen

    @property
    def connected(self) -> bool:
        """Whether its subscriber connection ever came up."""
        return self.subscriber_transport.connected_at is not None

    def attach(self) -> asyncio.Event:
        """Its client has another websocket; the event answered is set when that is replaced."""
        self._replaced.set()
        self._replaced = asyncio.Event()
        self.signal_lost_at = None
        return self._replaced

    def resume(self) -> None:
        """Its client has a websocket again: tell what it may have missed."""
        self._room.resume(self)

    def detach(self) -> None:
        """Its websocket is lost: with a living media path it has a while to bring another."""
        if self.connected and not self.gone:
            self.signal_lost_at = time.monotonic()
        else:
            self.leave(models.SIGNAL_CLOSE)

    def refuse(
        self, reason: rtc.RequestResponse.Reason, text: str, *, request_id: int = 0, **request: Any
    ) -> None:
        """Tell the client that what it asked was not done, and why."""
        if reason == rtc.RequestResponse.LIMIT_EXCEEDED:
            self.counters.limits_exceeded += 1
        self.outbox.send(
            request_response=rtc.RequestResponse(
                request_id=request_id, reason=reason, message=text, **request
            )
        )

    def leave(
        self,
        reason: models.DisconnectReason,
        *,
        action: rtc.LeaveRequest.Action = rtc.LeaveRequest.DISCONNECT,
        tell: bool = False,
    ) -> None:
        """Be taken out of the session, see `Routes.remove`."""
        self._room.remove(self, reason, action=action, tell=tell)

    def end(self, reason: models.DisconnectReason, last: rtc.LeaveRequest | None) -> None:
        """The session let it go: say `last` to its client and close its media."""
        self.gone = True
        self.subscriber.close()
        self.info.state = models.ParticipantInfo.DISCONNECTED
        self.info.disconnect_reason = reason
        self.outbox.close(last)
        self.ended.set()
        self._tasks.spawn(self._ways.close(), "close media")

    def pay(self, cost: int) -> None:
        """Count a signalling message that is about to be read.

        Raises:
            SignalRefused: More came than is allowed in a second.
        """
        if not self._bytes.spend(cost):
            raise SignalRefused(
                f"more than {self.limits.signal_bytes_per_second} bytes of signalling a second"
            )

    def handle(self, request: rtc.SignalRequest) -> None:
        """Act on one signalling message.

        Raises:
            SdpError: A session description that cannot be used.
            SignalRefused: An empty or unknown message, or too many.
        """
        if not self._signals.spend():
            raise SignalRefused(
                f"more than {self.limits.signal_messages_per_second} signalling messages a second"
            )
        kind = request.WhichOneof("message")
        now_ms = int(time.time() * 1000)
        match kind:
            case "offer":
                if not self._offers.spend():
                    raise SignalRefused(
                        f"more than {self.limits.offers_per_second} offers a second"
                    )
                self.publisher.answer(request.offer)
            case "answer":
                self.subscriber.answered(request.answer)
            case "add_track":
                self.publisher.announce(request.add_track)
            case "mute":
                self.publisher.set_muted(request.mute.sid, muted=request.mute.muted)
            case "subscription":
                self.choose_tracks(request.subscription)
            case "subscription_permission":
                said = request.subscription_permission
                self._check_tracks(sum(1 + len(one.track_sids) for one in said.track_permissions))
                self.publisher.audience.change(said)
                self._room.audience_changed(self)
            case "track_setting":
                self._check_tracks(len(request.track_setting.track_sids))
                self.subscriber.apply_settings(request.track_setting)
            case "update_metadata":
                self._update_own(request.update_metadata)
            case "leave":
                self.leave(models.CLIENT_INITIATED)
            case "ping":
                self.outbox.send(pong=now_ms)
            case "ping_req":
                self.outbox.send(
                    pong_resp=rtc.Pong(
                        last_ping_timestamp=request.ping_req.timestamp, timestamp=now_ms
                    )
                )
            case None:
                raise SignalRefused("an empty or unknown signalling message")
            case _:  # trickle: an ICE-lite server needs no candidates; the rest is optional
                log.debug("%s: %s needs no answer", self.publisher_transport.name, kind)

    def update(
        self, *, name: str = "", metadata: str = "", attributes: Mapping[str, str]
    ) -> str | None:
        """Change what is not empty; an empty attribute is removed.

        Returns:
            Why not, or None when it was done.
        """
        merged = {**self.info.attributes, **attributes}
        merged = {key: value for key, value in merged.items() if value}
        refusal = refuse_texts(self.limits, name, metadata, merged)
        if refusal is not None:
            return refusal
        if name:
            self.info.name = clean(name, self.limits.name_characters)
        if metadata:
            self.info.metadata = with_role(metadata, moderator=self._moderates)
        self.info.attributes.clear()
        self.info.attributes.update(merged)
        self._room.announce(self)
        return None

    def host(self) -> None:
        """Be the host from now on, and tell everybody."""
        self.hosting = self._moderates = True
        self.info.metadata = with_role(self.info.metadata, moderator=True)
        self._room.announce(self)

    def permit(self, permission: models.ParticipantPermission) -> None:
        """Change what the participant may do, and end what it may not do any more."""
        self.info.permission.CopyFrom(permission)
        self.publisher.unpublish_forbidden()
        if not permission.can_subscribe:
            self.subscriber.unsubscribe_all()
        self._room.announce(self)

    def mute_by_moderator(self, track_sid: str) -> Publication | None:
        """Mute a track at a moderator's wish; None when there is no such track."""
        publication = self.publisher.set_muted(track_sid, muted=True)
        if publication is not None:
            self.outbox.send(mute=rtc.MuteTrackRequest(sid=track_sid, muted=True))
        return publication

    @property
    def moderates(self) -> bool:
        """Whether it may ask for what concerns everybody."""
        return self._moderates

    def _too_slow(self) -> None:
        self.leave(models.CONNECTION_TIMEOUT, action=rtc.LeaveRequest.RECONNECT, tell=True)

    @property
    def lags(self) -> bool:
        """Whether more should come later, for so much waits already."""
        return self.data_out.lags

    def choose_tracks(self, wanted: rtc.UpdateSubscription) -> None:
        """Begin or end to receive tracks, at its own wish or a moderator's.

        Raises:
            SignalRefused: More tracks than there can be.
        """
        track_sids = list(wanted.track_sids)
        for tracks in wanted.participant_tracks:
            track_sids += tracks.track_sids
        self._check_tracks(len(track_sids) + len(wanted.participant_tracks))
        for track_sid in track_sids:
            publication = self._room.find(track_sid)
            if not wanted.subscribe:
                self.subscriber.unsubscribe(track_sid)
            elif publication is not None and publication.track.owner_sid != self.sid:
                self.subscriber.subscribe(publication)

    def _check_tracks(self, named: int) -> None:
        most = self.limits.participants_per_session * self.limits.tracks_per_participant
        if named > most:
            raise SignalRefused(f"a message about {named} tracks, a session has {most} at most")

    def _update_own(self, update: rtc.UpdateParticipantMetadata) -> None:
        if not self.info.permission.can_update_metadata:
            self.refuse(
                rtc.RequestResponse.NOT_ALLOWED,
                "changing one's own name, metadata or attributes is not allowed",
                request_id=update.request_id,
            )
            return
        refusal = self.update(
            name=update.name, metadata=update.metadata, attributes=update.attributes
        )
        if refusal is not None:
            self.refuse(rtc.RequestResponse.LIMIT_EXCEEDED, refusal, request_id=update.request_id)
        elif update.request_id:
            self.outbox.send(
                request_response=rtc.RequestResponse(
                    request_id=update.request_id, reason=rtc.RequestResponse.OK
                )
            )

    def _data_received(self, label: str, message: bytes) -> None:
        if self.gone or label not in (RELIABLE, LOSSY):
            return
        self.counters.data_in += 1
        if not self.info.permission.can_publish_data:
            self.refuse(rtc.RequestResponse.NOT_ALLOWED, "sending messages is not allowed")
            return
        try:
            admitted = self._gate.admit(message)
        except DataMalformed as error:
            self.counters.malformed("data", self.publisher_transport.name, error)
        except DataRefused as refused:
            self.refuse(rtc.RequestResponse.LIMIT_EXCEEDED, str(refused))
        else:
            if admitted is None:
                self.counters.data_dropped += 1
                return
            packet, stamped = admitted
            to = packet.destination_identities
            if label == RELIABLE and not to:
                self._room.missed.said(packet, stamped)
            if not to:
                self._room.heard(self, packet)
            self._room.say(label, stamped, to, sender=self)

    def _became_active(self) -> None:
        self.info.state = models.ParticipantInfo.ACTIVE
        self._room.announce(self)
        self.subscriber.begin()

    def _transport_lost(self, why: str) -> None:
        if not self.gone:
            log.info("%s: %s", clean(self.identity), why)
            self.leave(models.MEDIA_FAILURE, action=rtc.LeaveRequest.RECONNECT, tell=True)
