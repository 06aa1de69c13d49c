"""What the two ends of a connection know one another by: ICE credentials and the certificate."""

from __future__ import annotations

import secrets
import string
from typing import NamedTuple

from aiortc import RTCCertificate

_ICE_CHARACTERS = string.ascii_letters + string.digits

Fingerprint = tuple[str, str]
"""Hash algorithm and value, as in `a=fingerprint`."""


class Credentials(NamedTuple):
    """A peer's ICE credentials."""

    ufrag: str
    password: str


def random_text(characters: int) -> str:
    """Random letters and digits (RFC 8445 ice-char), unguessable."""
    return "".join(secrets.choice(_ICE_CHARACTERS) for _ in range(characters))


class ServerCertificate:
    """The certificate of every transport of one server; a client checks its fingerprint."""

    def __init__(self) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.sha256 = next(
            fingerprint.value
            for fingerprint in self.certificate.getFingerprints()
            if fingerprint.algorithm == "sha-256"
        )
