"""The chat of one call: both directions, bounded, cleaned, with what is still unread."""

from __future__ import annotations

from collections import deque
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import ChatMessage, Participant
from tui.domain.text import CHAT_MAX_CHARACTERS, clean, clean_name

KEPT: Final = 500


class ChatLog:
    """The last messages of a session."""

    def __init__(self) -> None:
        self._messages: deque[ChatMessage] = deque(maxlen=KEPT)
        self.unread = 0

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        """Oldest first."""
        return tuple(self._messages)

    def arrived(
        self, uid: str, sender: Participant | None, text: str, at_ms: int
    ) -> ChatMessage | None:
        """A message from somebody; None when nothing printable is in it."""
        cleaned = clean(text, CHAT_MAX_CHARACTERS)
        if not cleaned:
            return None
        message = ChatMessage(uid, sender.name if sender else clean_name(uid), cleaned, at_ms)
        self._messages.append(message)
        self.unread += 1
        return message

    def sent(self, local: Participant, text: str, at_ms: int) -> ChatMessage:
        """A message of ours."""
        message = ChatMessage(local.uid, local.name, text, at_ms, is_local=True)
        self._messages.append(message)
        return message


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
