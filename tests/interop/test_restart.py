"""A server that dies and comes back takes nobody out of the call."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import pytest

from .call import SIGNATURES, Call
from .namespace import NetworkNamespace
from .servers import Server

pytestmark = pytest.mark.interop

BACK_WITHIN_S: Final = 5.0
"""Our client, from the moment the server listens again."""
OTHERS_BACK_WITHIN_S: Final = 15.0
"""The Rust SDK waits 5 s between its attempts, livekit-client up to 7 s."""
LISTENERS: Final = ("rust", "chromium")
EVERYBODY: Final = ("plain", "cellcall", *LISTENERS)


def _frames(peer: Any, identity: str) -> int:
    """How many pictures of `identity` the newest report counts."""
    reports = [line for line in peer.child.lines if isinstance(line, dict) and "people" in line]
    frames: int = reports[-1]["people"].get(identity, {}).get("frames", 0)
    return frames


def test_everybody_is_back_after_the_server_was_killed(
    namespace: NetworkNamespace, embedded_server: Server, tmp_path: Path
) -> None:
    call = Call(namespace, embedded_server, "restart", tmp_path)
    try:
        for name in EVERYBODY:
            call.peer(name)
        pairs = [(name, other) for name in LISTENERS for other in EVERYBODY if other != name]
        for name, other in pairs:
            call.peer(name).wait_for_media(SIGNATURES[other])

        embedded_server.stop()
        embedded_server.start()
        listening_at = time.time()
        since = {name: len(call.peer(name).child.lines) for name in LISTENERS}
        before = {pair: _frames(call.peer(pair[0]), SIGNATURES[pair[1]].identity) for pair in pairs}

        call.peer("plain").wait_until_back()
        back_s = time.time() - listening_at
        took_s: dict[str, float] = {}
        for name, other in pairs:
            report = call.peer(name).wait_for_new_media(
                SIGNATURES[other], frames=before[name, other] + 5, since=since[name]
            )
            took_s[f"{name}<-{other}"] = round(report["at"] - listening_at, 1)
        received = call.statistics("cellcall", EVERYBODY)["participants"]
        for other in ("plain", *LISTENERS):
            heard = received[SIGNATURES[other].identity]
            assert SIGNATURES[other].heard_in(heard["audio_peak_hz"]), heard
        assert max(took_s.values()) <= OTHERS_BACK_WITHIN_S, took_s
        assert back_s <= BACK_WITHIN_S, took_s
    finally:
        call.end()
