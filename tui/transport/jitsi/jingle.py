"""Jingle as Jitsi uses it (XEP-0166, 0167, 0176, 0320): read from elements, written to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tui.domain.frozen import dataclass
from tui.transport.jitsi.xml import (
    FOCUS,
    JINGLE,
    Element,
    deep,
    element,
    find,
    find_all,
    number_of,
)
from tui.transport.rtc.described import Candidate, Codec, End, Fingerprint, Section

RTP: Final = "urn:xmpp:jingle:apps:rtp:1"
FEEDBACK: Final = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"
EXTENSION: Final = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
ICE: Final = "urn:xmpp:jingle:transports:ice-udp:1"
DTLS: Final = "urn:xmpp:jingle:apps:dtls:0"
SCTP: Final = "urn:xmpp:jingle:transports:dtls-sctp:1"
GROUPING: Final = "urn:xmpp:jingle:apps:grouping:0"
COLIBRI: Final = "http://jitsi.org/protocol/colibri"
KINDS: Final = ("audio", "video")


@dataclass(frozen=True, slots=True)
class Offer:
    """A session-initiate."""

    sid: str
    initiator: str
    far: End
    sections: Mapping[str, Section]
    """By kind, as offered."""
    websocket: str
    """Address of the bridge's channel; empty: it has none."""
    sctp_port: int
    """Of a channel over the media connection; 0: it has none."""
    bridge_session: str
    """What a restart is asked for with; empty: not said."""


def read_offer(jingle: Element) -> Offer:
    """A session-initiate.

    Raises:
        ValueError: It names no way to reach the bridge.
    """
    sections: dict[str, Section] = {}
    ends: list[End] = []
    websocket, port = "", 0
    for content in find_all(jingle, JINGLE, "content"):
        description, transport = find(content, RTP, "description"), find(content, ICE, "transport")
        if description is not None and description.get("media") in KINDS:
            section = read_section(description)
            sections[section.kind] = section
        if transport is not None:
            ends.append(read_end(transport))
            socket = find(transport, COLIBRI, "web-socket")
            if socket is not None and not websocket:
                websocket = socket.get("url", "")
            sctp = find(transport, SCTP, "sctpmap")
            if sctp is not None:
                port = number_of(sctp, "number", 5000)
    whole = next((one for one in ends if one.ufrag and one.pwd), None)
    if whole is None or not sections:
        raise ValueError("an offer without a transport or without media")
    fingerprints = whole.fingerprints or next((e.fingerprints for e in ends if e.fingerprints), ())
    bridge = deep(jingle, FOCUS, "bridge-session")
    return Offer(
        sid=jingle.get("sid", ""),
        initiator=jingle.get("initiator", ""),
        far=End(whole.ufrag, whole.pwd, whole.candidates, fingerprints),
        sections=sections,
        websocket=websocket,
        sctp_port=port,
        bridge_session=bridge[0].get("id", "") if bridge else "",
    )


def descriptions(jingle: Element) -> list[Element]:
    """The descriptions of all contents."""
    found = (find(one, RTP, "description") for one in find_all(jingle, JINGLE, "content"))
    return [one for one in found if one is not None]


def read_ends(jingle: Element) -> list[End]:
    """The transports of all contents, as in a transport-info."""
    found = (find(one, ICE, "transport") for one in find_all(jingle, JINGLE, "content"))
    return [read_end(one) for one in found if one is not None]


def read_end(transport: Element) -> End:
    """An end, as far as it is told."""
    return End(
        transport.get("ufrag", ""),
        transport.get("pwd", ""),
        tuple(
            Candidate(
                foundation=one.get("foundation", "0")[:32],
                component=number_of(one, "component", 1),
                protocol=one.get("protocol", "udp").lower(),
                priority=number_of(one, "priority"),
                ip=one.get("ip", ""),
                port=number_of(one, "port"),
                type=one.get("type", "host"),
            )
            for one in find_all(transport, ICE, "candidate")
        ),
        tuple(
            Fingerprint(one.get("hash", "").lower(), (one.text or "").strip())
            for one in find_all(transport, DTLS, "fingerprint")
        ),
    )


def read_section(description: Element) -> Section:
    """What a content can carry."""
    codecs = tuple(
        Codec(
            id=number_of(one, "id", -1),
            name=one.get("name", "").lower(),
            clock_hz=number_of(one, "clockrate"),
            channels=number_of(one, "channels", 1),
            parameters={
                p.get("name", ""): p.get("value", "") for p in find_all(one, RTP, "parameter")
            },
            feedback=tuple(
                (f.get("type", ""), f.get("subtype", ""))
                for f in find_all(one, FEEDBACK, "rtcp-fb")
            ),
        )
        for one in find_all(description, RTP, "payload-type")
    )
    return Section(
        description.get("media", ""),
        tuple(one for one in codecs if 0 <= one.id <= 127 and one.clock_hz),
        {
            one.get("uri", ""): number_of(one, "id")
            for one in find_all(description, EXTENSION, "rtp-hdrext")
        },
    )


def section_element(section: Section, sources: Iterable[Element] = ()) -> Element:
    """A content's description."""
    made = element(RTP, "description", {"media": section.kind})
    for codec in section.codecs:
        head = {"id": codec.id, "name": codec.name, "clockrate": codec.clock_hz}
        payload = element(RTP, "payload-type", {**head, "channels": codec.channels})
        for name, value in codec.parameters.items():
            payload.append(element(RTP, "parameter", {"name": name, "value": value}))
        for kind, subtype in codec.feedback:
            payload.append(element(FEEDBACK, "rtcp-fb", {"type": kind, "subtype": subtype or None}))
        made.append(payload)
    for uri, number in section.extensions.items():
        made.append(element(EXTENSION, "rtp-hdrext", {"id": number, "uri": uri}))
    made.append(element(RTP, "rtcp-mux"))
    made.extend(sources)
    return made


def end_element(end: End, setup: str, *, sctp_port: int = 0) -> Element:
    """A content's transport; `setup` is our part in DTLS, `active` for who begins."""
    made = element(ICE, "transport", {"ufrag": end.ufrag, "pwd": end.pwd})
    made.append(element(ICE, "rtcp-mux"))
    for print_ in end.fingerprints:
        made.append(
            element(DTLS, "fingerprint", {"hash": print_.algorithm, "setup": setup}, print_.value)
        )
    for number, one in enumerate(end.candidates):
        made.append(
            element(
                ICE,
                "candidate",
                {
                    "component": one.component,
                    "foundation": one.foundation,
                    "generation": 0,
                    "id": f"c{number}",
                    "ip": one.ip,
                    "network": 0,
                    "port": one.port,
                    "priority": one.priority,
                    "protocol": one.protocol,
                    "type": one.type,
                    "rel-addr": one.related_ip or None,
                    "rel-port": one.related_port or None,
                },
            )
        )
    if sctp_port:
        head = {"number": sctp_port, "protocol": "webrtc-datachannel", "streams": 1024}
        made.append(element(SCTP, "sctpmap", head))
    return made


def content(name: str, *inside: Element) -> Element:
    """A content of ours, who answer."""
    head = {"creator": "responder", "name": name, "senders": "both"}
    return element(JINGLE, "content", head, *inside)


def bundled(names: Iterable[str]) -> Element:
    """Says that these contents share one connection."""
    members = [element(GROUPING, "content", {"name": one}) for one in names]
    return element(GROUPING, "group", {"semantics": "BUNDLE"}, *members)


def reason(word: str) -> Element:
    """Why a session ends."""
    return element(JINGLE, "reason", None, element(JINGLE, word))
