"""Servers with a certificate of their own making: which one each showed when it was met.

A link may say which certificate its server has (`JoinLink.certificate`). Then it is fetched once,
compared, and kept in a file of that server; from then on it is the only one trusted there. The trap
is to trust it anywhere else: what it claims to be for is its maker's word alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
from pathlib import Path
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.wire.address import Address

_TIMEOUT_S: Final = 10.0
_BYTES: Final = 16
"""Of the SHA-256 that a link carries: 128 bits, so that it stays short."""


def short_fingerprint(certificate: bytes) -> str:
    """What a link says of a certificate (DER)."""
    digest = hashlib.sha256(certificate).digest()[:_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def long_fingerprint(certificate: bytes) -> str:
    """What a browser shows of a certificate (DER): `AB:CD:...`."""
    return hashlib.sha256(certificate).digest().hex(":").upper()


def certificate_alone(file: Path) -> ssl.SSLContext:
    """Trusts this certificate and no other, whatever name it is for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(file)
    return context


def _is_trusted(server: Address) -> bool:
    """Whether this machine trusts what `server` shows."""
    where = (server.host, server.port)
    try:
        with (
            socket.create_connection(where, timeout=_TIMEOUT_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=server.host),
        ):
            return True
    except (OSError, ValueError):
        return False


class KnownServers:
    """The certificates of servers that were met.

    Args:
        folder: Where they are kept; made when the first one is.
    """

    def __init__(self, folder: Path):
        self._folder = folder

    def context(self, server: Address) -> ssl.SSLContext | None:
        """What to trust at `server`; None: whatever this machine trusts."""
        file = self._file(server)
        return certificate_alone(file) if server.secure and file.is_file() else None

    def learn(self, server: Address, fingerprint: str) -> None:
        """Ask `server` for its certificate, and keep it if it is the one of a link. Blocks.

        Nothing is kept of a server that this machine trusts anyway, and no link replaces what is
        known already.

        Raises:
            CallsError: It is another one, or the server does not answer.
        """
        if _is_trusted(server):
            return
        try:
            shown = ssl.get_server_certificate((server.host, server.port), timeout=_TIMEOUT_S)
        except (OSError, ValueError) as error:
            raise CallsError(
                ErrorCode.NETWORK,
                f"Nothing answers at {server.origin}: {error}. See whether the server runs.",
            ) from error
        came = short_fingerprint(ssl.PEM_cert_to_DER_cert(shown))
        if not hmac.compare_digest(came, fingerprint):
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"{server.origin} shows another certificate than the link says. Either the server "
                "was set up anew, or somebody is in between: nothing was sent. Ask for a new link.",
            )
        file = self._file(server)
        if file.exists() and file.read_text() != shown:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"{server.origin} shows another certificate than it did before: nothing was sent. "
                f"If you know that it was set up anew, delete {file} and join again.",
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(shown)

    def _file(self, server: Address) -> Path:
        host = "".join(c if c.isalnum() or c in ".-" else "_" for c in server.host)
        return self._folder / f"{host}-{server.port}.pem"
