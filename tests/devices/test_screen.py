"""The screen as pictures: a real X display, and what there is to say where there is none."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tui.devices.local import LocalDevices
from tui.devices.screen import FPS, open_screen
from tui.devices.threaded_camera import CAMERA_BOX, SHARE_BOX, fitted
from tui.domain.media import parse_share_name
from tui.ports.devices import DeviceUnavailable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X11")


@pytest.fixture
def display() -> Iterator[str]:
    """A display of 2560x1440, red all over."""
    if not (shutil.which("Xvfb") and shutil.which("xsetroot")):
        pytest.skip("no Xvfb with xsetroot (Debian: xvfb, x11-xserver-utils)")
    told, number = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(number),
            "-screen",
            "0",
            "2560x1440x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[number],
        stderr=subprocess.DEVNULL,
    )
    os.close(number)
    try:
        with os.fdopen(told) as lines:
            name = f":{lines.readline().strip()}"
        subprocess.run(["xsetroot", "-display", name, "-solid", "#c02020"], check=True)
        yield name
    finally:
        server.terminate()
        server.wait()


@pytest.mark.devices
async def test_a_screen_is_shared_as_large_as_is_sent(
    display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    camera = await LocalDevices().open_share(parse_share_name("screen"))
    try:
        async with asyncio.timeout(20):
            frames = [await camera.next_frame() for _ in range(3)]
        assert camera.size == (1920, 1080) and camera.fps == FPS
        frame = frames[-1]
        assert (frame.width, frame.height) == (1920, 1080)
        u, v = (np.frombuffer(plane, np.uint8) for plane in (frame.u, frame.v))
        assert abs(int(np.median(u)) - 107) < 8 and abs(int(np.median(v)) - 202) < 8
    finally:
        await camera.close()
    named = await LocalDevices().open_share(parse_share_name(f"screen:{display}"))
    await named.close()


@pytest.mark.parametrize(
    ("environment", "told", "instead"),
    [
        ({}, "There is no screen here: DISPLAY is not set.", "/share file:PATH"),
        ({"DISPLAY": ":7973"}, "The screen :7973 can't be seen", "/share file:PATH"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "This is a Wayland session", "X11"),
    ],
)
def test_where_no_screen_can_be_seen_it_is_said(
    environment: dict[str, str], told: str, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeviceUnavailable) as refused:
        open_screen()
    assert told in refused.value.problem and instead in refused.value.remedy


def test_what_is_shared_may_be_larger_than_a_camera() -> None:
    assert fitted(2560, 1440, SHARE_BOX) == (1920, 1080)
    assert fitted(1280, 720, SHARE_BOX) == (1280, 720)
    assert fitted(1280, 720) == (640, 360)
    assert fitted(1280, 720, CAMERA_BOX) == (640, 360)
