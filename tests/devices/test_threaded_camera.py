"""A camera in a thread: what hangs is told, and is not waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from av import VideoFrame

from tui.devices import threaded_camera
from tui.devices.threaded_camera import ThreadedCamera, planar
from tui.domain.media import PlanarFrame
from tui.ports.devices import DeviceUnavailable

GREY = VideoFrame.from_ndarray(np.full((2, 2, 3), 128, np.uint8), "rgb24")


class Device:
    """Gives one picture, then nothing until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.released = threading.Event()

    def frames(self, _ending: threading.Event) -> Iterator[PlanarFrame]:
        yield planar(GREY, (2, 2), 0.0)
        self.let_go.wait(30)

    def camera(self, *, silent: tuple[str, str] | None) -> ThreadedCamera:
        return ThreadedCamera("it", (2, 2), 5, self.frames, self.released.set, silent=silent)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    monkeypatch.setattr(threaded_camera, "SILENT_S", 0.05)
    made = Device()
    yield made
    made.let_go.set()
    assert made.released.wait(10), "its end releases it, however late it comes"


async def test_a_device_that_hangs_is_told_and_not_waited_for(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = device.camera(silent=("It gives no pictures.", "Plug it in."))
    async with asyncio.timeout(10):
        await camera.next_frame()
        with pytest.raises(DeviceUnavailable) as hangs:
            await camera.next_frame()
        assert (hangs.value.problem, hangs.value.remedy) == ("It gives no pictures.", "Plug it in.")
        joined: list[float | None] = []
        thread = camera._thread
        assert thread is not None
        really = thread.join

        def join(timeout: float | None = None) -> None:
            joined.append(timeout)
            really(timeout)

        monkeypatch.setattr(thread, "join", join)
        await camera.close()
        assert joined == [0.0] and not device.released.is_set()


async def test_a_film_may_have_a_long_pause(device: Device) -> None:
    camera = device.camera(silent=None)
    await camera.next_frame()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(camera.next_frame(), 0.2)
    device.let_go.set()
    await camera.close()
