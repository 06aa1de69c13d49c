"""A recorded call on the embedded server: what is in the file, and what the others are told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import av

from tests.recordings import probe, tone_hz
from tui.devices.recording.joining import join, tracks_of
from tui.domain.commands.call import Leave
from tui.domain.commands.own import StartRecording, StopRecording
from tui.domain.happenings import RecordingEnded, TheyRecord, TheyRecordNoMore
from tui.domain.snapshot import Phase
from tui.ports.handle import Handle

from .program import CELLCALL, Server, environment, until
from .test_two_headless import GREEN, RED, figures, hears_and_sees, media, participant

KEY = "correct horse battery staple"


async def heard(handle: Handle, kinds: tuple[type, ...], seen: list[object]) -> None:
    async for update in handle.updates():
        seen += [update] if isinstance(update, kinds) else []


async def test_a_recording_has_everybody_as_they_were_and_everybody_is_told(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "call.mkv"
    told: list[object] = []
    ended: list[object] = []
    async with (
        participant(server, "ana", media(RED, 440)) as ana,
        participant(server, "bo", media(GREEN, 880)) as bo,
    ):
        followers = [
            asyncio.create_task(heard(bo, (TheyRecord, TheyRecordNoMore), told)),
            asyncio.create_task(heard(ana, (RecordingEnded,), ended)),
        ]
        await hears_and_sees(ana, "bo", GREEN, 880)
        await hears_and_sees(bo, "ana", RED, 440)
        await ana.do(StartRecording(str(file)))
        began_s = asyncio.get_running_loop().time()
        await until(lambda: [one.uid for one in bo.snapshot().recorders] == ["ana"])
        assert bo.snapshot().recorded
        assert ana.snapshot().recording == str(file)
        async with participant(server, "chi", media(GREEN, 660)) as chi:
            # Who comes later is told as well.
            await until(lambda: [one.uid for one in chi.snapshot().recorders] == ["ana"])
            await hears_and_sees(ana, "chi", GREEN, 660)
            await asyncio.sleep(1.0)
            await chi.do(Leave())
        lasted_s = asyncio.get_running_loop().time() - began_s
        await ana.do(StopRecording())
        await until(lambda: not bo.snapshot().recorders and not bo.snapshot().recorded)
        await until(lambda: len(told) == 2 and bool(ended))
        for task in followers:
            task.cancel()
    assert [type(one) for one in told] == [TheyRecord, TheyRecordNoMore]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not tracks_of(file).exists()

    tracks = probe(file)
    assert sorted((one.kind, one.title) for one in tracks) == [
        ("audio", "ana"),
        ("audio", "bo"),
        ("audio", "chi"),
        ("video", "ana"),
        ("video", "bo"),
        ("video", "chi"),
    ]
    for one in tracks:
        if one.title != "chi":
            assert one.begins_s < 0.7, one
            assert abs(one.ends_s - lasted_s) < 0.7, one
        elif one.kind == "audio":
            assert one.ends_s - one.begins_s > 1.0
        if one.kind == "video":
            assert one.first_is_key
    for title, hz in (("ana", 440), ("bo", 880), ("chi", 660)):
        assert abs(tone_hz(file, title) - hz) < 6


async def test_a_sealed_call_is_recorded_opened_and_a_reconnect_is_one_track(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "sealed.mkv"
    async with (
        participant(server, "ana", media(RED, 440), key=KEY) as ana,
        participant(server, "bo", media(GREEN, 880), key=KEY) as bo,
    ):
        await hears_and_sees(ana, "bo", GREEN, 880)
        await hears_and_sees(bo, "ana", RED, 440)
        await ana.do(StartRecording(str(file)))
        await until(lambda: len(list(tracks_of(file).glob("*.mkv"))) == 4)
        server.kill()
        await until(lambda: ana.snapshot().phase is Phase.RECONNECTING)
        await asyncio.to_thread(server.start)
        await until(lambda: ana.snapshot().phase is bo.snapshot().phase is Phase.LIVE)
        # What we said of ourselves is said again: everybody knows still.
        await until(lambda: bo.snapshot().recorders)
        seen = (await figures(ana, "bo"))["video_frames"]
        async with asyncio.timeout(15):
            while (await figures(ana, "bo"))["video_frames"] < seen + 10:
                await asyncio.sleep(0.05)
        await ana.do(StopRecording())
    tracks = {(one.kind, one.title): one for one in probe(file)}
    assert len(tracks) == 4
    assert tracks["audio", "bo"].longest_gap_s > 0.1  # while the server was away
    assert tracks["audio", "ana"].longest_gap_s < 0.1  # we were there
    for title, hz in (("ana", 440), ("bo", 880)):
        assert abs(tone_hz(file, title) - hz) < 6
    with av.open(str(file)) as opened:
        bo = next(one for one in opened.streams.video if one.metadata["title"] == "bo")
        *_, last = opened.decode(bo)
        colour = last.to_ndarray(format="rgb24").mean((0, 1))
    assert all(abs(a - b) < 16 for a, b in zip(colour, GREEN, strict=True))


async def test_a_killed_recorder_leaves_what_can_be_joined(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "call.mkv"
    async with participant(server, "bo", media(GREEN, 880)) as bo:
        arguments = ["join", "standup", "--server", server.url, "--user", "ana", "--headless"]
        arguments += ["--camera", "none", "--microphone", "test:tone=440", "--speaker", "null"]
        child = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [*CELLCALL, *arguments, "--record", str(file), "--record-video", "off"],
            env=environment(tmp_path, CELLCALL_API_KEY=server.api_key),
            stderr=subprocess.DEVNULL,
        )
        try:
            await until(lambda: bool(bo.snapshot().recorders), 60)
            grown = tracks_of(file)
            await until(lambda: _bytes(grown) > 12_000, 30)
        finally:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
    for track in tracks_of(file).glob("*.mkv"):
        assert [one.kind for one in probe(track)] == ["audio"]  # each plays by itself
    joined = join(file)
    assert joined.tracks == 2
    assert {one.title for one in probe(file)} == {"ana", "bo"}
    assert abs(tone_hz(file, "bo") - 880) < 6


def _bytes(folder: Path) -> int:
    return min((one.stat().st_size for one in folder.glob("*.mkv")), default=0)
