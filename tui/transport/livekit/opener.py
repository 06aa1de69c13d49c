"""Opens what others send in a call, and judges by it who has our key.

Nothing gets past it that is not to be played or shown: what is sealed and can't be opened, and in a
sealed call also what is not sealed, for anybody on the way could have put that there. The trap is a
single refusal: a frame may be damaged, or sealed with a key that was just replaced, so ten in a row
say that keys differ. Of data packets, which come whole or not at all, one does. And whoever gets a
sealed packet can send it again, so each is opened once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from livekit.protocol import models

from tui.domain.ids import ParticipantId
from tui.domain.sealing import Sealing
from tui.transport.livekit.keys import Keys

REFUSALS: Final = 10
_MOST_PEOPLE: Final = 2000

Judge = Callable[[ParticipantId, Sealing], None]
"""Told who was found out to be what, again and again while that is so; `SEALED`: no longer."""


class Opener:
    """See the module.

    Args:
        keys: None: the call is not sealed.
        judge: See `Judge`.
        servers_own: What frames end with that the server puts in by itself; empty: it does not.
    """

    def __init__(self, keys: Keys | None, judge: Judge, *, servers_own: bytes = b"") -> None:
        self.keys = keys
        self._judge = judge
        self._servers_own = servers_own
        self._refusals: dict[ParticipantId, int] = {}

    def frame(self, who: ParticipantId, kind: str, data: bytes) -> bytes | None:
        """What is in a frame (kind `audio` or `video`) of somebody; None: not to be decoded."""
        if self.keys is None:
            return data
        if self._servers_own and data.endswith(self._servers_own):
            return None
        keys = self.keys
        clear = keys.open_voice(data) if kind == "audio" else keys.open_picture(data)
        if clear is None:
            self._refused(who, Sealing.OTHER_KEY, 1)
        else:
            self._accepted(who)
        return clear

    def packet(self, packet: models.DataPacket) -> models.DataPacket | None:
        """What is in a data packet; None: not to be shown."""
        who = ParticipantId(packet.participant_identity)
        sealed = packet.WhichOneof("value") == "encrypted_packet"
        if self.keys is None:
            if sealed:
                self._refused(who, Sealing.NO_KEY, REFUSALS)
            return None if sealed else packet
        if not sealed:
            if who:  # what the server says by itself is nobody's, and of no use here
                self._refused(who, Sealing.NOT_SEALED, REFUSALS)
            return None
        opened = self.keys.open_packet(packet)
        before = None if opened is None else self.keys.sent_before(packet)
        if opened is None or before not in (None, who):
            # It is in another key, or somebody else's words: it shows no key of this one.
            self._refused(who, Sealing.OTHER_KEY, REFUSALS)
            return None
        self._accepted(who)
        return opened if before is None else None

    def forget(self, who: ParticipantId) -> None:
        """Somebody left."""
        self._refusals.pop(who, None)

    def _refused(self, who: ParticipantId, sealing: Sealing, weight: int) -> None:
        if who not in self._refusals and len(self._refusals) >= _MOST_PEOPLE:
            return
        before = self._refusals.get(who, 0)
        self._refusals[who] = before + weight
        if (before + weight) // REFUSALS > before // REFUSALS:
            self._judge(who, sealing)

    def _accepted(self, who: ParticipantId) -> None:
        if self._refusals.pop(who, 0) >= REFUSALS:
            self._judge(who, Sealing.SEALED)
