"""The governor's state as a person reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.domain.ids import StreamId
from tui.domain.look import ColourDepth, Look
from tui.domain.quality import PictureQuality, bitrate_words
from tui.governor.governor import Report, TileReport

_DEPTHS: Final = {
    ColourDepth.TRUECOLOR: "all colours",
    ColourDepth.INDEXED: "256 colours",
    ColourDepth.ANSI: "16 colours",
    ColourDepth.MONO: "no colours",
}
QUALITY_HELP: Final = {
    PictureQuality.AUTO: "As good as terminal and link allow",
    PictureQuality.HIGH: "Always the best, however few a second",
    PictureQuality.LOW: "Five a second, in larger cells",
    PictureQuality.STILLS: "One every five seconds",
    PictureQuality.AUDIO: "None, and none are received",
}


def link_words(report: Report) -> str:
    """As in `Terminal: 0.9 Mbit/s measured, 0.5 Mbit/s in use, round trip 61 ms (52 at best)`."""
    if not report.bits_per_s:
        return "Terminal: its link is not measured here."
    how = "measured" if report.measured else "assumed"
    if report.capped:
        how = "allowed"
    parts = [
        f"{bitrate_words(report.bits_per_s)} {how}",
        f"{bitrate_words(report.bits_used_per_s)} in use",
    ]
    if report.answers:
        parts.append(
            f"round trip {report.round_trip_s * 1000:.0f} ms ({report.base_s * 1000:.0f} at best)"
        )
    elif report.answers is False:
        parts.append("it does not answer, so its delay is not known")
    return f"Terminal: {', '.join(parts)}."


def video_words(report: Report) -> str:
    """As in `Video 5 pictures a second (slow link)`."""
    if report.quality is PictureQuality.AUDIO:
        return "Video off (your choice)."
    if not report.tiles:
        return "Video: nobody shows a picture."
    why = f" ({report.reason})" if report.reason else ""
    if all(tile.still for tile in report.tiles):
        return f"Video: still pictures{why}."
    return f"Video {report.fps:.0f} pictures a second{why}."


def tile_words(tile: TileReport, name: str) -> str:
    """As in `Ana: 4.8 of 5 pictures a second, half, 256 colours`."""
    # A tenth tells something of few only; of many it is the unrest of the clock.
    figure = f"{tile.fps:.1f}" if tile.fps < 10 else f"{tile.fps:.0f}"
    rate = (
        "still pictures" if tile.still else f"{figure} of {tile.fps_allowed:.0f} pictures a second"
    )
    return f"{name}: {rate}, {look_words(tile.look)}."


def look_words(look: Look) -> str:
    """As in `octant, all colours`."""
    size = "" if look.block == 1 else " in larger cells"
    return f"{look.glyphs}{size}, {_DEPTHS[look.depth]}"


def report_lines(report: Report, name_of: Callable[[StreamId], str]) -> list[str]:
    """Everything, one sentence a line."""
    return [
        link_words(report),
        video_words(report),
        *(tile_words(tile, name_of(tile.stream)) for tile in report.tiles),
    ]


def hint(report: Report) -> str:
    """What to say the first time that pictures are held back."""
    return (
        f"Fewer pictures are drawn ({report.reason}), so that keys are answered at once. "
        "Press a, or type /quality, to choose."
    )
