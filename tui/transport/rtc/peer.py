"""Peer connections as LiveKit and aiortc 1.16 get along with."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Final

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer, RTCPeerConnection

from tui.transport.rtc import aiortc_private

_log = logging.getLogger(__name__)

GATHER_TIMEOUT_S: Final = 1.5
"""How long to wait for a STUN or TURN server; host candidates are there at once."""
SETTLE_TIMEOUT_S: Final = 15.0
_MAX_EARLY_CANDIDATES: Final = 64
SETTLED: Final = ("connected", "failed", "closed")


class PeerFailed(Exception):
    """A peer connection did not come about. Never shown to a person."""


def make_peer(servers: Sequence[RTCIceServer], *, for_receiving: bool) -> RTCPeerConnection:
    """A peer connection.

    `iceServers=[]` matters: None means Google's STUN server. The bundle policy works round two
    faults of aiortc 1.16: with BALANCED, of several new media sections of a kind in a later offer
    all but the first stay on a discarded transport, so receiving needs MAX_BUNDLE; with
    MAX_BUNDLE, a data channel made before the first transceiver makes the answer stop the shared
    transport, so sending needs BALANCED and one new media section per offer.
    """
    policy = RTCBundlePolicy.MAX_BUNDLE if for_receiving else RTCBundlePolicy.BALANCED
    pc = RTCPeerConnection(RTCConfiguration(iceServers=list(servers), bundlePolicy=policy))
    aiortc_private.connect_quietly_once_closed(pc)
    return pc


async def settle(pc: RTCPeerConnection) -> None:
    """Wait until `pc` is connected.

    aiortc loses tracks that are negotiated while DTLS is still connecting, so every negotiation
    waits for this before the next one begins.

    Raises:
        PeerFailed: It failed, was closed, or took longer than `SETTLE_TIMEOUT_S`.
    """
    changed = asyncio.Event()

    def note() -> None:
        changed.set()

    pc.on("connectionstatechange", note)
    try:
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while pc.connectionState not in SETTLED:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        raise PeerFailed("no media path within 15 s; UDP may be blocked") from None
    finally:
        pc.remove_listener("connectionstatechange", note)
    if pc.connectionState != "connected":
        raise PeerFailed(f"media connection {pc.connectionState}")


class RemoteCandidates:
    """Hands the server's trickled candidates to a peer connection, once it can take them.

    The server trickles at once; our side may not have set its description yet, and aiortc then
    puts a candidate on whatever transport it has.
    """

    def __init__(self, pc: RTCPeerConnection) -> None:
        self._pc = pc
        self._early: list[str] = []
        self._open = False

    async def add(self, candidate_init: str) -> None:
        """Take a candidate (RTCIceCandidateInit as JSON)."""
        if self._open:
            await _add_candidate(self._pc, candidate_init)
        elif len(self._early) < _MAX_EARLY_CANDIDATES:
            self._early.append(candidate_init)

    async def open(self) -> None:
        """The remote description is set: hand over what came before. Idempotent."""
        self._open = True
        early, self._early = self._early, []
        for candidate_init in early:
            await _add_candidate(self._pc, candidate_init)


async def _add_candidate(pc: RTCPeerConnection, candidate_init: str) -> bool:
    """Add a trickled candidate (RTCIceCandidateInit as JSON); False when it is not usable."""
    try:
        init = json.loads(candidate_init)
        text = str(init.get("candidate") or "")
        if not text or " tcp " in text.lower():
            return False  # end of candidates, or ICE over TCP, which aioice has not
        candidate = aiortc_private.parse_candidate(text.partition(":")[2])
        mid, index = init.get("sdpMid"), init.get("sdpMLineIndex")
        candidate.sdpMid = str(mid) if mid else None
        candidate.sdpMLineIndex = int(index) if index is not None else 0
        await pc.addIceCandidate(candidate)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError) as error:
        _log.debug("candidate not used: %r", error)
        return False
    return True
