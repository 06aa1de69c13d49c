"""One media connection to a bridge that both ends describe without session descriptions.

Sound and pictures of everybody come over it, each stream for a receiver of its own, by SSRC alone;
ours go out over it. A slot whose stream becomes another one gets a new receiver: what waited in the
old one's decoder belongs to somebody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final, Protocol

from aiortc import (
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCIceCandidate,
    RTCIceParameters,
    RTCIceServer,
    RTCRtpSender,
)

from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.transport.rtc import ortc_private
from tui.transport.rtc.aiortc_private import close_sockets, ice_connections
from tui.transport.rtc.described import Candidate, End, Fingerprint, Section
from tui.transport.rtc.direct_voice import DirectVoices
from tui.transport.rtc.incoming import Incoming, decoders_ended
from tui.transport.rtc.line_watch import LineWatch
from tui.transport.rtc.message_channel import MessageChannel
from tui.transport.rtc.peer import GATHER_TIMEOUT_S, SETTLE_TIMEOUT_S, PeerFailed
from tui.transport.rtc.peer_lifetime import bound
from tui.transport.rtc.send_rate import follow
from tui.transport.rtc.sent import receive_parameters, send_parameters
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_log = logging.getLogger(__name__)

_MOST_CANDIDATES: Final = 64
_FINGERPRINTS: Final = ("sha-256", "sha-384", "sha-512")


class Taker(Protocol):
    """Takes one received stream; see `Incoming`."""

    def opened(self, data: bytes) -> bytes | None:
        """What is in a packet or a whole picture; None: it is not for us."""

    def put_packet(self, packet: AudioPacket) -> None:
        """Sound came."""

    def put_encoded(self, picture: EncodedPicture) -> bool:
        """A picture is about to be decoded; whether a key picture has to be asked for."""

    def put_picture(self, picture: PlanarFrame) -> None:
        """A picture came."""

    def refuse_picture(self) -> None:
        """A key picture was not decoded."""


class Bundle:
    """From gathering to the end. Make it, `gather`, `connect`, and `close` it always.

    Args:
        servers: STUN and TURN servers to ask.
        loopback: Offer 127.0.0.1, too.
        ended: Called once with `failed` or `closed` when the connection that stood is over.
    """

    def __init__(
        self, servers: Sequence[RTCIceServer], *, loopback: bool, ended: Callable[[str], None]
    ) -> None:
        self._ice = ortc_private.controlled_ice(servers)
        for connection in ice_connections(self._ice):
            bound(connection, gather_timeout_s=GATHER_TIMEOUT_S, loopback=loopback)
        self._dtls = ortc_private.dtls_client(self._ice)
        self._voices = DirectVoices(self._ice)
        self._sections: Mapping[str, Section] = {}
        self._senders: dict[MicrophoneTrack | CameraTrack, RTCRtpSender] = {}
        self._receiving: set[Incoming] = set()
        self._ended = ended
        self._closed = False
        self._candidates = 0
        self._following: dict[MicrophoneTrack | CameraTrack, asyncio.Task[None]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()
        self.feedback_ssrc = secrets.randbelow(2**31 - 1) + 1
        """What our reports are signed with; that of our sound, once there is any."""
        self.connected = asyncio.Event()
        """Set once media can flow."""

    async def gather(self) -> End:
        """Find out how we can be reached."""
        await self._whole(self._ice.iceGatherer.gather())
        local = self._ice.iceGatherer.getLocalParameters()
        return End(
            local.usernameFragment or "",
            local.password or "",
            tuple(_described(one) for one in self._ice.iceGatherer.getLocalCandidates()),
            tuple(
                Fingerprint(one.algorithm, one.value)
                for one in self._dtls.getLocalParameters().fingerprints
                if one.algorithm == "sha-256"
            ),
        )

    def agree(self, sections: Mapping[str, Section]) -> None:
        """What both ends can do, by kind; before anything is received or sent."""
        self._sections = sections

    async def connect(self, far: End) -> None:
        """Connect to the other end, and send what there is to send.

        Raises:
            PeerFailed: There is no way there, or it is somebody else.
        """
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                await self._connect(far)
        except TimeoutError:
            raise PeerFailed("no media path within 15 s; UDP may be blocked") from None
        except (ConnectionError, ValueError) as error:
            raise PeerFailed(f"media connection: {error}") from error
        self._dtls.on("statechange", self._changed)
        for track in self._senders:
            await self._start(track)
        self._voices.begin()
        self.connected.set()

    async def _connect(self, far: End) -> None:
        await self.add_candidates(far.candidates)
        await self._ice.start(RTCIceParameters(usernameFragment=far.ufrag, password=far.pwd))
        if self._ice.state != "completed":
            raise PeerFailed(f"no media path: ICE {self._ice.state}; UDP may be blocked")
        fingerprints = [
            RTCDtlsFingerprint(algorithm=one.algorithm.lower(), value=one.value.upper())
            for one in far.fingerprints
            if one.algorithm.lower() in _FINGERPRINTS
        ]
        if not fingerprints:
            raise PeerFailed("the other end names no certificate we could check")
        await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if self._dtls.state != "connected":
            raise PeerFailed(f"media connection: DTLS {self._dtls.state}")

    async def add_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Take candidates of the other end: those over UDP, with an address in figures."""
        for one in candidates:
            if self._candidates >= _MOST_CANDIDATES or not _usable(one):
                continue
            self._candidates += 1
            # Over the limit, or of a family that has no socket here.
            with contextlib.suppress(ValueError, AssertionError):
                await self._ice.addRemoteCandidate(
                    RTCIceCandidate(
                        component=1,
                        foundation=one.foundation,
                        ip=one.ip,
                        port=one.port,
                        priority=one.priority,
                        protocol="udp",
                        type=one.type,
                    )
                )

    def add(self, track: MicrophoneTrack | CameraTrack) -> tuple[int, int]:
        """Send a track of ours, once connected; answers its SSRCs: media, sent again."""
        sender = self._senders[track] = RTCRtpSender(track, self._dtls)
        ssrcs = ortc_private.ssrcs_of(sender)
        if track.kind == "audio":
            self.feedback_ssrc = ssrcs[0]
        self._following[track] = asyncio.create_task(follow(sender, track), name="rate")
        return ssrcs

    async def start(self, track: MicrophoneTrack | CameraTrack) -> None:
        """Begin to send a track that was added after connecting."""
        if self.connected.is_set() and not self._closed:
            await self._start(track)

    async def remove(self, track: MicrophoneTrack | CameraTrack) -> None:
        """Send a track of ours no longer; it stays usable."""
        sender, following = self._senders.pop(track, None), self._following.pop(track, None)
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        if sender is not None and not self._closed:
            sender.replaceTrack(None)
            await sender.stop()

    async def _start(self, track: MicrophoneTrack | CameraTrack) -> None:
        section = self._sections.get(track.kind)
        if section is not None:
            await self._senders[track].send(send_parameters(section))

    async def receive(
        self,
        kind: str,
        ssrcs: tuple[int, ...],
        taker: Taker,
    ) -> Incoming:
        """Receive one stream.

        Args:
            kind: `audio` or `video`.
            ssrcs: Of its media, then of what is sent again.
            taker: Takes what comes.

        Raises:
            PeerFailed: Nothing of this kind was agreed on, or it is closed.
        """
        section = self._sections.get(kind)
        if section is None or self._closed:
            raise PeerFailed(f"no {kind} here")
        receiver = ortc_private.bare_receiver(kind, self._dtls, self.feedback_ssrc)
        self._voices.forget()
        incoming = Incoming(
            receiver,
            self._voices,
            opened=taker.opened,
            put_packet=taker.put_packet,
            put_encoded=taker.put_encoded,
            put_picture=taker.put_picture,
            refuse_picture=taker.refuse_picture,
        )
        self._receiving.add(incoming)
        await receiver.receive(receive_parameters(section, ssrcs))
        incoming.carry(ssrcs, None, other=True)
        return incoming

    async def ask_key_picture(self, incoming: Incoming, ssrc: int) -> None:
        """Ask for a key picture of a stream."""
        if self.connected.is_set() and not self._closed:
            await ortc_private.ask_key_picture(incoming.receiver, ssrc)

    async def say_bandwidth(self, bits_per_s: int, ssrcs: Sequence[int]) -> None:
        """Tell how much may be sent to us in these streams."""
        if self.connected.is_set() and not self._closed and ssrcs:
            with contextlib.suppress(ConnectionError):
                await ortc_private.say_bandwidth(
                    self._dtls, bits_per_s, ssrcs, feedback_ssrc=self.feedback_ssrc
                )

    def drop(self, incoming: Incoming) -> None:
        """No more of this stream; its decoder ends by itself."""
        if incoming in self._receiving and not self._closed:
            self._receiving.discard(incoming)
            self._voices.forget()
            task = asyncio.create_task(self._drop(incoming), name="stream dropped")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _drop(self, incoming: Incoming) -> None:
        await incoming.close()
        await incoming.receiver.stop()
        await decoders_ended([incoming])

    def open_channel(self, label: str, protocol: str, port: int) -> MessageChannel:
        """A channel for messages over this connection (SCTP), once connected."""
        return MessageChannel(self._dtls, label, protocol, port)

    def line_watch(self) -> LineWatch:
        """Watches whether anything comes, once connected."""
        return LineWatch(self._ice)

    async def close(self) -> None:
        """Release everything; tracks of ours stay usable. Idempotent; when cancelled, `abort`."""
        if not self._closed:
            self._closed = True
            if self._begun:
                await asyncio.wait(self._begun)
            await self._whole(self._close())

    async def _close(self) -> None:
        following = list(self._following.values())
        for task in following:
            task.cancel()
        await asyncio.gather(*following, *self._closing, return_exceptions=True)
        for sender in self._senders.values():
            sender.replaceTrack(None)  # aiortc ends a track with its sender
            await sender.stop()
        ended = list(self._receiving)
        self._receiving.clear()
        await asyncio.gather(*(one.close() for one in ended))
        for one in ended:
            await one.receiver.stop()
        await self._dtls.stop()
        await self._ice.stop()
        await decoders_ended(ended)

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        for connection in ice_connections(self._ice):
            close_sockets(connection)
        for task in self._begun:
            task.add_done_callback(lambda _task: self.abort())

    async def _whole(self, work: Coroutine[Any, Any, None]) -> None:
        """What is begun runs to its end, whoever waits: a socket half made is in nobody's list."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        await asyncio.shield(task)

    def _changed(self) -> None:
        if self._dtls.state in ("failed", "closed") and not self._closed:
            self._ended(str(self._dtls.state))


def _usable(candidate: Candidate) -> bool:
    if candidate.protocol != "udp" or candidate.component != 1:
        return False
    try:
        address = ip_address(candidate.ip)
    except ValueError:  # a name of mDNS, which nobody here could look up
        return False
    return 0 < candidate.port < 65536 and not (address.version == 6 and address.is_link_local)


def _described(candidate: Any) -> Candidate:
    return Candidate(
        candidate.foundation,
        candidate.component,
        candidate.protocol,
        candidate.priority,
        candidate.ip,
        candidate.port,
        candidate.type,
        candidate.relatedAddress or "",
        candidate.relatedPort or 0,
    )
