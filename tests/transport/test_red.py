"""Redundant audio through a server, between two of our own."""

from __future__ import annotations

import itertools

import pytest

from tests.fakes.people import voice
from tests.server.lk_client import LkClient, strongest_hertz, until
from tests.transport.client import Client
from tests.transport.media import ToneSource
from tests.transport.serving import Rig
from tui.audio import redundancy
from tui.domain.media import FRAME_SAMPLES


async def join_two(rig: Rig, room: str, clients: list[Client]) -> tuple[Client, Client]:
    for identity in ("alice", "bob"):
        clients.append(await Client.join(rig, room, identity))
        await clients[-1].ready()
    return clients[0], clients[1]


async def test_copies_come_while_packets_get_lost(
    served: Rig, room: str, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redundancy, "_LOST", -1.0)  # the first report says that nothing is lost
    monkeypatch.setattr(redundancy, "_FOUND", -1.0)
    alice, bob = await join_two(served, room, clients)
    await alice.transport.publish_microphone(ToneSource(440, level_dbov=-20), muted=False)
    heard = bob.media.packets["alice"]
    await bob.media.until(lambda: sum(bool(one.copied_after) for one in heard) >= 30)
    copies = [one for one in heard if one.copied_after]
    itself = {one.timestamp: one for one in heard if not one.copied_after}
    assert {one.copied_after for one in copies} == {2 * FRAME_SAMPLES}
    for copy in copies:
        packet = itself[copy.timestamp % 2**32]
        assert (copy.data, copy.sequence % 2**16) == (packet.data, packet.sequence)
    assert all(
        (later.sequence - earlier.sequence) % 2**16 == 1
        for earlier, later in itertools.pairwise(itself.values())
    )
    assert bob.transport.receive_stats()[voice("alice")].packets_lost == 0


async def test_who_does_not_take_them_hears_the_packets_themselves(
    served: Rig, room: str, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redundancy, "_LOST", -1.0)
    monkeypatch.setattr(redundancy, "_FOUND", -1.0)
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    alice, bob = await join_two(served, room, clients)
    plain = LkClient()  # aiortc as it is: Opus alone
    try:
        await plain.connect(served.url.replace("http", "ws", 1), served.token(room, "carol"))
        await alice.transport.publish_microphone(ToneSource(440), muted=False)
        heard = bob.media.packets["alice"]
        await bob.media.until(lambda: any(one.copied_after for one in heard))
        (received,) = plain.received.values() or [[]]
        before = len(received)
        await until(lambda: len(received) > before + 40, what="alice's sound")
        assert strongest_hertz(received[-30:]) == pytest.approx(440, abs=10)
    finally:
        await plain.close()


async def test_a_good_line_carries_no_copies(served: Rig, room: str, clients: list[Client]) -> None:
    alice, bob = await join_two(served, room, clients)
    source = ToneSource(440)
    await alice.transport.publish_microphone(source, muted=False)
    heard = bob.media.packets["alice"]
    await bob.media.until(lambda: bool(source.reported) and len(heard) >= 100)
    assert not any(one.copied_after for one in heard)
    assert {one.data for one in heard} <= set(source._packets)
