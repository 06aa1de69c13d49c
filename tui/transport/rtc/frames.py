"""Pictures as PyAV has them, to and from planes."""

from __future__ import annotations

from typing import Any

import av
import numpy as np

from tui.domain.media import PlanarFrame

_PLANAR_420 = ("yuv420p", "yuvj420p")


def to_planar(frame: av.VideoFrame, at_s: float) -> PlanarFrame:
    """The planes of a decoded picture, without a copy where its format allows.

    The views stay valid only as long as `frame` does.
    """
    if frame.format.name not in _PLANAR_420:
        frame = frame.reformat(format="yuv420p")
    y, u, v = frame.planes[:3]
    return PlanarFrame(
        width=frame.width,
        height=frame.height,
        y=memoryview(y),
        u=memoryview(u),
        v=memoryview(v),
        y_stride=y.line_size,
        uv_stride=u.line_size,
        at_s=at_s,
    )


def from_planar(picture: PlanarFrame) -> av.VideoFrame:
    """A picture for the encoder, copied. Odd sizes lose their last column or row.

    VP8 codes 4:2:0: libvpx takes odd sizes, but scalers and viewers of other clients do not all.

    Raises:
        ValueError: The planes are shorter than size and stride say.
    """
    width, height = picture.width & ~1, picture.height & ~1
    frame = av.VideoFrame(width, height, "yuv420p")
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    planes = (
        (picture.y, picture.y_stride),
        *((c, picture.uv_stride) for c in (picture.u, picture.v)),
    )
    for plane, (source, stride), (columns, rows) in zip(frame.planes, planes, sizes, strict=False):
        target = _rows(plane, plane.line_size, rows)
        target[:, :columns] = _rows(source, stride, rows)[:, :columns]
    return frame


def _rows(buffer: Any, stride: int, rows: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    # The last row of a plane may be cut at its width: then it is not rows * stride long.
    flat = np.frombuffer(buffer, np.uint8)
    if flat.size >= stride * rows:
        return flat[: stride * rows].reshape(rows, stride)
    whole = np.zeros(stride * rows, np.uint8)
    if flat.size <= stride * (rows - 1):
        raise ValueError(f"plane of {flat.size} bytes for {rows} rows of {stride}")
    whole[: flat.size] = flat
    return whole.reshape(rows, stride)
