"""Talking by holding a key (spec ux 2.4).

`TalkKey` decides; this feeds it keys, time and what interrupts a hold, moves the microphone, and
keeps telling the engine that somebody is still there: without that it closes the microphone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Final

from textual.message_pump import MessagePump
from textual.timer import Timer

from tui.domain.announcements import Category, Priority
from tui.domain.commands.own import KeepTalking, SetTalking
from tui.domain.errors import CallsError
from tui.domain.snapshot import Phase
from tui.domain.talk import KEEP_EVERY_S, Effect, Sensing, TalkKey
from tui.panel.ui import Ui

TALK_KEYS: Final = frozenset({"space", "ctrl+space"})


class Talk:
    """Push-to-talk.

    Args:
        ui: Who shows it.
        pump: Keeps the time.
        on_change: Told whether the key is latched, when anything may have changed.
        sensing: What is known of the terminal's keys.
    """

    def __init__(
        self,
        ui: Ui,
        pump: MessagePump,
        on_change: Callable[[bool], object],
        sensing: Sensing,
    ) -> None:
        self._ui = ui
        self._pump = pump
        self._on_change = on_change
        self.key = TalkKey(sensing)
        self._seen = False
        self._due: Timer | None = None
        self._keeping: Timer | None = None
        self._telling = False

    # ---- the key
    def act(self, argument: str) -> None:
        """Do the action: by the key when `argument` is `key`, else by a command."""
        local = self._ui.snapshot.local
        on = local is not None and not local.audio_muted and not self.key.open
        if argument == "key":
            self._effect(self.key.press(monotonic(), microphone_on=on))
        else:
            self._effect(self.key.tap(microphone_on=on))

    def repeats(self) -> None:
        """Take in that the key is still down, as the terminal says."""
        self._effect(self.key.repeat(monotonic()))

    def up(self) -> None:
        """Take in that it went up, as the terminal says."""
        self._effect(self.key.release(monotonic()))

    # ---- what ends a hold
    def interrupt(self) -> None:
        """Take the key for let go, whatever it does now."""
        self._effect(self.key.interrupt(monotonic()))

    def follow(self) -> None:
        """Look whether somebody else closed (or opened) the microphone, in the newest snapshot."""
        if not self.key.open:
            return
        snapshot = self._ui.snapshot
        if snapshot.phase is not Phase.LIVE:
            self._effect(self.key.drop())
        elif snapshot.talking:
            self._seen = True
        elif self._seen:
            self.key.taken_over()
            self._effect(Effect.NOTHING)

    # ---- what it does
    def _effect(self, effect: Effect) -> None:
        match effect:
            case Effect.OPEN:
                self._seen = False
                self._ui.spawn(self._open_microphone)
                if self.key.latched:
                    words = "Talking. Press Space again to stop."
                    self._ui.tell(Category.MIC, words, Priority.REPLY)
            case Effect.CLOSE:
                self._ui.spawn(self._close_microphone)
            case Effect.ALREADY_OPEN:
                self._ui.toast("Your microphone is on already. m turns it off.")
            case Effect.NOTHING:
                pass
        self._keep_time()
        self._on_change(self.key.latched)

    def _keep_time(self) -> None:
        for timer in (self._due, self._keeping if not self.key.open else None):
            if timer is not None:
                timer.stop()
        self._due = None
        if self.key.due_s is not None:
            wait_s = max(0.0, self.key.due_s - monotonic())
            self._due = self._pump.set_timer(wait_s, self._tick)
        if not self.key.open:
            self._keeping = None
        elif self._keeping is None:
            self._keeping = self._pump.set_interval(KEEP_EVERY_S, self._keep)

    def _tick(self) -> None:
        self._effect(self.key.tick(monotonic()))

    def _keep(self) -> None:
        if not self._telling:  # one at a time: a slow engine is not asked again and again
            self._telling = True
            self._ui.spawn(self._tell_engine)

    async def _tell_engine(self) -> None:
        # An engine that does not answer any more has closed the microphone, or is about to.
        try:
            with contextlib.suppress(CallsError):
                await self._ui.handle.do(KeepTalking())
        finally:
            self._telling = False

    async def _open_microphone(self) -> None:
        try:
            await self._ui.handle.do(SetTalking(True))
        except CallsError as error:
            self.key.taken_over()
            self._effect(Effect.NOTHING)
            self._ui.tell(Category.ERROR, error.description)

    async def _close_microphone(self) -> None:
        with contextlib.suppress(CallsError):  # the call is over, and with it the microphone
            await self._ui.handle.do(SetTalking(False))
