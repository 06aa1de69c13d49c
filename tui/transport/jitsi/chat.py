"""Chat of a room (XEP-0045 7.4): sent when the room has given it back, history marked as such."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId
from tui.domain.text import clean
from tui.ports.transport_events import CaptionReceived, ChatReceived
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.refusal import error_of
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.transcription import said_in_room
from tui.transport.jitsi.xml import (
    CLIENT,
    DELAY,
    Element,
    bare,
    element,
    find,
    new_id,
    resource,
    text_of,
)
from tui.transport.lasting import MESSAGE_MAX_BYTES

_TAKEN_WITHIN_S: Final = 5.0


class RoomChat:
    """Chat in one room.

    Args:
        stream: Where it is sent.
        room: The room's JID.
        endpoint: Our nickname.
    """

    def __init__(self, stream: XmppStream, room: str, endpoint: str) -> None:
        self._stream = stream
        self._room = room
        self._endpoint = endpoint
        self._waiting: dict[str, asyncio.Future[None]] = {}

    async def send(self, text: str) -> None:
        """Send a message to everybody, and wait until the room gives it back.

        Raises:
            CallsError: `ERROR_NOT_PERMITTED`: the room does not take it.
            ConnectionGone: It did not come back.
        """
        number = new_id()
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = taken
        head = {"type": "groupchat", "to": self._room, "id": number}
        try:
            await self._stream.send(
                element(CLIENT, "message", head, element(CLIENT, "body", None, text))
            )
            async with asyncio.timeout(_TAKEN_WITHIN_S):
                await taken
        except TimeoutError:
            raise ConnectionGone("the room did not give our message back") from None
        finally:
            self._waiting.pop(number, None)

    def take(self, message: Element, roster: Roster) -> ChatReceived | CaptionReceived | None:
        """A message of the room came; what it says, unless it is ours or says nothing."""
        sender, number = message.get("from", ""), message.get("id", "")
        if bare(sender) != self._room:
            return None
        waiting = self._waiting.get(number)
        if message.get("type") == "error":
            if waiting is not None and not waiting.done():
                said = error_of(message)
                waiting.set_exception(
                    CallsError(
                        ErrorCode.NOT_PERMITTED,
                        f"The room does not take your message ({clean(said.condition, 60)}).",
                    )
                )
            return None
        if (caption := said_in_room(message, roster)) is not None:
            return caption
        text, who = text_of(message, CLIENT, "body"), resource(sender)
        delay = find(message, DELAY, "delay")
        if who == self._endpoint and delay is None:
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
            return None
        if message.get("type") not in ("groupchat", "chat") or not text or not who:
            return None
        if len(text.encode("utf-8", "replace")) > MESSAGE_MAX_BYTES:
            return None
        at_ms = _stamp_ms(delay) if delay is not None else int(time.time() * 1000)
        return ChatReceived(ParticipantId(who), text, at_ms, history=delay is not None)


def no_captions() -> CallsError:
    """Jitsi's captions come of a program on the server alone."""
    return CallsError(
        ErrorCode.NOT_SUPPORTED,
        "Captions can't be sent in a Jitsi call. /say TEXT writes it in the chat.",
    )


def no_files() -> CallsError:
    """Jitsi has no files in its chat but by a server of its own for them."""
    return CallsError(ErrorCode.NOT_SUPPORTED, "Files can't be sent in a Jitsi call.")


def _stamp_ms(delay: Element) -> int:
    """When it was said (XEP-0203) [Unix ms]; 0 when that is not readable."""
    try:
        return int(datetime.fromisoformat(delay.get("stamp", "")).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
