"""Every socket of a peer connection is closed, wherever its making was cut off."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Coroutine
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tui.transport.rtc.aiortc_private import datagram_protocols, ice_connections
from tui.transport.rtc.peer import Peer, PeerFailed, make_peer, settle
from tui.transport.rtc.peer_lifetime import PeerLifetime


@pytest.fixture
async def sockets(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.BaseTransport]:
    """All UDP sockets made in the test."""
    loop = asyncio.get_running_loop()
    make = loop.create_datagram_endpoint
    made: list[asyncio.BaseTransport] = []

    async def create(factory: Any, **options: Any) -> Any:
        # As asyncio has it: the socket is there before the first wait.
        transport, protocol = await make(factory, **options)
        made.append(transport)
        await asyncio.sleep(0)
        return transport, protocol

    monkeypatch.setattr(loop, "create_datagram_endpoint", create)
    return made


def lifetime(pc: RTCPeerConnection, *, loopback: bool = True) -> PeerLifetime:
    return PeerLifetime(pc, gather_timeout_s=0.1, loopback=loopback)


@pytest.mark.parametrize("loopback", [True, False])
async def test_loopback_is_offered_only_where_asked(*, loopback: bool) -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.createDataChannel("x")
    life = lifetime(pc, loopback=loopback)
    await life.set_local(await pc.createOffer())
    assert (" 127.0.0.1 " in pc.localDescription.sdp) is loopback
    await life.close()


async def answer_to(pc: RTCPeerConnection) -> RTCSessionDescription:
    """The answer of somebody who is gone again."""
    other = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    await other.setRemoteDescription(pc.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    answer = other.localDescription
    await other.close()
    return answer


async def cut_off(work: Coroutine[Any, Any, None], turns: int) -> bool:
    """Cancel `work` after so many turns of the loop; False when it was done by then."""
    task = asyncio.ensure_future(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    cancelled = task.cancel()
    await asyncio.wait({task})
    return cancelled


@pytest.mark.parametrize("part", ["offer", "answer"])
async def test_no_socket_is_left_wherever_negotiating_is_cut_off(
    sockets: list[asyncio.BaseTransport], part: str
) -> None:
    turns, cut = 1, True
    while cut:
        # As ours: the answer makes aiortc bundle a second ICE agent into the first, and close it.
        pc = make_peer([], for_receiving=False)
        pc.createDataChannel("x")
        pc.addTransceiver("audio", direction="sendonly")
        life = lifetime(pc)
        offer = await pc.createOffer()
        if part == "offer":
            cut = await cut_off(life.set_local(offer), turns)
        else:
            await life.set_local(offer)
            cut = await cut_off(life.set_remote(await answer_to(pc)), turns)
        await life.close()
        assert all(one.is_closing() for one in sockets), f"cut off after {turns} turns"
        sockets.clear()
        turns += 1
    assert turns > 3


async def test_no_socket_is_left_when_closing_is_given_up(
    sockets: list[asyncio.BaseTransport],
) -> None:
    pc = make_peer([], for_receiving=False)
    pc.createDataChannel("x")
    life = lifetime(pc)
    offering = asyncio.ensure_future(life.set_local(await pc.createOffer()))
    while not sockets:
        await asyncio.sleep(0)
    assert not await cut_off(life.close(), 1) or not offering.done()
    life.drop()
    await offering
    await asyncio.sleep(0)  # what is done when it is done
    assert len(sockets) > 1
    assert all(one.is_closing() for one in sockets)
    await life.close()


async def connect(pcs: list[RTCPeerConnection], lives: list[PeerLifetime]) -> None:
    await lives[0].set_local(await pcs[0].createOffer())
    await lives[1].set_remote(pcs[0].localDescription)
    await lives[1].set_local(await pcs[1].createAnswer())
    await lives[0].set_remote(pcs[1].localDescription)
    await asyncio.gather(*(settle(pc) for pc in pcs))


async def connected() -> tuple[list[RTCPeerConnection], list[PeerLifetime]]:
    """Two that are, with a data channel."""
    pcs = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2)]
    lives = [lifetime(pc) for pc in pcs]
    pcs[0].createDataChannel("x")
    await connect(pcs, lives)
    return pcs, lives


@pytest.fixture
async def unheard() -> list[object]:
    """What fails in tasks that nobody waits for."""
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: failed.append(context.get("exception") or context["message"])
    )
    return failed


@pytest.mark.parametrize("turns", [1, 2, 3])
async def test_nothing_fails_unheard_when_closing_is_cut_off_while_the_other_side_closes(
    turns: int, unheard: list[object]
) -> None:
    pcs, lives = await connected()
    leaving = asyncio.ensure_future(lives[1].close())
    async with asyncio.timeout(20):
        # aiortc closes by itself from here on; whoever waits for that must not end it by half.
        while pcs[0].signalingState != "closed":
            await asyncio.sleep(0)
        assert await cut_off(lives[0].close(), turns)
        await leaving
        await lives[0].close()
    gc.collect()
    assert unheard == []
    assert pcs[0].connectionState == "closed"
    assert all(one.transport.is_closing() for pc in pcs for one in datagram_protocols(pc))


async def test_nothing_fails_unheard_when_the_sockets_are_let_go_of(unheard: list[object]) -> None:
    """Who asks whether the other side still listens does so over sockets that are gone."""
    pcs, lives = await connected()
    (agent,) = ice_connections(pcs[0])
    asking = agent._query_consent_task
    lives[0].drop()
    async with asyncio.timeout(20):
        await asyncio.wait({asking})
        await lives[1].close()
        await lives[0].close()
    assert asking.cancelled() or asking.exception() is None
    del asking
    gc.collect()
    assert unheard == []


async def test_a_peer_that_is_closed_while_it_answers_has_failed() -> None:
    peer = Peer([], for_receiving=True, loopback=True)
    await peer.close()
    with pytest.raises(PeerFailed, match="closed meanwhile"):
        await peer.answer()


async def test_an_empty_datagram_from_anybody_ends_no_connection() -> None:
    pcs = [RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2)]
    lives = [lifetime(pc) for pc in pcs]
    try:
        channel = pcs[0].createDataChannel("x")
        heard: asyncio.Queue[object] = asyncio.Queue()
        pcs[1].on("datachannel", lambda other: other.on("message", heard.put_nowait))
        await connect(pcs, lives)
        for pc in pcs:
            (connection,) = ice_connections(pc)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                port = connection._nominated[1].protocol.transport.get_extra_info("sockname")[1]
                host = connection._nominated[1].local_addr[0]
                for garbage in (b"", b"\x80", b"\x17", b"\0" * 20, b""):
                    stranger.sendto(garbage, (host, port))
        opened = asyncio.Event()
        channel.on("open", opened.set)
        async with asyncio.timeout(20):
            if channel.readyState != "open":
                await opened.wait()
            channel.send("still here")
            assert await heard.get() == "still here"
        assert [pc.connectionState for pc in pcs] == ["connected", "connected"]
    finally:
        for life in lives:
            await life.close()
