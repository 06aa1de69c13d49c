"""The part of an XMPP server that a conference needs: streams over WebSocket, and rooms.

For machines without prosody, and for what prosody has no switch for: lobbies, full rooms, silence.
Stanzas are handed on as elements; nothing is shared between two receivers.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fakes.jitsi.wire import Asking, Handler
from tui.transport.jitsi.xml import (
    BIND,
    CLIENT,
    DELAY,
    DISCO_INFO,
    EXTDISCO,
    FRAMING,
    JITMEET,
    MUC,
    MUC_ADMIN,
    MUC_OWNER,
    MUC_USER,
    PING,
    SASL,
    STANZAS,
    STREAMS,
    Element,
    bare,
    deep,
    element,
    find,
    name_of,
    read,
    resource,
    split,
    text_of,
    written,
)

REFUSED = ("refused", "not-a-token")
"""Tokens that nobody is let in with; any other is good, and `moderator` makes one."""


class Local(Asking):
    """A component in this process."""

    def __init__(self, server: XmppServer, domain: str, on_stanza: Handler) -> None:
        super().__init__(domain, on_stanza)
        self._server = server
        server.components[domain] = self.take

    def send(self, stanza: Element) -> None:
        self._server.route(copy.deepcopy(stanza))


@dataclass
class Occupant:
    nick: str
    jid: str
    affiliation: str
    presence: Element

    @property
    def role(self) -> str:
        return "moderator" if self.affiliation in ("owner", "admin") else "participant"


@dataclass
class MucRoom:
    jid: str
    occupants: dict[str, Occupant] = field(default_factory=dict)
    owners: set[str] = field(default_factory=set)
    history: list[tuple[datetime, Element]] = field(default_factory=list)
    password: str = ""
    lobby: bool = False
    most: int = 1000
    refuses: str = ""
    """With this condition, whoever comes."""
    admitted: set[str] = field(default_factory=set)

    def of(self, jid: str) -> Occupant | None:
        return next((one for one in self.occupants.values() if one.jid == jid), None)


class XmppServer:
    """One server; `rooms` may be changed by a test before somebody comes."""

    def __init__(self, domain: str, *, host: str, port: int) -> None:
        self.domain, self.host, self.port = domain, host, port
        self.muc, self.lobby = f"conference.{domain}", f"lobby.{domain}"
        self.components: dict[str, Callable[[Element], None]] = {}
        self.identities = {
            "end_conference": f"endconference.{domain}",
            "av_moderation": f"avmoderation.{domain}",
        }
        self.rooms: dict[str, MucRoom] = {}
        self.services: list[dict[str, object]] = []
        """STUN and TURN servers (XEP-0215)."""
        self.silent = False
        """Answer no ping."""
        self._clients: dict[str, asyncio.Queue[str]] = {}
        self._server = None

    @property
    def websocket(self) -> str:
        return f"ws://{self.host}:{self.port}/xmpp-websocket"

    async def start(self) -> None:
        self._server = await serve(
            self._client, self.host, self.port, subprotocols=[Subprotocol("xmpp")]
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def room(self, name: str) -> MucRoom:
        jid = f"{name}@{self.muc}"
        return self.rooms.setdefault(jid, MucRoom(jid))

    # ---- streams
    async def _client(self, socket: ServerConnection) -> None:
        query = urlsplit(socket.request.path if socket.request else "").query
        token = parse_qs(query).get("token", [""])[0]
        jid, queue = "", asyncio.Queue[str]()
        writing = asyncio.create_task(_write(socket, queue))
        try:
            async for text in socket:
                stanza = read(text)
                name = split(stanza.tag)
                if name == (FRAMING, "open"):
                    self._opened(queue, logged_in=bool(jid))
                elif name == (SASL, "auth"):
                    if token in REFUSED:
                        queue.put_nowait(written(_failure(token)))
                        continue
                    # As Jitsi's own auth modules name users: the first eight are the endpoint's id.
                    user = uuid.uuid4()
                    prefix = "ffff" if token.startswith("moderator") else "0000"
                    jid = f"{prefix}{str(user)[4:]}@{self.domain}/{user.hex[:6]}"
                    queue.put_nowait(written(element(SASL, "success")))
                elif name == (FRAMING, "close"):
                    break
                elif deep(stanza, BIND, "bind"):
                    self._clients[jid] = queue
                    bound = element(BIND, "bind", None, element(BIND, "jid", None, jid))
                    self._answer(stanza, jid, bound)
                else:
                    stanza.set("from", jid)
                    self.route(stanza)
        except ConnectionClosed:
            pass
        finally:
            self._clients.pop(jid, None)
            for room in list(self.rooms.values()):
                if (occupant := room.of(jid)) is not None:
                    self._leave(room, occupant)
            writing.cancel()

    def _opened(self, queue: asyncio.Queue[str], *, logged_in: bool) -> None:
        queue.put_nowait(written(element(FRAMING, "open", {"from": self.domain, "id": "s"})))
        if logged_in:
            inside = element(BIND, "bind")
        else:
            mechanism = element(SASL, "mechanism", None, "ANONYMOUS")
            inside = element(SASL, "mechanisms", None, mechanism)
        queue.put_nowait(written(element(STREAMS, "features", None, inside)))

    # ---- routing
    def route(self, stanza: Element) -> None:
        to = stanza.get("to", "")
        domain = bare(to).rpartition("@")[2] if "@" in bare(to) else bare(to)
        if to in self._clients:
            self._clients[to].put_nowait(written(stanza))
        elif domain in self.components:
            self.components[domain](stanza)
        elif domain in (self.muc, self.lobby):
            self._to_room(stanza)
        elif domain in ("", self.domain) and name_of(stanza) == "iq":
            self._to_server(stanza)

    def _to_server(self, iq: Element) -> None:
        sender = iq.get("from", "")
        if deep(iq, PING, "ping"):
            if not self.silent:
                self._answer(iq, sender)
        elif self.services and deep(iq, EXTDISCO, "services"):
            told = [element(EXTDISCO, "service", one) for one in self.services]
            self._answer(iq, sender, element(EXTDISCO, "services", None, *told))
        elif deep(iq, DISCO_INFO, "query"):
            told = [
                element(DISCO_INFO, "identity", {"category": "component", "type": k, "name": v})
                for k, v in self.identities.items()
            ]
            self._answer(iq, sender, element(DISCO_INFO, "query", None, *told))
        else:
            self._refuse(iq, "service-unavailable")

    def _answer(self, iq: Element, to: str, *inside: Element) -> None:
        head = {"type": "result", "id": iq.get("id"), "to": to, "from": iq.get("to")}
        self.route(element(CLIENT, "iq", head, *inside))

    def _refuse(self, stanza: Element, condition: str, *more: Element, text: str = "") -> None:
        error = element(CLIENT, "error", {"type": "cancel"}, element(STANZAS, condition), *more)
        if text:
            error.append(element(STANZAS, "text", None, text))
        head = {
            "type": "error",
            "id": stanza.get("id"),
            "to": stanza.get("from"),
            "from": stanza.get("to"),
        }
        self.route(element(CLIENT, name_of(stanza), head, error))

    # ---- rooms
    def _to_room(self, stanza: Element) -> None:
        to, sender = stanza.get("to", ""), stanza.get("from", "")
        room = self.rooms.setdefault(bare(to), MucRoom(bare(to)))
        occupant, name = room.of(sender), name_of(stanza)
        if name == "presence":
            self._presence(room, occupant, stanza)
        elif occupant is None:
            self._refuse(stanza, "not-acceptable")
        elif resource(to):
            self._private(room, occupant, stanza)
        elif name == "iq":
            self._administer(room, occupant, stanza)
        elif find(stanza, MUC_USER, "x") is not None:
            self._invite(room, stanza)
        else:
            self._say(room, occupant, stanza)

    def _presence(self, room: MucRoom, occupant: Occupant | None, stanza: Element) -> None:
        sender, nick = stanza.get("from", ""), resource(stanza.get("to", ""))
        if stanza.get("type") == "unavailable":
            if occupant is not None:
                self._leave(room, occupant)
            return
        if occupant is not None:
            occupant.presence = stanza
            self._tell(room, occupant)
            return
        refusal = self._refusal(room, sender, stanza)
        if refusal:
            more = []
            if refusal == "registration-required" and room.lobby:
                lobby = f"{room.jid.partition('@')[0]}@{self.lobby}"
                more.append(element(JITMEET, "lobbyroom", None, lobby))
            self._refuse(stanza, refusal, *more)
            return
        owner = bare(sender) in room.owners or sender.startswith("ffff") or nick == "focus"
        occupant = Occupant(nick, sender, "owner" if owner else "none", stanza)
        for other in room.occupants.values():
            self._send_presence(room, other, sender)
        room.occupants[nick] = occupant
        self._tell(room, occupant)
        for at, said in room.history:
            message = copy.deepcopy(said)
            message.set("to", sender)
            stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
            message.append(element(DELAY, "delay", {"from": room.jid, "stamp": stamp}))
            self.route(message)

    def _refusal(self, room: MucRoom, sender: str, stanza: Element) -> str:
        if sender.partition("@")[2].startswith("focus.") or sender.startswith("ffff"):
            return ""
        if bare(sender) in room.admitted:
            return ""
        if room.refuses:
            return room.refuses
        if room.lobby:
            return "registration-required"
        if room.password and text_of(find(stanza, MUC, "x"), MUC, "password") != room.password:
            return "not-authorized"
        if len(room.occupants) > room.most:  # the focus is one of them
            return "service-unavailable"
        return ""

    def _tell(self, room: MucRoom, occupant: Occupant, *codes: str) -> None:
        for other in list(room.occupants.values()):
            self._send_presence(room, occupant, other.jid, *codes)

    def _send_presence(self, room: MucRoom, one: Occupant, to: str, *codes: str) -> None:
        made = copy.deepcopy(one.presence)
        for x in (*made.findall(f"{{{MUC}}}x"), *made.findall(f"{{{MUC_USER}}}x")):
            made.remove(x)
        made.set("from", f"{room.jid}/{one.nick}")
        made.set("to", to)
        made.append(self._x(one, to, *codes))
        self.route(made)

    def _x(self, one: Occupant, to: str, *codes: str, role: str = "") -> Element:
        item = {"affiliation": one.affiliation, "role": role or one.role, "jid": one.jid}
        status = [*codes, *(["110"] if one.jid == to else [])]
        told = [element(MUC_USER, "status", {"code": code}) for code in status]
        return element(MUC_USER, "x", None, element(MUC_USER, "item", item), *told)

    def _leave(self, room: MucRoom, one: Occupant, *codes: str, destroyed: str = "") -> None:
        for other in list(room.occupants.values()):
            head = {"type": "unavailable", "from": f"{room.jid}/{one.nick}", "to": other.jid}
            x = self._x(one, other.jid, *codes, role="none")
            if destroyed:
                reason = element(MUC_USER, "reason", None, destroyed)
                x.append(element(MUC_USER, "destroy", None, reason))
            self.route(element(CLIENT, "presence", head, x))
        room.occupants.pop(one.nick, None)
        if not room.occupants:
            self.rooms.pop(room.jid, None)

    def _private(self, room: MucRoom, occupant: Occupant, stanza: Element) -> None:
        target = room.occupants.get(resource(stanza.get("to", "")))
        if target is None:
            self._refuse(stanza, "item-not-found")
            return
        stanza.set("from", f"{room.jid}/{occupant.nick}")
        stanza.set("to", target.jid)
        self.route(stanza)

    def _say(self, room: MucRoom, occupant: Occupant, message: Element) -> None:
        message.set("from", f"{room.jid}/{occupant.nick}")
        room.history.append((datetime.now(UTC), message))
        del room.history[:-20]
        for other in list(room.occupants.values()):
            one = copy.deepcopy(message)
            one.set("to", other.jid)
            self.route(one)

    def _administer(self, room: MucRoom, occupant: Occupant, iq: Element) -> None:
        sender = iq.get("from", "")
        if occupant.affiliation != "owner":
            self._refuse(iq, "forbidden")
            return
        for item in deep(iq, MUC_ADMIN, "item"):
            if item.get("affiliation") == "owner":
                room.owners.add(item.get("jid", ""))
                for one in room.occupants.values():
                    if bare(one.jid) == item.get("jid"):
                        one.affiliation = "owner"
                        self._tell(room, one)
            elif item.get("role") == "none":
                target = room.occupants.get(item.get("nick", ""))
                if target is None:
                    self._refuse(iq, "item-not-found")
                    return
                self._leave(room, target, "307")
        for destroy in deep(iq, MUC_OWNER, "destroy"):
            reason = text_of(destroy, MUC_OWNER, "reason") or "destroyed"
            for one in list(room.occupants.values()):
                self._leave(room, one, destroyed=reason)
        self._answer(iq, sender)

    def _invite(self, room: MucRoom, message: Element) -> None:
        """A moderator lets somebody in who waits in the lobby."""
        for invite in deep(message, MUC_USER, "invite"):
            to = invite.get("to", "")
            room.admitted.add(bare(to))
            inside = element(MUC_USER, "invite", {"from": room.jid})
            head = {"from": room.jid, "to": to}
            self.route(element(CLIENT, "message", head, element(MUC_USER, "x", None, inside)))

    # ---- what tests do
    def knocking(self, name: str) -> list[Occupant]:
        lobby = self.rooms.get(f"{name}@{self.lobby}")
        return [] if lobby is None else list(lobby.occupants.values())

    def admit(self, name: str) -> None:
        room = self.room(name)
        for one in self.knocking(name):
            room.admitted.add(bare(one.jid))
            inside = element(MUC_USER, "invite", {"from": room.jid})
            head = {"from": room.jid, "to": one.jid}
            self.route(element(CLIENT, "message", head, element(MUC_USER, "x", None, inside)))

    def turn_away(self, name: str) -> None:
        lobby = self.rooms[f"{name}@{self.lobby}"]
        for one in list(lobby.occupants.values()):
            self._leave(lobby, one, "307")


def _failure(token: str) -> Element:
    text = element(SASL, "text", None, f"token {token} refused: exp is in the past")
    return element(SASL, "failure", None, element(SASL, "not-allowed"), text)


async def _write(socket: ServerConnection, queue: asyncio.Queue[str]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.send(await queue.get())
