"""Pictures to and from planes, and what of ours is sent how large and at what rate."""

from __future__ import annotations

import asyncio

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from tests.transport.media import picture
from tui.domain.media import PlanarFrame
from tui.transport.rtc.frames import from_planar, to_planar
from tui.transport.rtc.send_rate import Uplink, full_rate, next_share
from tui.transport.rtc.tracks import CameraTrack, smaller

# Pictures


@pytest.mark.parametrize("size", [(320, 240), (161, 121), (2, 2), (1279, 719)])
def test_strides_and_odd_sizes(size: tuple[int, int]) -> None:
    frame = from_planar(picture((40, 90, 200), size))
    assert (frame.width, frame.height) == (size[0] & ~1, size[1] & ~1)
    planar = to_planar(frame, 1.5)
    y = np.frombuffer(planar.y, np.uint8).reshape(-1, planar.y_stride)[:, : planar.width]
    u = np.frombuffer(planar.u, np.uint8).reshape(-1, planar.uv_stride)[:, : planar.width // 2]
    v = np.frombuffer(planar.v, np.uint8).reshape(-1, planar.uv_stride)[:, : planar.width // 2]
    assert [np.unique(plane).tolist() for plane in (y, u, v)] == [[40], [90], [200]]


def test_an_odd_decoded_picture_has_all_its_chroma() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((121, 161, 3), 128, np.uint8), "rgb24")
    planar = to_planar(frame, 0.0)
    assert (planar.width, planar.height) == (161, 121)
    assert len(planar.y) >= planar.y_stride * 121
    assert len(planar.u) >= planar.uv_stride * 61
    assert planar.uv_stride >= 81


def test_planes_too_short_are_refused() -> None:
    whole = picture((1, 2, 3), (64, 64))
    broken = type(whole)(64, 64, whole.y[:100], whole.u, whole.v, whole.y_stride, whole.uv_stride)
    with pytest.raises(ValueError, match="plane of 100 bytes"):
        from_planar(broken)


def test_the_rate_follows_loss_and_comes_back() -> None:
    assert full_rate((320, 240)) == 468_960
    assert full_rate((1920, 1080)) == 1_200_000
    share = 1.0
    for _ in range(20):
        share = next_share(share, 0.3)
    assert share == 0.05
    assert next_share(0.5, 0.05) == 0.5
    for _ in range(70):
        share = next_share(share, 0.0)
    assert share == 1.0


async def test_what_a_narrow_line_lost_does_not_hold_back_a_wide_one() -> None:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    uplink = Uplink(pc.addTransceiver("video").sender, lambda: (320, 240), lambda _picture: False)
    encoder, full = uplink._encoder, full_rate((320, 240))
    encoder.target_bitrate = 3_000_000  # as aiortc does when the receiver says so
    uplink.take(0.0)
    assert not encoder.is_narrow
    encoder.target_bitrate = 200_000
    for lost in (0.4, 0.4, 0.3, 0.0):
        uplink.take(lost)
    assert encoder.ceiling_bits_per_s < 0.7 * full
    assert encoder.is_narrow
    encoder.target_bitrate = 800_000
    uplink.take(0.0)
    assert encoder.ceiling_bits_per_s == full
    for _ in range(3):
        uplink.take(0.3)  # a wide line that loses is another matter
    encoder.target_bitrate = 900_000
    uplink.take(0.0)
    assert encoder.ceiling_bits_per_s < 0.7 * full
    await pc.close()


# What nobody receives is not encoded


async def test_pictures_nobody_receives_are_taken_but_not_given_to_the_encoder() -> None:
    class Counting:
        size = (16, 16)
        taken = 0

        async def next_frame(self) -> PlanarFrame:
            self.taken += 1
            await asyncio.sleep(0)
            plane = bytes(16 * 16)
            return PlanarFrame(16, 16, plane, plane[:64], plane[:64], 16, 8)

    source = Counting()
    track = CameraTrack(source, muted=False)
    assert (await track.recv()).width == 16
    track.divisor = None
    waiting = asyncio.create_task(track.recv())
    while source.taken < 20:
        await asyncio.sleep(0)
    assert not waiting.done()
    track.divisor = 1
    assert (await waiting).width == 16


async def test_pictures_are_no_larger_than_anybody_wants_them() -> None:
    class Bars:
        size = (320, 240)

        async def next_frame(self) -> PlanarFrame:
            return picture((90, 120, 130), (320, 240))

    track = CameraTrack(Bars(), muted=False)
    sizes = []
    for divisor in (1, 2, 4, 1):
        track.divisor = divisor
        frame = await track.recv()
        assert (frame.width, frame.height) == track.sent_size
        sizes.append(track.sent_size)
    assert sizes == [(320, 240), (160, 120), (80, 60), (320, 240)]
    assert smaller((100, 100), 4) == (100, 100), "too small to be made smaller"
