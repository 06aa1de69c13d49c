"""STUN Binding as an ICE-lite agent needs it (RFC 8489, RFC 8445): check a request, answer it.

Own parser because aioice's is not a documented interface and raises what it likes on garbage.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
_BINDING_REQUEST = 0x0001
_BINDING_SUCCESS = 0x0101
_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_BYTES = 24
_FINGERPRINT_BYTES = 8


class StunError(ValueError):
    """Not a well-formed STUN Binding request."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A parsed, not yet authenticated, Binding request."""

    transaction_id: bytes
    """12 bytes."""
    ufrag: str
    """The part of USERNAME before the colon: the receiver's ufrag."""
    nominates: bool
    """USE-CANDIDATE was present."""
    signed: bytes
    """What MESSAGE-INTEGRITY covers, with the length field already corrected (RFC 8489 14.5)."""
    integrity: bytes

    def authentic(self, password: str) -> bool:
        """Whether MESSAGE-INTEGRITY was made with `password`."""
        expected = hmac.new(password.encode(), self.signed, hashlib.sha1).digest()
        return hmac.compare_digest(expected, self.integrity)


def parse_binding_request(datagram: bytes) -> BindingRequest | None:
    """The Binding request in `datagram`; None when it is another well-formed STUN message.

    Raises:
        StunError: It is not well-formed, or is a request without USERNAME or MESSAGE-INTEGRITY.
    """
    if len(datagram) < 20:
        raise StunError(f"{len(datagram)} bytes, a STUN message has at least 20")
    kind, length, cookie, transaction_id = _HEADER.unpack_from(datagram)
    if cookie != _COOKIE or length % 4 or length + 20 != len(datagram):
        raise StunError("wrong magic cookie or length")
    if kind != _BINDING_REQUEST:
        return None
    username: bytes | None = None
    signed = integrity = b""
    nominates = False
    at = 20
    while at + 4 <= len(datagram):
        attribute, size = struct.unpack_from("!HH", datagram, at)
        end = at + 4 + size
        if end > len(datagram):
            raise StunError(f"attribute {attribute:#06x} is longer than the message")
        if attribute == _USERNAME:
            username = datagram[at + 4 : end]
        elif attribute == _USE_CANDIDATE:
            nominates = True
        elif attribute == _MESSAGE_INTEGRITY:
            if size != 20:
                raise StunError(f"MESSAGE-INTEGRITY has {size} bytes, not 20")
            corrected = struct.pack("!H", at - 20 + _INTEGRITY_BYTES)
            signed = datagram[:2] + corrected + datagram[4:at]
            integrity = datagram[at + 4 : end]
            break  # what follows it is not authenticated
        at = end + (-size % 4)
    if username is None or not integrity:
        raise StunError("a Binding request without USERNAME and MESSAGE-INTEGRITY")
    ufrag = username.split(b":", 1)[0].decode("ascii", "replace")
    return BindingRequest(transaction_id, ufrag, nominates, signed, integrity)


def binding_success(transaction_id: bytes, host: str, port: int, password: str) -> bytes:
    """A Binding success response that tells the peer its address, signed and fingerprinted."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    mask = struct.pack("!I", _COOKIE) + transaction_id
    masked = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + masked
    body = struct.pack("!HH", _XOR_MAPPED_ADDRESS, len(value)) + value

    def header(body_bytes: int) -> bytes:
        return _HEADER.pack(_BINDING_SUCCESS, body_bytes, _COOKIE, transaction_id)

    digest = hmac.new(
        password.encode(), header(len(body) + _INTEGRITY_BYTES) + body, hashlib.sha1
    ).digest()
    body += struct.pack("!HH", _MESSAGE_INTEGRITY, 20) + digest
    message = header(len(body) + _FINGERPRINT_BYTES) + body
    crc = zlib.crc32(message) ^ _FINGERPRINT_XOR
    return message + struct.pack("!HHI", _FINGERPRINT, 4, crc)
