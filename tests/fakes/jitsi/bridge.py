"""A small video bridge: conferences of endpoints, and the server of their channels."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiortc import RTCCertificate
from websockets.asyncio.server import ServerConnection, serve

from tests.fakes.jitsi.endpoint import Endpoint, Slot, Source

log = logging.getLogger(__name__)


class Conference:
    """One room on the bridge."""

    def __init__(self, bridge: Bridge, name: str) -> None:
        self.bridge, self.name, self.id = bridge, name, secrets.token_hex(6)
        self.endpoints: dict[str, Endpoint] = {}
        self.dominant, self.speakers = "", []
        self._task = asyncio.ensure_future(self._tick())

    async def allocate(self, name: str, *, rewriting: bool) -> Endpoint:
        endpoint = Endpoint(self, name, rewriting=rewriting)
        await endpoint.gather()
        self.endpoints[name] = endpoint
        return endpoint

    async def expire(self, name: str) -> None:
        endpoint = self.endpoints.pop(name, None)
        if endpoint is not None:
            for other in self.endpoints.values():
                for source in other.sources.values():
                    source.receivers.pop(name, None)
            await endpoint.close()
            self.update()

    def update(self) -> None:
        for endpoint in self.endpoints.values():
            endpoint.update()
        for endpoint in self.endpoints.values():
            for source in endpoint.sources.values():
                if source.kind == "video":
                    endpoint.tell_constraint(source)

    async def ask_key_frame(self, source: Source, layer: int | None, slot: Slot) -> None:
        now = time.monotonic()
        if now - slot.last_ask < 0.3:
            return
        slot.last_ask = now
        owner = self.endpoints.get(source.owner)
        if owner is not None:
            await owner.send_pli(source.layers[layer or 0].ssrc)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0.3)
            for endpoint in list(self.endpoints.values()):
                endpoint.level *= 0.9
                if endpoint.connected.is_set():
                    await endpoint.send_remb(3_000_000)
            loud = [one for one in self.endpoints.values() if one.level > 30]
            best = max(loud, key=lambda one: one.level, default=None)
            held = self.endpoints.get(self.dominant)
            if best is None or best.name == self.dominant:
                continue
            if held is not None and best.level < held.level + 6:
                continue
            before = [name for name in (self.dominant, *self.speakers) if name in self.endpoints]
            self.dominant, self.speakers = best.name, before[:5]
            for endpoint in self.endpoints.values():
                endpoint.send_message(self.dominant_message())

    def dominant_message(self) -> dict[str, Any]:
        return {
            "colibriClass": "DominantSpeakerEndpointChangeEvent",
            "dominantSpeakerEndpoint": self.dominant,
            "previousSpeakers": self.speakers,
            "silence": False,
        }

    async def close(self) -> None:
        self._task.cancel()
        for name in list(self.endpoints):
            await self.expire(name)


class Bridge:
    """The bridge and its colibri WebSocket server."""

    def __init__(self, host: str, port: int, *, video_slots: int = 50, deaf: bool = False) -> None:
        self.host, self.port, self.video_slots = host, port, video_slots
        self.deaf = deaf
        """Answer nothing over UDP."""
        self.heard_from: range | None = None
        """Ports of others whose datagrams come through; None: all."""
        self.certificate = RTCCertificate.generateCertificate()
        self.conferences: dict[str, Conference] = {}
        self._server: Any = None

    async def start(self) -> None:
        self._server = await serve(self._channel, self.host, self.port, max_size=1 << 20)

    async def stop(self) -> None:
        for conference in self.conferences.values():
            await conference.close()
        self._server.close()

    def conference(self, name: str) -> Conference:
        if name not in self.conferences:
            self.conferences[name] = Conference(self, name)
        return self.conferences[name]

    async def _channel(self, connection: ServerConnection) -> None:
        url = urlsplit(connection.request.path if connection.request else "")
        parts = url.path.strip("/").split("/")
        password = parse_qs(url.query).get("pwd", [""])[0]
        endpoint = None
        for conference in self.conferences.values():
            if len(parts) == 4 and conference.id == parts[2]:
                endpoint = conference.endpoints.get(parts[3])
        if endpoint is None or not secrets.compare_digest(password, endpoint.password):
            await connection.close(1008, "no such endpoint")
            return
        log.info("%s: channel open", endpoint.name)
        endpoint.channel = connection
        endpoint.opened()
        try:
            async for text in connection:
                endpoint.take_message(json.loads(text))
        except Exception as error:
            log.info("%s: channel %r", endpoint.name, error)
        finally:
            if endpoint.channel is connection:
                endpoint.channel = None
