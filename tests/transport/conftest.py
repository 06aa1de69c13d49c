from __future__ import annotations

import asyncio
import gc
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.transport.client import Client
from tests.transport.serving import (
    EchoRig,
    EmbeddedRig,
    JitsiRig,
    LoopbackRig,
    ProsodyRig,
    RealRig,
    Rig,
    ScriptedRig,
    find_livekit_server,
)

LIVEKIT = ["embedded", pytest.param("livekit-server", marks=pytest.mark.interop)]
JITSI = ["jitsi", pytest.param("prosody", marks=pytest.mark.interop)]
SERVERS = ["echo", "loopback", *LIVEKIT, *JITSI]
EVERY = ["scripted", *SERVERS]


def make_rig(name: str, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    if name == "echo":
        return EchoRig()
    if name == "scripted":
        return ScriptedRig()
    if name == "loopback":
        return LoopbackRig()
    folder = tmp_path_factory.mktemp(name)
    if name == "embedded":
        return EmbeddedRig(folder)
    if name == "jitsi":
        return JitsiRig(folder)
    if name == "prosody":
        if shutil.which("prosody") is None:
            pytest.skip("no prosody, Debian's XMPP server")
        return ProsodyRig(folder)
    if find_livekit_server() is None:
        pytest.skip("no livekit-server: set CELLCALL_LIVEKIT_SERVER or put it on the PATH")
    return RealRig(folder)


@pytest.fixture(scope="session")
def rigs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Rig]]:
    """Running servers by name, shared by all tests; each test uses a session of its own."""
    made: dict[str, Rig] = {}

    def rig_named(name: str) -> Rig:
        if name not in made:
            made[name] = make_rig(name, tmp_path_factory)
        return made[name]

    yield rig_named
    for one in made.values():
        one.close()


@pytest.fixture(params=SERVERS)
def rig(request: pytest.FixtureRequest, rigs: Callable[[str], Rig]) -> Rig:
    """A running server or hub."""
    return rigs(request.param)


@pytest.fixture(params=EVERY)
def any_rig(request: pytest.FixtureRequest, rigs: Callable[[str], Rig]) -> Rig:
    """A running server or hub, or none but a script."""
    return rigs(request.param)


@pytest.fixture(params=LIVEKIT)
def served(request: pytest.FixtureRequest, rigs: Callable[[str], Rig]) -> Rig:
    """A running LiveKit server."""
    return rigs(request.param)


@pytest.fixture(params=EVERY)
def any_mortal_rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    """As `any_rig`, and the test may kill it."""
    made = make_rig(request.param, tmp_path_factory)
    yield made
    made.close()


@pytest.fixture(params=SERVERS)
def mortal_rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    """A running server that the test may kill."""
    made = make_rig(request.param, tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def room() -> str:
    return f"room-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def clients() -> AsyncIterator[list[Client]]:
    """Clients put in here leave at the end of the test."""
    made: list[Client] = []
    yield made
    for client in made:
        await client.close()


@pytest.fixture(autouse=True)
async def no_lost_exceptions() -> AsyncIterator[None]:
    """Fail a test after which asyncio had an exception that nobody took."""
    lost: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(
        lambda _loop, context: lost.append(f"{context['message']}: {context.get('exception')!r}")
    )
    yield
    gc.collect(1)  # a full one takes longer than most of the tests
    await asyncio.sleep(0)
    assert not lost
