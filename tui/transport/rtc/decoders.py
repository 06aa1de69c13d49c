"""Decoders of the codecs of pictures that aiortc has none for, where PyAV's FFmpeg has them.

Both get the limit on pixels a second time: a frame may say another size than the headers that were
read before (`tui.wire.av1`), and FFmpeg then refuses it without memory for it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import av
from aiortc.codecs.base import Decoder
from aiortc.mediastreams import VIDEO_TIME_BASE
from av.codec.codec import UnknownCodecError

from tui.wire import av1, vp9
from tui.wire.picture_header import MAX_PIXELS

_NAMES: Final = {"VP9": "vp9", "AV1": "libdav1d"}
"""FFmpeg's own AV1 decoder only drives hardware. Of libvpx see `tui.wire.vp9`."""


@cache
def decodable() -> frozenset[str]:
    """Those of `VP9` and `AV1` that this machine's PyAV decodes."""
    return frozenset(codec for codec, name in _NAMES.items() if _has(name))


def _has(name: str) -> bool:
    try:
        av.codec.Codec(name, "r")
    except UnknownCodecError:
        return False
    return True


class _LayerDecoder(Decoder):
    """Decodes the frames of a picture and answers the last, that of the highest spatial layer.

    Args:
        codec: `VP9` or `AV1`.
        frames: Cuts a picture, as it was cut when its size was read.
        options: Of the decoder.
    """

    def __init__(self, codec: str, frames: Callable[[bytes], list[bytes]], **options: str) -> None:
        self._context: Any = av.CodecContext.create(_NAMES[codec], "r")
        self._context.options = {"max_pixels": str(MAX_PIXELS), **options}
        self._frames = frames

    def decode(self, encoded_frame: Any) -> list[Any]:
        """See `aiortc.codecs.base.Decoder`; `av.FFmpegError` for what is no picture."""
        shown: list[Any] = []
        try:
            frames = self._frames(encoded_frame.data)
        except ValueError as error:
            raise av.InvalidDataError(errno.EINVAL, str(error)) from None
        for data in frames:
            packet = av.Packet(data)
            packet.pts, packet.time_base = encoded_frame.timestamp, VIDEO_TIME_BASE
            shown = self._context.decode(packet) or shown
        return shown[-1:]


def vp9_decoder() -> Decoder:
    """Of frames and superframes."""
    return _LayerDecoder("VP9", vp9.frames_of)


def av1_decoder() -> Decoder:
    """Of temporal units, each of which comes out at once."""
    return _LayerDecoder("AV1", av1.frames_of, alllayers="1", max_frame_delay="1")


DECODERS: Final[Mapping[str, Callable[[], Decoder]]] = {"VP9": vp9_decoder, "AV1": av1_decoder}
