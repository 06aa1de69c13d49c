"""LiveKit's SDKs for Go and Node in a call with ours, on both servers: everything, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, Final

import pytest

from .call import SIGNATURES, Call
from .cellcall_peers import TilePeer
from .namespace import NetworkNamespace
from .servers import Server

pytestmark = pytest.mark.interop

OTHERS: Final = ("go", "node")
EVERYBODY: Final = ("plain", *OTHERS)
PAIRS: Final = (*(("plain", one) for one in OTHERS), *((one, "plain") for one in OTHERS))
of_pairs = pytest.mark.parametrize(
    ("receiver", "sender"), [pytest.param(*pair, id="<-".join(pair)) for pair in PAIRS]
)


@pytest.fixture(scope="module")
def tiles(
    namespace: NetworkNamespace, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TilePeer]:
    """Our client with tiles, in the room of this module."""
    peer = TilePeer.join(namespace, server, "sdks", tmp_path_factory.mktemp("tiles"))
    try:
        yield peer
    finally:
        peer.child.stop()


@pytest.mark.parametrize(
    ("receiver", "sender"),
    [
        pytest.param(*pair, id="<-".join(pair))
        for pair in permutations(EVERYBODY, 2)
        if pair[0] in OTHERS
    ],
)
def test_they_see_and_hear(call: Call, tiles: TilePeer, receiver: str, sender: str) -> None:
    call.start(*EVERYBODY)
    person = call.peer(receiver).wait_for_media(SIGNATURES[sender])
    assert person["width"] >= 160
    assert person["dbfs"] > -40


@pytest.mark.parametrize("sender", OTHERS)
def test_ours_sees_and_hears_them(call: Call, tiles: TilePeer, sender: str) -> None:
    call.peer(sender)
    sent = SIGNATURES[sender]

    def comes(report: dict[str, Any]) -> bool:
        colours = {tile["name"]: tile["rgb"] for tile in report["tiles"]}
        figures = report["figures"].get(sent.identity, {})
        return sent.shown_by(colours.get(sent.identity.title())) and sent.heard_in(
            figures.get("audio_peak_hz")
        )

    tiles.wait_for(comes, f"picture and tone of {sender}")


@of_pairs
def test_chat_hands_and_mutes_cross(call: Call, receiver: str, sender: str) -> None:
    identity = SIGNATURES[sender].identity
    to, of = call.peer(receiver), call.peer(sender)
    to.wait_for_person(identity)
    of.say(f"hello {receiver}, über alles")
    to.wait_for_chat(identity, f"hello {receiver}, über alles")
    of.raise_hand(up=True)
    to.wait_for_hand(identity, up=True)
    of.raise_hand(up=False)
    to.wait_for_hand(identity, up=False)
    if sender != "node":  # its SDK has no way to mute
        of.mute(muted=True)
        to.wait_for_mute(identity, muted=True)
        of.mute(muted=False)
        to.wait_for_mute(identity, muted=False)


def test_leaving_is_seen(call: Call) -> None:
    for leaver, other in (("node", "go"), ("go", "plain")):
        identity = SIGNATURES[leaver].identity
        call.peer(leaver)
        call.peer(other).wait_for_person(identity)
        call.dismiss(leaver)
        call.peer(other).wait_for_leave(identity)
