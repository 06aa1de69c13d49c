"""Tells every part of a call that keeps something of somebody when they come and go.

Who comes, goes or is somebody else's old id concerns many parts: who is loud, what is seen and
heard, what is pinned. Here is the only place that tells all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui.domain.ids import ParticipantId
from tui.domain.snapshot import EndReason
from tui.ports.transport_events import JoinedSession, RemoteParticipant
from tui.session.clock import Clock
from tui.session.figures import CallFigures
from tui.session.lifetime import Lifetime
from tui.session.listening import Listening
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.streams.received import ReceivedMedia
from tui.session.viewing import Viewing


class People:
    """Brings whoever comes and goes to every part that keeps something of them.

    Args:
        roster: Who is there.
        speaking: Who is loud.
        received: Their sound and pictures.
        viewing: Who is pinned, and whose pictures are refused.
        listening: How loud each one is.
        figures: Noted before somebody is forgotten.
        life: A peer call is over when the other one has left.
        clock: Wall and monotonic time.
    """

    def __init__(
        self,
        *,
        roster: Roster,
        speaking: SpeakingMarks,
        received: ReceivedMedia,
        viewing: Viewing,
        listening: Listening,
        figures: CallFigures,
        life: Lifetime,
        clock: Clock,
    ):
        self._roster = roster
        self._speaking = speaking
        self._received = received
        self._viewing = viewing
        self._listening = listening
        self._figures = figures
        self._life = life
        self._clock = clock

    def start(self, others: Iterable[RemoteParticipant], now_ms: int) -> None:
        """Those who are there when we join [Unix ms]."""
        others = list(others)
        self._roster.start(others, now_ms)
        for other in others:
            self._came(other.id)

    def updated(self, described: RemoteParticipant) -> None:
        """Somebody joined, changed or came back."""
        was = self._roster.updated(described, self._clock.unix_ms())
        if was:
            self._viewing.renamed(was, described.id)
            self._forget(was)
        self._came(described.id)
        self._let_in()
        self._viewing.follow_shares()

    def left(self, who: ParticipantId) -> None:
        """Somebody left."""
        self._figures.note()
        self._roster.left(who)
        self._forget(who)
        self._let_in()
        self._viewing.follow_shares()
        if self._roster.deserted:
            self._life.end(EndReason.PEER_LEFT)

    def reconnected(self, joined: JoinedSession) -> None:
        """We joined again."""
        self._roster.change_local(id=joined.local.id, pid=joined.local.pid)
        present = {other.id for other in joined.others}
        self._roster.miss(present, self._clock.monotonic_s())
        for other in joined.others:
            self.updated(other)

    def give_up(self) -> None:
        """Whoever did not come back after our reconnect has left; call it about once a second.

        What became of those who change all the time is told then, too.
        """
        self._roster.catch_up()
        gone = self._roster.overdue(self._clock.monotonic_s())
        self._let_in()  # before anybody leaves: a peer call is not over when its other one is here
        for who in gone:
            self.left(who)

    def _let_in(self) -> None:
        for who in self._roster.let_in(self._clock.unix_ms()):
            self._came(who)

    def _came(self, who: ParticipantId) -> None:
        self._viewing.somebody_came(who)
        self._listening.somebody_came(who)

    def _forget(self, who: ParticipantId) -> None:
        self._speaking.forget(who)
        self._received.forget(who)
        self._viewing.somebody_left(who)
