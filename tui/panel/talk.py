"""The part of the app that lets a person talk by holding a key (spec ux 2.4).

`TalkKey` decides; this feeds it keys, time and what interrupts a hold, moves the microphone, and
keeps telling the engine that somebody is still there: without that it closes the microphone.
"""

from __future__ import annotations

import contextlib
from time import monotonic
from typing import Final

from textual import events, on
from textual.timer import Timer

from tui.domain.announcements import Category, Priority
from tui.domain.commands.own import KeepTalking, SetTalking
from tui.domain.errors import CallsError
from tui.domain.snapshot import Phase
from tui.domain.talk import Effect, Sensing, TalkKey
from tui.panel.call import CallScreen
from tui.panel.deeds import PerformingApp
from tui.panel.key_events import ReleasesTold

_KEEP_EVERY_S: Final = 0.5
"""The engine waits two seconds."""
TALK_KEYS: Final = frozenset({"space", "ctrl+space"})


class TalkingApp(PerformingApp):
    """Push-to-talk."""

    def set_up_talking(self, *, remote: bool) -> None:
        """Begin with the key up; `remote`: keys come over a network, repeats can't be trusted."""
        self.talk_key = TalkKey(Sensing.TAPS if remote else Sensing.REPEATS)
        self._talk_seen = False
        self._talk_due: Timer | None = None
        self._talk_keeping: Timer | None = None

    # ---- the key
    def talk(self, argument: str) -> None:
        """The action: `key` when it was the key, anything else when it was a command."""
        local = self.snapshot.local
        on = local is not None and not local.audio_muted and not self.talk_key.open
        if argument == "key":
            self._talk_effect(self.talk_key.press(monotonic(), microphone_on=on))
        else:
            self._talk_effect(self.talk_key.tap(microphone_on=on))

    def talk_key_repeats(self) -> None:
        """The terminal says that the key is still down."""
        self._talk_effect(self.talk_key.repeat(monotonic()))

    def talk_key_up(self) -> None:
        """The terminal says that it went up."""
        self._talk_effect(self.talk_key.release(monotonic()))

    @on(ReleasesTold)
    def _releases_told(self) -> None:
        self.talk_key.sensing = Sensing.RELEASES

    # ---- what ends a hold
    @on(events.AppBlur)
    @on(CallScreen.Covered)
    def interrupt_talking(self) -> None:
        """Whatever the key does now, it is not held any more."""
        self._talk_effect(self.talk_key.interrupt(monotonic()))

    def follow_talking(self) -> None:
        """The newest snapshot may say that somebody else closed (or opened) the microphone."""
        if not self.talk_key.open:
            return
        if self.snapshot.phase is not Phase.LIVE:
            self._talk_effect(self.talk_key.drop())
        elif self.snapshot.talking:
            self._talk_seen = True
        elif self._talk_seen:
            self.talk_key.taken_over()
            self._talk_effect(Effect.NOTHING)

    # ---- what it does
    def _talk_effect(self, effect: Effect) -> None:
        match effect:
            case Effect.OPEN:
                self._talk_seen = False
                self.spawn(self._open_microphone)
                if self.talk_key.latched:
                    self.tell(Category.MIC, "Talking. Press Space again to stop.", Priority.REPLY)
            case Effect.CLOSE:
                self.spawn(self._close_microphone)
            case Effect.ALREADY_OPEN:
                self.toast("Your microphone is on already. m turns it off.")
            case Effect.NOTHING:
                pass
        self._talk_timers()
        if self.call is not None:
            self.call.talk_latched = self.talk_key.latched
            self.call.draw_status()

    def _talk_timers(self) -> None:
        for timer in (self._talk_due, self._talk_keeping if not self.talk_key.open else None):
            if timer is not None:
                timer.stop()
        self._talk_due = None
        if self.talk_key.due_s is not None:
            wait_s = max(0.0, self.talk_key.due_s - monotonic())
            self._talk_due = self.set_timer(wait_s, self._talk_tick)
        if not self.talk_key.open:
            self._talk_keeping = None
        elif self._talk_keeping is None:
            self._talk_keeping = self.set_interval(_KEEP_EVERY_S, self._keep_talking)

    def _talk_tick(self) -> None:
        self._talk_effect(self.talk_key.tick(monotonic()))

    def _keep_talking(self) -> None:
        self.run_worker(self._tell_engine(), group="talk-keeping", exclusive=True)

    async def _tell_engine(self) -> None:
        # An engine that does not answer any more has closed the microphone, or is about to.
        with contextlib.suppress(CallsError):
            await self.handle.do(KeepTalking())

    async def _open_microphone(self) -> None:
        try:
            await self.handle.do(SetTalking(True))
        except CallsError as error:
            self.talk_key.taken_over()
            self._talk_effect(Effect.NOTHING)
            self.tell(Category.ERROR, error.description)

    async def _close_microphone(self) -> None:
        with contextlib.suppress(CallsError):  # the call is over, and with it the microphone
            await self.handle.do(SetTalking(False))
