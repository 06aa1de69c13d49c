"""How we hear the others: how loud each is, and whether our speaker is silent for all of them.

Of our side only; nobody else is told. A volume chosen in an earlier call holds from the first
packet, before we know whether that participant is there.
"""

from __future__ import annotations

import asyncio
from typing import Final

from tui.audio.mixer import Mixer
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import SoundSwitched, VolumeChanged, person_of
from tui.domain.ids import ParticipantId
from tui.session.outlet import Happened
from tui.session.roster import Roster

VOLUME_MAX: Final = 200
"""Percent; louder distorts more than it helps."""
DUCKED: Final = 10 ** (-12 / 20)
"""What is left of the others while something is read to us: 12 dB less (spec audio 8)."""
DUCK_MOST_S: Final = 5.0
"""The others are turned down no longer than this, even when the front end has ended."""


class Listening:
    """Volumes and deafness of one call.

    Args:
        mixer: What is heard.
        roster: Who is there; it keeps each one's volume for the snapshot.
        happened: Says what happened.
    """

    def __init__(
        self,
        *,
        mixer: Mixer,
        roster: Roster,
        happened: Happened,
    ):
        self._mixer = mixer
        self._roster = roster
        self._happened = happened
        self._unducking: asyncio.TimerHandle | None = None

    @property
    def deafened(self) -> bool:
        """Whether our speaker is silent."""
        return self._mixer.deafened

    def set_deafened(self, deafened: bool) -> None:
        """Silence everybody else on our speaker."""
        self._mixer.deafened = deafened
        local = self._roster.local
        # Elsewhere deafening mutes, too.
        still_heard = deafened and local is not None and not local.audio_muted
        self._happened(SoundSwitched(deafened, still_heard))

    def duck(self, seconds: float) -> None:
        """Turn the others down for so long from now, `DUCK_MOST_S` at most; 0 ends it."""
        if self._unducking is not None:
            self._unducking.cancel()
            self._unducking = None
        if not seconds > 0:
            self._mixer.duck(1.0)
            return
        self._mixer.duck(DUCKED)
        self._unducking = asyncio.get_running_loop().call_later(
            min(seconds, DUCK_MOST_S), self.duck, 0.0
        )

    def somebody_came(self, who: ParticipantId) -> None:
        """Somebody is there, or we know more of them: hear them as loud as was chosen."""
        participant = self._roster.get(who)
        if participant is not None and not participant.is_local:
            self._mixer.set_gain(who, participant.volume / 100)

    def set_volume(self, who: ParticipantId, percent: int) -> None:
        """How loud we hear a participant [percent]. `VALIDATION_ERROR` outside 0 to 200."""
        participant = self._roster.get(who)
        if participant is None or participant.is_local:
            raise CallsError(ErrorCode.VALIDATION, "Nobody else with this id is in the call.")
        if not 0 <= percent <= VOLUME_MAX:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"volume: came as {percent}; allowed: 0 to {VOLUME_MAX} percent.",
                field="volume",
            )
        self._mixer.set_gain(who, percent / 100)
        self._roster.set_volume(who, percent)
        self._happened(VolumeChanged(person_of(participant), percent))
