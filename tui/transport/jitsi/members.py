"""What somebody's presence in a room says of them. NOT cleaned: the session does that.

All of it is anybody's text: JSON that does not fit is as if it were not there. A source that is not
listed is not published; clients before 2022 list none and say `audiomuted` and `videomuted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.participant import Role
from tui.domain.sealing import Sealing
from tui.ports.transport_events import RemoteParticipant, RemoteTrack
from tui.transport.jitsi.sources import DESKTOP, stream_of
from tui.transport.jitsi.xml import (
    CLIENT,
    MUC_USER,
    NICK,
    Element,
    find,
    name_of,
    number_of,
    text_of,
)
from tui.wire.json_object import json_object

ATTRIBUTE: Final = "jitsi_participant_"
HAND: Final = "raisedHand"
"""When a hand was raised, in Unix milliseconds: what we call `hand`."""
_NOT_SHOWN: Final = frozenset(
    {"codecList", "codecType", "region", "e2ee", "e2ee.idKey", "e2ee.enabled", "e2eeEnabled"}
)
"""Of the protocol, and nothing that a person put there."""
_SEALED: Final = ("e2ee.enabled", "e2eeEnabled")
_TEXT_MAX_CHARACTERS: Final = 8192
_MOST_TRACKS: Final = 20
_MOST_ATTRIBUTES: Final = 50


def role_in(presence: Element) -> Role:
    """What the room lets them do."""
    item = find(find(presence, MUC_USER, "x"), MUC_USER, "item")
    moderates = item is not None and item.get("role") == "moderator"
    return Role.MODERATOR if moderates else Role.NONE


def participant_in(who: str, presence: Element, seen_at_ms: int) -> RemoteParticipant:
    """Somebody, as their newest presence says.

    Args:
        who: Their nickname, which is their endpoint's id.
        presence: The whole of it: what is missing is not so any more.
        seen_at_ms: When we first saw them [Unix ms]; rooms do not say when somebody came.
    """
    attributes = _attributes(presence)
    user = _json(text_of(presence, CLIENT, "user-info"))
    told = find(presence, CLIENT, "user_object")
    sealed = any(attributes.get(name) == "true" for name in _SEALED)
    sealing = Sealing.NO_KEY if sealed else Sealing.CLEAR
    return RemoteParticipant(
        id=ParticipantId(who),
        name=text_of(presence, NICK, "nick"),
        uid=_text(user.get("uid")) or text_of(presence, CLIENT, "uid"),
        pid=who,
        avatar=_text(user.get("avatar")) or text_of(presence, CLIENT, "avatar-url"),
        role=role_in(presence),
        attributes={
            "hand" if name == HAND else name: value
            for name, value in attributes.items()
            if value and name not in _NOT_SHOWN
        },
        tracks=_tracks(who, presence, sealing=sealing),
        sealing=sealing,
        joined_at_ms=(0 if told is None else number_of(told, "joinnedAt")) or seen_at_ms,
    )


def _attributes(presence: Element) -> dict[str, str]:
    found = {
        name_of(one).removeprefix(ATTRIBUTE): one.text or ""
        for one in presence
        if name_of(one).startswith(ATTRIBUTE)
    }
    return dict(list(found.items())[:_MOST_ATTRIBUTES])


def _tracks(who: str, presence: Element, *, sealing: Sealing) -> tuple[RemoteTrack, ...]:
    listed = find(presence, CLIENT, "SourceInfo")
    if listed is None:
        said = {name_of(one): one.text for one in presence}  # in namespaces of their own
        sources: Mapping[str, Any] = {
            f"{who}-{letter}0": {"muted": said[name] != "false"}
            for letter, name in (("a", "audiomuted"), ("v", "videomuted"))
            if name in said
        }
    else:
        sources = _json(listed.text or "")
    made: list[RemoteTrack] = []
    for name, info in list(sources.items())[:_MOST_TRACKS]:
        if not isinstance(info, dict):
            continue
        stream = stream_of(name, desktop=info.get("videoType") == DESKTOP)
        if stream is None or stream.participant != who:
            continue
        number = sum(one.source is stream.source for one in made)
        muted = bool(info.get("muted", False))
        if stream.source is TrackSource.SCREEN_SHARE and muted:
            continue  # a share that is off has ended: its source waits for the next one
        made.append(
            RemoteTrack(sid=name, source=stream.source, muted=muted, sealing=sealing, number=number)
        )
    return tuple(made)


def _json(text: str) -> dict[str, Any]:
    return json_object(text, most_characters=_TEXT_MAX_CHARACTERS)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
