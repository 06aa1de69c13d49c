"""Pictures and moving pictures that Pillow reads: photos, drawings, GIF, WebP.

Pillow heeds the camera's orientation and says what is transparent; FFmpeg does neither, and knows
no animated WebP. Everything is flattened on black, so that a moving picture looks as a still does.

The traps: a phone's JPEG may hold a second, small picture (MPO), which makes it no film; a large
photo takes a gigabyte unless it is shrunk while it is decoded; and Pillow cuts what is deeper than
8 bits off instead of scaling it.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from tui.domain.text import clean
from tui.ports.clips import ClipPicture
from tui.video.raster import shrink_rgb

_MAX_PIXELS: Final = 200_000_000
_MOVING_MAX_PIXELS: Final = 16_000_000
_MOVING: Final = frozenset({"GIF", "WEBP", "PNG"})
"""Formats whose many pictures are a film."""
_ENOUGH: Final = 2560
"""The longer side that a photo may be shrunk to while it is decoded; more shows on no terminal."""
_STILL_FPS: Final = 5.0
_SHORTEST_S: Final = 0.02
_UNSAID_S: Final = 0.1
"""How long a picture stays that says nothing, or less than the shortest; as browsers have it."""


class StillClip:
    """One picture, for ever.

    Args:
        label: For the screen.
        image: RGB.
    """

    fps = _STILL_FPS
    duration_s = 0.0
    still = True

    def __init__(self, label: str, image: Image.Image) -> None:
        self.label = label
        self.width, self.height = image.size
        self._image = image
        self._given = False

    def seek(self, to_s: float) -> None:
        """The picture may be had once more."""
        self._given = False

    def next_picture(self, width: int, height: int, *, not_before_s: float) -> ClipPicture | None:
        """The picture; None after it."""
        if self._given:
            return None
        self._given = True
        return ClipPicture(0.0, shrink_rgb(self._image, width, height))

    def close(self) -> None:
        """Nothing is held."""


class MovingClip:
    """Pictures that follow one another.

    Args:
        label: For the screen.
        image: Opened.
        file: Which it is in; this clip closes it.
    """

    still = False
    duration_s = 0.0

    def __init__(self, label: str, image: Image.Image, file: IO[bytes]) -> None:
        self.label = label
        self._file = file
        self.width, self.height = image.size
        self._image = image
        self._count = int(getattr(image, "n_frames", 1))
        self._number, self._at_s = 0, 0.0
        self.fps = 1 / self._stays_s()

    def seek(self, to_s: float) -> None:
        """From the beginning; what is before `to_s` is decoded, for pictures build on others."""
        self._number, self._at_s = 0, 0.0
        while self._number < self._count - 1 and self._at_s + self._stays_s() <= to_s:
            self._step()

    def next_picture(self, width: int, height: int, *, not_before_s: float) -> ClipPicture | None:
        """The next picture; see `Clip`."""
        while self._number < self._count:
            try:
                self._image.seek(self._number)
                flat, at_s = _flat(self._image), self._at_s
            except (EOFError, OSError, ValueError):
                return None  # cut off
            self._step()
            if self._at_s > not_before_s or self._number == self._count:
                return ClipPicture(at_s, shrink_rgb(flat, width, height))
        return None

    def _step(self) -> None:
        self._at_s += self._stays_s()
        self._number += 1

    def _stays_s(self) -> float:
        with contextlib.suppress(EOFError, OSError, ValueError):
            if self._number < self._count:
                self._image.seek(self._number)
                self._image.load()  # WebP says it no sooner
        stays_s = float(self._image.info.get("duration") or 0) / 1000
        return stays_s if stays_s >= _SHORTEST_S else _UNSAID_S

    def close(self) -> None:
        """Close the file."""
        self._image.close()
        self._file.close()


def open_picture(path: str) -> StillClip | MovingClip | None:
    """The pictures of a file; None when Pillow does not know it.

    Raises:
        OSError, ValueError: It can't be read, or is too large.
    """
    with contextlib.ExitStack() as closing:
        # Opened here: Pillow forgets to close what holds an animated WebP.
        file = closing.enter_context(open(path, "rb"))
        try:
            with _any_size():
                opened = Image.open(file)
        except UnidentifiedImageError:
            return None
        label = clean(Path(path).name, 60)
        moves = opened.format in _MOVING and getattr(opened, "is_animated", False)
        if opened.width * opened.height > (_MOVING_MAX_PIXELS if moves else _MAX_PIXELS):
            raise ValueError(f"it has {opened.width} by {opened.height} pixels")
        if moves:
            closing.pop_all()
            return MovingClip(label, opened, file)
        share = min(1.0, _ENOUGH / max(opened.size))
        wanted = int(opened.width * share), int(opened.height * share)
        opened.draft("RGB", wanted)  # JPEG alone; others take no notice
        _load(opened)
        return StillClip(label, _flat(ImageOps.exif_transpose(opened)))


@contextlib.contextmanager
def _any_size() -> Iterator[None]:
    """Pillow warns of large pictures, and refuses some that we take; the size is looked at here."""
    most, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = most


def _load(opened: Image.Image) -> None:
    """Decode a picture; of one that is cut off, as much as there is.

    Raises:
        OSError: There is nothing of it.
    """
    try:
        opened.load()
    except OSError:
        if opened.format != "JPEG":
            raise
        assert isinstance(opened, ImageFile.ImageFile)
        opened.tile = []  # what has been decoded is all there is
        extrema = opened.getextrema()
        bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
        if all(low == high for low, high in bands):
            raise


def _flat(image: Image.Image) -> Image.Image:
    """RGB, what is transparent black."""
    if image.mode[:1] in "IF":  # 16 and 32 bits, and floating point
        deep = np.asarray(image, np.float64)
        most = 65_535.0 if image.mode.startswith("I") and deep.max() > 255 else deep.max()
        return Image.fromarray((deep / (most or 1.0) * 255).clip(0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    if image.mode in ("RGB", "L", "CMYK", "YCbCr", "1") and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    flat = Image.new("RGB", rgba.size)
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat
