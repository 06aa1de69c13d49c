"""People of sound alone, made of the Rust SDK (PyPI `livekit`), many in one process; a script.

Its argument is `{"url": ..., "people": [...]}` as JSON, made by `tests.interop.voices`. Standard
output has one JSON object a line: `{"event": "published" | "offered" | "muted", "identity": ...}`.
Standard input takes `{"op": "mute", "identity": ..., "muted": ...}`; its end ends everything.
What is heard goes into files of interleaved 16-bit samples, stereo at 48 kHz.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import numpy as np
from livekit import rtc

RATE: Final = 48_000
_BLOCK: Final = RATE // 50


def emit(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


class Person:
    def __init__(self, told: dict[str, Any]):
        self.identity: str = told["identity"]
        self.token: str = told["token"]
        self.voice: dict[str, Any] | None = told["voice"]
        self.hears: dict[str, str] = told["hears"]
        self.room = rtc.Room()
        self.tasks: set[asyncio.Task[None]] = set()
        self.microphone: rtc.LocalAudioTrack | None = None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def join(self, url: str) -> None:
        room = self.room

        @room.on("track_published")
        def _(publication: rtc.RemoteTrackPublication, person: rtc.RemoteParticipant) -> None:
            self.want(publication, person)

        @room.on("track_subscribed")
        def _(track: rtc.Track, _publication: object, person: rtc.RemoteParticipant) -> None:
            self.start(self.record(track, Path(self.hears[person.identity])))

        await room.connect(url, self.token, rtc.RoomOptions(auto_subscribe=False))
        for person in room.remote_participants.values():
            for publication in person.track_publications.values():
                self.want(publication, person)
        if self.voice is not None:
            await self.speak(self.voice)

    def want(self, publication: rtc.RemoteTrackPublication, person: rtc.RemoteParticipant) -> None:
        if self.hears:
            emit("offered", identity=person.identity, mime=publication.mime_type)
        if person.identity in self.hears and publication.kind == rtc.TrackKind.KIND_AUDIO:
            publication.set_subscribed(True)

    async def record(self, track: rtc.Track, path: Path) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=2, frame_size_ms=50)
        with path.open("ab", buffering=0) as file:
            async for event in stream:
                file.write(bytes(event.frame.data))

    async def speak(self, voice: dict[str, Any]) -> None:
        channels = 2 if voice["stereo"] else 1
        source = rtc.AudioSource(RATE, channels)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        self.microphone = track
        self.start(self.push(source, voice, channels))
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=voice["dtx"], red=voice["red"]
        )
        await self.room.local_participant.publish_track(track, options)
        emit("published", identity=self.identity)

    async def push(self, source: rtc.AudioSource, voice: dict[str, Any], channels: int) -> None:
        at = np.arange(_BLOCK)
        while True:
            sound = np.zeros((_BLOCK, channels))
            if self.talks_at(voice, int(at[0]) / RATE):
                for tone in voice["tones"]:
                    sine = np.sin(2 * np.pi * tone["hz"] / RATE * at) * tone["level"]
                    for channel in range(channels):
                        if tone["channel"] in (None, channel):
                            sound[:, channel] += sine
            data = (sound * 32767).astype("<i2").tobytes()
            await source.capture_frame(rtc.AudioFrame(data, RATE, channels, _BLOCK))
            at = at + _BLOCK

    @staticmethod
    def talks_at(voice: dict[str, Any], second: float) -> bool:
        period_s = voice["talk_s"] + voice["pause_s"]
        return not voice["pause_s"] or second % period_s < voice["talk_s"]

    def mute(self, *, muted: bool) -> None:
        assert self.microphone is not None
        if muted:
            self.microphone.mute()
        else:
            self.microphone.unmute()
        emit("muted", identity=self.identity, muted=muted)

    async def leave(self) -> None:
        for task in list(self.tasks):
            task.cancel()
        await self.room.disconnect()


async def main() -> None:
    told = json.loads(sys.argv[1])
    people = {one["identity"]: Person(one) for one in told["people"]}
    await asyncio.gather(*(person.join(told["url"]) for person in people.values()))
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        people[command["identity"]].mute(muted=command["muted"])
    await asyncio.gather(*(person.leave() for person in people.values()))


if __name__ == "__main__":
    asyncio.run(main())
