"""A small copy of a picture that somebody sent, to be drawn among text.

Nothing is decoded before its header was read: what it is, and how large. The trap is a bomb: a file
of some kilobytes that says it has a billion pixels.
"""

from __future__ import annotations

import base64
import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from tui.domain.files import Sample

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
SIDE_MAX: Final = 12_000
PIXELS_MAX: Final = 24_000_000
SAMPLE_SIDE: Final = 96
"""Pixels, of the longer side: as many as a panel of cells can show, and some 27 kB."""


def sample_of(content: bytes) -> tuple[int, int, Sample] | None:
    """Width and height of a picture [pixels], and its sample.

    Returns:
        None for what is no picture, too large a one, or broken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                width, height = picture.size
                if max(width, height) > SIDE_MAX or width * height > PIXELS_MAX:
                    return None
                picture.draft("RGB", (2 * SAMPLE_SIDE, 2 * SAMPLE_SIDE))
                plain = picture.mode in ("RGB", "RGBA", "L")
                small: Image.Image = picture if plain else picture.convert("RGBA")
                small.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX)
                turned = ImageOps.exif_transpose(small).convert("RGBA")
        except Exception:  # Pillow's readers raise whatever broken bytes lead them to
            return None
    if (turned.width > turned.height) != (small.width > small.height):
        width, height = height, width
    flat = Image.new("RGB", turned.size)
    flat.paste(turned, mask=turned.getchannel("A"))
    rgb = base64.b64encode(flat.tobytes()).decode("ascii")
    return width, height, Sample(flat.width, flat.height, rgb)
