from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tui.devices.local import LocalDevices
from tui.devices.synthetic_camera import Bars, Colour, Noise, SyntheticCamera, yuv_of
from tui.domain.media import PlanarFrame, parse_media_name
from tui.ports.devices import DeviceUnavailable
from tui.ports.transport import EndOfMedia


def luma(frame: PlanarFrame) -> np.ndarray:
    plane = np.frombuffer(frame.y, np.uint8).reshape(frame.height, frame.y_stride)
    return plane[:, : frame.width]


def counter_of(y: np.ndarray) -> int:
    """The picture number that `Bars` drew (modulo 65536), also after a lossy codec."""
    height, width = y.shape
    row = y[height - max(1, height // 24)]
    middles = (np.arange(16) * 2 + 1) * width // (2 * 16)
    value = 0
    for bright in row[middles] > 128:
        value = value * 2 + int(bright)
    return value


async def camera(name: str, **options) -> SyntheticCamera:
    opened = await LocalDevices(**options).open_camera(parse_media_name(name, role="camera"))
    assert isinstance(opened, SyntheticCamera)
    return opened


@pytest.mark.parametrize("name", ["test:bars", "test:colour=3465a4", "test:noise", "test:colour"])
@pytest.mark.parametrize("size", [(320, 240), (64, 48), (33, 17)])
async def test_pictures_have_whole_planes_move_and_repeat_exactly(name, size):
    one = await camera(name, picture_size=size)
    again = await camera(name, picture_size=size)
    width, height = size
    first, later = one.frame_at(0.0), one.frame_at(1.4)
    for frame in (first, later):
        assert (frame.width, frame.height) == size == one.size
        assert len(frame.y) == frame.y_stride * height
        assert len(frame.u) == len(frame.v) == frame.uv_stride * ((height + 1) // 2)
        assert frame.uv_stride == (width + 1) // 2
    assert bytes(first.y) != bytes(later.y)
    same = again.frame_at(1.4)
    assert (bytes(same.y), bytes(same.u), bytes(same.v)) == (
        bytes(later.y),
        bytes(later.u),
        bytes(later.v),
    )


async def test_bars_count_their_pictures():
    bars = await camera("test:bars")
    for number in (0, 1, 14, 15, 255, 4097):
        assert counter_of(luma(bars.frame_at(number / bars.fps))) == number


async def test_the_bars_are_seven_different_colours():
    frame = (await camera("test:bars")).frame_at(0)
    u = np.frombuffer(frame.u, np.uint8).reshape(120, 160)[0]
    v = np.frombuffer(frame.v, np.uint8).reshape(120, 160)[0]
    middles = [(int(u[x]), int(v[x])) for x in range(11, 160, 23)]
    assert len(set(zip(luma(frame)[0, 22::46], middles, strict=False))) == 7


async def test_a_colour_is_that_colour():
    frame = (await camera("test:colour=ff0000")).frame_at(0)
    y, u, v = yuv_of(255, 0, 0)
    assert (y, u, v) == (81, 90, 240)
    assert luma(frame)[0, 0] == y
    assert (frame.u[0], frame.v[0]) == (u, v)
    assert yuv_of(0, 0, 0) == (16, 128, 128)
    assert yuv_of(255, 255, 255) == (235, 128, 128)


async def test_pictures_come_at_their_pace_and_missed_ones_are_skipped():
    now_s = [0.0]
    source = SyntheticCamera("bars", Bars(64, 48), width=64, height=48, clock_s=lambda: now_s[0])
    assert (await source.next_frame()).at_s == 0.0
    now_s[0] = 1.0
    late = await source.next_frame()
    assert late.at_s == pytest.approx(1.0, abs=0.01)
    assert counter_of(luma(late)) == 15


async def test_real_time():
    source = SyntheticCamera("noise", Noise(64, 48), width=64, height=48, fps=50)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    stamps = [(await asyncio.wait_for(source.next_frame(), 2)).at_s for _ in range(11)]
    assert loop.time() - began_s >= 0.19
    assert stamps == sorted(set(stamps))


async def test_closing_ends_the_pictures_also_for_who_waits():
    source = SyntheticCamera("c", Colour(32, 24, "00ff00"), width=32, height=24, fps=0.1)
    await source.next_frame()
    waiting = asyncio.create_task(source.next_frame())
    await asyncio.sleep(0)
    await source.close()
    await source.close()
    with pytest.raises(EndOfMedia):
        await asyncio.wait_for(waiting, 2)
    with pytest.raises(EndOfMedia):
        await source.next_frame()


async def test_no_camera_is_a_choice():
    with pytest.raises(DeviceUnavailable, match="by choice") as caught:
        await LocalDevices().open_camera(parse_media_name("null", role="camera"))
    assert caught.value.remedy == ""


async def test_the_robot_is_drawn_the_same_each_time_moves_and_is_limited_range() -> None:
    camera = await LocalDevices().open_camera(parse_media_name("test:robot=C0632B", role="camera"))
    assert isinstance(camera, SyntheticCamera)
    first, again, later = camera.frame_at(1.0), camera.frame_at(1.0), camera.frame_at(2.0)
    assert (bytes(first.y), bytes(first.u)) == (bytes(again.y), bytes(again.u))
    assert bytes(first.y) != bytes(later.y)
    assert min(first.y) >= 16 and max(first.y) <= 235
    assert len(first.y) == 320 * 240 and len(first.u) == len(first.v) == 160 * 120
