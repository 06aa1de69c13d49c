"""A server with a certificate of its own is known by the link, and by nothing else from then on."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.domain.errors import CallsError
from tui.server.own_certificate import certificate_of, own_certificate
from tui.wire.address import make_join_link, parse_join_link, read_address
from tui.wire.known_servers import KnownServers, long_fingerprint, short_fingerprint


class TlsServer:
    """Shakes hands with whoever comes."""

    def __init__(self, certificate: Path):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = read_address(f"https://127.0.0.1:{self._socket.getsockname()[1]}")
        self._context = context
        threading.Thread(target=self._serve, daemon=True).start()

    def show(self, certificate: Path) -> None:
        """Another certificate from now on."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
            except OSError:
                return
            try:
                self._context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return own_certificate(tmp_path / "server", ("127.0.0.1", "calls.test"))


@pytest.fixture
def server(certificate: Path) -> Iterator[TlsServer]:
    one = TlsServer(certificate)
    yield one
    one.close()


def handshake(server: TlsServer, context: ssl.SSLContext) -> None:
    with (
        socket.create_connection((server.address.host, server.address.port), 5) as plain,
        context.wrap_socket(plain, server_hostname="whatever.test"),
    ):
        pass


def test_it_is_made_once_for_its_owner_alone(certificate: Path) -> None:
    assert own_certificate(certificate.parent, ()) == certificate
    assert certificate.stat().st_mode & 0o077 == 0
    before = certificate.read_bytes()
    own_certificate(certificate.parent, ("other.test",))
    assert certificate.read_bytes() == before


def test_a_link_says_which_certificate(certificate: Path) -> None:
    shown = certificate_of(certificate)
    link = make_join_link(
        "https://h:1", "daily", invitation="abc", certificate=short_fingerprint(shown)
    )
    read = parse_join_link(link)
    assert read is not None
    assert (read.invitation, read.certificate) == ("abc", short_fingerprint(shown))
    assert len(long_fingerprint(shown).split(":")) == 32


def test_the_server_of_the_link_is_trusted_and_no_other(
    server: TlsServer, certificate: Path, tmp_path: Path
) -> None:
    known = KnownServers(tmp_path / "known")
    assert known.context(server.address) is None
    known.learn(server.address, short_fingerprint(certificate_of(certificate)))
    context = known.context(server.address)
    assert context is not None
    handshake(server, context)
    server.show(own_certificate(tmp_path / "other", ("127.0.0.1",)))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, context)
    elsewhere = read_address(f"https://127.0.0.1:{server.address.port - 1}")
    assert known.context(elsewhere) is None


def test_another_certificate_than_the_links_is_refused(server: TlsServer, tmp_path: Path) -> None:
    known = KnownServers(tmp_path / "known")
    with pytest.raises(CallsError, match="another certificate than the link says"):
        known.learn(server.address, "A" * 22)
    assert known.context(server.address) is None


def test_no_link_replaces_what_is_known(
    server: TlsServer, certificate: Path, tmp_path: Path
) -> None:
    known = KnownServers(tmp_path / "known")
    known.learn(server.address, short_fingerprint(certificate_of(certificate)))
    other = own_certificate(tmp_path / "other", ())
    server.show(other)
    with pytest.raises(CallsError, match="another certificate than it did before"):
        known.learn(server.address, short_fingerprint(certificate_of(other)))


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(CallsError, match="Nothing answers"):
        KnownServers(tmp_path).learn(read_address(f"https://127.0.0.1:{port}"), "x")
