"""A certificate of the server's own making, for those who have none: browsers want TLS for devices.

It is made once and kept: cellcall clients know a server by it (`tui.wire.known_servers`), and a
browser's exception holds for it. What names it is for hardly matters: nobody vouches for them.
"""

from __future__ import annotations

import os
import secrets
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tui.server.secret import open_state_folder, unusable

FILE_NAME: Final = "server-certificate.pem"
_GOOD_FOR: Final = timedelta(days=3650)
_LEAST_LEFT: Final = timedelta(days=30)


def own_certificate(folder: Path, names: tuple[str, ...]) -> Path:
    """The file with certificate and key in `folder`, made when there is none or it ends soon.

    Args:
        folder: The state folder.
        names: Names and addresses others reach the server at.

    Raises:
        StoreUnavailable: The folder or file can't be used.
    """
    open_state_folder(folder)
    path = folder / FILE_NAME
    try:
        if path.exists() and _ends_at(path) > datetime.now(UTC) + _LEAST_LEFT:
            return path
        fresh = folder / f".{FILE_NAME}.{secrets.token_hex(8)}"
        file = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(_made(names))
        os.replace(fresh, path)
    except OSError as error:
        raise unusable(path, error) from error
    return path


def certificate_of(file: Path) -> bytes:
    """The first certificate in a PEM file, as DER."""
    text = file.read_text()
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") : text.index(end)] + end)


def _ends_at(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _made(names: tuple[str, ...]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())  # what every browser takes
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cellcall")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _GOOD_FOR)
        .add_extension(
            x509.SubjectAlternativeName([_name(one) for one in ("localhost", *names)]), False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
