"""VP9 and AV1 as a browser sends them: every picture whole, at once, and of a fit size."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import av
import pytest

from tests.coded_pictures import LAYERS_SIZE, captured, encoded, packets
from tests.wire.test_vp9 import inter
from tui.domain.media import EncodedPicture
from tui.transport.rtc import decoders
from tui.transport.rtc.coded import AV1, CODED, VP9, Coded
from tui.transport.rtc.decoders import DECODERS, decodable
from tui.transport.rtc.picture_buffer import ASK_EVERY_S, PATIENCE_S, PictureBuffer
from tui.wire import vp9

CODECS = pytest.mark.parametrize("codec", [VP9, AV1], ids=lambda codec: codec.name)


def decoded(decoder: Any, data: bytes, timestamp: int = 0) -> list[Any]:
    frames: list[Any] = decoder.decode(SimpleNamespace(data=data, timestamp=timestamp))
    return frames


def test_this_machine_decodes_both() -> None:
    assert decodable() == DECODERS.keys()


@CODECS
def test_each_picture_gives_its_highest_layer_at_once(codec: Coded) -> None:
    decoder = DECODERS[codec.name]()
    for number, payloads in enumerate(captured(codec.name)):
        (frame,) = decoded(decoder, codec.picture_of(payloads), 6000 * number)
        assert (frame.width, frame.height) == LAYERS_SIZE
        assert frame.pts == 6000 * number
        red, green, blue = frame.to_ndarray(format="rgb24")[:, 320].mean(axis=0)
        assert red < 80 and green < 100 and blue > 160  # the browser sent (40, 60, 200)


@CODECS
def test_a_lower_layer_alone_is_a_picture_too(codec: Coded) -> None:
    """As a bridge sends it that leaves the upper one out."""
    cut = vp9.frames_of if codec is VP9 else decoders.av1.frames_of
    decoder = DECODERS[codec.name]()
    for payloads in captured(codec.name):
        (frame,) = decoded(decoder, cut(codec.picture_of(payloads))[0])
        assert (frame.width, frame.height) == (320, 180)


@CODECS
def test_the_decoder_itself_refuses_what_is_too_large(
    codec: Coded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoders, "MAX_PIXELS", 160 * 120 - 1)
    with pytest.raises(av.FFmpegError):
        decoded(DECODERS[codec.name](), encoded(codec.name, 160, 120, 1)[0])
    monkeypatch.setattr(decoders, "MAX_PIXELS", 256 * 120)  # FFmpeg counts columns by 64
    assert decoded(DECODERS[codec.name](), encoded(codec.name, 160, 120, 1)[0])


@CODECS
def test_garbage_is_an_error_that_is_expected_of_a_decoder(codec: Coded) -> None:
    decoder = DECODERS[codec.name]()
    whole = codec.picture_of(captured(codec.name)[0])
    for data in (whole[: len(whole) // 2], b"\xff" * 50, b"\x12\x00"):
        try:
            frames = decoded(decoder, data)
        except av.FFmpegError:
            continue
        assert len(frames) <= 1


class Line:
    """A buffer for packets of one codec after another, by payload type."""

    def __init__(self, **codecs: int) -> None:
        self.now_s = 100.0
        self.asked = 0
        self.refused: list[tuple[int, int]] = []
        self.encoded: list[EncodedPicture] = []
        names = {number: name for name, number in codecs.items()}
        self.buffer = PictureBuffer(
            lambda: 0,
            refused=lambda *size: self.refused.append(size),
            encoded=lambda picture: bool(self.encoded.append(picture)),
            coded=lambda packet: CODED[names[packet.payload_type]],
            clock=lambda: self.now_s,
        )

    def take(self, some: list[SimpleNamespace]) -> list[bytes]:
        given = []
        for packet in some:
            ask, picture = self.buffer.add(packet)
            self.asked += ask
            if picture is not None:
                given.append(picture.data)
        return given


@CODECS
def test_whole_pictures_come_with_their_last_packets(codec: Coded) -> None:
    line = Line(**{codec.name: 98})
    pictures = captured(codec.name)
    assert line.take(packets(pictures)) == [codec.picture_of(one) for one in pictures]
    assert {one.codec for one in line.encoded} == {codec.name}
    assert line.encoded[0].key_size == LAYERS_SIZE
    assert line.encoded[-1].key_size is None


@CODECS
def test_after_a_loss_the_next_key_picture_is_the_next_shown(codec: Coded) -> None:
    line = Line(**{codec.name: 98})
    key, *others = captured(codec.name)
    follow = [one for one in others if not codec.begins_key(one[0])]
    cut = packets([key, *follow, key, follow[0]])
    lost = next(index for index, one in enumerate(cut) if one.timestamp == 6000)
    before, after = cut[:lost], cut[lost + 1 :]
    assert len(line.take(before)) == 1
    asked = line.asked
    line.now_s += ASK_EVERY_S
    end = 6000 * (1 + len(follow))
    assert line.take([one for one in after if one.timestamp < end]) == []
    line.now_s += PATIENCE_S
    given = line.take([one for one in after if one.timestamp >= end])
    assert given == [codec.picture_of(key), codec.picture_of(follow[0])]
    assert line.asked > asked


def test_a_frame_that_grows_beyond_what_is_decoded_is_dropped_and_said() -> None:
    line = Line(VP9=98)
    key, *_ = captured("VP9")
    huge = b"\x48" + inter(60_000, 50_000)
    assert len(line.take(packets([key, [huge], key]))) == 2
    assert line.refused == [(60_000, 50_000)]


def test_pictures_of_another_codec_begin_with_a_key_picture_of_theirs() -> None:
    line = Line(VP9=98, AV1=45)
    of_vp9, of_av1 = captured("VP9"), captured("AV1")
    some = packets(of_vp9[:1])
    following = [one for one in of_av1 if not AV1.begins_key(one[0])][:1]
    then = packets([*following, of_av1[0]], payload_type=45, first=65530 + len(some))
    assert line.take(some) == [VP9.picture_of(of_vp9[0])]
    assert line.take(then) == [AV1.picture_of(of_av1[0])]
