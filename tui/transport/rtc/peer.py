"""Peer connections as our transports and aiortc 1.16 get along with."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidStateError

from tui.transport.gone import ConnectionGone
from tui.transport.rtc import aiortc_private
from tui.transport.rtc.peer_lifetime import PeerLifetime
from tui.transport.rtc.picture_codecs import with_stand_ins
from tui.transport.rtc.red_codec import RedTypes, offering_red
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_log = logging.getLogger(__name__)

GATHER_TIMEOUT_S: Final = 1.5
"""How long to wait for a STUN or TURN server; host candidates are there at once."""
SETTLE_TIMEOUT_S: Final = 15.0
_MAX_EARLY_CANDIDATES: Final = 64
SETTLED: Final = ("connected", "failed", "closed")
_SENT_CODECS: Final = {"audio": ("audio/opus",), "video": ("video/vp8", "video/rtx")}

IceServer = RTCIceServer


class PeerFailed(ConnectionGone):
    """A peer connection did not come about. Never shown to a person."""


class Peer:
    """A peer connection from its first description to its end.

    Args:
        servers: STUN and TURN servers to ask.
        for_receiving: See `make_peer`.
        loopback: Offer 127.0.0.1, too.
        red: Offer sound with copies of what came before (RFC 2198).
    """

    def __init__(
        self,
        servers: Sequence[IceServer],
        *,
        for_receiving: bool,
        loopback: bool,
        red: bool = True,
    ) -> None:
        self._red = red
        self.pc = make_peer(servers, for_receiving=for_receiving)
        self._lifetime = PeerLifetime(self.pc, gather_timeout_s=GATHER_TIMEOUT_S, loopback=loopback)
        self._candidates = RemoteCandidates(self.pc)

    def on_end(self, ended: Callable[[str], None]) -> None:
        """Call `ended` with `failed` or `closed` when the connection is over."""

        def changed() -> None:
            if self.pc.connectionState in ("failed", "closed"):
                ended(self.pc.connectionState)

        self.pc.on("connectionstatechange", changed)

    def on_message(self, take: Callable[[bytes], None]) -> None:
        """Call `take` with each binary message of every data channel the other side opens."""

        def message(data: object) -> None:
            if isinstance(data, bytes):
                take(data)

        self.pc.on("datachannel", lambda channel: channel.on("message", message))

    def send(self, track: MicrophoneTrack | CameraTrack) -> RTCRtpSender:
        """Add a media section for a track of ours; an offer must follow."""
        transceiver = self.pc.addTransceiver(track, direction="sendonly")
        codecs: list[Any] = [
            one
            for one in RTCRtpSender.getCapabilities(track.kind).codecs
            if one.mimeType.lower() in _SENT_CODECS[track.kind]
        ]
        transceiver.setCodecPreferences(codecs)
        return transceiver.sender

    async def end_sending(self, track: MicrophoneTrack | CameraTrack) -> bool:
        """Send a track no longer; its media section goes inactive, an offer must follow.

        False when it was not sent.
        """
        for transceiver in self.pc.getTransceivers():
            if transceiver.sender.track is track and not transceiver.stopped:
                transceiver.direction = "inactive"
                await transceiver.stop()
                return True
        return False

    async def offer(self) -> str:
        """Offer what there is to send; answers the SDP."""
        try:
            offer = await self.pc.createOffer()
            await self._lifetime.set_local(offering_red(offer) if self._red else offer)
        except InvalidStateError as error:
            raise PeerFailed(f"closed meanwhile: {error}") from error
        return str(self.pc.localDescription.sdp)

    async def take_answer(self, sdp: str) -> None:
        """Take the answer to our offer, and wait for the connection.

        Raises:
            PeerFailed: It did not come about.
        """
        try:
            await self._lifetime.set_remote(RTCSessionDescription(sdp=sdp, type="answer"))
            await self._candidates.open()
        except InvalidStateError as error:
            raise PeerFailed(f"closed meanwhile: {error}") from error
        await settle(self.pc)

    async def take_offer(self, sdp: str) -> dict[str, RedTypes]:
        """Take an offer; answers the media sections that may carry RED. `answer` must follow.

        Raises:
            PeerFailed: It is closed.
        """
        try:
            offer = RTCSessionDescription(sdp=with_stand_ins(sdp), type="offer")
            red = await self._lifetime.set_remote(offer)
            await self._candidates.open()
        except InvalidStateError as error:
            raise PeerFailed(f"closed meanwhile: {error}") from error
        return red

    async def answer(self) -> str:
        """Answer the offer; answers the SDP.

        Raises:
            PeerFailed: It is closed.
        """
        try:
            await self._lifetime.set_local(await self.pc.createAnswer())
        except InvalidStateError as error:
            raise PeerFailed(f"closed meanwhile: {error}") from error
        return str(self.pc.localDescription.sdp)

    async def settle(self) -> None:
        """Wait for the connection; see the function of that name."""
        await settle(self.pc)

    async def add_candidate(self, candidate_init: str) -> None:
        """Take a candidate (RTCIceCandidateInit as JSON); they may come before a description."""
        await self._candidates.add(candidate_init)

    async def close(self) -> None:
        """Release everything. Idempotent; when cancelled, `abort` is needed."""
        await self._lifetime.close()

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        self._lifetime.drop()


def make_peer(servers: Sequence[IceServer], *, for_receiving: bool) -> RTCPeerConnection:
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
