"""Two nodes of livekit-server over Redis: one call through both, and one of them dies in it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Final

import pytest

from .call import SIGNATURES
from .cellcall_peers import PlainPeer
from .namespace import NetworkNamespace
from .peers import RustPeer
from .servers import LivekitNode, LivekitServer, Redis

pytestmark = pytest.mark.interop

NOTICED_WITHIN_S: Final = 3.5
"""Said after 3 s at most; the rest is the machine's and the test's."""
BACK_WITHIN_S: Final = 9.0
"""Others count a node alive for 5 s after it died."""


def test_a_call_through_both_survives_one_of_them(
    namespace: NetworkNamespace, tmp_path: Path
) -> None:
    if LivekitServer.program() is None or Redis.program() is None:
        pytest.skip("this machine lacks livekit-server or redis-server")
    redis = Redis(namespace, tmp_path)
    nodes = [LivekitNode(namespace, tmp_path, number) for number in (0, 1)]
    peers: list[Any] = []
    try:
        redis.start()
        nodes[0].start()
        mine, plain_one = SIGNATURES["rust"], SIGNATURES["plain"]
        rust = RustPeer.join(namespace, nodes[0], "nodes", mine, tmp_path)  # the room is on node 0
        peers.append(rust)
        rust.wait_until_published()
        nodes[1].start()
        plain = PlainPeer.join(namespace, nodes[1], "nodes", plain_one, tmp_path)
        peers.append(plain)
        plain.wait_until_published()
        rust.wait_for_media(plain_one)
        plain.wait_for_mute(mine.identity, muted=False)

        since = len(plain.child.lines)
        killed_s = time.monotonic()
        nodes[0].stop()
        plain.wait_for_line(r"net: Connection lost", since=since)
        noticed_s = time.monotonic() - killed_s
        plain.wait_for_line(r"net: Connected again", since=since)
        back_s = time.monotonic() - killed_s
        told = [str(line) for line in plain.child.lines[since:]]
        assert any(re.match(r"net: Connected again after \d+ seconds", line) for line in told), told
        assert noticed_s <= NOTICED_WITHIN_S, (noticed_s, back_s)
        assert back_s <= BACK_WITHIN_S, (noticed_s, back_s)
        print(f"noticed after {noticed_s:.1f} s, back after {back_s:.1f} s")
    finally:
        for peer in peers:
            peer.child.stop()
        for one in (*nodes, redis):
            one.stop()
