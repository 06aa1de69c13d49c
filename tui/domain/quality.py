"""What a person wants of the pictures: their quality, and how much of the link they may take."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean


class PictureQuality(StrEnum):
    """How pictures are to be drawn."""

    AUTO = "auto"
    """As well as terminal and link allow."""
    HIGH = "high"
    """Always with everything the terminal can; on a slow link that means fewer pictures."""
    LOW = "low"
    """Few pictures, drawn plainly."""
    STILLS = "stills"
    """A still picture now and then."""
    AUDIO = "audio"
    """No pictures, and none are received."""


LEAST_BITS_PER_S: Final = 16_000
"""Below, not even still pictures come along."""
_BITRATE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([km]?)(?:bit/s|bps)?", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class QualityChoice:
    """What was chosen."""

    quality: PictureQuality = PictureQuality.AUTO
    max_bits_per_s: int | None = None
    """Most that pictures may take of the link to the terminal; None: what it carries."""


def parse_quality(text: str) -> PictureQuality:
    """A quality by its word.

    Raises:
        CallsError: `VALIDATION_ERROR` naming what came and what is allowed.
    """
    word = text.strip().lower()
    if word not in set(PictureQuality):
        raise CallsError(
            ErrorCode.VALIDATION,
            f"quality came as {clean(text, 40)!r}; allowed: {', '.join(PictureQuality)}.",
            field="quality",
        )
    return PictureQuality(word)


def parse_bitrate(text: str) -> int:
    """Bit/s from `500k`, `2M`, `1.5M` or a plain number.

    Raises:
        CallsError: `VALIDATION_ERROR` naming what came and what is allowed.
    """
    found = _BITRATE.fullmatch(text.strip())
    rate = round(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if rate < LEAST_BITS_PER_S:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"max-bitrate came as {clean(text, 40)!r}; allowed: bits a second such as 500k or 2M, "
            f"{LEAST_BITS_PER_S // 1000}k or more.",
            field="max_bitrate",
        )
    return rate


def bitrate_words(bits_per_s: float) -> str:
    """`840 kbit/s`, `2.4 Mbit/s`."""
    if bits_per_s >= 1_000_000:
        return f"{bits_per_s / 1_000_000:.1f} Mbit/s"
    return f"{bits_per_s / 1000:.0f} kbit/s"
