"""The one way from an action somebody chose to the session, for both front ends.

First a wish is read: who and what is meant is settled then, in ids and values. It may be asked
about and may have to wait for its turn, both for as long as it takes; then it is fulfilled as it
was meant. Whoever has left meanwhile has left: nothing is done to anybody else.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any, Final

from tui.domain.actions import Action, Scope, Turn
from tui.domain.announcements import Category
from tui.domain.commands import AboutParticipant, Command
from tui.domain.commands.call import PressButton
from tui.domain.commands.local import (
    ReadTerminal,
    SetDeafened,
    SetFitPictures,
    SetLayout,
    SetVolume,
)
from tui.domain.commands.own import (
    SetHandRaised,
    SetMuted,
    SetVideoPaused,
    StartShare,
    StopShare,
)
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.guests import is_for_guests
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.participant import Participant, Stream
from tui.domain.snapshot import Phase, Snapshot
from tui.front.answers import answer
from tui.front.errands import ERRANDS, Request
from tui.front.reply import Reply, info
from tui.front.terminals import in_this_tmux, read_out
from tui.ports.handle import Handle

WAITS_S: Final = 1.0
"""A chat message that took so long waits for the connection, which is said."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An action somebody chose, and all that was meant by it at that moment."""

    action: Action
    command: Command[Any] | None = None
    """None for an errand, and for what a front end does by itself."""
    words: str = ""
    """For those: what was typed with it."""
    who: Participant | None = None
    """Whom it is about, as they were then."""
    known: str = ""
    """The answer, when it only asked for what was known then."""

    def question(self, snapshot: Snapshot) -> str:
        """What to ask first; empty to do it at once."""
        asks = self.action.asks
        if asks is None or not snapshot.in_session:
            return ""
        if self.command is not None and not asks.when(self.command):
            return ""
        return asks.text.format(
            who=self.who.name if self.who is not None else "",
            title=snapshot.title or snapshot.session_id,
            count=len(snapshot.participants),
        )


def why_not(action: Action, snapshot: Snapshot, scope: Scope, called: str, words: str = "") -> str:
    """Why an action can't be done now; empty when it can.

    Args:
        action: What was chosen.
        snapshot: The newest one.
        scope: Where.
        called: How the person called it: `/mute`, `Mute`.
        words: What was typed with it, if anything.
    """
    if snapshot.guest and not is_for_guests(action.id, words):
        return f"{called} is not for guests of this machine."
    if action.scope is Scope.LOBBY and scope is not Scope.LOBBY:
        return f"{called} is for choosing a session. Leave the call first."
    if action.enabled(snapshot) and action.scope in (Scope.ANY, scope):
        return ""
    if not snapshot.in_session:
        return f"{called} works in a call, and you are not in one."
    if action.for_moderators:
        return f"{called} is for moderators, and you are not one."
    return f"{called} has nothing to do now."


def may_go_out_later(error: CallsError) -> bool:
    """Whether a message that was refused so may be sent again as it is."""
    return error.code == ErrorCode.CONNECTION_FAILED


class Switchboard:
    """Reads wishes and fulfils them.

    Args:
        handle: Gives the session of now.
        now_ms: Unix milliseconds.
        say: Hears what an errand says before its answer is complete.
        whose_sound: Whose devices these are, when that is not obvious.
    """

    def __init__(
        self,
        handle: Callable[[], Handle],
        *,
        now_ms: Callable[[], int],
        say: Callable[[Reply], None],
        whose_sound: str = "",
    ):
        self._handle = handle
        self._now_ms = now_ms
        self._say = say
        self._whose_sound = whose_sound
        self._turns = {turn: asyncio.Lock() for turn in Turn if turn is not Turn.AT_ONCE}
        self._under_way: list[Command[Any]] = []

    # ---- reading
    def read(self, action: Action, words: str, scope: Scope, *, called: str) -> Wish:
        """What is meant, settled now.

        Args:
            action: The row that was chosen.
            words: What was typed with it, if anything.
            scope: Where.
            called: How the person called it: `/mute`, `Mute`.

        Raises:
            CallsError: `VALIDATION_ERROR` when it can't be done now, or can't be understood.
        """
        problem = why_not(action, self._handle().snapshot(), scope, called, words)
        if problem:
            raise CallsError(ErrorCode.VALIDATION, problem)
        if action.reads is None:
            return Wish(action, words=words)
        meant = action.reads(words, self._as_wished())
        if isinstance(meant, str):
            return Wish(action, known=meant)
        return self.meaning(action, meant)

    def meaning(
        self, action: Action, command: Command[Any], who: Participant | None = None
    ) -> Wish:
        """A wish whose command is known already; `who` was chosen on the screen for it."""
        if who is None and isinstance(command, AboutParticipant):
            who = self._handle().snapshot().participant(command.participant)
        return Wish(action, command, who=who)

    def participant(self, who: ParticipantId) -> Participant | None:
        """Somebody, as they will be when what is under way is done."""
        return self._as_wished().participant(who)

    def _as_wished(self) -> Snapshot:
        """The newest snapshot as it will be when what is under way is done.

        What toggles goes by this: the same key twice in a row changes nothing in the end.
        """
        snapshot = self._handle().snapshot()
        for command in self._under_way:
            snapshot = _after(snapshot, command)
        return snapshot

    # ---- fulfilling
    def fulfil(
        self, wish: Wish, *, within: AbstractAsyncContextManager[None] | None = None
    ) -> Coroutine[Any, Any, list[Reply]]:
        """Do it, in its turn; it counts as under way from this moment on.

        Args:
            wish: As it was read.
            within: Entered when its turn has come, left when it is done.

        Returns:
            The answer, when it is awaited; raises `CallsError` for what was refused.
        """
        if wish.command is not None:
            self._under_way.append(wish.command)
        return self._fulfilled(wish, within or nullcontext())

    async def _fulfilled(
        self, wish: Wish, within: AbstractAsyncContextManager[None]
    ) -> list[Reply]:
        if wish.known:
            return info(wish.known)
        command = wish.command
        try:
            async with self._turn(wish.action.turn), within:
                return await (self._run(wish) if command is None else self._send(wish, command))
        finally:
            if command is not None:
                self._under_way.remove(command)

    def _turn(self, turn: Turn) -> AbstractAsyncContextManager[None]:
        return nullcontext() if turn is Turn.AT_ONCE else self._turns[turn]

    async def _run(self, wish: Wish) -> list[Reply]:
        handle = self._handle()
        if wish.action.button_event:
            await handle.do(PressButton(wish.action.button_event))
        errand = ERRANDS[wish.action.id]
        return await errand(
            Request(handle, wish.words, self._now_ms(), self._say, self._whose_sound)
        )

    async def _send(self, wish: Wish, command: Command[Any]) -> list[Reply]:
        handle = self._handle()
        self._require_there(wish)
        if isinstance(command, ReadTerminal):
            shown = await handle.do(command)
            return read_out(handle.snapshot(), command.participant, shown, command.lines)
        if isinstance(command, StartShare):
            command = replace(command, name=in_this_tmux(command.name, os.environ))
        before = handle.snapshot()
        try:
            doing = handle.do(command, action=wish.action.id)
            await (self._told_when_it_waits(doing) if wish.action.turn is Turn.CHAT else doing)
        except CallsError:
            self._require_there(wish)
            raise
        name = wish.who.name if wish.who is not None else ""
        if wish.action.done:
            category = Category.HOST if wish.action.for_moderators else Category.INFO
            return [Reply(category, wish.action.done.format(who=name))]
        return answer(command, before, handle.snapshot(), name)

    async def _told_when_it_waits(self, doing: Coroutine[Any, Any, Any]) -> None:
        sending = asyncio.create_task(doing)
        try:
            await asyncio.wait({sending}, timeout=WAITS_S)
            if not sending.done():
                lost = self._handle().snapshot().phase is Phase.RECONNECTING
                told = "goes out when the connection is back" if lost else "is still on its way"
                self._say(Reply(Category.INFO, f"Your message {told}."))
            await sending
        finally:
            sending.cancel()

    def _require_there(self, wish: Wish) -> None:
        if wish.who is not None and self._handle().snapshot().participant(wish.who.id) is None:
            raise CallsError(ErrorCode.VALIDATION, f"{wish.who.name} has left.")


def _after(snapshot: Snapshot, command: Command[Any]) -> Snapshot:
    """The snapshot as a command will make it."""
    local = snapshot.local
    match command:
        case SetDeafened(deafened):
            return replace(snapshot, deafened=deafened)
        case SetLayout(layout):
            return replace(snapshot, layout=layout)
        case SetFitPictures(fit):
            return replace(snapshot, fit_pictures=fit)
        case SetVolume(participant, percent):
            heard = snapshot.participant(participant)
            return _with(snapshot, replace(heard, volume=percent) if heard is not None else None)
        case SetMuted(muted) if local is not None:
            return _with(snapshot, _switched(local, TrackSource.MICROPHONE, off=muted))
        case SetVideoPaused(paused) if local is not None:
            return _with(snapshot, _switched(local, TrackSource.CAMERA, off=paused))
        case StartShare() if local is not None:
            return _with(snapshot, local.with_stream(Stream(TrackSource.SCREEN_SHARE)))
        case StopShare() if local is not None:
            kept = (one for one in local.streams if not one.of(local.id).is_share)
            return _with(snapshot, replace(local, streams=tuple(kept)))
        case SetHandRaised(raised) if local is not None:
            return _with(snapshot, replace(local, hand_raised_at_ms=int(raised)))
        case _:
            return snapshot


def _switched(local: Participant, source: TrackSource, *, off: bool) -> Participant:
    return local.with_stream(replace(local.stream(source) or Stream(source), off=off))


def _with(snapshot: Snapshot, changed: Participant | None) -> Snapshot:
    if changed is None:
        return snapshot
    people = (changed if one.id == changed.id else one for one in snapshot.participants)
    return replace(snapshot, participants=tuple(people))
