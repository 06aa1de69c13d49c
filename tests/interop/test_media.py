"""Everybody sees and hears everybody: all directed pairs of three makes, on both servers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import permutations
from typing import Any, Final

import pytest

from .namespace import NetworkNamespace
from .peers import CellcallPeer, ChromiumPeer, ReportingPeer, RustPeer, Signature
from .servers import Server

pytestmark = pytest.mark.interop

ROOM: Final = "everybody"
LISTEN_S: Final = 6.0
"""How long our client is left in the call with a sender before its figures are read."""

SIGNATURES: Final = {
    "cellcall": Signature("ana", (200, 40, 40), 440),
    "cellcall-2": Signature("ben", (40, 200, 200), 620),
    "rust": Signature("rusty", (40, 200, 40), 880),
    "chromium": Signature("chrome", (40, 60, 200), 1320),
}
MAKES: Final = {
    "cellcall": CellcallPeer,
    "cellcall-2": CellcallPeer,
    "rust": RustPeer,
    "chromium": ChromiumPeer,
}
OTHERS: Final = ("rust", "chromium")


def _pairs(*receivers: str) -> list[Any]:
    return [
        pytest.param(*pair, id="<-".join(pair))
        for pair in permutations(MAKES, 2)
        if pair[0] in receivers
    ]


class Call:
    """One room whose participants join when a test first asks for them."""

    def __init__(self, namespace: NetworkNamespace, server: Server, folder: Any):
        self._where = (namespace, server, ROOM)
        self._folder = folder
        self._peers: dict[str, Any] = {}
        self._heard: dict[str, dict[str, Any]] = {}

    def peer(self, name: str) -> Any:
        """The participant called `name` in `MAKES`; joins now if it is not here yet."""
        if name not in self._peers:
            if name == "chromium" and (lacks := ChromiumPeer.lacks()):
                pytest.skip(f"this machine lacks {lacks}")
            peer = MAKES[name].join(*self._where, SIGNATURES[name], self._folder)
            self._peers[name] = peer
            if isinstance(peer, ReportingPeer):
                peer.wait_until_published()
        return self._peers[name]

    def statistics(self, name: str) -> dict[str, Any]:
        """What our client received: it leaves now, if it is still there."""
        if name not in self._heard:
            for other in MAKES:
                self.peer(other)
            self.peer("rust").wait_for_media(SIGNATURES[name])
            time.sleep(LISTEN_S)  # what is measured: seconds of received media
            self._heard[name] = self.peer(name).leave()
        return self._heard[name]

    def end(self) -> None:
        """Everybody out."""
        for peer in self._peers.values():
            peer.child.stop()


@pytest.fixture(scope="module")
def call(
    namespace: NetworkNamespace, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Call]:
    made = Call(namespace, server, tmp_path_factory.mktemp("call"))
    try:
        yield made
    finally:
        made.end()


@pytest.mark.parametrize(
    ("receiver", "sender"),
    _pairs(*OTHERS),
)
def test_other_clients_see_and_hear(call: Call, receiver: str, sender: str) -> None:
    call.peer(sender)
    person = call.peer(receiver).wait_for_media(SIGNATURES[sender])
    assert person["width"] >= 160
    assert person["dbfs"] > -40


@pytest.mark.parametrize(
    ("receiver", "sender"),
    _pairs("cellcall", "cellcall-2"),
)
def test_cellcall_sees_and_hears(call: Call, receiver: str, sender: str) -> None:
    sent = SIGNATURES[sender]
    received = call.statistics(receiver)["participants"][sent.identity]
    assert received["video_frames"] > LISTEN_S
    assert sent.shown_by(received["video_mean_rgb"]), received
    assert sent.heard_in(received["audio_peak_hz"]), received
    assert received["audio_level_dbfs"] > -40
