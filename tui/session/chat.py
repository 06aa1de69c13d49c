"""The chat of one call: both directions, bounded, cleaned, with what is still unread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import StateChanged
from tui.domain.ids import ParticipantId
from tui.domain.rights import Right, Rights, not_permitted
from tui.domain.snapshot import ChatMessage
from tui.domain.text import CHAT_MAX_CHARACTERS, SOMEBODY, clean, clean_lines
from tui.ports.transport import Transport
from tui.session.clock import Clock
from tui.session.outlet import Happened
from tui.session.roster import Roster

KEPT: Final = 500


class Chat:
    """The last messages of a session, and the way to send one.

    Args:
        transport: Carries our messages.
        roster: Who is there.
        happened: Says that a message came, or went out.
        clock: For when ours was sent.
        rights: What we may do now.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        roster: Roster,
        happened: Happened,
        clock: Clock,
        rights: Callable[[], Rights] = Rights,
    ):
        self._transport = transport
        self._roster = roster
        self._happened = happened
        self._clock = clock
        self._rights = rights
        self._messages: deque[ChatMessage] = deque(maxlen=KEPT)
        self.unread = 0

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """Oldest first."""
        return tuple(self._messages)

    def arrived(self, who: ParticipantId, text: str, at_ms: int, *, history: bool = False) -> None:
        """A message from somebody [Unix ms, 0: now]; nothing when nothing printable is in it.

        `history`: it was said before we joined, and is nothing unread.
        """
        cleaned = clean(text, CHAT_MAX_CHARACTERS)
        if not cleaned:
            return
        sender = self._roster.get(who)
        name = sender.name if sender else SOMEBODY
        uid = sender.uid if sender else ""
        self.unread += not history
        at_ms = at_ms or self._clock.unix_ms()
        lines = written_lines(text)
        self._keep(ChatMessage(uid, name, cleaned, at_ms, history=history, lines=lines))

    async def send(self, text: str) -> None:
        """A message of ours, to everybody. See `sendable`; `ERROR_NO_SESSION` before joining."""
        cleaned = sendable(text)
        if not self._rights().write:
            raise not_permitted(Right.WRITE)
        lines = written_lines(text)
        await self._transport.send_chat("\n".join(lines) or cleaned)
        local = self._roster.ourselves()
        now_ms = self._clock.unix_ms()
        self._keep(ChatMessage(local.uid, local.name, cleaned, now_ms, is_local=True, lines=lines))

    def _keep(self, message: ChatMessage) -> None:
        self._messages.append(message)
        self._happened(message)

    def set_unread(self, count: int) -> None:
        """So many are unread: none when the chat is on screen, or what an app's own chat says."""
        if self.unread != count:
            self.unread = count
            self._happened(StateChanged())


def written_lines(text: str) -> tuple[str, ...]:
    """The lines of a message of more than one; empty for any other."""
    lines = clean_lines(text, CHAT_MAX_CHARACTERS)
    return lines if len(lines) > 1 else ()


def sendable(text: str) -> str:
    """A message as it may be sent.

    Raises:
        CallsError: `VALIDATION_ERROR` for an empty or too long one.
    """
    if len(text) > CHAT_MAX_CHARACTERS:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"The message has {len(text)} characters; {CHAT_MAX_CHARACTERS} are allowed.",
        )
    cleaned = clean(text, CHAT_MAX_CHARACTERS)
    if not cleaned:
        raise CallsError(ErrorCode.VALIDATION, "The message is empty. Type something first.")
    return cleaned
