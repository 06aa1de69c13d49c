from __future__ import annotations

import asyncio
import itertools
import re
import struct
import threading
import wave
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from tests.devices.wait import until
from tui.audio.level import peak_hz
from tui.devices.clip_file import open_clip
from tui.devices.local import LocalDevices
from tui.devices.media_file import open_media
from tui.devices.sound_file import SoundFileSource, WavSink
from tui.devices.threaded_camera import decoded, planar
from tui.devices.tones import tone
from tui.devices.video_file import open_video_file
from tui.domain.media import parse_media_name
from tui.ports.devices import DeviceUnavailable
from tui.ports.transport import EndOfMedia

DEVICES = LocalDevices()


def write_wav(path, sound: np.ndarray, *, rate: int = 48_000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(sound, channels).astype("<i2").tobytes())


def write_clip(path, *, size=(160, 120), pictures: int = 10, sound: bool = True) -> None:
    """An MP4: picture n is grey of shade 16 + 20 n; a tone of 500 Hz at 44.1 kHz stereo."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        for n in range(pictures):
            grey = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
            grey[: size[1]] = 16 + 20 * n
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            at = np.arange(44_100) / 44_100
            wave_of = np.tile((0.3 * np.sin(2 * np.pi * 500 * at)).astype(np.float32), (2, 1))
            for start in range(0, 44_100 - 1024, 1024):
                piece = np.ascontiguousarray(wave_of[:, start : start + 1024])
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = 44_100, start
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))


def test_a_wav_comes_in_sample_for_sample_and_loops(tmp_path):
    sound = np.random.default_rng(5).integers(-9000, 9000, 4800).astype(np.int16)
    write_wav(tmp_path / "in.wav", sound)
    source = SoundFileSource(str(tmp_path / "in.wav"))
    heard = np.concatenate([source.next_block() for _ in range(30)])
    assert np.array_equal(heard, np.tile(sound, 3))
    source.close()
    source.close()


def test_another_rate_and_two_channels_become_ours(tmp_path):
    at = np.arange(22_050) / 22_050
    sound = (8000 * np.sin(2 * np.pi * 300 * at)).astype(np.int16)
    write_wav(tmp_path / "in.wav", sound, rate=22_050, channels=2)
    source = SoundFileSource(str(tmp_path / "in.wav"))
    heard = np.concatenate([source.next_block() for _ in range(90)])
    source.close()
    assert peak_hz(heard) == pytest.approx(300, abs=1)


def test_a_wav_goes_out_and_its_header_is_right_before_the_end(tmp_path):
    path = tmp_path / "out.wav"
    source, sink = tone(440), WavSink(str(path))
    for _ in range(250):
        sink.take(source.next_block())
    with wave.open(str(path)) as killed:  # as if the process ended here
        assert killed.getnframes() == 2 * 48_000
    sink.close()
    sink.close()
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(sound) == 250 * 480
    assert peak_hz(sound) == pytest.approx(440, abs=0.5)


def test_a_file_speaker_pulls_in_real_time_into_the_file(tmp_path):
    path = tmp_path / "out.wav"
    speaker = DEVICES.open_speaker(parse_media_name(f"file:{path}", role="speaker"))
    source = tone(600)
    pulls: list[int] = []

    def pull(samples: int) -> np.ndarray:
        pulls.append(samples)
        return source.next_block()

    speaker.start(pull)
    until(lambda: len(pulls) >= 30, 5, "pulling")
    speaker.stop()
    with wave.open(str(path)) as file:
        assert file.getnframes() == len(pulls) * 480


def test_the_sound_of_a_clip_is_a_microphone(tmp_path):
    write_clip(tmp_path / "clip.mp4")
    name = parse_media_name(f"file:{tmp_path / 'clip.mp4'}", role="microphone")
    microphone = DEVICES.open_microphone(name)
    blocks: list[np.ndarray] = []
    microphone.start(blocks.append)
    until(lambda: len(blocks) >= 60, 5, "the sound")
    microphone.stop()
    assert peak_hz(np.concatenate(blocks)[9600:]) == pytest.approx(500, abs=3)
    assert not microphone.failed


async def test_the_pictures_of_a_clip_are_a_camera_that_loops_in_time(tmp_path):
    write_clip(tmp_path / "clip.mp4")
    name = parse_media_name(f"file:{tmp_path / 'clip.mp4'}", role="camera")
    camera = await DEVICES.open_camera(name)
    assert camera.size == (160, 120)
    assert camera.fps == pytest.approx(10)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    shades, stamps = [], []
    while len(shades) < 13:
        frame = await asyncio.wait_for(camera.next_frame(), 5)
        plane = np.frombuffer(frame.y, np.uint8)[: frame.y_stride * frame.height]
        shades.append(round((int(np.median(plane)) - 16) / 20))
        stamps.append(frame.at_s)
    assert loop.time() - began_s > 1.0
    assert stamps == sorted(set(stamps))
    # In order, and round again; a busy machine may skip some.
    assert all((after - before) % 10 <= 5 for before, after in itertools.pairwise(shades))
    assert any(after < before for before, after in itertools.pairwise(shades))
    await camera.close()
    await camera.close()
    with pytest.raises(EndOfMedia):
        await camera.next_frame()


async def test_a_large_picture_is_made_to_fit(tmp_path):
    write_clip(tmp_path / "large.mp4", size=(1280, 720), pictures=2, sound=False)
    name = parse_media_name(f"file:{tmp_path / 'large.mp4'}", role="camera")
    camera = await DEVICES.open_camera(name)
    frame = await asyncio.wait_for(camera.next_frame(), 5)
    await camera.close()
    assert camera.size == (frame.width, frame.height) == (640, 360)
    assert len(frame.y) >= 639 * 360
    assert frame.y_stride >= 640
    assert frame.uv_stride >= 320


async def test_closing_a_camera_nobody_read_from(tmp_path):
    write_clip(tmp_path / "clip.mp4", sound=False)
    name = parse_media_name(f"file:{tmp_path / 'clip.mp4'}", role="camera")
    camera = await DEVICES.open_camera(name)
    await camera.close()
    with pytest.raises(EndOfMedia):
        await camera.next_frame()


async def test_a_still_image_is_a_camera(tmp_path):
    from PIL import Image

    Image.new("RGB", (64, 48), (255, 255, 255)).save(tmp_path / "still.png")
    name = parse_media_name(f"file:{tmp_path / 'still.png'}", role="camera")
    camera = await DEVICES.open_camera(name)
    first = await asyncio.wait_for(camera.next_frame(), 5)
    second = await asyncio.wait_for(camera.next_frame(), 5)
    await camera.close()
    assert second.at_s > first.at_s
    assert np.frombuffer(first.y, np.uint8)[0] == 235


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "There is no file"), (b"not a clip at all" * 99, "can't be used")],
)
async def test_a_bad_file_is_named_with_its_reason_and_cleaned(tmp_path, content, says):
    path = tmp_path / "bad\x1b[31m.mp4"
    if content is not None:
        path.write_bytes(content)
    name = parse_media_name(f"file:{path}", role="camera")
    with pytest.raises(DeviceUnavailable, match=says) as camera:
        await DEVICES.open_camera(name)
    with pytest.raises(DeviceUnavailable, match=says) as microphone:
        DEVICES.open_microphone(name)
    for caught in (camera, microphone):
        assert "\x1b" not in caught.value.problem
        assert "bad" in caught.value.problem
        assert caught.value.remedy


async def test_a_file_without_the_stream_says_so(tmp_path):
    write_wav(tmp_path / "sound.wav", np.zeros(960, np.int16))
    write_clip(tmp_path / "dumb.mp4", pictures=1, sound=False)
    with pytest.raises(DeviceUnavailable, match="no pictures"):
        await DEVICES.open_camera(parse_media_name(f"file:{tmp_path}/sound.wav", role="camera"))
    with pytest.raises(DeviceUnavailable, match="no sound"):
        DEVICES.open_microphone(parse_media_name(f"file:{tmp_path}/dumb.mp4", role="microphone"))


def test_a_wav_that_can_not_be_written_is_named(tmp_path):
    name = parse_media_name(f"file:{tmp_path}/none/out.wav", role="speaker")
    with pytest.raises(DeviceUnavailable, match="can't be written"):
        DEVICES.open_speaker(name)


def test_an_empty_wav_fails_instead_of_spinning(tmp_path):
    write_wav(tmp_path / "empty.wav", np.zeros(0, np.int16))
    name = parse_media_name(f"file:{tmp_path}/empty.wav", role="microphone")
    microphone = DEVICES.open_microphone(name)
    microphone.start(lambda block: None)
    until(lambda: microphone.failed, 5, "failed")
    microphone.stop()


@pytest.mark.parametrize("layout", ["yuv420p", "yuvj420p", "rgb24"])
def test_full_range_pictures_become_limited_range(layout):
    shape = (48, 64, 3) if layout == "rgb24" else (72, 64)
    frame = av.VideoFrame.from_ndarray(np.full(shape, 255, np.uint8), format=layout)
    frame.color_range = ColorRange.JPEG
    assert planar(frame, (64, 48), 0.0).y[0] == 235


async def test_a_film_held_upright_by_a_phone_is_turned(tmp_path):
    path = tmp_path / "phone.mp4"
    write_clip(path, sound=False)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12 8.3.2
    turned = (0, 1 << 16, 0, -1 << 16, 0, 0, 160 << 16, 0, 1 << 30)
    data[matrix : matrix + 36] = struct.pack(">9i", *turned)
    path.write_bytes(data)
    camera = open_video_file(str(path))
    assert camera.size == (120, 160)
    frame = await camera.next_frame()
    assert (frame.width, frame.height) == (120, 160)
    await camera.close()


def write_damaged_clip(path) -> None:
    """Eight MJPEG pictures of shade 16 + 20 n, the fourth of them nothing but zeros."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for n in range(8):
            pixels = np.full((48, 64, 3), 16 + 20 * n, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        container.mux(stream.encode(None))
    data = path.read_bytes()
    pictures = [at.start() for at in re.finditer(b"\xff\xd8\xff", data)]
    begin, end = pictures[3], data.index(b"\xff\xd9", pictures[3])
    path.write_bytes(data[:begin] + bytes(end - begin) + data[end:])


def test_a_damaged_picture_is_left_out_of_whatever_is_read(tmp_path):
    path = tmp_path / "onebad.avi"
    write_damaged_clip(path)
    clip = open_clip(str(path))
    shades = []
    while (picture := clip.next_picture(16, 12, not_before_s=0.0)) is not None:
        shades.append(round((int(picture.pixels.mean()) - 16) / 20))
    assert shades == [0, 1, 2, 4, 5, 6, 7]
    with open_media(str(path)) as container:  # as a device is read
        assert len(list(decoded(container, (64, 48), threading.Event()))) == 7


def test_damaged_sound_is_left_out(tmp_path):
    path = tmp_path / "tone.mp3"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mp3", rate=48_000, layout="mono")
        at = np.arange(48_000) / 48_000
        tone = (9000 * np.sin(2 * np.pi * 500 * at)).astype(np.int16)
        for start in range(0, 48_000, 1152):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1152], "s16p", "mono")
            frame.sample_rate, frame.pts = 48_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 60):
        data[at] = 0xFF
    path.write_bytes(data)
    source = SoundFileSource(str(path))
    heard = np.concatenate([source.next_block() for _ in range(150)])  # past its end
    assert np.abs(heard[40_000:47_000]).max() > 5000
    source.close()
