"""What comes from the session, put into the feed; and how one call's end is noticed.

The trap is order: the words that tell an end, the snapshot that shows it and the loss of the engine
come in any order, and an old snapshot may still tell of the call before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from tui.domain.announcements import Announcement, Category, Priority
from tui.domain.endings import EXIT_OF_END
from tui.domain.errors import ExitCode
from tui.domain.events import SessionEvent
from tui.domain.happenings.english import ending_sentence, left_sentence
from tui.domain.snapshot import ChatMessage, EndReason, Phase, Snapshot
from tui.domain.text import clean
from tui.linear.feed import Feed
from tui.linear.speakable import without_emoji
from tui.ports.handle import EngineGone, Handle

_LAST_WORDS_S: Final = 0.3
"""After the end of a call, for announcements that are still on their way."""


class Following:
    """Reads a handle's updates for as long as the program runs.

    Args:
        handle: The session.
        feed: Takes what is to be printed.
        over: Set when the call, or the engine, has ended.
        now_ms: Unix milliseconds.
    """

    def __init__(
        self, handle: Handle, feed: Feed, over: asyncio.Event, now_ms: Callable[[], int]
    ) -> None:
        self._handle = handle
        self._feed = feed
        self._over = over
        self._now_ms = now_ms
        self._in_call = False
        self._end_said = asyncio.Event()
        self.gone = ""
        """Why the engine is gone; empty while it is there."""

    async def run(self) -> None:
        """Until the engine is gone."""
        async for update in self._handle.updates():
            match update:
                case Snapshot():
                    self._on_snapshot(update)
                case Announcement():
                    self._on_announcement(update)
                case ChatMessage():
                    self._on_chat(update)
                case SessionEvent():
                    self._feed.event(update)
                case EngineGone(text=text):
                    self.gone = text or "the call engine ended."
                    self._over.set()
                case _:
                    pass

    # ---- one call
    def connecting(self) -> None:
        """A call is about to be joined: nothing is known of its end."""
        self._end_said.clear()

    def joined(self) -> None:
        """We are in a call; it may have ended already."""
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
        self._feed.flush()
        if not self._end_said.is_set():
            self._feed.reply("call", self._end_words())

    def exit_code(self) -> int:
        """What the program ends with if this call was the last thing."""
        if self.gone:
            return ExitCode.CONNECTION_LOST
        ended = self._handle.snapshot().ended
        return EXIT_OF_END[ended] if ended is not None else ExitCode.LEFT

    def _end_words(self) -> str:
        snapshot = self._handle.snapshot()
        if self.gone:
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
            self._feed.speakers([without_emoji(p.name) for p in speaking])
        self._notice_end()

    def _notice_end(self) -> None:
        # The newest snapshot, not the one that came: that may still tell of the call before.
        if self._in_call and self._handle.snapshot().phase is Phase.ENDED:
            self._over.set()

    def _on_announcement(self, announcement: Announcement) -> None:
        match announcement.category:
            case Category.CHAT | Category.YOU:
                # Chat comes as messages, whole and in order; these would say it twice.
                return
            case Category.JOIN | Category.LEAVE:
                self._feed.gather(announcement.category, announcement.text)
                return
            case Category.SPEAKING if announcement.priority is Priority.LOW and self._feed.summing:
                self._feed.speakers([announcement.text.rstrip(".")])
                return
            case Category.CALL if self._tells_end(announcement):
                self._end_said.set()
            case _:
                pass
        self._feed.say(announcement.category, announcement.text, announcement.priority)

    def _tells_end(self, announcement: Announcement) -> bool:
        # The words may come before the snapshot that says so.
        return (
            self._handle.snapshot().phase is Phase.ENDED
            or announcement.text.startswith("Left ")
            or announcement.priority is Priority.URGENT
        )

    def _on_chat(self, message: ChatMessage) -> None:
        if message.is_local:
            self._feed.say(Category.YOU, message.text, Priority.REPLY, source=message)
        else:
            text = f"{without_emoji(message.name)}: {message.text}"
            self._feed.say(Category.CHAT, text, source=message)
