"""What a call does by the clock: watch devices and pictures, the idle rule, and levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.audio.level import SILENT_DBOV
from tui.domain.happenings import IdleAnswered, IdlePrompted, StateChanged
from tui.domain.ids import ParticipantId
from tui.domain.snapshot import EndReason, IdlePrompt, Levels, Phase
from tui.session.call_devices import CallDevices
from tui.session.captions import Captions
from tui.session.clock import Clock
from tui.session.figures import CallFigures
from tui.session.files import Files
from tui.session.idle import IdleStep, IdleWatch
from tui.session.lifetime import Lifetime
from tui.session.outlet import Happened
from tui.session.own_state import OwnState
from tui.session.people import People
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.streams.received import ReceivedMedia

TICK_S: Final = 1.0
LEVELS_EVERY_S: Final = 0.1
QUIET_DBOV: Final = -75
"""What is quieter is told as silence: no meter shows it, and a codec's comfort noise, never twice
the same, would wake every front end of a quiet call ten times a second."""


def level_to_tell(dbov: float) -> float:
    """A level as front ends get it [dBov]: whole, and that of silence below `QUIET_DBOV`."""
    whole = round(dbov)
    return float(whole if whole >= QUIET_DBOV else SILENT_DBOV)


class Idleness:
    """Asks whoever is alone whether to stay, and leaves when nobody answers.

    Args:
        watch: The rule.
        roster: Who is there.
        life: Nobody is asked while the connection is away; it ends the call.
        happened: Says what happened.
        clock: Wall and monotonic time.
    """

    def __init__(
        self, watch: IdleWatch, *, roster: Roster, life: Lifetime, happened: Happened, clock: Clock
    ):
        self._watch = watch
        self._roster = roster
        self._life = life
        self._happened = happened
        self._clock = clock

    def tick(self) -> None:
        """Do what is due; call it about once a second."""
        now_s = self._clock.monotonic_s()
        alone = self._life.phase is Phase.LIVE and len(self._roster.participants) == 1
        step = self._watch.tick(now_s, alone=alone)
        if step is IdleStep.LEAVE:
            self._life.end(EndReason.IDLE)
        elif step in (IdleStep.PROMPT, IdleStep.WARN):
            self._happened(IdlePrompted(self._watch.seconds_left(now_s)))
        elif step is IdleStep.CANCEL:
            self._happened(StateChanged())

    def stay(self) -> None:
        """Answer the prompt; nothing without one."""
        if self._watch.prompted_at_s is not None:
            self._watch.stay(self._clock.monotonic_s())
            self._happened(IdleAnswered(self._watch.before_prompt_s))

    def prompt(self) -> IdlePrompt | None:
        """The prompt for the snapshot."""
        if self._watch.prompted_at_s is None:
            return None
        left_s = self._watch.seconds_left(self._clock.monotonic_s())
        return IdlePrompt(self._clock.unix_ms() + round(left_s * 1000))


class Upkeep:
    """What is looked at once a second.

    Args:
        media: Our devices.
        figures: Kept up to date with the network.
        roster: Who is there.
        received: Whose pictures stand still.
        people: Some of them may not come back.
        files: Some may not come on.
        idleness: Whether we are alone.
        clock: Sleeps between two looks.
    """

    def __init__(
        self,
        *,
        media: CallDevices,
        figures: CallFigures,
        roster: Roster,
        received: ReceivedMedia,
        people: People,
        files: Files,
        idleness: Idleness,
        clock: Clock,
    ):
        self._media = media
        self._figures = figures
        self._roster = roster
        self._received = received
        self._people = people
        self._files = files
        self._idleness = idleness
        self._clock = clock

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await self._clock.sleep(TICK_S)
            await self._media.watch()
            self._figures.note_network()
            self._look_at_pictures()
            self._people.give_up()
            self._files.tick()
            self._idleness.tick()

    def _look_at_pictures(self) -> None:
        for one in self._roster.participants:
            if not one.is_local:
                for stream in one.streams:
                    which = stream.of(one.id)
                    if which.shows:
                        frozen = not stream.off and self._received.is_frozen(which)
                        refused = not stream.off and which in self._received.refused
                        self._roster.pictures(which, frozen=frozen, refused=refused)


class Meters:
    """Who is how loud, ten times a second; and an eye on our microphone, which may stay open.

    Args:
        media: Has the levels.
        own: Our microphone.
        roster: Who is there.
        speaking: Who is loud.
        captions: Shown as often.
        send: Sends levels down.
        clock: Monotonic time.
    """

    def __init__(
        self,
        *,
        media: CallDevices,
        own: OwnState,
        roster: Roster,
        speaking: SpeakingMarks,
        captions: Captions,
        send: Callable[[Levels], None],
        clock: Clock,
    ):
        self._media = media
        self._own = own
        self._roster = roster
        self._speaking = speaking
        self._captions = captions
        self._send = send
        self._clock = clock

    async def run(self) -> None:
        """Measure until cancelled; what is as before is not sent again."""
        told: dict[ParticipantId, float] | None = None
        while True:
            await self._clock.sleep(LEVELS_EVERY_S)
            await self._own.tick()
            self._captions.tick()
            self._roster.speakers(self._speaking.marked(self._clock.monotonic_s()))
            local = self._roster.local
            heard: dict[ParticipantId, float] = self._media.mixer.voice_levels()
            if local is not None:
                heard[local.id] = self._media.capture.level_dbov
            levels = {who: level_to_tell(dbov) for who, dbov in heard.items()}
            if levels != told:
                told = levels
                self._send(Levels(levels))
