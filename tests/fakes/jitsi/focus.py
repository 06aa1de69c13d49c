"""A small conference focus: answers conference requests, sits in the rooms as `focus`, and connects
members to the bridge by Jingle, as jicofo is documented to; its validation of sources, too."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.jitsi.av_moderation import AvModerationComponent
from tests.fakes.jitsi.bridge import Bridge
from tests.fakes.jitsi.endpoint import Endpoint, Layer, Source
from tests.fakes.jitsi.offers import JSON, REMB, REWRITING, SCTP, TCC, Offers, outward, tell
from tests.fakes.jitsi.wire import Asking, Handler, IqError
from tui.transport.jitsi import jingle as jg
from tui.transport.jitsi.sources import SSMA
from tui.transport.jitsi.xml import (
    CLIENT,
    DISCO_INFO,
    FOCUS,
    JIBRI,
    JINGLE,
    MUC,
    MUC_ADMIN,
    MUC_OWNER,
    MUC_USER,
    MUTE_AUDIO,
    MUTE_VIDEO,
    NICK,
    PING,
    Element,
    bare,
    deep,
    element,
    find,
    find_all,
    name_of,
    new_id,
    number_of,
    resource,
    split,
    text_of,
)

log = logging.getLogger(__name__)

LIMIT = 20
MakeWire = Callable[[str, Handler], Asking]


class Refused(Exception):
    """Jicofo's validation says no."""


@dataclass
class Ssrc:
    """One announced SSRC."""

    ssrc: int
    name: str
    msid: str
    desktop: bool


@dataclass
class Member:
    nick: str
    jid: str
    """Real full JID."""
    presence: Element
    features: set[str] | None = None
    affiliation: str = "none"
    endpoint: Endpoint | None = None
    sid: str = ""
    accepted: bool = False
    told: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while something is said to this member: source-add must not overtake the session."""
    announced: list[Ssrc] = field(default_factory=list)

    @property
    def rewriting(self) -> bool:
        return REWRITING in (self.features or ())


@dataclass
class Room:
    jid: str
    members: dict[str, Member] = field(default_factory=dict)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    created_ms: int = field(default_factory=lambda: int(time.time() * 1000))
    alone: asyncio.Task[None] | None = None
    recording: str = ""
    """What jicofo tells of its recorder: `pending`, `on`, `off`."""


class Focus:
    """The focus component and, on a second one, `end_conference`.

    Args:
        make_wire: Makes a component of a domain.
        owner_for_first: As jicofo does without tokens: whoever is first moderates.
    """

    def __init__(
        self,
        domain: str,
        bridge: Bridge,
        make_wire: MakeWire,
        *,
        alone_s: float = 20.0,
        offer_sctp: bool = True,
        owner_for_first: bool = False,
        rewriting: bool = True,
        start_muted: bool = False,
    ) -> None:
        self.domain, self.muc, self.bridge = domain, f"conference.{domain}", bridge
        self.alone_s, self.owner_for_first = alone_s, owner_for_first
        self.jid = f"focus@focus.{domain}/focus"
        self.rooms: dict[str, Room] = {}
        self.log: list[str] = []
        self.rewriting = rewriting
        self.refuses, self.visitor_node = "", ""
        self.wire = make_wire(f"focus.{domain}", self._stanza)
        self.end = make_wire(f"endconference.{domain}", self._end_stanza)
        self.held = AvModerationComponent(domain, make_wire, self._occupants)
        self.offers = Offers(offer_sctp=offer_sctp, start_muted=start_muted)

    async def settled(self) -> None:
        """Wait for what has begun."""
        alone = [room.alone for room in self.rooms.values() if room.alone is not None]
        for task in alone:
            task.cancel()
        await asyncio.gather(*alone, return_exceptions=True)
        await self.wire.settled()

    def close(self) -> None:
        for one in (self.wire, self.end, self.held.wire):
            one.close()

    def _occupants(self) -> list[tuple[str, str, str, bool]]:
        return [
            (room.jid, one.nick, one.jid, one.affiliation == "owner")
            for room in self.rooms.values()
            for one in room.members.values()
        ]

    def note(self, text: str) -> None:
        self.log.append(text)
        log.info(text)

    # ---- stanzas
    async def _stanza(self, stanza: Element) -> None:
        name = name_of(stanza)
        if name == "presence":
            await self._presence(stanza)
        elif name == "iq" and stanza.get("type") in ("get", "set"):
            await self._iq(stanza)

    async def _iq(self, iq: Element) -> None:
        child = next(iter(iq), None)
        if child is None:
            return
        namespace, name = split(child.tag)
        if (namespace, name) == (FOCUS, "conference"):
            await self._conference(iq, child)
        elif namespace == DISCO_INFO:
            feature = element(DISCO_INFO, "feature", {"var": JINGLE})
            self.wire.reply(iq, element(DISCO_INFO, "query", None, feature))
        elif namespace == PING:
            self.wire.reply(iq)
        elif (namespace, name) == (JINGLE, "jingle"):
            await self._jingle(iq, child)
        elif name == "mute" and namespace in (MUTE_AUDIO, MUTE_VIDEO):
            await self._mute(iq, child)
        else:
            self.wire.refuse(iq, "service-unavailable")

    async def _conference(self, iq: Element, request: Element) -> None:
        jid = request.get("room", "")
        if not jid.endswith("@" + self.muc) or not request.get("machine-uid"):
            self.wire.refuse(iq, "bad-request", "room and machine-uid are required")
            return
        if self.refuses:
            self.wire.refuse(iq, self.refuses)
            return
        room = self.open(jid)
        await asyncio.wait_for(room.joined.wait(), 5)
        told = {"room": jid, "ready": "true", "focusjid": bare(self.jid)}
        if self.visitor_node:
            told["vnode"] = self.visitor_node
        self.wire.reply(iq, element(FOCUS, "conference", told))

    def open(self, jid: str) -> Room:
        """Sit in a room, as when somebody asked for its conference."""
        room = self.rooms.setdefault(jid, Room(jid))
        if not room.joined.is_set():
            self._say_present(room, first=True)
        return room

    def record(self, room_jid: str, status: str) -> None:
        """As when a recorder begins or ends."""
        room = self.rooms[room_jid]
        room.recording = status
        self._say_present(room)

    def _say_present(self, room: Room, *, first: bool = False) -> None:
        created = {"key": "created-ms", "value": room.created_ms}
        properties = element(
            FOCUS, "conference-properties", None, element(FOCUS, "property", created)
        )
        head = {"from": self.jid, "to": f"{room.jid}/focus"}
        presence = element(CLIENT, "presence", head, element(NICK, "nick", None, "Focus"))
        presence.append(properties)
        if room.recording:
            head = {"session_id": "s", "status": room.recording, "recording_mode": "file"}
            presence.append(element(JIBRI, "jibri-recording-status", head))
        if first:
            presence.insert(0, element(MUC, "x"))
        self.wire.send(presence)

    async def _presence(self, presence: Element) -> None:
        sender = presence.get("from", "")
        room = self.rooms.get(bare(sender))
        if room is None or presence.get("type") == "error":
            return
        nick, gone = resource(sender), presence.get("type") == "unavailable"
        x = find(presence, MUC_USER, "x")
        item = find(x, MUC_USER, "item")
        codes = {one.get("code") for one in find_all(x, MUC_USER, "status")}
        if nick == "focus":
            if gone:
                self.rooms.pop(room.jid, None)
                await self._close(room)
            elif "110" in codes:
                room.joined.set()
            return
        if gone:
            member = room.members.pop(nick, None)
            if member is not None:
                await self._left(room, member)
            return
        affiliation = "none" if item is None else item.get("affiliation", "none")
        member = room.members.get(nick)
        if member is not None:
            member.presence, member.affiliation = presence, affiliation
            return
        jid = "" if item is None else item.get("jid", "")
        member = room.members[nick] = Member(nick, jid, presence, affiliation=affiliation)
        self.note(f"{nick} joined as {text_of(presence, NICK, 'nick')!r}")
        if self.owner_for_first and len(room.members) == 1:
            await self.grant(room, member)
        await self._learn(room, member)
        await self._invite_all(room)

    async def grant(self, room: Room, member: Member) -> None:
        item = element(MUC_ADMIN, "item", {"affiliation": "owner", "jid": bare(member.jid)})
        query = element(MUC_ADMIN, "query", None, item)
        head = {"type": "set", "from": self.jid, "to": room.jid}
        await self.wire.ask(element(CLIENT, "iq", head, query))

    async def _learn(self, room: Room, member: Member) -> None:
        """Ask what the member can do; without an answer assume the least."""
        head = {"type": "get", "from": self.jid, "to": f"{room.jid}/{member.nick}"}
        try:
            answer = await self.wire.ask(
                element(CLIENT, "iq", head, element(DISCO_INFO, "query")), 5
            )
        except (IqError, TimeoutError) as error:
            self.note(f"no features of {member.nick}: {error!r}")
            member.features = {SCTP}
            return
        member.features = {one.get("var", "") for one in deep(answer, DISCO_INFO, "feature")}
        if not self.rewriting:
            member.features.discard(REWRITING)
        assert TCC not in member.features or REMB in member.features

    # ---- sessions
    async def _invite_all(self, room: Room) -> None:
        if len(room.members) < 2:
            return
        if room.alone is not None:
            room.alone.cancel()
            room.alone = None
        for member in list(room.members.values()):
            if not member.sid and member.features is not None:
                member.sid = new_id()
                async with member.told:
                    await self._invite(room, member)

    async def _invite(self, room: Room, member: Member) -> None:
        conference = self.bridge.conference(room.jid)
        endpoint = member.endpoint = await conference.allocate(
            member.nick, rewriting=member.rewriting
        )
        others = [
            one
            for one in room.members.values()
            if not member.rewriting and one is not member and one.accepted
        ]
        made = self.offers.initiate(
            room.jid, member.sid, endpoint, member.features or set(), others
        )
        head = {"type": "set", "from": self.jid, "to": f"{room.jid}/{member.nick}"}
        try:
            await self.wire.ask(element(CLIENT, "iq", head, made))
        except (IqError, TimeoutError) as error:
            self.note(f"{member.nick} did not take session-initiate: {error!r}")

    async def _jingle(self, iq: Element, jingle: Element) -> None:
        room = self.rooms.get(bare(iq.get("from", "")))
        nick, action = resource(iq.get("from", "")), jingle.get("action", "")
        member = None if room is None else room.members.get(nick)
        if room is None or member is None or member.endpoint is None:
            self.wire.refuse(iq, "item-not-found")
            return
        if jingle.get("sid") != member.sid:
            self.wire.refuse(iq, "item-not-found", "no such session")
            return
        self.note(f"{nick} sent {action}")
        added: set[str] | None = None
        try:
            if action == "session-accept":
                self._accept(room, member, jingle)
            elif action == "source-add":
                before = set(member.endpoint.sources)
                self._take(room, member, jingle)
                added = set(member.endpoint.sources) - before
                member.endpoint.conference.update()
            elif action == "source-remove":
                self._remove(member, jingle)
            elif action == "transport-info":
                for end in jg.read_ends(jingle):
                    member.endpoint.spawn(member.endpoint.add_candidates(end.candidates))
        except Refused as error:
            self.note(f"{nick}: {action} refused: {error}")
            self.wire.refuse(iq, "bad-request", str(error))
            return
        self.wire.reply(iq)
        if action == "session-accept" or added is not None:
            await self._tell(room, member, "source-add", added)
        elif action == "session-terminate":
            endpoint, member.endpoint, member.sid = member.endpoint, None, ""
            member.announced, member.accepted = [], False
            await endpoint.conference.expire(nick)
            if any(one.get("restart") == "true" for one in deep(jingle, FOCUS, "bridge-session")):
                await self._invite_all(room)

    def _accept(self, room: Room, member: Member, jingle: Element) -> None:
        endpoint = member.endpoint
        assert endpoint is not None
        offer = jg.read_offer(jingle)  # an answer has the same form
        if not offer.far.fingerprints:
            raise Refused("no fingerprint")
        setups = {one.get("setup") for one in deep(jingle, jg.DTLS, "fingerprint")}
        if setups != {"active"}:
            raise Refused(f"setup is {setups}, expected active")
        self._take(room, member, jingle)
        endpoint.connect(offer.far, sctp=bool(offer.sctp_port))
        member.accepted = True
        endpoint.conference.update()

    def _take(self, room: Room, member: Member, jingle: Element) -> None:
        """Validate and add a member's sources."""
        for description in jg.descriptions(jingle):
            new = [
                Ssrc(
                    number_of(one, "ssrc"),
                    # Clients before 2022 name none.
                    one.get("name") or f"{member.nick}-{description.get('media', '')[:1]}0",
                    _msid(one),
                    one.get("videoType") == "desktop",
                )
                for one in find_all(description, SSMA, "source")
            ]
            groups = [
                (
                    one.get("semantics", ""),
                    [number_of(m, "ssrc") for m in find_all(one, SSMA, "source")],
                )
                for one in find_all(description, SSMA, "ssrc-group")
            ]
            _validate(room, member, new, groups)
            member.announced += new
            for source in _grouped(member, description.get("media", ""), new, groups):
                assert member.endpoint is not None
                member.endpoint.add_source(source)

    def _remove(self, member: Member, jingle: Element) -> None:
        assert member.endpoint is not None
        for description in jg.descriptions(jingle):
            for one in find_all(description, SSMA, "source"):
                ssrc = number_of(one, "ssrc")
                member.announced = [a for a in member.announced if a.ssrc != ssrc]
                for name, source in list(member.endpoint.sources.items()):
                    if any(layer.ssrc == ssrc for layer in source.layers):
                        member.endpoint.remove_source(name)
        member.endpoint.conference.update()

    async def _tell(self, room: Room, member: Member, action: str, names: set[str] | None) -> None:
        """source-add or source-remove to everybody without SSRC rewriting."""
        for other in list(room.members.values()):
            if other is member or other.rewriting or not other.sid:
                continue
            sources = [
                one for one in outward(member.endpoint) if names is None or one.name in names
            ]
            if not sources:
                continue
            made = tell(
                action,
                other.sid,
                room.jid,
                {member.nick: sources},
                as_json=JSON in (other.features or ()),
            )
            head = {"type": "set", "from": self.jid, "to": f"{room.jid}/{other.nick}"}
            try:
                async with other.told:
                    await self.wire.ask(element(CLIENT, "iq", head, made))
            except (IqError, TimeoutError) as error:
                self.note(f"{other.nick} did not take {action}: {error!r}")

    async def _left(self, room: Room, member: Member) -> None:
        if member.endpoint is not None:
            await self._tell(room, member, "source-remove", None)
            await member.endpoint.conference.expire(member.nick)
        if len(room.members) == 1 and room.alone is None:
            room.alone = asyncio.ensure_future(self._end_alone(room))
        if not room.members:
            head = {"type": "unavailable", "from": self.jid, "to": f"{room.jid}/focus"}
            self.wire.send(element(CLIENT, "presence", head))
            self.rooms.pop(room.jid, None)
            await self._close(room)

    async def _end_alone(self, room: Room) -> None:
        await asyncio.sleep(self.alone_s)
        for member in room.members.values():
            if member.sid:
                # Apart: this task may be cancelled, and a connection is not to be closed by half.
                self.wire.spawn(self._terminate(room, member, "expired"))

    async def _terminate(self, room: Room, member: Member, reason: str) -> None:
        told = {"action": "session-terminate", "sid": member.sid}
        made = element(JINGLE, "jingle", told, jg.reason(reason))
        endpoint, member.endpoint, member.sid, member.accepted = member.endpoint, None, "", False
        member.announced = []
        head = {"type": "set", "from": self.jid, "to": f"{room.jid}/{member.nick}"}
        try:
            await self.wire.ask(element(CLIENT, "iq", head, made), 3)
        except (IqError, TimeoutError) as error:
            self.note(f"{member.nick} did not take session-terminate: {error!r}")
        if endpoint is not None:
            await endpoint.conference.expire(member.nick)

    async def restart(self, room_jid: str) -> None:
        """As when a bridge fails: end every session, and begin anew."""
        room = self.rooms[room_jid]
        for member in list(room.members.values()):
            if member.sid:
                await self._terminate(room, member, "success")
        await self._invite_all(room)

    async def _close(self, room: Room) -> None:
        if room.alone is not None:
            room.alone.cancel()
        conference = self.bridge.conferences.pop(room.jid, None)
        if conference is not None:
            await conference.close()

    # ---- moderation
    async def _mute(self, iq: Element, request: Element) -> None:
        room = self.rooms.get(bare(iq.get("from", "")))
        target = resource(request.get("jid", ""))
        sender = None if room is None else room.members.get(resource(iq.get("from", "")))
        if room is None or sender is None or target not in room.members:
            self.wire.refuse(iq, "item-not-found")
            return
        if sender.affiliation != "owner" and target != sender.nick:
            self.wire.refuse(iq, "not-allowed")
            return
        self.wire.reply(iq)
        await self.mute(room, target, split(request.tag)[0], iq.get("from", ""))

    async def mute(self, room: Room, target: str, namespace: str, actor: str) -> None:
        to = f"{room.jid}/{target}"
        words = element(namespace, "mute", {"jid": to, "actor": actor}, "true")
        head = {"type": "set", "from": self.jid, "to": to}
        await self.wire.ask(element(CLIENT, "iq", head, words))

    async def kick(self, room_jid: str, nick: str) -> None:
        item = element(MUC_ADMIN, "item", {"nick": nick, "role": "none"})
        head = {"type": "set", "from": self.jid, "to": room_jid}
        await self.wire.ask(element(CLIENT, "iq", head, element(MUC_ADMIN, "query", None, item)))

    async def _end_stanza(self, stanza: Element) -> None:
        if name_of(stanza) == "iq" and stanza.get("type") == "get":
            self.end.reply(stanza, element(DISCO_INFO, "query"))
        elif any(name_of(one) == "end_conference" for one in stanza):
            for room in list(self.rooms.values()):
                if any(one.jid == stanza.get("from") for one in room.members.values()):
                    await self.destroy(room.jid)

    async def destroy(self, room_jid: str) -> None:
        reason = element(MUC_OWNER, "reason", None, "ended for everybody")
        query = element(MUC_OWNER, "query", None, element(MUC_OWNER, "destroy", None, reason))
        head = {"type": "set", "from": self.jid, "to": room_jid}
        await self.wire.ask(element(CLIENT, "iq", head, query))


def _msid(source: Element) -> str:
    return next(
        (
            one.get("value", "")
            for one in find_all(source, SSMA, "parameter")
            if one.get("name") == "msid"
        ),
        "",
    )


def _grouped(
    member: Member, kind: str, new: list[Ssrc], groups: list[tuple[str, list[int]]]
) -> list[Source]:
    again = {m[0]: m[1] for semantics, m in groups if semantics == "FID"}
    layered = {m[0]: m for semantics, m in groups if semantics == "SIM"}
    hidden = set(again.values()) | {one for m in layered.values() for one in m[1:]}
    return [
        Source(
            one.name,
            member.nick,
            kind,
            one.msid,
            [Layer(ssrc, again.get(ssrc)) for ssrc in layered.get(one.ssrc, [one.ssrc])],
            "desktop" if one.desktop else "camera",
        )
        for one in new
        if one.ssrc not in hidden and one.msid
    ]


def _validate(
    room: Room, member: Member, new: list[Ssrc], groups: list[tuple[str, list[int]]]
) -> None:
    """Jicofo's `ValidatingConferenceSourceMap`."""
    taken = {one.ssrc for other in room.members.values() for one in other.announced}
    msids = {one.msid: other.nick for other in room.members.values() for one in other.announced}
    declared = {one.ssrc: one for one in new}
    grouped = {ssrc for _, members in groups for ssrc in members}
    if len(member.announced) + len(new) > LIMIT:
        raise Refused("too many sources")
    for one in new:
        if not 0 < one.ssrc < 2**32:
            raise Refused(f"SSRC {one.ssrc} out of range")
        if one.ssrc in taken:
            raise Refused(f"SSRC {one.ssrc} is used already")
        if msids.get(one.msid, member.nick) != member.nick:
            raise Refused(f"msid {one.msid} belongs to somebody else")
        if not one.name.startswith(member.nick + "-"):
            raise Refused(f"source name {one.name} is not {member.nick}'s")
    for semantics, members in groups:
        found = [declared.get(ssrc) for ssrc in members]
        if semantics == "FID" and len(members) != 2:
            raise Refused("an FID group has two members")
        if any(one is None or not one.msid for one in found):
            raise Refused("a grouped SSRC is not declared with an msid")
        if len({one.msid for one in found if one}) != 1:
            raise Refused("the msids of a group differ")
    loose = [one.msid for one in new if one.ssrc not in grouped]
    if len(set(loose)) != len(loose):
        raise Refused("two sources of one kind share an msid")
