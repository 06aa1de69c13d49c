"""A picture's file as a camera's frame, computed here so that every machine has the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from tui.domain.media import PlanarFrame

_LARGEST: Final = (640, 480)
_YUV: Final = np.array(
    [[65.738, 129.057, 25.064], [-37.945, -74.494, 112.439], [112.439, -94.154, -18.285]]
)
"""Limited-range BT.601 of 8-bit RGB, in 256ths."""
_OFFSET: Final = np.array([16.0, 128.0, 128.0])


def still_frame(path: Path) -> PlanarFrame:
    """The picture, at most 640x480 pixels and of even sides."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail(_LARGEST)
    width, height = max(2, picture.width // 2 * 2), max(2, picture.height // 2 * 2)
    rgb = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float64)
    yuv = np.rint(rgb @ _YUV.T / 256 + _OFFSET).clip(0, 255).astype(np.uint8)
    u, v = (np.ascontiguousarray(yuv[::2, ::2, plane]).tobytes() for plane in (1, 2))
    y = np.ascontiguousarray(yuv[:, :, 0]).tobytes()
    return PlanarFrame(width, height, y, u, v, width, width // 2)
