"""Files to look at: stills, videos, damaged and wrong ones."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tui.devices.clip_file import open_clip
from tui.ports.devices import DeviceUnavailable

FPS = 25


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Four seconds; the brightness of each picture is its number."""
    path = tmp_path_factory.mktemp("clips") / "count.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size = 25
        for number in range(4 * FPS):
            pixels = np.full((48, 64, 3), 20 + 2 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return str(path)


def number_of(picture):
    return round((float(picture.pixels.mean()) - 20) / 2)


def test_a_video_from_beginning_to_end(video):
    clip = open_clip(video)
    assert (clip.width, clip.height, clip.fps, clip.still) == (64, 48, FPS, False)
    assert clip.duration_s == pytest.approx(4.0, abs=0.05)
    first = clip.next_picture(32, 24, not_before_s=0.0)
    assert first.pixels.shape == (24, 32, 3)
    assert (first.at_s, number_of(first)) == (
        pytest.approx(0.0, abs=0.001),
        pytest.approx(0, abs=2.5),
    )
    count = 1
    while clip.next_picture(32, 24, not_before_s=0.0) is not None:
        count += 1
    assert count == 4 * FPS
    clip.close()


@pytest.mark.parametrize("to_s", [0.0, 0.5, 1.0, 2.52, 3.9])
def test_seeking_is_to_the_picture(video, to_s):
    clip = open_clip(video)
    clip.seek(to_s)
    picture = clip.next_picture(32, 24, not_before_s=to_s)
    assert picture.at_s == pytest.approx(to_s, abs=1 / FPS)
    assert number_of(picture) == pytest.approx(to_s * FPS, abs=2.5)
    clip.close()


def test_past_the_end_is_the_last_picture_then_nothing(video):
    clip = open_clip(video)
    clip.seek(60.0)
    last = clip.next_picture(32, 24, not_before_s=60.0)
    assert last.at_s == pytest.approx(4.0 - 1 / FPS, abs=0.001)
    assert clip.next_picture(32, 24, not_before_s=60.0) is None
    clip.close()


def test_what_nobody_would_see_is_skipped(video):
    clip = open_clip(video)
    assert clip.next_picture(32, 24, not_before_s=1.0).at_s == pytest.approx(1.0, abs=1 / FPS)
    clip.close()


def test_other_shapes_are_cropped_at_the_centre(video):
    clip = open_clip(video)
    for size in ((10, 40), (200, 20), (1, 1)):
        picture = clip.next_picture(*size, not_before_s=0.0)
        assert picture.pixels.shape == (size[1], size[0], 3)
    clip.close()


def test_a_damaged_video_is_played_as_far_as_it_goes(video, tmp_path):
    data = bytearray(Path(video).read_bytes())
    damaged = tmp_path / "damaged.mp4"
    for at in range(len(data) // 3, len(data) // 3 + 400):
        data[at] = 0xA5
    damaged.write_bytes(data)
    try:
        clip = open_clip(str(damaged))
    except DeviceUnavailable:
        return  # the damage is where the header is
    for _ in range(200):
        if clip.next_picture(16, 12, not_before_s=0.0) is None:
            break
    else:
        pytest.fail("no end")
    clip.close()


def test_a_still_is_turned_and_flattened(tmp_path):
    path = tmp_path / "photo.png"
    image = Image.new("RGBA", (40, 20), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    image.save(path, exif=exif)
    clip = open_clip(str(path))
    assert (clip.width, clip.height, clip.still) == (20, 40, True)
    picture = clip.next_picture(2, 4, not_before_s=0.0)
    assert picture.pixels[0].max() == 0
    assert tuple(picture.pixels[3, 0]) == (255, 0, 0)
    assert clip.next_picture(2, 4, not_before_s=0.0) is None
    clip.seek(0.0)
    assert clip.next_picture(4, 8, not_before_s=0.0) is not None


def test_a_picture_that_moves_is_a_video(tmp_path):
    path = tmp_path / "two.gif"
    frames = [Image.new("RGB", (16, 16), shade) for shade in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    clip = open_clip(str(path))
    assert not clip.still
    assert clip.next_picture(2, 2, not_before_s=0.0).pixels[0, 0, 0] > 200
    clip.close()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "There is no file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "can't be used"),
        (lambda path: path.write_text("just text"), "can't be used"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50)), "holds no picture"),
        (lambda path: Image.new("RGB", (9, 9)).save(path, "PNG") or cut(path), "can't be used"),
    ],
)
def test_what_is_no_picture_is_told(tmp_path, make, told):
    path = tmp_path / "file"
    make(path)
    with pytest.raises(DeviceUnavailable) as caught:
        open_clip(str(path))
    assert told in caught.value.problem
    assert caught.value.remedy


def played(clip):
    pictures = []
    while (picture := clip.next_picture(8, 8, not_before_s=0.0)) is not None:
        pictures.append((round(picture.at_s, 3), tuple(int(x) for x in picture.pixels[4, 4])))
    return pictures


def test_a_photo_with_a_second_picture_in_it_is_a_still(tmp_path):
    path = tmp_path / "phone.jpg"
    small = Image.new("RGB", (8, 8), "blue")
    Image.new("RGB", (64, 48), "red").save(path, "MPO", save_all=True, append_images=[small])
    clip = open_clip(str(path))
    assert (clip.still, clip.width, clip.height) == (True, 64, 48)
    assert len(played(clip)) == 1


@pytest.mark.parametrize("name", ["moves.webp", "moves.gif", "moves.png"])
def test_pictures_move_and_are_flattened_on_black(tmp_path, name):
    path = tmp_path / name
    see_through, blue = Image.new("RGBA", (16, 16)), Image.new("RGBA", (16, 16), "blue")
    red = Image.new("RGBA", (16, 16), "red")
    see_through.save(path, save_all=True, append_images=[blue, red], duration=200, disposal=2)
    clip = open_clip(str(path))
    assert not clip.still
    assert clip.fps == pytest.approx(5)
    pictures = played(clip)
    assert [at for at, _ in pictures] == [0.0, 0.2, 0.4]
    assert max(pictures[0][1]) < 10
    assert pictures[1][1][2] > 240
    clip.seek(0.25)
    assert [at for at, _ in played(clip)] == [0.2, 0.4]
    clip.seek(0.0)
    assert clip.next_picture(8, 8, not_before_s=0.45).at_s == pytest.approx(0.4)
    clip.close()


def test_deep_grey_is_scaled_and_not_cut(tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.linspace(0, 65_535, 256).astype(np.uint16).reshape(1, 256)).save(path)
    pixels = open_clip(str(path)).next_picture(256, 1, not_before_s=0.0).pixels
    assert pixels[0, ::32, 0] == pytest.approx(np.arange(0, 256, 32), abs=2)


def test_a_photo_that_was_cut_off_shows_what_there_is(tmp_path):
    path = tmp_path / "cut.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    pixels = open_clip(str(path)).next_picture(64, 64, not_before_s=0.0).pixels
    assert pixels[:16].std() > 20
    path.write_bytes(whole[:200])
    with pytest.raises(DeviceUnavailable):
        open_clip(str(path))


def test_a_very_large_photo_is_shrunk_while_it_is_decoded(tmp_path):
    path = tmp_path / "large.jpg"
    Image.new("L", (16_000, 11_400), 90).save(path)
    clip = open_clip(str(path))
    assert (clip.width, clip.height) == (4000, 2850)
    assert clip.next_picture(4, 4, not_before_s=0.0).pixels.max() == 90


def cut(path):
    path.write_bytes(path.read_bytes()[:45])


def test_sound_alone_is_no_picture(tmp_path):
    import wave

    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    with pytest.raises(DeviceUnavailable, match="has no pictures"):
        open_clip(str(path))
