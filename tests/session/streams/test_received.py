"""What happens to received pictures and sound: taps, rasters, figures, and who has left."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np

from tests.fakes.people import camera, screen, voice
from tests.fakes.world import FakeTime
from tui.audio.mixer import Mixer
from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, PlanarFrame
from tui.engine.slots import MemoryPictures
from tui.session.streams.received import ReceivedMedia

WIDE = (160, 20)
"""Of pictures shown in a raster of 40x40: whole, they have bars above and below."""


def white(at_s: float = 0.0) -> PlanarFrame:
    width, height = WIDE
    luma, chroma = bytes([235]) * (width * height), bytes([128]) * (width * height // 4)
    return PlanarFrame(width, height, luma, chroma, chroma, width, width // 2, at_s)


class Receiving:
    """A receiver whose voices are heard `behind_s` after their pictures came."""

    def __init__(self, behind_s: float = 0.0) -> None:
        self.slots = MemoryPictures()
        mixer = Mixer()
        mixer.heard_at_s = lambda _stream: 1000.0 - behind_s  # type: ignore[method-assign]
        self.media = ReceivedMedia(mixer=mixer, slots=self.slots, clock=FakeTime().clock())

    async def bars(self, stream: StreamId, *, fit: bool) -> bool:
        """Whether a picture of this stream comes to its slot whole, with bars."""
        self.media.fit_pictures = fit
        self.slots.want(stream, 40, 40)
        before = self.slots.newest(stream)
        self.media.video_frame(stream, white(1000.0))
        async with asyncio.timeout(5):
            while (picture := self.slots.newest(stream)) is before:
                await asyncio.sleep(0.005)
        assert picture is not None
        pixels = np.frombuffer(picture.rgb, np.uint8).reshape(40, 40, 3)
        assert pixels[20, 20].min() > 200
        return bool(pixels[0].max() < 50)


async def test_pictures_fit_whether_they_are_held_or_not() -> None:
    for behind_s in (0.0, 0.05):
        receiving = Receiving(behind_s)
        assert not await receiving.bars(camera("bo"), fit=False)
        assert await receiving.bars(camera("bo"), fit=True)


async def test_a_shared_screen_is_never_cropped() -> None:
    for behind_s in (0.0, 0.05):
        receiving = Receiving(behind_s)
        assert await receiving.bars(screen("bo"), fit=False)


async def test_taps_get_everything_that_is_opened_or_decoded() -> None:
    receiving = Receiving()
    packets: list[StreamId] = []
    pictures: list[StreamId] = []
    receiving.media.packet_taps[:] = [lambda stream, _packet: packets.append(stream)]
    receiving.media.picture_taps.append(lambda stream, _frame: pictures.append(stream))
    receiving.media.audio_packet(voice("bo"), AudioPacket(b"", 0))
    receiving.media.audio_packet(screen("bo").sound, AudioPacket(b"", 0))
    receiving.media.video_frame(screen("bo"), white())
    assert packets == [voice("bo"), screen("bo").sound]
    assert pictures == [screen("bo")]
    assert receiving.media.video[screen("bo")].width == WIDE[0]


async def test_of_who_left_nothing_is_shown_any_more() -> None:
    receiving = Receiving(behind_s=0.2)
    for stream in (camera("bo"), screen("bo"), camera("chi")):
        receiving.slots.want(stream, 8, 8)
        receiving.media.show(stream, white())
        receiving.media.video_frame(stream, replace(white(), at_s=1000.0))
    receiving.media.forget(camera("bo").participant)
    assert receiving.slots.newest(camera("bo")) is None
    assert receiving.slots.newest(screen("bo")) is None
    assert receiving.slots.newest(camera("chi")) is not None


def test_a_screen_that_does_not_change_is_not_frozen() -> None:
    time = FakeTime()
    slots = MemoryPictures()
    media = ReceivedMedia(mixer=Mixer(), slots=slots, clock=time.clock())
    for stream in (camera("bo"), screen("bo")):
        slots.want(stream, 8, 8)
        media._count(stream, white())
    time.now_s += 5
    assert media.is_frozen(camera("bo"))
    assert not media.is_frozen(screen("bo"))
