"""One bundled peer connection's transport: ICE-lite answers, DTLS, SRTP and data channels.

Every private name of aiortc's DTLS that the server uses is in this module (SCTP's: `sctp`):
`RTCDtlsTransport._set_role`, `._rx_srtp`, `._tx_srtp`; the duck type it expects below it (`_recv`,
`_send`, `role`, `state`). tests/server/sfu/test_aiortc_names.py fails when a release changes one.

aiortc queues every SRTP packet for an asyncio task; here SRTP never enters that queue.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import pylibsrtp
from aiortc import (
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceTransport,
    RTCSctpCapabilities,
)

from tui.server.sfu.counters import Counters
from tui.server.sfu.credentials import Credentials, Fingerprint, ServerCertificate, random_text
from tui.server.sfu.mux import Address, UdpMux
from tui.server.sfu.sctp import STREAMS, GuardedSctp
from tui.server.sfu.stun import BindingSuccess, binding_request

log = logging.getLogger(__name__)

DataChannel = RTCDataChannel

CONNECT_TIMEOUT_S = 30.0
_HANDSHAKE_QUEUE = 256
_LABEL_CHARACTERS = 64
"""Length of the name of a data channel; aiortc takes 64 kB."""
_ADDRESSES_KEPT = 8
"""Addresses kept of one peer: of those that answered, and of those that have not yet."""


class MediaTransport:
    """The server's end of one peer connection.

    Set the `on_*` callables before `start`; all are called on the event loop and must be quick.

    Args:
        mux: The UDP port.
        certificate: The server's.
        name: For the log.
        message_bytes: Largest data message to announce.
        local: Our address that the peer's signalling came in on, empty when unknown.
    """

    role = "controlled"
    state = "completed"

    def __init__(
        self,
        mux: UdpMux,
        certificate: ServerCertificate,
        name: str,
        message_bytes: int,
        local: str = "",
    ) -> None:
        self.mux = mux
        self.addresses = mux.addresses_for(local)
        """Where the peer may send, best first."""
        self.counters: Counters = mux.counters
        self.certificate = certificate
        self.name = name
        self.ufrag, self.password = random_text(8), random_text(24)
        self.address: Address | None = None
        """Where everything is sent: the last nominated one that answered a check."""
        self.connected_at: float | None = None
        """Monotonic seconds when SRTP keys were there."""
        self.last_seen = time.monotonic()
        """Monotonic seconds of the last authenticated packet."""
        self.channels: dict[str, RTCDataChannel] = {}
        self.on_rtp: Callable[[bytes], None] = _ignore
        self.on_rtcp: Callable[[bytes], None] = _ignore
        self.on_message: Callable[[str, bytes], None] = lambda label, message: None
        self.lags: Callable[[], bool] = lambda: False
        """Whether somebody to whom messages go is behind with what was sent before."""
        self.on_channel: Callable[[str], None] = lambda label: None
        """Told the label of a data channel that the peer has opened."""
        self.on_ready: Callable[[], None] = lambda: None
        self.on_lost: Callable[[str], None] = lambda why: None
        self._message_bytes = message_bytes
        self._opened = 0
        self._handshake: asyncio.Queue[bytes | None] = asyncio.Queue(_HANDSHAKE_QUEUE)
        self._reachable = asyncio.Event()
        self._peer: Credentials | None = None
        self._wanted: Address | None = None
        self._checks: dict[bytes, Address] = {}
        self._confirmed: dict[Address, None] = {}
        self._closed = False
        self._wants_sctp = False
        self._receive_srtp: pylibsrtp.Session | None = None
        self._send_srtp: pylibsrtp.Session | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, self), [certificate.certificate])
        self._dtls._set_role("server")  # the ICE-lite side is always passive (RFC 8842 5.2)
        self._dtls.on("statechange", self._dtls_changed)
        self._sctp = GuardedSctp(self._dtls, self._sctp_broken, lambda: self.lags())
        self._sctp.on("datachannel", self._channel_opened)
        mux.register(self)

    @property
    def ready(self) -> bool:
        """Whether media can be sent."""
        return self._send_srtp is not None

    # What RTCDtlsTransport asks of the ICE transport below it.

    async def _recv(self) -> bytes:
        datagram = await self._handshake.get()
        if datagram is None:
            raise ConnectionError("transport closed")
        return datagram

    async def _send(self, data: bytes) -> None:
        if self._closed or self.address is None:
            raise ConnectionError("transport closed")
        self.mux.send(data, self.address)

    # What the mux calls.

    def receive_consent(self, address: Address, *, nominates: bool) -> None:
        """An authenticated Binding request: the peer is alive, perhaps at a new address."""
        self.last_seen = time.monotonic()
        if address != self.address and (nominates or self.address is None):
            self._wanted = address
            if address in self._confirmed:
                self._move()
            else:
                self._check()

    def receive_success(self, success: BindingSuccess, address: Address) -> None:
        """An answer to a check: the address wants what is sent there, if it is authentic."""
        peer = self._peer
        if (
            peer is None
            or self._checks.get(success.transaction_id) != address
            or not success.authentic(peer.password)
        ):
            return
        del self._checks[success.transaction_id]
        self._confirmed[address] = None
        _keep_last(self._confirmed)
        if address == self._wanted:
            self._move()

    def _check(self) -> None:
        """Ask the wanted address. Repeats come with the peer's own requests, which it repeats.

        Whoever has a token could else point a room's media at anybody: a source address is easily
        forged, but the answer needs what only the address itself was sent.
        """
        if self._peer is None or self._wanted is None:
            return
        transaction_id = secrets.token_bytes(12)
        self._checks[transaction_id] = self._wanted
        _keep_last(self._checks)
        username = f"{self._peer.ufrag}:{self.ufrag}"
        self.mux.send(binding_request(transaction_id, username, self._peer.password), self._wanted)

    def _move(self) -> None:
        self.address = self._wanted
        self._reachable.set()

    def receive_dtls(self, datagram: bytes) -> None:
        """A DTLS record: DTLS and SCTP repeat, so a full queue drops it."""
        if not self._closed and not self._handshake.full():
            self._handshake.put_nowait(datagram)

    def receive_srtp(self, datagram: bytes) -> None:
        """An SRTP or SRTCP packet, unprotected and handed on at once."""
        session = self._receive_srtp
        if session is None or len(datagram) < 12:
            return
        try:
            if 192 <= datagram[1] <= 223:  # RFC 5761 4
                packet = session.unprotect_rtcp(datagram)
                deliver = self.on_rtcp
            else:
                packet = session.unprotect(datagram)
                deliver = self.on_rtp
        except pylibsrtp.Error as error:
            self.counters.malformed("srtp", self.name, error)
            return
        self.last_seen = time.monotonic()
        deliver(packet)

    # What the rest of the server calls.

    def start(
        self,
        fingerprints: Sequence[Fingerprint],
        credentials: tuple[str, str] | None,
        sctp_port: int | None,
    ) -> None:
        """Begin, or note that a later offer brought data channels or other credentials.

        Args:
            fingerprints: The peer's, from its session description.
            credentials: Its ICE ufrag and password, from there too.
            sctp_port: The peer's SCTP port, None when this description has no data channels.
        """
        if credentials is not None:
            self._peer = Credentials(*credentials)
            if self._wanted != self.address:
                self._check()  # its requests came before its description
        if sctp_port is not None and not self._wants_sctp:
            self._wants_sctp = True
            if self.ready:
                self._spawn(self._start_sctp())
        if self.connected_at is None and not self._tasks and not self._closed:
            self._spawn(self._connect(list(fingerprints)))

    def answers(self, credentials: tuple[str, str] | None) -> None:
        """An offer with these ICE credentials is about to be answered.

        Others than before mean a restart (RFC 8839 4.4.1.1), which is answered with others, too.
        DTLS and the address in use stay as they are.
        """
        if self._peer is None or credentials is None or credentials[0] == self._peer.ufrag:
            return
        former, self.ufrag, self.password = self.ufrag, random_text(8), random_text(24)
        self.mux.rename(self, former)

    def open_channel(self, label: str, *, reliable: bool) -> None:
        """Open a data channel as soon as SCTP is up."""
        self.channels[label] = RTCDataChannel(
            self._sctp,
            RTCDataChannelParameters(
                label=label, ordered=reliable, maxRetransmits=None if reliable else 0
            ),
        )

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send, or drop when there is no connection (yet)."""
        session, address = self._send_srtp, self.address
        if session is not None and address is not None:
            self.mux.send(session.protect(packet), address)

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send, or drop when there is no connection (yet)."""
        session, address = self._send_srtp, self.address
        if session is not None and address is not None:
            self.mux.send(session.protect_rtcp(packet), address)

    def unconfirmed_bytes(self, label: str) -> int:
        """How much of what was sent on an ordered channel its peer has not confirmed."""
        channel = self.channels.get(label)
        return 0 if channel is None else self._sctp.unconfirmed_bytes(channel)

    async def close(self) -> None:
        """Close everything; safe to call again."""
        if self._closed:
            return
        connected = self._dtls.state == "connected"
        self.on_lost = lambda why: None
        self._receive_srtp = self._send_srtp = None
        if connected:
            await self._sctp.stop()
        await self._dtls.stop()
        self._closed = True
        self.mux.unregister(self)
        if self._handshake.full():
            self._handshake.get_nowait()
        self._handshake.put_nowait(None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, fingerprints: list[Fingerprint]) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._reachable.wait()
            parameters = RTCDtlsParameters(
                fingerprints=[
                    RTCDtlsFingerprint(algorithm=algorithm, value=value)
                    for algorithm, value in fingerprints
                ]
            )
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await self._dtls.start(parameters)
        except (TimeoutError, ConnectionError) as error:
            self._fail(f"no connection within {CONNECT_TIMEOUT_S:.0f} s", error)
            return
        except Exception as error:  # OpenSSL's and aiortc's answers to a peer's garbage
            self._fail("DTLS handshake failed", error)
            return
        if self._dtls.state != "connected":
            self._fail("DTLS handshake failed", None)
            return
        self._receive_srtp, self._send_srtp = self._dtls._rx_srtp, self._dtls._tx_srtp
        self.connected_at = self.last_seen = time.monotonic()
        log.info("%s connected", self.name)
        self.on_ready()
        if self._wants_sctp:
            await self._start_sctp()

    async def _start_sctp(self) -> None:
        try:
            await self._sctp.start(RTCSctpCapabilities(maxMessageSize=self._message_bytes), 5000)
        except ConnectionError as error:
            log.debug("%s: closed before SCTP began: %s", self.name, error)

    def _fail(self, why: str, error: Exception | None) -> None:
        self.counters.failed_handshakes += 1
        log.info("%s: %s (%r)", self.name, why, error)
        self.on_lost(why)

    def _dtls_changed(self) -> None:
        if self._dtls.state == "closed" and self.connected_at is not None and not self._closed:
            self._receive_srtp = self._send_srtp = None
            self.on_lost("the peer closed DTLS")

    def _sctp_broken(self, error: Exception) -> None:
        self.counters.malformed("sctp", self.name, error)
        self.on_lost("malformed SCTP")

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        label = channel.label
        self._opened += 1
        if self._opened > STREAMS or len(label) > _LABEL_CHARACTERS:
            raise ValueError("more data channels, or longer names, than any client needs")
        if label not in self.channels or self.channels[label].readyState == "closed":
            self.channels[label] = channel

        def received(message: str | bytes) -> None:
            if isinstance(message, bytes):
                self.on_message(label, message)

        channel.on("message", received)
        self.on_channel(label)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _keep_last(kept: dict[Any, Any]) -> None:
    while len(kept) > _ADDRESSES_KEPT:
        del kept[next(iter(kept))]


def _ignore(packet: bytes) -> None:
    """The default `on_rtp` and `on_rtcp`."""
