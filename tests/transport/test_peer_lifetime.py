"""Every socket of a peer connection is closed, wherever its making was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tui.transport.livekit.peer import make_peer
from tui.transport.peer_lifetime import PeerLifetime


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
