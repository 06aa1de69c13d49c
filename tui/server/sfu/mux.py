"""One UDP port for everybody: STUN finds its transport by ufrag, everything else by address.

The socket is read and written directly. asyncio's datagram transport keeps what the kernel will
not take in an unbounded list and wakes the loop once per packet; media wants neither.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from typing import Protocol

from aioice import ice

from tui.server.sfu.counters import Counters
from tui.server.sfu.stun import BindingSuccess, StunError, binding_success, parse_binding
from tui.server.sfu.tcp import Address as Address
from tui.server.sfu.tcp import TcpWays

log = logging.getLogger(__name__)

_DATAGRAMS_PER_WAKE = 32
_DATAGRAM_BYTES = 2048
_SOCKET_BUFFER_BYTES = 4 << 20
_ADDRESSES_PER_ENDPOINT = 8
_ANY = ("0.0.0.0", "::")
_OFFERED = 8
"""Addresses of this machine; container hosts have dozens, and a client tries each."""


class Endpoint(Protocol):
    """What the mux needs of a transport."""

    ufrag: str
    password: str

    def receive_consent(self, address: Address, *, nominates: bool) -> None:
        """An authenticated Binding request came from `address`."""
        ...

    def receive_success(self, success: BindingSuccess, address: Address) -> None:
        """An answer to a Binding request came from `address`, not yet authenticated."""
        ...

    def receive_dtls(self, datagram: bytes) -> None:
        """A DTLS record came."""
        ...

    def receive_srtp(self, datagram: bytes) -> None:
        """An SRTP or SRTCP packet came."""
        ...


class UdpMux:
    """The UDP socket and who is behind which address.

    Args:
        counters: Where packets are counted.
    """

    def __init__(self, counters: Counters) -> None:
        self.counters = counters
        self.port = 0
        self.addresses: tuple[str, ...] = ()
        """IP addresses to offer as host candidates, best first."""
        self._advertised = ""
        self._everywhere = False
        """Bound to all addresses of this machine."""
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._addresses_of: dict[str, list[Address]] = {}
        self.tcp = TcpWays(self.receive, self._by_address.__contains__)
        """The same by TCP, once it listens."""

    async def listen(self, host: str, port: int = 0, *, advertise: str | None = None) -> None:
        """Bind.

        Args:
            host: Address to bind; `0.0.0.0` or `::` for all.
            port: UDP port, 0 for any free one.
            advertise: Address to tell clients before those of this machine.

        Raises:
            OSError: The address or port cannot be used.
        """
        self._loop = loop = asyncio.get_running_loop()
        resolved = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, address = resolved[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setblocking(False)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                bound.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER_BYTES)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
        self._socket = bound
        self.port = bound.getsockname()[1]
        if advertise:
            offered = await loop.getaddrinfo(advertise, self.port, type=socket.SOCK_DGRAM)
            self._advertised = str(offered[0][4][0])
        self._everywhere = str(bound.getsockname()[0]) in _ANY
        self.addresses = _offered_addresses(bound)
        if self._advertised:
            self.addresses = tuple(dict.fromkeys((self._advertised, *self.addresses)))
        loop.add_reader(bound.fileno(), self._readable)

    def addresses_for(self, local: str) -> tuple[str, ...]:
        """What to offer a client, best first.

        Args:
            local: Our address that its signalling came in on, empty when unknown. It is the one
                this client can surely reach: on a network without a gateway, or beside the one
                of the default route, nothing else would do.
        """
        address = _unmapped(local)
        if address is None or address.is_loopback or not self._everywhere:
            return self.addresses  # loopback: perhaps of a proxy on this machine
        first = (self._advertised, str(address)) if self._advertised else (str(address),)
        return tuple(dict.fromkeys((*first, *self.addresses)))

    def close(self) -> None:
        """Close the socket; safe to call again."""
        if self._socket is not None and self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._socket = None
        self.tcp.close()

    def register(self, endpoint: Endpoint) -> None:
        """Route Binding requests for `endpoint.ufrag` to `endpoint`."""
        self._by_ufrag[endpoint.ufrag] = endpoint
        self._addresses_of[endpoint.ufrag] = []

    def rename(self, endpoint: Endpoint, former: str) -> None:
        """Route requests for the endpoint's ufrag of now to it, and none for its `former` one."""
        if self._by_ufrag.pop(former, None) is not None:
            self._by_ufrag[endpoint.ufrag] = endpoint
            self._addresses_of[endpoint.ufrag] = self._addresses_of.pop(former)

    def unregister(self, endpoint: Endpoint) -> None:
        """Forget `endpoint` and its addresses."""
        self._by_ufrag.pop(endpoint.ufrag, None)
        for address in self._addresses_of.pop(endpoint.ufrag, []):
            if self._by_address.get(address) is endpoint:
                del self._by_address[address]
                self.tcp.forget(address)

    def send(self, datagram: bytes, address: Address) -> None:
        """Send now or drop: media that waits is late, DTLS and SCTP repeat themselves."""
        if self._socket is None:
            return
        if len(address) == 5:
            self.counters.send_dropped += not self.tcp.send(datagram, address)
            return
        try:
            self._socket.sendto(datagram, address)
        except OSError:  # full buffer, unreachable network, message too long
            self.counters.send_dropped += 1

    def _readable(self) -> None:
        for _ in range(_DATAGRAMS_PER_WAKE):
            if self._socket is None:
                return
            try:
                datagram, address = self._socket.recvfrom(_DATAGRAM_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # an ICMP error of an earlier send
                log.debug("UDP receive: %s", error)
                continue
            self.receive(datagram, address)

    def receive(self, datagram: bytes, address: Address) -> None:
        """Route one datagram by its first byte (RFC 7983)."""
        if not datagram:
            return
        first = datagram[0]
        if 127 < first < 192:
            endpoint = self._by_address.get(address)
            if endpoint is not None:
                endpoint.receive_srtp(datagram)
        elif first < 4:
            self._receive_stun(datagram, address)
        elif 19 < first < 64:
            endpoint = self._by_address.get(address)
            if endpoint is not None:
                endpoint.receive_dtls(datagram)

    def _receive_stun(self, datagram: bytes, address: Address) -> None:
        try:
            request = parse_binding(datagram)
        except StunError as error:
            self.counters.malformed("stun", address[0], error)
            return
        if isinstance(request, BindingSuccess):
            asked = self._by_address.get(address)
            if asked is not None:
                asked.receive_success(request, address)
            return
        if request is None:
            return
        endpoint = self._by_ufrag.get(request.ufrag)
        if endpoint is None or not request.authentic(endpoint.password):
            return  # no error response: it would tell a stranger that somebody lives here
        self.send(
            binding_success(request.transaction_id, address[0], address[1], endpoint.password),
            address,
        )
        if self._by_address.get(address) is not endpoint:
            known = self._addresses_of[endpoint.ufrag]
            known.append(address)
            if len(known) > _ADDRESSES_PER_ENDPOINT:
                oldest = known.pop(0)
                if self._by_address.get(oldest) is endpoint:
                    del self._by_address[oldest]
            self._by_address[address] = endpoint
        endpoint.receive_consent(address, nominates=request.nominates)


def _unmapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as such, IPv4 where it is one inside IPv6; None when no candidate can carry it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if "%" in text:  # a zone, which is a name of this machine alone
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _offered_addresses(bound: socket.socket) -> tuple[str, ...]:
    """Addresses to offer: the bound one, or for "all" the ways out, the others, and loopback."""
    host = str(bound.getsockname()[0])
    if host not in _ANY:
        return (host,)
    ipv6 = bound.family == socket.AF_INET6
    ipv4 = not ipv6 or not bound.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    found: list[str] = []
    if ipv4:
        found += _way_out(socket.AF_INET, "192.0.2.1")
    if ipv6:
        found += _way_out(socket.AF_INET6, "2001:db8::1")
    found += ice.get_host_addresses(use_ipv4=ipv4, use_ipv6=ipv6)
    usable = [one for one in dict.fromkeys(found) if not ipaddress.ip_address(one).is_link_local][
        :_OFFERED
    ]
    return (*usable, *(["127.0.0.1"] if ipv4 else []), *(["::1"] if ipv6 else []))


def _way_out(family: socket.AddressFamily, outside: str) -> list[str]:
    """Our address towards the world; none without a default route."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((outside, 9))  # UDP: picks a source address, sends nothing
            return [str(probe.getsockname()[0])]
    except OSError:
        return []
