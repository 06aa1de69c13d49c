"""What is done again and again while somebody is connected: repairs, reports, time-outs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from livekit.protocol import models, rtc

from tui.domain.text import clean
from tui.server.rooms.all_rooms import Rooms
from tui.server.rooms.dynacast import tell_demand
from tui.server.rooms.participant import Participant
from tui.server.rooms.room import Room
from tui.server.sfu.counters import Counters
from tui.wire.resuming import RESUME_WITHIN_S

log = logging.getLogger(__name__)

TICK_S = 0.1
CONSENT_TIMEOUT_S = 8.5
"""Silence on the media path after which a client is gone. Clients send a Binding request at least
every 6 s (RFC 7675: 5 s, randomised by 20 %) and repeat a lost one within seconds."""
CONNECT_TIMEOUT_S = 30.0
_LOST_AFTER_S = 6.5
_GOOD_LOSS, _POOR_LOSS = 0.02, 0.08


class Upkeep:
    """The periodic work.

    Args:
        rooms: All sessions.
        counters: Where losses are counted.
    """

    def __init__(self, rooms: Rooms, counters: Counters) -> None:
        self._rooms = rooms
        self._counters = counters
        self._ticks = 0

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.tick(time.monotonic())

    def tick(self, now: float) -> None:
        """One round; a fault in one participant's round ends only that participant."""
        self._ticks += 1
        for room in self._rooms:
            for participant in list(room.participants.values()):
                self._guarded(self._participant_tick, participant, now)
            if self._ticks % 2 == 0:
                tell_demand(room, now)
            if self._ticks % 4 == 0:
                room.update_speakers(now)
            if self._ticks % 50 == 0:
                _tell_quality(room, now)
                room.hosts.tick(room.participants.values(), now)
        if self._ticks % 50 == 0:
            self._rooms.forget_unused(now)

    def _guarded(
        self, work: Callable[[Participant, float], None], participant: Participant, now: float
    ) -> None:
        try:
            work(participant, now)
        except Exception:
            log.exception("upkeep of %s", clean(participant.identity))
            participant.leave(models.UNKNOWN_REASON, action=rtc.LeaveRequest.RECONNECT, tell=True)

    def _participant_tick(self, participant: Participant, now: float) -> None:
        participant.uplink.ask_missing()
        choosing = self._ticks % 5 == 0
        for down in participant.subscriber.downs:
            down.tick()
            if choosing and down.track.rids:
                down.choose(now)
        # What lines carry, and soon what publishers may send for it: a narrow line is full at once.
        if self._ticks % 5 == 0:
            participant.subscriber.follow_line(now)
        elif self._ticks % 5 == 1:
            participant.uplink.allow(now)
        if self._ticks % 10 == 0:
            participant.uplink.report(now)
            participant.subscriber.adapt(now)
            self._check_alive(participant, now)

    def _check_alive(self, participant: Participant, now: float) -> None:
        reason = None
        if participant.outbox.overflowed:
            reason = models.STATE_MISMATCH
        elif (
            participant.signal_lost_at is not None
            and now - participant.signal_lost_at > RESUME_WITHIN_S
        ):
            reason = models.SIGNAL_CLOSE
        elif not participant.connected:
            if now - participant.joined_at > CONNECT_TIMEOUT_S:
                reason = models.JOIN_FAILURE
        elif now - participant.last_seen > CONSENT_TIMEOUT_S:
            self._counters.lost_consent += 1
            reason = models.CONNECTION_TIMEOUT
        if reason is not None:
            participant.leave(reason, action=rtc.LeaveRequest.RECONNECT, tell=True)


def quality_of(loss: float, silent_s: float) -> tuple[models.ConnectionQuality, float]:
    """Connection quality and a score from 0 to 5.

    Args:
        loss: Worst fraction lost in either direction, 0..1.
        silent_s: Seconds since the last sign of life.
    """
    if silent_s > _LOST_AFTER_S:
        return models.LOST, 0.0
    score = max(1.0, 4.6 - loss * 25)
    if loss < _GOOD_LOSS:
        return models.EXCELLENT, score
    return (models.GOOD if loss < _POOR_LOSS else models.POOR), score


def _tell_quality(room: Room, now: float) -> None:
    updates = []
    for participant in room.participants.values():
        if not participant.connected:
            continue
        loss = max(participant.uplink.loss, participant.downlink.loss)
        quality, score = quality_of(loss, now - participant.last_seen)
        updates.append(
            rtc.ConnectionQualityInfo(participant_sid=participant.sid, quality=quality, score=score)
        )
    if updates:
        message = rtc.ConnectionQualityUpdate(updates=updates)
        for participant in room.participants.values():
            participant.outbox.send(connection_quality=message)
