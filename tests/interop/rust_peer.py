"""A participant made of the Rust SDK (PyPI `livekit`): publishes, reports, obeys; run as a script.

Standard output has one JSON object a line: `{"event": "connected" | "report" | "chat" | "caption" |
"left" | "state" ...}`. Standard input takes `{"op": "say" | "caption" | "attributes" | "mute" |
"share" | "unshare" | "quit" ...}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Coroutine
from typing import Any

import numpy as np
from livekit import rtc

FPS = 15
RATE = 48_000
SIZE = (320, 240)


def emit(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


class Received:
    """What came from one participant since the last report."""

    def __init__(self) -> None:
        self.frames = 0
        self.rgb: list[int] | None = None
        self.width = self.height = 0
        self.sound: list[np.ndarray] = []

    def report(self) -> dict[str, Any]:
        sound = np.concatenate(self.sound) if self.sound else np.zeros(0)
        self.sound = []
        hz, dbfs = None, None
        if len(sound) >= RATE // 10:
            dbfs = 20 * float(np.log10(max(np.sqrt(np.mean(sound**2)), 1e-6)))
            spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
            hz = float(np.argmax(spectrum)) * RATE / len(sound)
        return {
            "frames": self.frames,
            "rgb": self.rgb,
            "width": self.width,
            "height": self.height,
            "hz": hz,
            "dbfs": dbfs,
        }


class Peer:
    def __init__(self, arguments: argparse.Namespace):
        self.colour = tuple(bytes.fromhex(arguments.colour))
        self.tone_hz: float = arguments.tone
        self.key: str = arguments.key
        self.room = rtc.Room()  # keeps the running loop, so there must be one already
        self.received: dict[str, Received] = {}
        self.screens: dict[str, Received] = {}
        """What is shared now, by who shares it."""
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def of(self, identity: str) -> Received:
        return self.received.setdefault(identity, Received())

    async def watch_video(self, track: rtc.Track, mine: Received) -> None:
        async for event in rtc.VideoStream(track, format=rtc.VideoBufferType.RGB24):
            frame = event.frame
            mine.frames += 1
            mine.width, mine.height = frame.width, frame.height
            if mine.frames % 5 == 1:
                pixels = np.frombuffer(frame.data, np.uint8).reshape(-1, 3)
                mine.rgb = np.median(pixels[::7], 0).astype(int).tolist()

    async def watch_audio(self, track: rtc.Track, identity: str) -> None:
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            samples = np.frombuffer(event.frame.data, np.int16) / 32768
            mine = self.of(identity)
            mine.sound = [*mine.sound[-99:], samples]

    async def push_video(self, source: rtc.VideoSource, colour: tuple[int, ...]) -> None:
        width, height, count = *SIZE, 0
        while True:
            picture = np.empty((height, width, 4), np.uint8)
            picture[:] = (*colour, 255)
            x = count * 4 % (width - 16)
            picture[:, x : x + 16, :3] = 255
            source.capture_frame(
                rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, picture.tobytes())
            )
            count += 1
            await asyncio.sleep(1 / FPS)

    async def push_audio(self, source: rtc.AudioSource, tone_hz: float) -> None:
        block, count = RATE // 100, 0
        while True:
            turns = (np.arange(block) + count) * tone_hz / RATE
            samples = (np.sin(2 * np.pi * turns) * 8000).astype(np.int16)
            count += block
            await source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, block))

    def listen(self) -> None:
        room = self.room

        @room.on("track_subscribed")
        def _(
            track: rtc.Track,
            publication: rtc.RemoteTrackPublication,
            person: rtc.RemoteParticipant,
        ) -> None:
            if publication.source == rtc.TrackSource.SOURCE_SCREENSHARE:
                mine = self.screens[person.identity] = Received()
                self.start(self.watch_video(track, mine))
            elif track.kind == rtc.TrackKind.KIND_VIDEO:
                self.start(self.watch_video(track, self.of(person.identity)))
            else:
                self.start(self.watch_audio(track, person.identity))

        @room.on("track_unpublished")
        def _(publication: rtc.RemoteTrackPublication, person: rtc.RemoteParticipant) -> None:
            if publication.source == rtc.TrackSource.SOURCE_SCREENSHARE:
                self.screens.pop(person.identity, None)

        @room.on("participant_disconnected")
        def _(person: rtc.RemoteParticipant) -> None:
            emit("left", identity=person.identity)

        @room.on("connection_state_changed")
        def _(state: int) -> None:
            emit("state", state=rtc.ConnectionState.Name(state), at=time.time())

        def text(reader: rtc.TextStreamReader, identity: str) -> None:
            async def read() -> None:
                emit("chat", identity=identity, text=await reader.read_all())

            self.start(read())

        def caption(reader: rtc.TextStreamReader, identity: str) -> None:
            async def read() -> None:
                said = dict(reader.info.attributes or {})
                emit("caption", identity=identity, text=await reader.read_all(), said=said)

            self.start(read())

        @room.on("data_received")
        def _(packet: rtc.DataPacket) -> None:
            if packet.topic == "cellcall.terminal":
                emit("rows", message=packet.data.decode(), at=time.time())

        room.register_text_stream_handler("lk.chat", text)
        room.register_text_stream_handler("lk.transcription", caption)

    async def caption(self, words: list[str], segment: str, track: str) -> None:
        """Word by word into one stream, as an agent speaks; guesses before that, as one listens."""
        local, topic = self.room.local_participant, "lk.transcription"
        said = {"lk.segment_id": segment, **({"lk.transcribed_track_id": track} if track else {})}
        guess = {**said, "lk.transcription_final": "false"}
        await local.send_text("he low", topic=topic, attributes=guess)
        final = {**said, "lk.transcription_final": "true"}
        writer = await local.stream_text(topic=topic, attributes=final)
        for word in words:
            await writer.write(word)
        await writer.aclose()

    async def share(self, colour: tuple[int, ...], tone_hz: float) -> None:
        """Publish a screen and its sound."""
        pictures, sound = rtc.VideoSource(*SIZE), rtc.AudioSource(RATE, 1)
        self.start(self.push_video(pictures, colour))
        self.start(self.push_audio(sound, tone_hz))
        for track, source in (
            (
                rtc.LocalVideoTrack.create_video_track("screen", pictures),
                rtc.TrackSource.SOURCE_SCREENSHARE,
            ),
            (
                rtc.LocalAudioTrack.create_audio_track("screen sound", sound),
                rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO,
            ),
        ):
            options = rtc.TrackPublishOptions(source=source, simulcast=False)
            await self.room.local_participant.publish_track(track, options)

    async def unshare(self) -> None:
        """End what `share` began; what it pushes goes nowhere."""
        shared = (
            rtc.TrackSource.SOURCE_SCREENSHARE,
            rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO,
        )
        local = self.room.local_participant
        for sid, publication in list(local.track_publications.items()):
            if publication.source in shared:
                await local.unpublish_track(sid)

    async def report(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            people: dict[str, Any] = {}
            for identity, person in self.room.remote_participants.items():
                people[identity] = {
                    **self.of(identity).report(),
                    "screen": screen.report() if (screen := self.screens.get(identity)) else None,
                    "attributes": dict(person.attributes),
                    "muted": {
                        rtc.TrackSource.Name(track.source): track.muted
                        for track in person.track_publications.values()
                    },
                }
            emit("report", at=time.time(), people=people)

    async def obey(self, microphone: rtc.LocalAudioTrack) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        while line := await reader.readline():
            command = json.loads(line)
            local = self.room.local_participant
            match command.pop("op"):
                case "say":
                    await local.send_text(command["text"], topic="lk.chat")
                case "caption":
                    others = self.room.remote_participants.values()
                    tracks = [
                        sid
                        for person in others
                        for sid, track in person.track_publications.items()
                        if track.source == rtc.TrackSource.SOURCE_MICROPHONE
                        and person.identity == command["of"]
                    ]
                    await self.caption(command["words"], command["segment"], "".join(tracks))
                case "older caption":
                    words = rtc.TranscriptionSegment(
                        id="SG_9", text=command["text"], start_time=0, end_time=1,
                        language="en", final=True,
                    )  # fmt: skip
                    await local.publish_transcription(
                        rtc.Transcription(
                            participant_identity=local.identity, track_sid="", segments=[words]
                        )
                    )
                case "attributes":
                    await local.set_attributes(command["values"])
                case "mute":
                    if command["muted"]:
                        microphone.mute()
                    else:
                        microphone.unmute()
                case "ask for rows":
                    await local.publish_data(b"1 ask", topic="cellcall.terminal")
                case "share":
                    colour = tuple(bytes.fromhex(command["colour"]))
                    await self.share(colour, command["tone"])
                case "unshare":
                    await self.unshare()
                case "quit":
                    return

    async def run(self, url: str, token: str) -> None:
        self.listen()
        options = rtc.RoomOptions(auto_subscribe=True)
        if self.key:
            provider = rtc.KeyProviderOptions(shared_key=self.key.encode())
            options.encryption = rtc.E2EEOptions(key_provider_options=provider)
        await self.room.connect(url, token, options)
        emit("connected", others=list(self.room.remote_participants))
        pictures, sound = rtc.VideoSource(*SIZE), rtc.AudioSource(RATE, 1)
        microphone = rtc.LocalAudioTrack.create_audio_track("microphone", sound)
        publish = self.room.local_participant.publish_track
        for work in (
            self.push_video(pictures, self.colour),
            self.push_audio(sound, self.tone_hz),
        ):
            self.start(work)
        await publish(
            rtc.LocalVideoTrack.create_video_track("camera", pictures),
            rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False),
        )
        await publish(microphone, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        emit("published")
        self.start(self.report())
        await self.obey(microphone)
        for task in list(self.tasks):
            task.cancel()
        await self.room.disconnect()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--colour", required=True, help="RRGGBB")
    parser.add_argument("--tone", type=float, required=True, help="Hz")
    parser.add_argument("--key", default="", help="encrypt with this passphrase")
    arguments = parser.parse_args()
    await Peer(arguments).run(arguments.url, arguments.token)


if __name__ == "__main__":
    asyncio.run(main())
