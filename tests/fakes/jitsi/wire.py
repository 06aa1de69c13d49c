"""How the focus speaks to the XMPP server: as a component of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol
from xml.etree import ElementTree

from tui.transport.jitsi.xml import (
    CLIENT,
    STANZAS,
    Element,
    element,
    name_of,
    new_id,
    split,
    written,
)

log = logging.getLogger(__name__)
ACCEPT = "jabber:component:accept"
Handler = Callable[[Element], Awaitable[None]]


class IqError(Exception):
    """An error answered an IQ."""


class Wire(Protocol):
    """What both kinds of component do."""

    domain: str

    def send(self, stanza: Element) -> None: ...


class Asking:
    """Questions over a wire, and what comes that is no answer to one."""

    def __init__(self, domain: str, on_stanza: Handler) -> None:
        self.domain, self._on_stanza = domain, on_stanza
        self._waiting: dict[str, asyncio.Future[Element]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, stanza: Element) -> None:
        raise NotImplementedError

    async def ask(self, iq: Element, timeout_s: float = 10) -> Element:
        iq.set("id", new_id())
        future: asyncio.Future[Element] = asyncio.get_running_loop().create_future()
        self._waiting[iq.get("id", "")] = future
        try:
            self.send(iq)
            async with asyncio.timeout(timeout_s):
                answer = await future
        finally:
            self._waiting.pop(iq.get("id", ""), None)
        if answer.get("type") == "error":
            raise IqError(written(answer))
        return answer

    def reply(self, iq: Element, *inside: Element) -> None:
        self.send(element(CLIENT, "iq", self._back(iq, "result"), *inside))

    def refuse(self, iq: Element, condition: str, text: str = "") -> None:
        error = element(CLIENT, "error", {"type": "cancel"}, element(STANZAS, condition))
        if text:
            error.append(element(STANZAS, "text", None, text))
        self.send(element(CLIENT, "iq", self._back(iq, "error"), error))

    async def settled(self) -> None:
        """Wait for what has begun: closed by half, a media connection keeps its sockets."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def take(self, stanza: Element) -> None:
        waiting = self._waiting.get(stanza.get("id", ""))
        answers = name_of(stanza) == "iq" and stanza.get("type") in ("result", "error")
        if answers and waiting is not None:
            if not waiting.done():
                waiting.set_result(stanza)
            return
        self.spawn(self._handle(stanza))

    def spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, stanza: Element) -> None:
        try:
            await self._on_stanza(stanza)
        except Exception:
            log.exception("%s failed on %s", self.domain, written(stanza)[:300])

    def _back(self, iq: Element, kind: str) -> dict[str, object]:
        return {
            "type": kind,
            "id": iq.get("id"),
            "to": iq.get("from"),
            "from": iq.get("to"),
        }


class Component(Asking):
    """XEP-0114 over TCP, to a real server."""

    def __init__(self, domain: str, secret: str, on_stanza: Handler) -> None:
        super().__init__(domain, on_stanza)
        self._secret = secret
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self, host: str, port: int) -> None:
        reader, self._writer = await asyncio.open_connection(host, port)
        self._writer.write(
            f"<stream:stream xmlns='{ACCEPT}' xmlns:stream='http://etherx.jabber.org/streams'"
            f" to='{self.domain}'>".encode()
        )
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.ensure_future(self._read(reader, ready))
        await asyncio.wait_for(ready, 5)

    def send(self, stanza: Element) -> None:
        assert self._writer is not None
        self._writer.write(written(_renamed(stanza, CLIENT, ACCEPT), ACCEPT).encode())

    def close(self) -> None:
        super().close()
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader, ready: asyncio.Future[None]) -> None:
        parser = ElementTree.XMLPullParser(("start", "end"))
        depth, root = 0, None
        while data := await reader.read(65536):
            parser.feed(data)
            for event, node in parser.read_events():
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    root = node
                    digest = hashlib.sha1((node.get("id", "") + self._secret).encode())
                    assert self._writer is not None
                    self._writer.write(f"<handshake>{digest.hexdigest()}</handshake>".encode())
                elif event == "end" and depth == 1:
                    if root is not None:
                        root.remove(node)
                    if name_of(node) == "handshake":
                        ready.set_result(None)
                    else:
                        self.take(_renamed(node, ACCEPT, CLIENT))


def _renamed(stanza: Element, old: str, new: str) -> Element:
    for one in stanza.iter():
        namespace, name = split(one.tag)
        if namespace == old:
            one.tag = f"{{{new}}}{name}"
    return stanza
