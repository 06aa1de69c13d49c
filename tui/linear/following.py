"""Puts what the session says into the line queue, and notices the end of a call.

The trap is order: that a session is over, the snapshot that shows it and the loss of the engine
come in any order, and an old snapshot may still tell of the call before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from tui.domain.announcements import Category, Priority
from tui.domain.captions import Caption
from tui.domain.endings import EXIT_OF_END
from tui.domain.errors import ExitCode
from tui.domain.happenings import (
    Captioned,
    Happening,
    IdlePrompted,
    InLobby,
    Joined,
    Left,
    SessionEnded,
    SessionLeft,
    SpeakerChanged,
)
from tui.domain.happenings.english_phrases import (
    alone_sentence,
    chat_sentence,
    ending_sentence,
    left_sentence,
)
from tui.domain.happenings.table import announcement, sdk_events
from tui.domain.snapshot import ChatMessage, EndReason, Levels, Phase, Snapshot
from tui.domain.text import clean
from tui.linear.line_queue import LineQueue
from tui.linear.speakable import without_emoji
from tui.ports.handle import EngineGone, Handle

_LAST_WORDS_S: Final = 0.3
"""After the end of a call, for announcements that are still on their way."""


class Following:
    """Reads a handle's updates for as long as the program runs.

    Args:
        handle: The session.
        queue: Takes what is to be printed.
        over: Set when the call, or the engine, has ended.
        now_ms: Unix milliseconds.
    """

    def __init__(
        self, handle: Handle, queue: LineQueue, over: asyncio.Event, now_ms: Callable[[], int]
    ) -> None:
        self._handle = handle
        self._queue = queue
        self._over = over
        self._now_ms = now_ms
        self._in_call = False
        self._end_said = asyncio.Event()
        self.captioned: Callable[[Caption], None] = lambda _caption: None
        """Told of final words."""
        self.waits = False
        """A moderator has to let us in."""
        self.gone = ""
        """Why the engine is gone; empty while it is there."""
        self._gone_said = False

    async def run(self) -> None:
        """Until the engine is gone."""
        async for update in self._handle.updates():
            match update:
                case Snapshot():
                    self._on_snapshot(update)
                case Levels():
                    pass
                case EngineGone(text=text):
                    self.gone = text or "the call engine ended."
                    self._over.set()
                case _:
                    self._on_happening(update)

    # ---- one call
    def connecting(self) -> None:
        """A call is about to be joined: nothing is known of its end."""
        self._end_said.clear()
        self.waits = False

    def joined(self) -> None:
        """We are in a call; it may have ended already."""
        self.waits = False
        self._in_call = True
        self._notice_end()

    async def last_words(self) -> None:
        """Say how the call ended, in the session's words if they come in time."""
        if not self._in_call:
            return
        self._in_call = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self.gone else _LAST_WORDS_S):
                await self._end_said.wait()
        self._queue.flush()
        if not self._end_said.is_set():
            self._queue.reply("call", self._end_words())

    def say_gone(self) -> None:
        """Say that the engine is gone, if it is and the end of a call has not said so."""
        if self.gone and not self._gone_said:
            self._gone_said = True
            self._queue.reply("error", clean(self.gone))

    def exit_code(self) -> int:
        """The exit code, if this call was the last thing the program did."""
        if self.gone:
            return ExitCode.CONNECTION_LOST
        ended = self._handle.snapshot().ended
        return EXIT_OF_END[ended] if ended is not None else ExitCode.LEFT

    def _end_words(self) -> str:
        snapshot = self._handle.snapshot()
        if self.gone:
            self._gone_said = True
            return f"The call is over: {clean(self.gone)}"
        if snapshot.ended in (None, EndReason.LEFT):
            name = snapshot.title or snapshot.session_id
            return left_sentence(name, (self._now_ms() - snapshot.joined_at_ms) / 1000)
        return ending_sentence(snapshot.ended, snapshot.ended_detail)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.in_session:
            dominant = snapshot.dominant_speaker
            speaking = [p for p in snapshot.remotes if p.speaking]
            speaking.sort(key=lambda p: p.id != dominant)
            self._queue.speakers([without_emoji(p.name) for p in speaking])
        self._notice_end()

    def _notice_end(self) -> None:
        # The newest snapshot, not the one that came: that may still tell of the call before.
        if self._in_call and self._handle.snapshot().phase is Phase.ENDED:
            self._over.set()

    def _on_happening(self, happening: Happening) -> None:
        for event in sdk_events(happening):
            self._queue.event(event)
        match happening:
            case ChatMessage():
                self._on_chat(happening)
                return
            case Joined(peer_call=False) | Left(peer_call=False) if self._queue.summing:
                self._queue.gather(happening)
                return
            case InLobby():
                self.waits = True
            case Captioned(caption):
                self.captioned(caption)
                return
            case SpeakerChanged(person) if self._queue.summing:
                self._queue.speakers([without_emoji(person.name)])
                return
            case IdlePrompted(seconds_left):
                how = "Press Enter to stay, or type /leave."
                text = f"{alone_sentence(seconds_left)} {how}"
                self._queue.say(Category.IDLE, text, Priority.URGENT)
                return
            case SessionLeft() | SessionEnded():
                self._end_said.set()
            case _:
                pass
        if (told := announcement(happening, self._now_ms())) is not None:
            self._queue.say(told.category, told.text, told.priority)

    def _on_chat(self, message: ChatMessage) -> None:
        if message.history:
            return
        if message.is_local:
            told = chat_sentence(message)
            self._queue.say(Category.YOU, told, Priority.REPLY, source=message)
        else:
            told = chat_sentence(message, without_emoji(message.name))
            self._queue.say(Category.CHAT, told, source=message)
