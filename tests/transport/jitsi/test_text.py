"""What others write: XML, Jingle, sources, presences, and the bridge's JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.participant import Role
from tui.domain.rights import Rights
from tui.domain.sealing import Sealing
from tui.ports.transport_events import (
    CaptionReceived,
    CaptionSegment,
    QualityChanged,
    SpeakersChanged,
)
from tui.transport.jitsi import jingle
from tui.transport.jitsi.av_moderation import AvModeration
from tui.transport.jitsi.bridge_talk import BridgeTalk
from tui.transport.jitsi.members import participant_in
from tui.transport.jitsi.received import Received
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.sources import Announced, announce, read_map, read_sources, stream_of
from tui.transport.jitsi.transcription import caption_of, said_in_room
from tui.transport.jitsi.wants import constraints, divisor, within
from tui.transport.jitsi.xml import (
    CLIENT,
    JINGLE,
    JITMEET,
    MUC_USER,
    NICK,
    BadXml,
    Element,
    element,
    read,
    written,
)
from tui.transport.rtc.described import Candidate, Codec, End, Fingerprint, Section, agreed
from tui.transport.rtc.peer import PeerFailed
from tui.transport.want import Want

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_.-]{0,8}", fullmatch=True)
FIT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3) -> Element:
    made = element(draw(st.sampled_from(["jabber:client", "urn:x", "http://a.b/c#d"])), draw(NAMES))
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        made.set(name, draw(FIT))
    if draw(st.booleans()):
        made.text = draw(FIT) or None
    for _ in range(draw(st.integers(0, 2)) if depth else 0):
        made.append(draw(elements(depth - 1)))
    return made


def same(one: Element, other: Element) -> bool:
    return (
        one.tag == other.tag
        and dict(one.attrib) == dict(other.attrib)
        and (one.text or "") == (other.text or "")
        and len(one) == len(other)
        and all(same(a, b) for a, b in zip(one, other, strict=True))
    )


@settings(max_examples=40)
@given(elements())
def test_what_is_written_is_read_back(made: Element) -> None:
    assert same(read(written(made)), made)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadXml):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<a><!-- said quietly --></a>",
        "<a><?php ?></a>",
        "<a>" * 50 + "</a>" * 50,
        "<a>" + "<b/>" * 40_000 + "</a>",
        "<a>" + "b" * (1 << 20) + "</a>",
        "<a><b></a>",
        "",
        b"\xff\xfe",
    ],
    ids=lambda text: str(text[:12]),
)
def test_what_xmpp_does_not_allow_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadXml):
        read(text)


def test_what_xml_can_not_write_is_left_out() -> None:
    assert written(element(CLIENT, "body", {"a": "b\x01c"}, "d\x00e\ud800f")) == (
        '<body xmlns="jabber:client" a="bc">def</body>'
    )


END = End(
    "ufrag",
    "pwd",
    (Candidate("1", 1, "udp", 2130706431, "192.0.2.1", 10000, "host"),),
    (Fingerprint("sha-256", "AA:BB"),),
)
VP8 = Codec(100, "vp8", 90000, 1, {}, (("nack", "pli"),))
RTX = Codec(96, "rtx", 90000, 1, {"apt": "100"})
VIDEO = Section("video", (Codec(101, "vp9", 90000), VP8, RTX), {"urn:none": 9})


def offered(*contents: Element) -> Element:
    head = {"action": "session-initiate", "sid": "s", "initiator": "r@muc/focus"}
    return element(JINGLE, "jingle", head, *contents)


def test_an_offer_is_read() -> None:
    transport = jingle.end_element(END, "actpass", sctp_port=5000)
    transport.append(element(jingle.COLIBRI, "web-socket", {"url": "wss://bridge/1"}))
    content = jingle.content("video", jingle.section_element(VIDEO), transport)
    offer = jingle.read_offer(read(written(offered(content))))
    assert (offer.sid, offer.far, offer.websocket) == ("s", END, "wss://bridge/1")
    assert offer.sctp_port == 5000
    assert offer.sections["video"] == VIDEO
    usable = agreed(offer.sections["video"])
    assert usable is not None
    assert [one.id for one in usable.codecs] == [100, 96]
    assert usable.extensions == {}


@settings(max_examples=40)
@given(elements(depth=4))
def test_any_element_is_an_offer_or_none(made: Element) -> None:
    with contextlib.suppress(ValueError):
        jingle.read_offer(offered(made, element(JINGLE, "content", None, made)))
    read_sources(offered(made), [made])


def test_sources_as_clients_and_as_the_focus_write_them() -> None:
    mine = announce("0badcafe-v1", "m n", (5, 6), desktop=True)
    description = element(jingle.RTP, "description", {"media": "video"}, *mine)
    expected = Announced("0badcafe", "video", "0badcafe-v1", 5, 6, desktop=True)
    assert read_sources(offered(), [description]) == [expected]
    lists = [[{"s": 5, "n": "0badcafe-v1", "m": "m n", "v": "d"}, {"s": "6"}], [["f", 5, 6]]]
    text = json.dumps({"sources": {"0badcafe": lists, "jvb": 7}})
    message = element(JITMEET, "json-message", None, text)
    assert read_sources(offered(message), []) == [expected]


@given(JSON)
def test_any_json_is_sources_or_none(value: Any) -> None:
    text = json.dumps({"sources": value})
    read_sources(offered(element(JITMEET, "json-message", None, text)), [])
    read_map({"mappedSources": value}, "video")
    read_map({"mappedSources": [value]}, "audio")


def test_names_of_sources() -> None:
    camera, screen = stream_of("ab-v0", desktop=False), stream_of("ab-v1", desktop=True)
    assert camera is not None and camera.source is TrackSource.CAMERA
    assert screen is not None and screen.source is TrackSource.SCREEN_SHARE
    assert screen.participant == "ab"
    assert stream_of("ab", desktop=False) is None


def presence(*inside: Element) -> Element:
    item = element(MUC_USER, "item", {"role": "moderator"})
    return element(CLIENT, "presence", None, element(MUC_USER, "x", None, item), *inside)


def said(name: str, text: str) -> Element:
    return element(CLIENT, name, None, text)


def test_who_somebody_is() -> None:
    sources = {
        "me-a0": {"muted": True},
        "me-v0": {},
        "me-v1": {"muted": False, "videoType": "desktop"},
        "you-v0": {},
        "nonsense": 5,
    }
    one = participant_in(
        "me",
        presence(
            element(NICK, "nick", None, "Ana"),
            said("SourceInfo", json.dumps(sources)),
            said("user-info", '{"uid": "ana", "avatar": "https://a/b"}'),
            said("jitsi_participant_raisedHand", "17"),
            said("jitsi_participant_codecList", "vp8"),
        ),
        123,
    )
    assert (one.name, one.uid, one.avatar, one.role) == (
        "Ana",
        "ana",
        "https://a/b",
        Role.MODERATOR,
    )
    assert one.attributes == {"hand": "17"}
    assert [(t.source, t.muted) for t in one.tracks] == [
        (TrackSource.MICROPHONE, True),
        (TrackSource.CAMERA, False),
        (TrackSource.SCREEN_SHARE, False),
    ]
    assert one.joined_at_ms == 123


def test_clients_before_2022_and_sealed_ones() -> None:
    old = participant_in("me", presence(said("audiomuted", "false"), said("videomuted", "true")), 1)
    assert [(t.sid, t.muted) for t in old.tracks] == [("me-a0", False), ("me-v0", True)]
    sealed = participant_in(
        "me",
        presence(
            said("SourceInfo", '{"me-a0": {}}'), said("jitsi_participant_e2ee.enabled", "true")
        ),
        1,
    )
    assert [t.sealing for t in sealed.tracks] == [Sealing.NO_KEY]


@given(st.dictionaries(st.sampled_from(["SourceInfo", "user-info", "user_object"]), FIT | JSON))
def test_any_presence_is_somebody(texts: dict[str, Any]) -> None:
    inside = [
        said(name, text if isinstance(text, str) else json.dumps(text))
        for name, text in texts.items()
    ]
    assert participant_in("me", presence(*inside), 1).id == "me"


SAID = {
    "type": "transcription-result",
    "message_id": "m1",
    "transcript": [{"text": "hello", "confidence": 0.9}, {"text": "there"}],
    "participant": {"id": "bo", "name": "Bo"},
    "is_interim": True,
    "language": "en-US",
}


def test_what_a_transcriber_says() -> None:
    roster = Roster("me", "hidden.meet")
    item = element(MUC_USER, "item", {"jid": "t@hidden.meet/x"})
    roster.apply("scribe", element(CLIENT, "presence", None, element(MUC_USER, "x", None, item)))
    assert roster.others == ()
    words = CaptionSegment("m1", "hello there", final=False, language="en-US")
    told = CaptionReceived(ParticipantId("bo"), ParticipantId("bo"), (words,))
    assert caption_of("scribe", SAID, roster) == told
    by_eve = replace(told, id=ParticipantId("eve"))
    assert caption_of("eve", SAID, roster) == by_eve, "who is no program of the server's is named"
    text = json.dumps({"jitsi-meet-muc-msg-topic": "transcription-result", "payload": SAID})
    message = element(CLIENT, "message", {"from": "room@muc/scribe", "type": "groupchat"})
    message.append(element(JITMEET, "json-message", None, text))
    assert said_in_room(message, roster) == told


@given(st.dictionaries(st.sampled_from(list(SAID)), JSON), JSON)
def test_any_json_is_captions_or_none(some: dict[str, Any], all_of_it: Any) -> None:
    roster = Roster("me", "")
    for one in (all_of_it, some, SAID | some):
        caption_of("eve", one, roster)
        message = element(CLIENT, "message", {"from": "room@muc/eve"})
        message.append(element(JITMEET, "json-message", None, json.dumps(one)))
        said_in_room(message, roster)


COMPONENT = "held.meet"


def held(**told: object) -> Element:
    words = element(JITMEET, "json-message", None, json.dumps({"type": "av_moderation", **told}))
    return element(CLIENT, "message", {"from": COMPONENT}, words)


def test_who_may_unmute() -> None:
    kept = AvModeration("room@muc")
    assert not kept.take(held(enabled=True, mediaType="audio")), "the server has no such component"
    kept.component = COMPONENT
    assert kept.take(held(enabled=True, mediaType="audio"))
    assert kept.rights(moderates=False) == Rights(speak=False)
    assert kept.rights(moderates=True) == Rights()
    somebody = held(approved=True, mediaType="audio")
    somebody.set("from", "room@muc/eve")
    assert not kept.take(somebody)
    assert not kept.take(held(whitelists={"audio": ["room@muc/bo"]}, mediaType="audio"))
    assert kept.take(held(approved=True, mediaType="audio"))
    assert kept.take(held(removed=True, mediaType="audio"))
    assert kept.rights(moderates=False) == Rights(speak=False)


@given(st.dictionaries(st.sampled_from(["type", "enabled", "approved", "mediaType"]), JSON))
def test_any_words_of_the_component_are_read_or_left(told: dict[str, Any]) -> None:
    kept = AvModeration("room@muc")
    kept.component = COMPONENT
    kept.take(held(**told))
    assert kept.rights(moderates=True) == Rights()


def test_what_is_wanted_of_a_bridge() -> None:
    bo = participant_in("bo", presence(said("SourceInfo", '{"bo-v0": {}, "bo-a0": {}}')), 1)
    stream = stream_of("bo-v0", desktop=False)
    assert stream is not None
    assert constraints({}, [bo])["defaultConstraints"] == {"maxHeight": 720}
    some = constraints({stream: Want(600, 338, 12.5)}, [bo])
    assert some["defaultConstraints"] == {"maxHeight": 0}
    assert some["constraints"] == {"bo-v0": {"maxHeight": 360, "maxFrameRate": 13}}
    assert constraints({stream: Want(0, 0)}, [bo])["constraints"] == {}


@pytest.mark.parametrize(
    ("wanted", "by"), [(0, None), (-1, 1), (2160, 1), (360, 1), (240, 2), (180, 2), (90, 4)]
)
def test_how_small_our_own_pictures_may_be(wanted: int, by: int | None) -> None:
    assert divisor((640, 480), wanted) == by


@pytest.mark.parametrize(("limit", "by"), [(0, 1), (720, 1), (480, 1), (360, 2), (240, 2), (90, 4)])
def test_how_large_our_own_pictures_may_be(limit: int, by: int) -> None:
    assert within((640, 480), limit) == by


class NoMedia:
    """A media connection that takes nothing."""

    async def receive(self, *_: object) -> None:
        raise PeerFailed("nothing was agreed on")


KINDS = (
    *("AudioSourcesMap", "VideoSourcesMap", "DominantSpeakerEndpointChangeEvent"),
    *("SenderSourceConstraints", "EndpointStats", "EndpointMessage", "ServerHello"),
)
NAMES_THERE = (
    *("mappedSources", "dominantSpeakerEndpoint", "previousSpeakers", "silence", "sourceName"),
    *("maxHeight", "from", "connectionQuality", "msgPayload", "type", "values"),
)


@settings(max_examples=60)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES_THERE), JSON))
def test_a_bridge_that_says_anything(kind: str, told: dict[str, Any]) -> None:
    roster, events = Roster("me", ""), []
    roster.apply("bo", presence(said("SourceInfo", '{"bo-v0": {}}')))
    received = Received(NoMedia(), roster, None)  # type: ignore[arg-type]
    talk = BridgeTalk(received, roster, {}, emit=events.append, camera=lambda _: None)
    asyncio.run(talk.channel._take(json.dumps({**told, "colibriClass": kind})))
    for one in events:
        assert isinstance(one, SpeakersChanged | QualityChanged | CaptionReceived)
        if isinstance(one, SpeakersChanged):
            assert set(one.ids) <= {"me", "bo"}, "who is not there does not speak"


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000, "nothing", "[1]", "{}", b"\xff"])
def test_a_bridge_that_speaks_no_json(text: str | bytes) -> None:
    roster = Roster("me", "")
    talk = BridgeTalk(
        Received(NoMedia(), roster, None),  # type: ignore[arg-type]
        roster,
        {},
        emit=pytest.fail,
        camera=lambda _: None,
    )
    asyncio.run(talk.channel._take(text))
