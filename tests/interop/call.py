"""One room whose participants join when a test first asks for them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import pytest

from .cellcall_peers import CellcallPeer, PlainPeer
from .child import ChildFailed
from .namespace import NetworkNamespace
from .peers import ChromiumPeer, RustPeer, Signature
from .sdk_peers import GoPeer, NodePeer
from .servers import Server

LISTEN_S: Final = 6.0
"""How long our client is left in the call with a sender before its figures are read."""

SIGNATURES: Final = {
    "cellcall": Signature("ana", (200, 40, 40), 440),
    "cellcall-2": Signature("ben", (40, 200, 200), 620),
    "plain": Signature("paula", (200, 40, 200), 740),
    "rust": Signature("rusty", (40, 200, 40), 880),
    "chromium": Signature("chrome", (40, 60, 200), 1320),
    "go": Signature("gopher", (220, 180, 30), 1040),
    "node": Signature("nora", (230, 230, 230), 1180),
}
MAKES: Final = {
    "cellcall": CellcallPeer,
    "cellcall-2": CellcallPeer,
    "plain": PlainPeer,
    "rust": RustPeer,
    "chromium": ChromiumPeer,
    "go": GoPeer,
    "node": NodePeer,
}


class Call:
    """One room of one server.

    Args:
        namespace: Where everybody is.
        server: Where the room is.
        room: Its name.
        folder: For logs and statistics.
    """

    def __init__(self, namespace: NetworkNamespace, server: Server, room: str, folder: Path):
        self._where = (namespace, server, room)
        self._folder = folder
        self._peers: dict[str, Any] = {}
        self._joining: set[str] = set()
        self._heard: dict[str, dict[str, Any]] = {}

    def start(self, *names: str) -> None:
        """Let everybody called so in `MAKES` join at once, who is not here yet."""
        for name in names:
            if name in self._peers:
                continue
            lacks = getattr(MAKES[name], "lacks", None)
            if lacks is not None and (lacking := lacks()):
                pytest.skip(f"this machine lacks {lacking}")
            self._peers[name] = MAKES[name].join(*self._where, SIGNATURES[name], self._folder)
            self._joining.add(name)

    def peer(self, name: str) -> Any:
        """The participant called `name` in `MAKES`; joins now if it is not here yet."""
        self.start(name)
        peer = self._peers[name]
        if name in self._joining and not isinstance(peer, CellcallPeer):
            peer.wait_until_published()
        self._joining.discard(name)
        if not peer.child.running:
            raise ChildFailed(f"{name} has ended\n{peer.child.tail()}")
        return peer

    def dismiss(self, name: str) -> None:
        """Let `name` leave; asked for again, it joins again."""
        self._peers.pop(name).leave()

    def statistics(self, name: str, everybody: tuple[str, ...]) -> dict[str, Any]:
        """What our client `name` received from `everybody`; all of ours leave for that, once."""
        if name not in self._heard:
            for one in everybody:
                self.peer(one)
            ours = [one for one in everybody if isinstance(self.peer(one), CellcallPeer)]
            for one in ours:
                self.peer("rust").wait_for_media(SIGNATURES[one])
            time.sleep(LISTEN_S)  # what is measured: seconds of received media
            leaving = [self.peer(one) for one in ours]
            for peer in leaving:  # at once: the figures tell of the last moments
                peer.interrupt()
            self._heard |= {one: peer.figures() for one, peer in zip(ours, leaving, strict=True)}
        return self._heard[name]

    def end(self) -> None:
        """Everybody out."""
        for peer in self._peers.values():
            peer.child.stop()
