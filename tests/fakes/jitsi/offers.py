"""What the focus offers, and what it tells of others' sources: as compact JSON or as XML."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.jitsi.endpoint import AUDIO_PT, VP8_PT, VP8_RTX_PT, Endpoint, Source
from tui.transport.jitsi import jingle as jg
from tui.transport.jitsi.sources import SSMA
from tui.transport.jitsi.xml import FOCUS, JINGLE, JITMEET, Element, element
from tui.transport.rtc.described import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    Candidate,
    Codec,
    End,
    Fingerprint,
    Section,
)

REWRITING = "http://jitsi.org/ssrc-rewriting-1"
JSON = "http://jitsi.org/json-encoded-sources"
TCC = "http://jitsi.org/tcc"
REMB = "http://jitsi.org/remb"
SCTP = "urn:xmpp:jingle:transports:dtls-sctp:1"


class Offers:
    def __init__(self, *, offer_sctp: bool, start_muted: bool) -> None:
        self.offer_sctp, self.start_muted = offer_sctp, start_muted

    def initiate(
        self,
        room: str,
        sid: str,
        endpoint: Endpoint,
        features: set[str],
        others: list[Any],
    ) -> Element:
        sctp = self.offer_sctp and SCTP in features
        made = element(
            JINGLE,
            "jingle",
            {"action": "session-initiate", "sid": sid, "initiator": f"{room}/focus"},
        )
        by_owner = {one.nick: outward(one.endpoint) for one in others}
        as_json = JSON in features
        for section in (_audio(), _video()):
            sources: list[Element] = []
            if not as_json:
                for owner, theirs in by_owner.items():
                    sources += _as_xml(owner, theirs, section.kind, room)
            transport = jg.end_element(_end(endpoint), "actpass")
            transport.append(element(jg.COLIBRI, "web-socket", {"url": endpoint.websocket_url}))
            content = {"creator": "initiator", "name": section.kind, "senders": "both"}
            made.append(
                element(JINGLE, "content", content, jg.section_element(section, sources), transport)
            )
        names = ["audio", "video"]
        if sctp:
            names.append("data")
            transport = jg.end_element(_end(endpoint), "actpass", sctp_port=5000)
            content = {"creator": "initiator", "name": "data", "senders": "both"}
            made.append(element(JINGLE, "content", content, transport))
        made.append(jg.bundled(names))
        session = {"id": endpoint.conference.id, "region": "bed"}
        made.append(element(FOCUS, "bridge-session", session))
        if self.start_muted:
            made.append(element(FOCUS, "startmuted", {"audio": "true", "video": "true"}))
        if as_json:
            # With SSRC rewriting it is only the bridge's own.
            made.append(_as_json({"jvb": _own(endpoint), **by_owner}))
        return made


def tell(
    action: str, sid: str, room: str, by_owner: dict[str, list[Source]], *, as_json: bool
) -> Element:
    head = {"action": action, "sid": sid, "initiator": f"{room}/focus"}
    made = element(JINGLE, "jingle", head)
    if as_json:
        made.append(_as_json(by_owner))
        return made
    for kind in ("audio", "video"):
        description = element(jg.RTP, "description", {"media": kind})
        for owner, sources in by_owner.items():
            description.extend(_as_xml(owner, sources, kind, room))
        content = {"creator": "initiator", "name": kind}
        made.append(element(JINGLE, "content", content, description))
    return made


def outward(endpoint: Endpoint | None) -> list[Source]:
    """A member's sources as another one without SSRC rewriting is told."""
    return [] if endpoint is None else list(endpoint.sources.values())


def _own(endpoint: Endpoint) -> list[Source]:
    return endpoint.own_sources()


def _ssrcs(source: Source) -> list[int]:
    first = source.layers[0]  # no simulcast
    return [first.ssrc, first.rtx] if first.rtx else [first.ssrc]


def _as_json(by_owner: dict[str, list[Source]]) -> Element:
    told: dict[str, list[Any]] = {}
    for owner, sources in by_owner.items():
        lists: list[Any] = []
        for kind in ("video", "audio"):
            listed, groups = [], []
            for source in sources:
                if source.kind != kind:
                    continue
                desktop = {"v": "d"} if source.video_type == "desktop" else {}
                ssrcs = _ssrcs(source)
                listed += [{"s": s, "n": source.name, "m": source.msid} | desktop for s in ssrcs]
                if len(ssrcs) > 1:
                    groups.append(["f", *ssrcs])
            lists += [listed, groups]
        told[owner] = lists
    return element(JITMEET, "json-message", None, json.dumps({"sources": told}))


def _as_xml(owner: str, sources: list[Source], kind: str, room: str) -> list[Element]:
    made: list[Element] = []
    for source in sources:
        if source.kind != kind:
            continue
        ssrcs = _ssrcs(source)
        for ssrc in ssrcs:
            desktop = "desktop" if source.video_type == "desktop" else None
            head = {"ssrc": ssrc, "name": source.name, "videoType": desktop}
            msid = element(SSMA, "parameter", {"name": "msid", "value": source.msid})
            info = element(JITMEET, "ssrc-info", {"owner": f"{room}/{owner}"})
            made.append(element(SSMA, "source", head, msid, info))
        if len(ssrcs) > 1:
            members = [element(SSMA, "source", {"ssrc": one}) for one in ssrcs]
            made.append(element(SSMA, "ssrc-group", {"semantics": "FID"}, *members))
    return made


def _end(endpoint: Endpoint) -> End:
    local = endpoint.gatherer.getLocalParameters()
    candidates = tuple(
        Candidate(
            one.foundation, one.component, one.protocol, one.priority, one.ip, one.port, one.type
        )
        for one in endpoint.gatherer.getLocalCandidates()
    )
    prints = tuple(
        Fingerprint(one.algorithm, one.value)
        for one in endpoint.dtls.getLocalParameters().fingerprints
        if one.algorithm == "sha-256"
    )
    return End(local.usernameFragment, local.password, candidates, prints)


def _audio() -> Section:
    opus = Codec(AUDIO_PT, "opus", 48000, 2, {"minptime": "10", "useinbandfec": "1"})
    return Section("audio", (opus,), {AUDIO_LEVEL: 1})


def _video() -> Section:
    feedback = (("ccm", "fir"), ("nack", ""), ("nack", "pli"), ("goog-remb", ""))
    vp8 = Codec(VP8_PT, "VP8", 90000, 1, {"x-google-start-bitrate": "800"}, feedback)
    again = Codec(VP8_RTX_PT, "rtx", 90000, 1, {"apt": str(VP8_PT)}, feedback[:3])
    return Section("video", (vp8, again), {ABS_SEND_TIME: 3})


__all__ = ["JSON", "REMB", "REWRITING", "SCTP", "TCC", "Offers", "outward", "tell"]
