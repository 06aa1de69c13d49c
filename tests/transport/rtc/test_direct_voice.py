"""Voice packets on their short way, between two real peer connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection

from tui.domain.media import AudioPacket
from tui.transport.rtc import aiortc_private, sender_private
from tui.transport.rtc.direct_voice import DirectVoices
from tui.transport.rtc.peer import settle
from tui.transport.rtc.peer_lifetime import PeerLifetime


class Said(MediaStreamTrack):
    """A track of packets that the test puts in."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[AudioPacket] = asyncio.Queue()
        self.count = 0

    def say(self, data: bytes, dbov: int = -30) -> None:
        self._packets.put_nowait(AudioPacket(data, 960 * self.count, level_dbov=dbov))
        self.count += 1

    async def next_packet(self) -> AudioPacket:
        return await self._packets.get()

    async def recv(self) -> Any:
        raise AssertionError("aiortc encodes nothing here")

    def redundant(self, data: bytes, timestamp: int, payload_type: int) -> bytes:
        raise AssertionError("RED was not negotiated")


@dataclass
class Call:
    said: Said
    receiver: Any
    voices: DirectVoices
    receiving: RTCPeerConnection
    heard: list[tuple[bytes, int, int, int]] = field(default_factory=list)
    long_way: list[bytes] = field(default_factory=list)
    """Voice packets that aiortc took."""

    async def until_heard(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)

    def protocol(self) -> Any:
        """Of the socket that is used."""
        (connection,) = aiortc_private.ice_connections(self.receiving)
        return connection._nominated[1].protocol


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    sending, receiving = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    lives = [PeerLifetime(pc, gather_timeout_s=0.1, loopback=True) for pc in (sending, receiving)]
    said = Said()
    sender_private.send_packets_with_level(
        sending.addTransceiver(said, direction="sendonly").sender, said
    )
    async with contextlib.AsyncExitStack() as stack:
        for life in lives:
            stack.push_async_callback(life.close)
        await lives[0].set_local(await sending.createOffer())
        await lives[1].set_remote(sending.localDescription)
        (transceiver,) = receiving.getTransceivers()
        voices = DirectVoices(receiving)
        made = Call(said, transceiver.receiver, voices, receiving)
        voices.tap(
            transceiver.receiver,
            lambda data, timestamp, sequence, dbov, _after: made.heard.append(
                (data, timestamp, sequence, dbov)
            ),
        )
        await lives[1].set_local(await receiving.createAnswer())
        await lives[0].set_remote(receiving.localDescription)
        await asyncio.gather(settle(sending), settle(receiving))
        for protocol in aiortc_private.datagram_protocols(receiving):
            note_voice(protocol, made.long_way)
        voices.begin()
        yield made


def note_voice(protocol: Any, noted: list[bytes]) -> None:
    """Note which RTP packets a protocol gets."""
    take = protocol.datagram_received

    def datagram_received(data: bytes, address: tuple[Any, ...]) -> None:
        if len(data) > 12 and 0x80 <= data[0] < 0xC0 and not 64 <= data[1] & 0x7F <= 95:
            noted.append(data)
        take(data, address)

    protocol.datagram_received = datagram_received


async def test_only_the_first_packets_of_a_stream_go_the_long_way(call: Call) -> None:
    call.said.say(b"first", -17)
    await call.until_heard(1)
    assert len(call.long_way) == 1
    for number in range(20):
        call.said.say(b"%d" % number, -number)
    await call.until_heard(21)
    assert len(call.long_way) == 1
    data, timestamps, sequences, levels = zip(*call.heard, strict=True)
    assert data == (b"first", *(b"%d" % number for number in range(20)))
    assert levels == (-17, *(-number for number in range(20)))
    assert [(one - timestamps[0]) & 0xFFFFFFFF for one in timestamps] == [
        960 * number for number in range(21)
    ]
    assert [(one - sequences[0]) & 0xFFFF for one in sequences] == [*range(21)]
    # Receiver reports are made of this: none may be missing in it.
    ((packets, lost, _),) = aiortc_private.receiver_streams(call.receiver).values()
    assert (packets, lost) == (21, 0)


async def test_after_a_negotiation_a_stream_is_known_anew(call: Call) -> None:
    call.said.say(b"before")
    await call.until_heard(1)
    call.voices.begin()  # which comes after every negotiation
    call.voices.forget()
    call.said.say(b"after")
    await call.until_heard(2)
    assert len(call.long_way) == 2
    call.said.say(b"and on")
    await call.until_heard(3)
    assert len(call.long_way) == 2
    assert [data for data, *_ in call.heard] == [b"before", b"after", b"and on"]


async def test_what_is_not_genuine_is_dropped_and_what_follows_is_heard(call: Call) -> None:
    call.said.say(b"genuine")
    await call.until_heard(1)
    (packet,) = call.long_way
    take = call.protocol().datagram_received
    address = ("127.0.0.1", 9)
    for forged in (
        packet,  # played again
        packet[:-1] + bytes([packet[-1] ^ 1]),
        packet[:13],
        packet[:12],
        b"\x80",
        b"",
        bytes([0xBF]) + packet[1:],
    ):
        take(forged, address)
    call.said.say(b"goes on")
    await call.until_heard(2)
    assert [data for data, *_ in call.heard] == [b"genuine", b"goes on"]


async def test_padding_alone_is_counted_and_not_heard(call: Call) -> None:
    call.said.say(b"sound")
    await call.until_heard(1)
    call.said.say(b"")
    call.said.say(b"more")
    await call.until_heard(2)
    assert [data for data, *_ in call.heard] == [b"sound", b"more"]
    ((packets, *_),) = aiortc_private.receiver_streams(call.receiver).values()
    assert packets == 3
