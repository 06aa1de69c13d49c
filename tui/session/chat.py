"""The chat of one call: both directions, bounded, cleaned, with what is still unread."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Any, Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import StateChanged
from tui.domain.ids import ParticipantId
from tui.domain.rights import Right, not_permitted
from tui.domain.snapshot import ChatMessage
from tui.domain.text import CHAT_MAX_CHARACTERS, SOMEBODY, clean, clean_lines
from tui.ports.transport_events import ChatReceived
from tui.session.call_context import CallContext

KEPT: Final = 500
READ_CHARACTERS: Final = 800_000
"""Of all that is read of it at once: a frame to a front end has its limit in bytes."""
_QUOTE_MAX: Final = 60


class Chat:
    """The last messages of a session, and the way to send one.

    Args:
        context: The call's.
    """

    def __init__(self, context: CallContext) -> None:
        self._transport, self._roster = context.transport, context.roster
        self._happened, self._clock = context.happened, context.clock
        self._rights = context.rights
        self._messages: deque[ChatMessage] = deque(maxlen=KEPT)
        self._by_id: OrderedDict[str, ChatMessage] = OrderedDict()
        """What can be answered, by what the transport calls it."""
        self._count = 0
        self.unread = 0

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """The newest, as many as fit on their way to a front end; oldest first."""
        room, count = READ_CHARACTERS, 0
        for message in reversed(self._messages):
            sample = message.file.sample if message.file else None
            room -= 2 * len(message.text) + (len(sample.rgb) if sample else 0) + 200
            if room < 0:
                break
            count += 1
        return tuple(self._messages)[len(self._messages) - count :]

    def arrived(self, event: ChatReceived) -> None:
        """A message from somebody; nothing when nothing printable is in it."""
        cleaned = clean(event.text, CHAT_MAX_CHARACTERS)
        if not cleaned:
            return
        answered = self._by_id.get(event.reply_to) if event.reply_to else None
        self.keep_of(
            event.id,
            cleaned,
            event.at_ms,
            history=event.history,
            lines=written_lines(event.text),
            answers=quoted(answered) if answered else "",
            wire_id=event.message,
        )

    def keep_of(
        self, who: ParticipantId, text: str, at_ms: int, *, wire_id: str = "", **more: Any
    ) -> None:
        """Something of somebody's [Unix ms, 0: now], or ours; `more` goes into its message."""
        sender = self._roster.get(who)
        local = sender is not None and sender.is_local
        self.unread += not (local or more.get("history"))
        message = ChatMessage(
            sender.uid if sender else "",
            sender.name if sender else SOMEBODY,
            text,
            at_ms or self._clock.unix_ms(),
            is_local=local,
            number=self._count + 1,
            **more,
        )
        self._count += 1
        self._messages.append(message)
        if wire_id:
            self._by_id.setdefault(wire_id, message)  # whoever takes another's is not it
            if len(self._by_id) > KEPT:
                self._by_id.popitem(last=False)
        self._happened(message)

    async def send(self, text: str, answers: int = 0) -> None:
        """A message of ours, to everybody. See `sendable`; `ERROR_NO_SESSION` before joining.

        Args:
            text: The message.
            answers: The number of the message it answers; 0: none.

        Raises:
            CallsError: `VALIDATION_ERROR`, also when no message has that number.
        """
        cleaned = sendable(text)
        if not self._rights().write:
            raise not_permitted(Right.WRITE)
        lines = written_lines(text)
        body = "\n".join(lines) or cleaned
        quote, reply_to = "", ""
        if answers:
            answered = self._numbered(answers)
            quote = quoted(answered)
            known = (key for key, one in self._by_id.items() if one is answered)
            reply_to = next(known, "")
            # Where nothing names a message, its beginning goes along.
            body = body if reply_to else f"↪ {quote}\n{body}"
        wire_id = await self._transport.send_chat(body, reply_to)
        local = self._roster.ourselves()
        self.keep_of(local.id, cleaned, 0, wire_id=wire_id, lines=lines, answers=quote)

    def _numbered(self, number: int) -> ChatMessage:
        for message in self._messages:
            if message.number == number:
                return message
        known = f"{self._messages[0].number} to {self._count}" if self._messages else "none yet"
        raise CallsError(
            ErrorCode.VALIDATION, f"There is no message {number}. Messages: {known}; see /chat."
        )

    def set_unread(self, count: int) -> None:
        """So many are unread: none when the chat is on screen, or what an app's own chat says."""
        if self.unread != count:
            self.unread = count
            self._happened(StateChanged())


def written_lines(text: str) -> tuple[str, ...]:
    """The lines of a message of more than one; empty for any other."""
    lines = clean_lines(text, CHAT_MAX_CHARACTERS)
    return lines if len(lines) > 1 else ()


def quoted(message: ChatMessage) -> str:
    """The beginning of a message, and whose it is."""
    return f"{message.name}: {clean(message.text, _QUOTE_MAX)}"


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
