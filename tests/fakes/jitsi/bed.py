"""The whole server in one object: XMPP, focus, bridge."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.jitsi.bridge import Bridge
from tests.fakes.jitsi.focus import Focus
from tests.fakes.jitsi.prosody import Prosody
from tests.fakes.jitsi.wire import Component
from tests.fakes.jitsi.xmpp_server import Local, XmppServer

HOST = "127.0.0.1"
DOMAIN = "meet.cell"


class Bed:
    """`start` it and `stop` it.

    Args:
        port: Of XMPP over WebSocket.
        bridge_port: Of the bridge's channels.
        prosody: A folder for a real prosody; None: our own part of a server.
        more: As `Focus` takes it; `video_slots` and `deaf` are the bridge's.
    """

    def __init__(
        self,
        port: int,
        bridge_port: int,
        *,
        prosody: Path | None = None,
        component_port: int = 0,
        video_slots: int = 50,
        host: str = HOST,
        deaf: bool = False,
        **more: float | bool,
    ) -> None:
        self.bridge = Bridge(host, bridge_port, video_slots=video_slots, deaf=deaf)
        self._more = more
        self.xmpp: XmppServer | Prosody
        if prosody is None:
            self.xmpp = XmppServer(DOMAIN, host=host, port=port)
        else:
            self.xmpp = Prosody(prosody, DOMAIN, host=host, http=port, component=component_port)
        self.focus: Focus

    async def start(self) -> None:
        await self.bridge.start()
        await self._start_xmpp()

    async def restart_xmpp(self) -> None:
        """Kill the XMPP server, and start it with a focus that knows of nothing."""
        assert isinstance(self.xmpp, Prosody)
        self.xmpp.kill()
        self.focus.close()
        for conference in list(self.bridge.conferences.values()):
            await conference.close()
        self.bridge.conferences.clear()
        await self._start_xmpp()

    async def _start_xmpp(self) -> None:
        await self.xmpp.start()
        if isinstance(self.xmpp, XmppServer):
            server = self.xmpp
            self.focus = Focus(
                DOMAIN, self.bridge, lambda d, on: Local(server, d, on), **self._more
            )
            return
        made: list[Component] = []

        def wire(domain: str, on_stanza) -> Component:
            made.append(Component(domain, self.xmpp.secret, on_stanza))
            return made[-1]

        self.focus = Focus(DOMAIN, self.bridge, wire, **self._more)
        for one in made:
            await one.connect(HOST, self.xmpp.component)

    async def stop(self) -> None:
        await self.focus.settled()
        self.focus.close()
        await self.bridge.stop()
        await self.xmpp.stop()
