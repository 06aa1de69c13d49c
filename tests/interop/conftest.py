"""Fixtures of the interop tests: a namespace, a server in it, a room on that."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .call import Call
from .guest_page import GuestPage, OpenPage
from .namespace import NamespaceUnavailable, NetworkNamespace
from .peers import ChromiumPeer
from .servers import EmbeddedServer, LivekitServer, SecureServer, Server
from .sound_call import SoundCall


@pytest.fixture(scope="session")
def namespace() -> Iterator[NetworkNamespace]:
    """A host of our own, gone afterwards."""
    try:
        with NetworkNamespace() as made:
            yield made
    except NamespaceUnavailable as why:
        pytest.skip(str(why))


def _make(name: str, namespace: NetworkNamespace, folder: Path) -> Server:
    if name == "embedded":
        return EmbeddedServer(namespace, folder)
    if LivekitServer.program() is None:
        pytest.skip("this machine lacks livekit-server (CELLCALL_LIVEKIT_SERVER)")
    return LivekitServer(namespace, folder)


@pytest.fixture(scope="module", params=["embedded", "livekit"])
def server(
    request: pytest.FixtureRequest,
    namespace: NetworkNamespace,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Each of the two servers, running."""
    made = _make(request.param, namespace, tmp_path_factory.mktemp(request.param))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def secure(
    namespace: NetworkNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureServer]:
    """The embedded server over TLS."""
    if lacks := ChromiumPeer.lacks():
        pytest.skip(f"this machine lacks {lacks}")
    server = SecureServer(namespace, tmp_path_factory.mktemp("secure"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(server.certificate))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def embedded_server(namespace: NetworkNamespace, tmp_path: Path) -> Iterator[Server]:
    """The embedded server, running; the test may stop and start it."""
    made = _make("embedded", namespace, tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def call(
    request: pytest.FixtureRequest,
    namespace: NetworkNamespace,
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Call]:
    """A room for this module's tests on each server."""
    room = request.module.__name__.rpartition("_")[2]
    made = Call(namespace, server, room, tmp_path_factory.mktemp(room))
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module", params=["embedded", "livekit"])
def sound_call(
    request: pytest.FixtureRequest,
    namespace: NetworkNamespace,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SoundCall]:
    """A call of sound alone on each server, in which everybody is heard."""
    if lacks := ChromiumPeer.lacks():
        pytest.skip(f"this machine lacks {lacks}")
    folder = tmp_path_factory.mktemp(f"sound-{request.param}")
    server = _make(request.param, namespace.first(), folder)
    if isinstance(server, LivekitServer):
        server.ice_lite = True
    with contextlib.ExitStack() as ending:
        ending.callback(server.stop)
        server.start()
        made = SoundCall(namespace.first(), server, folder)
        ending.callback(made.end)
        made.wait_until_all_are_heard()
        yield made


@pytest.fixture
def open_page(namespace: NetworkNamespace, tmp_path: Path) -> Iterator[OpenPage]:
    """Opens join links in browsers, and closes those."""
    if lacks := ChromiumPeer.lacks():
        pytest.skip(f"this machine lacks {lacks}")
    pages: list[GuestPage] = []

    def open_link(link: str, **options: Any) -> GuestPage:
        name = f"page-{len(pages)}"
        pages.append(GuestPage.open(namespace, link, tmp_path, name=name, **options))
        return pages[-1]

    yield open_link
    for page in pages:
        page.close()
