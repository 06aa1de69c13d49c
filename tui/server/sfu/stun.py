"""STUN Binding as an ICE-lite agent needs it (RFC 8489, RFC 8445): check a request, answer it.

And the other way round: ask an address whether it wants what would be sent there. Own parser
because aioice's is not a documented interface and raises what it likes on garbage.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import struct
import zlib

from tui.domain.frozen import dataclass

_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
_BINDING_REQUEST = 0x0001
_BINDING_SUCCESS = 0x0101
_USERNAME = 0x0006
_PRIORITY = 0x0024
_ICE_CONTROLLED = 0x8029
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
class _Signed:
    """A parsed, not yet authenticated, message."""

    transaction_id: bytes
    """12 bytes."""
    signed: bytes
    """What MESSAGE-INTEGRITY covers, with the length field already corrected (RFC 8489 14.5)."""
    integrity: bytes

    def authentic(self, password: str) -> bool:
        """Whether MESSAGE-INTEGRITY was made with `password`."""
        expected = hmac.new(password.encode(), self.signed, hashlib.sha1).digest()
        return hmac.compare_digest(expected, self.integrity)


@dataclass(frozen=True, slots=True)
class BindingRequest(_Signed):
    """What a client sends to find a path, and to keep it."""

    ufrag: str
    """The part of USERNAME before the colon: the receiver's ufrag."""
    nominates: bool
    """USE-CANDIDATE was present."""


@dataclass(frozen=True, slots=True)
class BindingSuccess(_Signed):
    """The answer to a request of ours."""


def parse_binding(datagram: bytes) -> BindingRequest | BindingSuccess | None:
    """What is in `datagram`; None when it is another well-formed STUN message.

    Raises:
        StunError: It is not well-formed, or without USERNAME or MESSAGE-INTEGRITY.
    """
    if len(datagram) < 20:
        raise StunError(f"{len(datagram)} bytes, a STUN message has at least 20")
    kind, length, cookie, transaction_id = _HEADER.unpack_from(datagram)
    if cookie != _COOKIE or length % 4 or length + 20 != len(datagram):
        raise StunError("wrong magic cookie or length")
    if kind not in (_BINDING_REQUEST, _BINDING_SUCCESS):
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
    if not integrity:
        raise StunError("a Binding message without MESSAGE-INTEGRITY")
    if kind == _BINDING_SUCCESS:
        return BindingSuccess(transaction_id, signed, integrity)
    if username is None:
        raise StunError("a Binding request without USERNAME")
    ufrag = username.split(b":", 1)[0].decode("ascii", "replace")
    return BindingRequest(transaction_id, signed, integrity, ufrag, nominates)


def binding_request(transaction_id: bytes, username: str, password: str) -> bytes:
    """A Binding request of the controlled side, signed with the peer's `password`.

    Args:
        transaction_id: 12 bytes; only who gets the request knows it.
        username: The peer's ufrag, a colon, ours.
        password: The peer's.
    """
    name = username.encode()
    body = struct.pack("!HH", _USERNAME, len(name)) + name + b"\0" * (-len(name) % 4)
    body += struct.pack("!HHI", _PRIORITY, 4, 1)
    body += struct.pack("!HH", _ICE_CONTROLLED, 8) + secrets.token_bytes(8)
    return _signed(_BINDING_REQUEST, transaction_id, body, password)


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
    return _signed(_BINDING_SUCCESS, transaction_id, body, password)


def _signed(kind: int, transaction_id: bytes, body: bytes, password: str) -> bytes:
    """The message with MESSAGE-INTEGRITY and FINGERPRINT."""

    def header(body_bytes: int) -> bytes:
        return _HEADER.pack(kind, body_bytes, _COOKIE, transaction_id)

    digest = hmac.new(
        password.encode(), header(len(body) + _INTEGRITY_BYTES) + body, hashlib.sha1
    ).digest()
    body += struct.pack("!HH", _MESSAGE_INTEGRITY, 20) + digest
    message = header(len(body) + _FINGERPRINT_BYTES) + body
    crc = zlib.crc32(message) ^ _FINGERPRINT_XOR
    return message + struct.pack("!HHI", _FINGERPRINT, 4, crc)
