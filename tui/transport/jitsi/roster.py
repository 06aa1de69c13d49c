"""Who is in the room, as its presences tell; changes turned into events."""

from __future__ import annotations

import time
from typing import Final

from tui.domain.ids import ParticipantId, StreamId
from tui.domain.participant import Role
from tui.ports.transport_events import (
    ParticipantLeft,
    ParticipantUpdated,
    RecordingTold,
    RemoteParticipant,
)
from tui.transport.jitsi.members import participant_in
from tui.transport.jitsi.xml import FOCUS, JIBRI, MUC_USER, Element, deep, find, number_of

FOCUS_NICK: Final = "focus"
_MOST_PARTICIPANTS: Final = 2000


class Roster:
    """The members of one room, ourselves included; recorders and the focus are none.

    Args:
        endpoint: Our nickname there.
        hidden_domain: Whose members are no participants; empty: there is none.
    """

    def __init__(self, endpoint: str, hidden_domain: str) -> None:
        self.local = RemoteParticipant(ParticipantId(endpoint), "", pid=endpoint)
        self.started_at_ms = 0
        """When the conference began [Unix ms]; 0: not said."""
        self._hidden_domain = hidden_domain
        self._others: dict[str, RemoteParticipant] = {}
        self._seen_at_ms: dict[str, int] = {}
        self._hidden: set[str] = set()
        self.recorded = False
        """Whether the focus says that a recorder records."""

    @property
    def others(self) -> tuple[RemoteParticipant, ...]:
        """Everybody but us."""
        return tuple(self._others.values())

    @property
    def alone(self) -> bool:
        """Nobody else is there: the focus opens no media connection for one."""
        return not self._others

    def apply(self, who: str, presence: Element) -> ParticipantUpdated | RecordingTold | None:
        """Somebody is there, like this; answers what changed, None when nothing did."""
        if who == FOCUS_NICK:
            return self._read_focus(presence)
        if self._is_of_hidden_domain(presence):
            if len(self._hidden) < _MOST_PARTICIPANTS:
                self._hidden.add(who)
            return None
        if who not in self._others and who != self.local.id:
            if len(self._others) >= _MOST_PARTICIPANTS:
                return None
            self._seen_at_ms[who] = int(time.time() * 1000)
        now = participant_in(who, presence, self._seen_at_ms.get(who, self.local.joined_at_ms))
        if who == self.local.id:
            changed, self.local = now != self.local, now
        else:
            changed = self._others.get(who) != now
            self._others[who] = now
        return ParticipantUpdated(now) if changed else None

    def we_joined(self) -> None:
        """Our own presence came back."""
        self._seen_at_ms[self.local.id] = int(time.time() * 1000)

    def gone(self, who: str) -> ParticipantLeft | None:
        """Somebody is not there any more; None for who was no participant."""
        self._seen_at_ms.pop(who, None)
        self._hidden.discard(who)
        left = self._others.pop(who, None)
        return None if left is None else ParticipantLeft(left.id)

    def stream_of(self, name: str) -> StreamId | None:
        """What a source carries; None while it is unknown, or if it is sealed."""
        for one in self._others.values():
            for track in one.tracks:
                if track.sid == name and not track.sealing.shut:
                    return StreamId(one.id, track.source, track.number)
        return None

    def source_of(self, stream: StreamId) -> str | None:
        """The name of somebody's source; None when they have none."""
        participant = self._others.get(stream.participant)
        tracks = () if participant is None else participant.tracks
        wanted = (stream.source, stream.number)
        return next((one.sid for one in tracks if (one.source, one.number) == wanted), None)

    def knows(self, who: str) -> bool:
        """Whether this one is there."""
        return who in self._others

    @property
    def role(self) -> Role:
        """Our own."""
        return self.local.role

    def is_hidden(self, who: str) -> bool:
        """Whether this one is a program of the server's: a recorder, a transcriber."""
        return who in self._hidden

    def _is_of_hidden_domain(self, presence: Element) -> bool:
        if not self._hidden_domain:
            return False
        item = find(find(presence, MUC_USER, "x"), MUC_USER, "item")
        jid = "" if item is None else item.get("jid", "")
        return jid.partition("/")[0].partition("@")[2] == self._hidden_domain

    def _read_focus(self, presence: Element) -> RecordingTold | None:
        for one in deep(presence, FOCUS, "property"):
            if one.get("key") == "created-ms":
                self.started_at_ms = number_of(one, "value")
        states = [one.get("status") for one in deep(presence, JIBRI, "jibri-recording-status")]
        if not states or ("on" in states) == self.recorded:
            return None
        self.recorded = "on" in states
        return RecordingTold(recorded=self.recorded)
