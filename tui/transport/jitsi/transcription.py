"""Captions of a Jitsi conference: what a transcriber, a program on the server, tells everybody.

It tells over the bridge's channel or in the room, as JSON of one form. Anybody in the room can send
the same: who sent it goes along, and what does not fit is left.
"""

from __future__ import annotations

from typing import Any, Final

from tui.domain.ids import ParticipantId
from tui.ports.transport_events import CaptionReceived, CaptionSegment
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.xml import JITMEET, Element, resource, text_of
from tui.wire.json_object import json_object

RESULT: Final = "transcription-result"
_TOPIC: Final = "jitsi-meet-muc-msg-topic"
_TOLD_MAX_CHARACTERS: Final = 65_536
_TEXT_MAX_CHARACTERS: Final = 16_000
_MOST_PIECES: Final = 20


def said_in_room(message: Element, roster: Roster) -> CaptionReceived | None:
    """The captions in a message of the room; None when it holds none."""
    text = text_of(message, JITMEET, "json-message")
    if RESULT not in text:
        return None
    told = json_object(text, most_characters=_TOLD_MAX_CHARACTERS)
    payload = told.get("payload") if told.get(_TOPIC) == RESULT else told
    return caption_of(resource(message.get("from", "")), payload, roster)


def caption_of(sender: object, payload: object, roster: Roster) -> CaptionReceived | None:
    """The event of a `transcription-result`; None for anything else.

    Args:
        sender: Nickname of who sent it.
        payload: As it came.
        roster: Who is there; a hidden member is a program of the server's.
    """
    if not isinstance(sender, str) or not isinstance(payload, dict):
        return None
    number, pieces = payload.get("message_id"), payload.get("transcript")
    if payload.get("type", RESULT) != RESULT or not isinstance(pieces, list):
        return None
    words = " ".join(
        one["text"]
        for one in pieces[:_MOST_PIECES]
        if isinstance(one, dict) and isinstance(one.get("text"), str)
    )
    if not words or not isinstance(number, str | int):
        return None
    speaker = ParticipantId(_text(_of(payload, "participant").get("id")))
    segment = CaptionSegment(
        id=str(number)[:80],
        text=words[:_TEXT_MAX_CHARACTERS],
        final=payload.get("is_interim") is not True,
        language=_text(payload.get("language")),
    )
    # What a program of the server's writes is as if the speaker had sent it.
    by = speaker if roster.is_hidden(sender) and speaker else ParticipantId(sender)
    return CaptionReceived(by, speaker, (segment,))


def _of(told: dict[str, Any], name: str) -> dict[str, Any]:
    inside = told.get(name)
    return inside if isinstance(inside, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
