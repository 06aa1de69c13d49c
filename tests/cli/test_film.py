"""`cellcall film`: a film of a recording, what a crash left, and what is none."""

from __future__ import annotations

import asyncio
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.fakes.people import camera, voice
from tests.recordings import probe
from tests.transport.media import encode_tone
from tui.cli.report import CommandError
from tui.cli.root import cellcall
from tui.devices.recording import recorder as module
from tui.devices.recording.joining import tracks_of
from tui.devices.recording.recorder import FileRecordings
from tui.domain.media import AudioPacket, EncodedPicture
from tui.wire.picture_header import vp8_shape

RED = (81, 90, 240)
"""Y, U, V."""


def red_pictures(count: int) -> list[bytes]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base = Fraction(1, 15)
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0"}
    planes = [
        np.full(size, value, np.uint8)
        for size, value in zip((57600, 14400, 14400), RED, strict=True)
    ]
    made = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(np.concatenate(planes).reshape(270, 320), "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 15)
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two seconds: Ana in red at 440 Hz, Bo at 880 Hz without pictures."""
    path = tmp_path / "call.mkv"
    monkeypatch.setattr(module.time, "monotonic", lambda: 5.0)

    async def record() -> None:
        recorder = FileRecordings().begin(str(path), lambda _why: None)
        for who, title, hz in (("ana", "Ana", 440), ("bo", "Bo", 880)):
            for index, data in enumerate(encode_tone(hz, 100)):
                recorder.sound(voice(who), title, AudioPacket(data, index * 960))
        for index, data in enumerate(red_pictures(30)):
            picture = EncodedPicture(data, index * 6000, vp8_shape(data).size)
            recorder.picture(camera("ana"), "Ana", picture)
        await recorder.close()

    asyncio.run(record())
    monkeypatch.undo()
    return path


def test_a_film_shows_everybody_and_mixes_all_sound(recording: Path) -> None:
    made = recording.with_name("call-film.mkv")
    result = CliRunner().invoke(cellcall, ["film", str(recording)])
    assert result.exit_code == 0, result.output
    assert "2 seconds" in result.output and str(made) in result.output
    picture, sound = sorted(probe(made), key=lambda one: one.kind, reverse=True)
    assert (picture.kind, sound.kind) == ("video", "audio")
    assert picture.ends_s == pytest.approx(2.0, abs=0.1)
    assert sound.ends_s == pytest.approx(2.0, abs=0.1)
    assert made.stat().st_mode & 0o777 == 0o600
    with av.open(str(made)) as film:
        frames = list(film.decode(video=0))
        shown = frames[len(frames) // 2].to_ndarray(format="yuv420p")
    assert frames[0].width == 1280 and frames[0].height == 720
    assert abs(int(shown[300, 320]) - RED[0]) < 8  # Ana's tile
    assert abs(int(shown[200, 960]) - 40) < 8  # Bo's: only a name
    assert (shown[340:380, 640:1280] > 200).any()  # which is written there
    with av.open(str(made)) as film:
        blocks = [frame.to_ndarray()[0] for frame in film.decode(audio=0)]
    heard = np.concatenate(blocks).astype(float)[24_000:72_000]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert {round(at / 10) * 10 for at in spectrum.argsort()[-4:]} == {440, 880}


def test_what_a_crash_left_is_joined_first(recording: Path) -> None:
    folder = tracks_of(recording)
    folder.mkdir()
    recording.rename(folder / "001 Ana.mkv")
    with (
        av.open(str(folder / "001 Ana.mkv")) as whole,
        av.open(str(folder / "002 Ana.mkv"), "w") as one,
    ):
        track = whole.streams.audio[0]
        goes = one.add_stream_from_template(track)
        goes.metadata["title"] = "Ana"
        for packet in whole.demux(track):
            if packet.dts is not None:
                packet.stream = goes
                one.mux(packet)
    (folder / "001 Ana.mkv").unlink()
    result = CliRunner().invoke(cellcall, ["film", "--join-only", str(recording)])
    assert result.exit_code == 0, result.output
    assert [one.title for one in probe(recording)] == ["Ana"]
    assert not folder.exists() and not recording.with_name("call-film.mkv").exists()


def test_what_is_no_recording_is_said(tmp_path: Path, recording: Path) -> None:
    text = tmp_path / "notes.mkv"
    text.write_text("no film")
    (tmp_path / "call-film.mkv").write_bytes(b"mine")
    pipe, picture, cut = (tmp_path / f"{name}.mkv" for name in ("pipe", "picture", "cut"))
    os.mkfifo(pipe)  # nobody will ever write to it
    Image.new("RGB", (8, 8)).save(picture, "png")
    cut.write_bytes(recording.read_bytes()[:200])
    no_path, device = Path(f"{'a' * 300}.mkv"), Path("/dev/zero")
    others = (pipe, picture, cut, no_path, device, "/", "")
    for file in (text, tmp_path / "missing.mkv", tmp_path, recording, *others):
        result = CliRunner().invoke(cellcall, ["film", str(file)])
        assert isinstance(result.exception, CommandError), file
    assert (tmp_path / "call-film.mkv").read_bytes() == b"mine"
    assert sorted(one.name for one in tmp_path.glob("*-film.mkv")) == ["call-film.mkv"]


def test_a_name_that_looks_like_an_address_is_a_name(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(recording.parent)
    recording.rename("tcp:10:30 call.mkv")
    result = CliRunner().invoke(cellcall, ["film", "tcp:10:30 call.mkv"])
    assert result.exit_code == 0, result.output
    assert len(probe(Path("tcp:10:30 call-film.mkv").absolute())) == 2
