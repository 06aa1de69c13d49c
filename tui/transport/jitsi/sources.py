"""Announced streams (sources): whose each is, what it shows, and how Jitsi writes them.

A source has a name, `ENDPOINT-a0`, `ENDPOINT-v0`, `ENDPOINT-v1`: the letter says sound or pictures,
and the number which. It has one SSRC, and for pictures a second one for what is sent again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.transport.jitsi.xml import (
    JITMEET,
    Element,
    element,
    find,
    find_all,
    number_of,
    resource,
)

SSMA: Final = "urn:xmpp:jingle:apps:rtp:ssma:0"
DESKTOP: Final = "desktop"
_NAME: Final = re.compile(r"(?P<owner>.{1,64})-(?P<letter>[av])(?P<number>\d{1,3})")
_MOST_SOURCES: Final = 2000
_MOST_SSRC: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Announced:
    """One source with its SSRCs."""

    owner: str
    """An endpoint id: a nickname in the room. `jvb` for the bridge."""
    kind: str
    """`audio` or `video`."""
    name: str
    ssrc: int
    again: int = 0
    """SSRC of what is sent again; 0: none."""
    desktop: bool = False

    @property
    def ssrcs(self) -> tuple[int, ...]:
        """Of its media, then of what is sent again."""
        return (self.ssrc, self.again) if self.again else (self.ssrc,)


@dataclass(slots=True)
class _Raw:
    """One SSRC as announced."""

    ssrc: int
    name: str
    owner: str
    desktop: bool


@dataclass(slots=True)
class _Part:
    """What one owner announced of one kind."""

    sources: list[_Raw] = field(default_factory=list)
    again: dict[int, int] = field(default_factory=dict)
    """FID groups (RFC 5576 4.2): media to what is sent again."""


def source_name(endpoint: str, source: TrackSource) -> str:
    """What our own source is called."""
    letter = "a" if source is TrackSource.MICROPHONE else "v"
    return f"{endpoint}-{letter}{1 if source is TrackSource.SCREEN_SHARE else 0}"


def stream_of(name: str, *, desktop: bool) -> StreamId | None:
    """The stream that a source is; None for a name of no form we know."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    if match["letter"] == "a":
        source = TrackSource.SCREEN_SHARE_AUDIO if int(match["number"]) else TrackSource.MICROPHONE
    else:
        source = TrackSource.SCREEN_SHARE if desktop else TrackSource.CAMERA
    return StreamId(ParticipantId(match["owner"]), source)


def owner_of(name: str) -> str:
    """Whose a source is, by its name; empty when it is none."""
    match = _NAME.fullmatch(name)
    return "" if match is None else match["owner"]


def announce(name: str, msid: str, ssrcs: tuple[int, ...], *, desktop: bool) -> list[Element]:
    """Our own source, as XML: clients announce in that form only."""
    made = [
        element(
            SSMA,
            "source",
            {"ssrc": one, "name": name, "videoType": DESKTOP if desktop else None},
            element(SSMA, "parameter", {"name": "msid", "value": msid}),
        )
        for one in ssrcs
    ]
    if len(ssrcs) > 1:
        members = [element(SSMA, "source", {"ssrc": one}) for one in ssrcs]
        made.append(element(SSMA, "ssrc-group", {"semantics": "FID"}, *members))
    return made


def read_sources(jingle: Element, descriptions: Iterable[Element]) -> list[Announced]:
    """What a Jingle element announces, as compact JSON or as XML.

    Args:
        jingle: The element.
        descriptions: Of its contents.
    """
    parts: dict[tuple[str, str], _Part] = {}
    for message in find_all(jingle, JITMEET, "json-message"):
        _read_json(message.text or "", parts)
    for description in descriptions:
        _read_xml(description, parts)
    found: list[Announced] = []
    for (owner, kind), part in parts.items():
        repeated = set(part.again.values())
        for number, one in enumerate(part.sources):
            if one.ssrc not in repeated:
                name = one.name or f"{owner}-{kind[0]}{number}"
                again = part.again.get(one.ssrc, 0)
                found.append(Announced(owner, kind, name, one.ssrc, again, one.desktop))
    return found[:_MOST_SOURCES]


def _read_xml(description: Element, parts: dict[tuple[str, str], _Part]) -> None:
    kind = description.get("media", "")
    again: dict[int, int] = {}
    for group in find_all(description, SSMA, "ssrc-group"):
        members = [number_of(one, "ssrc") for one in find_all(group, SSMA, "source")]
        if group.get("semantics") == "FID" and len(members) == 2:
            again[members[0]] = members[1]
    for one in find_all(description, SSMA, "source"):
        info = find(one, JITMEET, "ssrc-info")
        jid = "" if info is None else info.get("owner", "")
        ssrc, name = number_of(one, "ssrc"), one.get("name", "")
        if 0 < ssrc <= _MOST_SSRC:
            owner = resource(jid) or jid or owner_of(name)
            part = parts.setdefault((owner, kind), _Part())
            part.sources.append(_Raw(ssrc, name, owner, one.get("videoType") == DESKTOP))
            part.again.update(again)


def _read_json(text: str, parts: dict[tuple[str, str], _Part]) -> None:
    """`{"sources": {OWNER: [[video], [groups], [audio], [groups]]}}`; what does not fit is left."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return
    by_owner = told.get("sources") if isinstance(told, dict) else None
    if not isinstance(by_owner, dict):
        return
    for owner, lists in by_owner.items():
        if not isinstance(lists, list):
            continue
        padded = [*lists, [], [], [], []]
        for kind, sources, groups in (
            ("video", padded[0], padded[1]),
            ("audio", padded[2], padded[3]),
        ):
            part = _Part()
            for one in sources if isinstance(sources, list) else ():
                if isinstance(one, dict) and _is_ssrc(one.get("s")):
                    name = one.get("n")
                    raw = _Raw(
                        int(one["s"]), name if isinstance(name, str) else "", owner, _desktop(one)
                    )
                    part.sources.append(raw)
            for group in groups if isinstance(groups, list) else ():
                if isinstance(group, list) and len(group) == 3 and group[0] == "f":
                    first, second = group[1], group[2]
                    if _is_ssrc(first) and _is_ssrc(second):
                        part.again[int(first)] = int(second)
            parts[owner, kind] = part


def read_map(message: Mapping[str, Any], kind: str) -> list[Announced]:
    """What SSRCs carry from now on, by `AudioSourcesMap` or `VideoSourcesMap` of the bridge.

    It tells what changed: an SSRC that is not named carries what it did.
    """
    mapped = message.get("mappedSources")
    found: list[Announced] = []
    for one in mapped[:_MOST_SOURCES] if isinstance(mapped, list) else ():
        if not isinstance(one, dict) or not _is_ssrc(one.get("ssrc")):
            continue
        name, owner, again = one.get("source"), one.get("owner"), one.get("rtx")
        if isinstance(name, str) and isinstance(owner, str):
            found.append(
                Announced(
                    owner,
                    kind,
                    name,
                    int(one["ssrc"]),
                    int(again) if _is_ssrc(again) and again is not None else 0,
                    str(one.get("videoType", "")).lower() == DESKTOP,
                )
            )
    return found


def _desktop(one: Mapping[str, Any]) -> bool:
    return one.get("v") == "d"


def _is_ssrc(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 11 else 0
    return isinstance(value, int) and 0 < value <= _MOST_SSRC
