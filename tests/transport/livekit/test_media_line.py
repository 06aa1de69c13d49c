"""What is said of a line that is silent, comes back, or is dead: what is so, and when it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.transport.client import Client
from tests.transport.conftest import LIVEKIT, make_rig
from tests.transport.media import ToneSource
from tests.transport.serving import ProcessRig, Rig
from tui.domain.ids import TrackSource
from tui.ports.transport_events import (
    ChatReceived,
    MediaConnected,
    MediaMissing,
    ParticipantLeft,
    ParticipantUpdated,
    Reconnected,
    Reconnecting,
)
from tui.transport.livekit import media_line
from tui.transport.livekit.transport import LiveKitTransport
from tui.transport.rtc.aiortc_private import datagram_protocols


@pytest.fixture(params=LIVEKIT)
def own_rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rig]:
    """A running LiveKit server that the test may stop."""
    made = make_rig(request.param, tmp_path_factory)
    yield made
    made.close()


async def test_a_server_that_is_silent_for_a_while(
    own_rig: Rig, room: str, clients: list[Client]
) -> None:
    assert isinstance(own_rig, ProcessRig)
    ana, bob = await Client.join(own_rig, room, "ana"), await Client.join(own_rig, room, "bob")
    clients += [ana, bob]
    await ana.transport.publish_microphone(ToneSource(), muted=False)
    for client in clients:
        await client.ready()
    own_rig.pause()
    lost = await ana.next(Reconnecting)
    assert 2.4 <= lost.silent_s < 4.0
    chat = asyncio.create_task(ana.transport.send_chat("while it was away"))
    own_rig.resume()
    back = await ana.next(Reconnected)
    assert [other.id for other in back.joined.others] == ["bob"]
    await chat
    assert (await bob.next(ChatReceived)).text == "while it was away"
    assert not [one for one in bob.events if isinstance(one, ParticipantLeft)]


async def test_a_line_that_is_dead_while_the_server_answers(
    served: Rig, room: str, clients: list[Client]
) -> None:
    ana = await Client.join(served, room, "ana")
    clients.append(ana)
    await ana.ready()
    transport = ana.transport
    assert isinstance(transport, LiveKitTransport)
    first = transport._connection
    assert first is not None
    for protocol in datagram_protocols(first._subscriber.peer.pc):
        protocol.datagram_received = lambda _data, _address: None
    await ana.next(Reconnecting)
    await ana.next(Reconnected)
    assert transport._connection is not first
    assert len([one for one in ana.events if isinstance(one, MediaConnected)]) == 1


async def test_a_way_that_is_long_in_coming_is_said(
    served: Rig, room: str, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_line, "_SOON_S", 0.0)
    ana = await Client.join(served, room, "ana")
    clients.append(ana)
    await ana.next(MediaConnected)
    missing, found = (one for one in ana.events if isinstance(one, MediaMissing | MediaConnected))
    assert isinstance(missing, MediaMissing)
    assert missing.why == f"there is no way for sound to {served.url}; UDP may be blocked"
    assert isinstance(found, MediaConnected)


async def test_a_websocket_that_breaks_is_not_noticed_by_anybody(
    tmp_path_factory: pytest.TempPathFactory, room: str, clients: list[Client]
) -> None:
    rig = make_rig("embedded", tmp_path_factory)
    try:
        ana, bob = await Client.join(rig, room, "ana"), await Client.join(rig, room, "bob")
        clients += [ana, bob]
        await ana.transport.publish_microphone(ToneSource(), muted=False)
        for client in clients:
            await client.ready()
        await bob.media.until(lambda: len(bob.media.packets["ana"]) >= 25)
        transport = ana.transport
        assert isinstance(transport, LiveKitTransport)
        first = transport._connection
        assert first is not None
        socket = first._signalling._channel._socket
        socket.transport.abort()
        await transport.set_muted(TrackSource.MICROPHONE, muted=True)  # waits, and is not lost
        await bob.next(
            ParticipantUpdated, lambda event: any(one.muted for one in event.participant.tracks)
        )
        assert first._signalling._channel._socket is not socket
        assert transport._connection is first
        await transport.send_chat("still here")
        await bob.next(ChatReceived)
        assert not [one for one in bob.events if isinstance(one, ParticipantLeft)]
        assert not [one for one in ana.events if isinstance(one, Reconnecting)]
    finally:
        await asyncio.gather(*(client.close() for client in clients))
        clients.clear()
        rig.close()
