"""Server load: how much of one core N participants cost. `python -m tests.bench.sfu --json`.

Everybody sends 500 kbit/s of video (60 packets a second, VP8 headers, random contents) and opus
(50 packets a second) and receives everybody else. The server runs in a child process; its CPU time
comes from /proc. The load generator counts SRTP packets without decoding them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import random
import socket
import struct
import sys
import time
from typing import Any
from urllib.request import urlopen

import aioice.ice
from aiortc import RTCDtlsTransport
from livekit.protocol import models as m
from livekit.protocol import rtc
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.server.lk_client import LkClient, until
from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.http.web import WebServer
from tui.server.limits import Limits
from tui.server.media import MediaServer

ACCESS = JwtAccess({"bench": "secret-secret-secret-secret-secret"})
SLOT_S = 0.02
VIDEO_PACKETS_PER_FRAME = 4
FRAMES_PER_SECOND = 15
VIDEO_BYTES, AUDIO_BYTES = 1030, 80
_received = {"packets": 0}


def serve(listener: socket.socket) -> None:
    """The child process: a media server and its counters."""
    asyncio.run(_serve(listener))


async def _serve(listener: socket.socket) -> None:
    media = MediaServer(ACCESS)
    await media.start("127.0.0.1")

    async def counters(request: Request) -> JSONResponse:
        return JSONResponse(media.counters())

    app = Starlette(routes=[*media.routes(), Route("/counters", counters)])
    await WebServer(app, Limits(), media.tally).start(listener)
    await asyncio.Event().wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sender(LkClient):
    """A participant that sends made-up packets and only counts what it gets."""

    async def announce_and_connect(self, url: str, token: str) -> None:
        await self.connect(url, token)
        self.transceivers = {}
        for kind in ("audio", "video"):
            transceiver = self.pub.addTransceiver(kind, direction="sendonly")
            cid = transceiver.sender._track_id
            wanted = self._published[cid] = asyncio.get_running_loop().create_future()
            track_type = m.AUDIO if kind == "audio" else m.VIDEO
            await self.send(add_track=rtc.AddTrackRequest(cid=cid, name=kind, type=track_type))
            await asyncio.wait_for(wanted, 10)
            self.transceivers[kind] = transceiver
        await self.negotiate()
        await self.active()

    async def send_until(self, stop: float) -> None:
        audio, video = self.transceivers["audio"], self.transceivers["video"]
        dtls = video.sender.transport
        audio_type, video_type = (t._codecs[0].payloadType for t in (audio, video))
        audio_number, video_number = random.getrandbits(15), random.getrandbits(15)
        picture, sound = os.urandom(VIDEO_BYTES), os.urandom(AUDIO_BYTES)
        began = time.monotonic() + random.random() * SLOT_S
        slot = frame = 0
        while time.monotonic() < stop:
            await asyncio.sleep(max(0.0, began + slot * SLOT_S - time.monotonic()))
            audio_number = (audio_number + 1) & 0xFFFF
            head = struct.pack(
                "!BBHII", 0x80, audio_type, audio_number, slot * 960, audio.sender._ssrc
            )
            await dtls._send_rtp(head + sound)
            if slot * SLOT_S * FRAMES_PER_SECOND >= frame:
                for index in range(VIDEO_PACKETS_PER_FRAME):
                    first, last = index == 0, index == VIDEO_PACKETS_PER_FRAME - 1
                    video_number = (video_number + 1) & 0xFFFF
                    head = struct.pack(
                        "!BBHII",
                        0x80,
                        video_type | (0x80 if last else 0),
                        video_number,
                        frame * 90_000 // FRAMES_PER_SECOND,
                        video.sender._ssrc,
                    )
                    key = first and frame % 30 == 0
                    descriptor = struct.pack(
                        "!BBHB", 0x90 if first else 0x80, 0x80, 0x8000 | frame & 0x7FFF, not key
                    )
                    await dtls._send_rtp(head + descriptor + picture)
                frame += 1
            slot += 1


async def measure(participants: int, seconds: float) -> dict[str, float]:
    """One run with a server of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    child = multiprocessing.get_context("fork").Process(target=serve, args=(listener,))
    child.start()
    listener.close()
    senders = [Sender() for _ in range(participants)]
    try:
        await until(lambda: _answers(port), what="server")
        for index, sender in enumerate(senders):
            token = issued(ACCESS, f"p{index}", "bench")
            await sender.announce_and_connect(f"ws://127.0.0.1:{port}", token)
        sending = asyncio.gather(
            *(sender.send_until(time.monotonic() + seconds + 2) for sender in senders)
        )
        await asyncio.sleep(1.5)
        assert child.pid is not None
        before = await _sample(port), cpu_seconds(child.pid), time.monotonic(), dict(_received)
        await asyncio.sleep(seconds)
        after = await _sample(port), cpu_seconds(child.pid), time.monotonic(), dict(_received)
        await sending
    finally:
        await asyncio.gather(*(sender.close() for sender in senders))
        child.terminate()
        child.join(5)
        if child.is_alive():
            child.kill()
    elapsed = after[2] - before[2]
    sent = after[0]["rtp_out"] - before[0]["rtp_out"]
    received = after[3]["packets"] - before[3]["packets"]
    return {
        "cpu_percent": round((after[1] - before[1]) / elapsed * 100, 1),
        "packets_in_s": round((after[0]["rtp_in"] - before[0]["rtp_in"]) / elapsed),
        "packets_out_s": round(sent / elapsed),
        "received_ratio": round(received / sent, 3) if sent else 0.0,
    }


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
            return bool(answer.read() == b"OK")
    except OSError:
        return False


async def _sample(port: int) -> dict[str, Any]:
    def fetch() -> dict[str, Any]:
        with urlopen(f"http://127.0.0.1:{port}/counters", timeout=5) as answer:
            counters: dict[str, Any] = json.load(answer)
        return counters

    return await asyncio.to_thread(fetch)


@contextlib.contextmanager
def _counting() -> Any:
    """Count RTP instead of handing it to receivers, and use loopback."""

    async def count(self: RTCDtlsTransport, data: bytes, arrival_time_ms: int) -> None:
        _received["packets"] += 1

    handle, addresses = RTCDtlsTransport._handle_rtp_data, aioice.ice.get_host_addresses
    RTCDtlsTransport._handle_rtp_data = count  # type: ignore[method-assign]
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    try:
        yield
    finally:
        RTCDtlsTransport._handle_rtp_data = handle  # type: ignore[method-assign]
        aioice.ice.get_host_addresses = addresses


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--participants", type=int, nargs="+", default=[2, 4, 8])
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    results: dict[str, dict[str, float]] = {}
    with _counting():
        for participants in options.participants:
            results[str(participants)] = asyncio.run(measure(participants, options.seconds))
            if not options.json:
                print(participants, results[str(participants)], flush=True)
    if options.json:
        print(json.dumps({"participants": results}))


if __name__ == "__main__":
    main()
