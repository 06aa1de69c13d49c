"""Recordings in files: tracks, pauses, order, what can't be written, what a crash left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

from tests.coded_pictures import LAYERS_SIZE, captured, encoded
from tests.fakes.people import camera, voice
from tests.recordings import probe
from tests.transport.media import encode_tone
from tui.devices.recording import recorder as module
from tui.devices.recording.joining import join, tracks_of
from tui.devices.recording.recorder import FileRecorder, FileRecordings
from tui.devices.recording.times import TrackTimes
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.media import AudioPacket, EncodedPicture
from tui.transport.rtc.coded import CODED


def coded(count: int, codec: str = "VP8") -> list[EncodedPicture]:
    """The first one a key picture, 15 a second."""
    return [
        EncodedPicture(data, index * 6000, CODED[codec].shape_of(data).size, codec)
        for index, data in enumerate(encoded(codec, 64, 64, count))
    ]


@pytest.fixture
async def recorder(tmp_path: Path) -> AsyncIterator[FileRecorder]:
    made = FileRecordings().begin(str(tmp_path / "call.mkv"), lambda _why: None)
    yield made
    await made.close()


async def test_pauses_stay_and_packets_that_come_late_or_twice_do_not_matter(
    recorder: FileRecorder, tmp_path: Path
) -> None:
    tone = encode_tone(440, 150)
    order = list(range(150))
    order[10], order[11] = 11, 10
    base = 2**32 - 20 * 960  # time stamps wrap around
    for index in [*order, 12]:
        if not 50 <= index < 100:  # a pause of one second, in which DTX sends nothing
            stamp = (base + index * 960) % 2**32
            recorder.sound(voice("ana"), "Ana", AudioPacket(tone[index], stamp))
    recorded = await recorder.close()
    assert (recorded.tracks, recorded.problem) == (1, "")
    (track,) = probe(tmp_path / "call.mkv")
    assert (track.kind, track.codec, track.title, track.packets) == ("audio", "opus", "Ana", 100)
    assert track.longest_gap_s == pytest.approx(1.02, abs=0.002)
    assert track.ends_s - track.begins_s == pytest.approx(2.98, abs=0.002)


async def test_pictures_begin_with_a_key_picture(recorder: FileRecorder, tmp_path: Path) -> None:
    pictures = coded(5)
    assert recorder.picture(camera("bo"), "Bo", pictures[1])
    assert not recorder.picture(camera("bo"), "Bo", pictures[0])
    assert not any(recorder.picture(camera("bo"), "Bo", one) for one in pictures[1:])
    broken = b"\0\0\0\1\x67"
    chi, dan = (EncodedPicture(broken, 0, size, "H264") for size in ((64, 48), (0, 0)))
    assert not recorder.picture(camera("chi"), "Chi", chi)
    assert recorder.picture(camera("dan"), "Dan", dan)
    await recorder.close()
    (track,) = probe(tmp_path / "call.mkv")
    assert (track.kind, track.codec, track.packets, track.first_is_key) == ("video", "vp8", 5, True)


@pytest.mark.parametrize("codec", ["H264", "VP9", "AV1"])
async def test_pictures_of_other_codecs_are_kept_and_play(
    recorder: FileRecorder, tmp_path: Path, codec: str
) -> None:
    for picture in [*coded(20, codec), *coded(2)]:  # at last in another one, which is left out
        assert not recorder.picture(camera("bo"), "Bo", picture)
    await recorder.close()
    (track,) = probe(tmp_path / "call.mkv")
    assert (track.packets, track.first_is_key) == (20, True)
    with av.open(str(tmp_path / "call.mkv")) as file:
        assert file.streams.video[0].codec_context.codec.canonical_name == codec.lower()
        assert (file.streams.video[0].width, file.streams.video[0].height) == (64, 64)
        frames = [frame.to_ndarray(format="gray").mean() for frame in file.decode(video=0)]
    assert len(frames) == 20
    assert frames[19] - frames[0] == pytest.approx(19 * 9 * 255 / 219, abs=4)


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
async def test_pictures_in_layers_play_in_full_size(
    recorder: FileRecorder, tmp_path: Path, codec: str
) -> None:
    made = [CODED[codec].picture_of(payloads) for payloads in captured(codec)]
    for index, data in enumerate(made):
        key, size = CODED[codec].shape_of(data)
        picture = EncodedPicture(data, 6000 * index, size if key else None, codec)
        assert not recorder.picture(camera("bo"), "Bo", picture)
    await recorder.close()
    with av.open(str(tmp_path / "call.mkv")) as file:
        shown = [
            [(frame.width, frame.height) for frame in packet.decode()]
            for packet in file.demux(video=0)
        ]
    last = [sizes[-1] for sizes in shown if sizes]
    assert set(last) == {LAYERS_SIZE}
    assert len(last) >= len(made) - 1  # FFmpeg's dav1d keeps one of those it has two layers of


async def test_each_of_four_people_has_tracks_of_their_own_length(
    recorder: FileRecorder, tmp_path: Path
) -> None:
    tone = encode_tone(440, 150)
    for number, name in enumerate(("Ana", "Bo", "Chi", "Dan"), 1):
        for index in range(number * 37):
            recorder.sound(voice(name), name, AudioPacket(tone[index], index * 960))
        for picture in coded(number * 11, "H264" if number % 2 else "VP8"):
            recorder.picture(camera(name), name, picture)
    assert (await recorder.close()).tracks == 8
    lasted = {
        (one.kind, one.title): one.ends_s - one.begins_s for one in probe(tmp_path / "call.mkv")
    }
    for number, name in enumerate(("Ana", "Bo", "Chi", "Dan"), 1):
        assert lasted["audio", name] == pytest.approx(number * 0.74, abs=0.1)
        assert lasted["video", name] == pytest.approx(number * 11 / 15, abs=0.1)


async def test_a_file_that_can_not_be_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    there = tmp_path / "there.mkv"
    there.write_bytes(b"mine")
    broken = tmp_path / "broken.mkv"
    tracks_of(broken).mkdir()
    recordings = FileRecordings()
    for path in (there, broken, tmp_path / "no" / "call.mkv", Path("/proc/call.mkv")):
        with pytest.raises(CallsError) as refused:
            recordings.check(str(path))
        assert refused.value.code == ErrorCode.VALIDATION
    for odd in ("nul\0.mkv", "/", "", str(tmp_path / ("x" * 300))):
        with pytest.raises(CallsError):
            recordings.check(odd)
    recordings.check(str(tmp_path / "new.mkv"))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["broken.mkv.tracks", "there.mkv"]
    assert there.read_bytes() == b"mine"


async def test_only_its_user_can_read_it(recorder: FileRecorder, tmp_path: Path) -> None:
    recorder.sound(voice("ana"), "Ana", AudioPacket(encode_tone(440, 1)[0], 0))
    folder = tracks_of(tmp_path / "call.mkv")
    assert folder.stat().st_mode & 0o777 == 0o700
    await recorder.close()
    assert (tmp_path / "call.mkv").stat().st_mode & 0o777 == 0o600
    assert not folder.exists()


async def test_a_full_disk_is_told_once_and_what_was_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    news = asyncio.Event()

    def failed(why: str) -> None:
        told.append(why)
        news.set()

    recorder = FileRecordings().begin(str(tmp_path / "call.mkv"), failed)
    for index, data in enumerate(encode_tone(440, 50)):
        recorder.sound(voice("ana"), "Ana", AudioPacket(data, index * 960))
    monkeypatch.setattr(module, "_KEEP_FREE_BYTES", 2**62)
    async with asyncio.timeout(5):
        await news.wait()
    recorder.sound(voice("ana"), "Ana", AudioPacket(b"more", 0))
    recorded = await recorder.close()
    assert told == ["no space left on device"]
    assert recorded.tracks == 1 and recorded.seconds > 0.5


async def test_a_call_in_which_nothing_came_leaves_nothing(
    recorder: FileRecorder, tmp_path: Path
) -> None:
    recorded = await recorder.close()
    assert recorded.tracks == 0 and recorded.problem
    assert list(tmp_path.iterdir()) == []


def test_tracks_cut_off_in_the_middle_are_joined_as_far_as_they_go(tmp_path: Path) -> None:
    async def record() -> None:
        recorder = FileRecordings().begin(str(tmp_path / "a.mkv"), lambda _why: None)
        for index, data in enumerate(encode_tone(440, 200)):
            recorder.sound(voice("ana"), "Ana", AudioPacket(data, index * 960))
        await recorder.close()

    asyncio.run(record())
    whole = (tmp_path / "a.mkv").read_bytes()
    folder = tracks_of(tmp_path / "call.mkv")
    folder.mkdir()
    (folder / "001 Ana.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "002 Bo.mkv").write_bytes(b"")
    (folder / "003 Chi.mkv").write_bytes(os.urandom(2000))
    for cut in range(480):  # wherever in its header a track broke off
        (folder / f"1{cut:03} Dan.mkv").write_bytes(whole[:cut])
    joined = join(tmp_path / "call.mkv")
    assert joined.tracks == 1 and 1.0 < joined.seconds < 4.0
    assert [one.title for one in probe(tmp_path / "call.mkv")] == ["Ana"]


def test_a_sender_that_counts_anew_is_placed_by_its_arrival() -> None:
    times = TrackTimes(48_000)
    assert times.at(1000, 2.0) == 96_000
    assert times.at(1960, 2.5) == 96_960  # jitter is not heard
    assert times.at(1000, 2.5) == 96_000  # nor is what came late
    assert times.at(3_000_000_000, 10.0) == 480_000
    assert times.at(3_000_000_960, 10.0) == 480_960


def test_a_sender_whose_clock_falls_behind_is_moved_to_where_it_is() -> None:
    times = TrackTimes(48_000)
    placed = [times.at(index * 960, index * 0.022) for index in range(1000)]  # ten percent slow
    off_s = [at / 48_000 - index * 0.022 for index, at in enumerate(placed)]
    assert min(off_s) > -0.6 and max(off_s) <= 0.001
    assert placed == sorted(set(placed))
    # Jitter alone moves nothing.
    times = TrackTimes(48_000)
    shaken = [times.at(index * 960, index * 0.02 + index % 7 * 0.05) for index in range(500)]
    assert shaken == [index * 960 for index in range(500)]
