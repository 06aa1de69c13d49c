"""What a call does by the clock: watch devices and pictures, the idle rule, and levels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tui.domain.announcements import Category, Priority
from tui.domain.snapshot import EndReason, IdlePrompt, Levels
from tui.domain.wording import duration_words
from tui.session.call_media import CallMedia
from tui.session.clock import Clock
from tui.session.figures import CallFigures
from tui.session.idle import IdleStep, IdleWatch
from tui.session.own_state import OwnState
from tui.session.received import ReceivedMedia
from tui.session.roster import Roster, Tell
from tui.session.speaking import SpeakingMarks

TICK_S: Final = 1.0
LEVELS_EVERY_S: Final = 0.1


class Upkeep:
    """The clockwork of one call.

    Args:
        roster: Who is there.
        media: Our devices.
        own: Our microphone, which must not stay open by accident.
        speaking: Who is loud.
        received: Whose pictures stand still.
        idle: The idle rule.
        live: Whether the call is connected now.
        tell: Makes an announcement.
        send_levels: Sends levels down.
        publish: Sends a new snapshot.
        end: Ends the call.
        figures: Kept up to date with the network.
        clock: Wall and monotonic time.
    """

    def __init__(
        self,
        *,
        roster: Roster,
        media: CallMedia,
        own: OwnState,
        speaking: SpeakingMarks,
        received: ReceivedMedia,
        idle: IdleWatch,
        live: Callable[[], bool],
        tell: Tell,
        send_levels: Callable[[Levels], None],
        publish: Callable[[], None],
        end: Callable[[EndReason, str], None],
        figures: CallFigures,
        clock: Clock,
    ):
        self._roster = roster
        self._media = media
        self._own = own
        self._speaking = speaking
        self._received = received
        self._idle = idle
        self._live = live
        self._tell = tell
        self._send_levels = send_levels
        self._publish = publish
        self._end = end
        self._clock = clock
        self._figures = figures

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            await self._media.watch()
            self._figures.note_network()
            self._tick_pictures()
            self._tick_idle()

    async def run_levels(self) -> None:
        """Send levels until cancelled, and keep an eye on our microphone."""
        while True:
            await asyncio.sleep(LEVELS_EVERY_S)
            await self._own.tick()
            if self._roster.speakers(self._speaking.marked(self._clock.monotonic_s())):
                self._publish()
            local = self._roster.local
            levels: dict[str, float] = dict(self._media.mixer.levels())
            if local is not None:
                levels[local.uid] = self._media.capture.level_dbov
            self._send_levels(Levels(levels))

    def _tick_pictures(self) -> None:
        changed = [
            self._roster.frozen(
                p.uid, frozen=not p.video_paused and self._received.is_frozen(p.uid)
            )
            for p in self._roster.participants
            if not p.is_local
        ]
        if any(changed):
            self._publish()

    def _tick_idle(self) -> None:
        now_s = self._clock.monotonic_s()
        alone = self._live() and len(self._roster.participants) == 1
        step = self._idle.tick(now_s, alone=alone)
        if step is IdleStep.LEAVE:
            self._end(EndReason.IDLE, "You were alone and did not answer, so the call was left.")
        elif step in (IdleStep.PROMPT, IdleStep.WARN):
            left = duration_words(self._idle.seconds_left(now_s))
            self._tell(
                Category.IDLE,
                f"You are the only person. The call ends in {left}. Stay or leave?",
                Priority.URGENT,
            )
        if step is not IdleStep.NOTHING:
            self._publish()

    def stay(self) -> None:
        """Answer the idle prompt; nothing without one."""
        if self._idle.prompted_at_s is not None:
            self._idle.stay(self._clock.monotonic_s())
            again = duration_words(self._idle.before_prompt_s)
            self._tell(
                Category.IDLE,
                f"Staying. You will be asked again if you are alone for {again}.",
                Priority.REPLY,
            )
            self._publish()

    def prompt(self) -> IdlePrompt | None:
        """The idle prompt for the snapshot."""
        if self._idle.prompted_at_s is None:
            return None
        left_s = self._idle.seconds_left(self._clock.monotonic_s())
        return IdlePrompt(self._clock.unix_ms() + round(left_s * 1000))
