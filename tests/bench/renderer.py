"""What one frame costs without an app: `python -m tests.bench.renderer [--json]`.

Prints CPU milliseconds (scaling included) and bytes of a frame by glyph set, depth and size, for
a still scene with sensor noise in which a head moves: every cell redrawn, and as it is in use.

`frame` is the renderer in the plug-in interface of harnesses that judge the picture as well.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does

import numpy as np
from PIL import Image

from tests.bench.camera_clip import camera_clip
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.drawing import drawing_for
from tui.video.raster import shrink_rgb
from tui.video.terminal_picture import TerminalPicture

DEPTHS = {
    "true": ColourDepth.TRUECOLOR,
    "256": ColourDepth.INDEXED,
    "16": ColourDepth.ANSI,
    "mono": ColourDepth.MONO,
}


def frame(
    frame: np.ndarray,
    cols: int,
    rows: int,
    prev: dict[str, Any],
    colors: str = "true",
    glyphs: str = "all",
    tolerance: float | None = None,
) -> tuple[bytes, dict[str, Any]]:
    """Bytes that show `frame`, and the state to come back with.

    Args:
        frame: `(height, width, 3)` RGB.
        cols: Of the terminal.
        rows: Of the terminal.
        prev: The state of the call before; an empty dict at first.
        colors: `true`, `256`, `16` or `mono`.
        glyphs: A glyph set.
        tolerance: See `Look`; 0 redraws exactly.
    """
    look = Look(GlyphSet(glyphs), DEPTHS[str(colors)], tolerance)
    picture = prev.get("picture")
    if picture is None or (picture.columns, picture.rows) != (cols, rows):
        picture = prev["picture"] = TerminalPicture(cols, rows, drawing_for(look))
    picture.use(drawing_for(look))
    raster = shrink_rgb(Image.fromarray(frame), *picture.raster_size)
    return picture.bytes_for(raster), prev


GRIDS = {"80x24": (80, 24), "160x48": (160, 48)}
SOURCE = (640, 480)
FRAMES = 30


def measure(clip: list[np.ndarray], cols: int, rows: int, **look: Any) -> dict[str, float]:
    """CPU and bytes of a frame after the first, scaling included."""
    state: dict[str, Any] = {}
    sizes = [len(frame(clip[0], cols, rows, state, **look)[0])]
    began = time.process_time()
    sizes += [len(frame(picture, cols, rows, state, **look)[0]) for picture in clip[1:]]
    cpu_s = time.process_time() - began
    return {
        "cpu_ms_per_frame": round(1000 * cpu_s / (len(clip) - 1), 2),
        "bytes_per_frame": round(sum(sizes[1:]) / (len(clip) - 1)),
        "bytes_first": sizes[0],
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What a frame costs, by look and size.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--glyphs", default="half,block,all", help="sets, separated by commas")
    parser.add_argument("--colors", default="true,256", help="depths, separated by commas")
    options = parser.parse_args()
    width, height = SOURCE
    clip = [
        np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
        for rgb in camera_clip(width, height, 1, FRAMES)
    ]
    found: dict[str, Any] = {}
    for glyphs in options.glyphs.split(","):
        for colors in options.colors.split(","):
            for name, grid in GRIDS.items():
                look = {"glyphs": glyphs, "colors": colors}
                found.setdefault(f"{glyphs} {colors}", {})[name] = {
                    "all_cells": measure(clip, *grid, tolerance=0, **look),
                    "changed_cells": measure(clip, *grid, **look),
                }
    if options.json:
        print(json.dumps({"looks": found}))
        return
    for look, grids in found.items():
        for name, figures in grids.items():
            for kind, values in figures.items():
                line = "  ".join(f"{key} {value}" for key, value in values.items())
                print(f"{look:10} {name:7} {kind:13} {line}")


if __name__ == "__main__":
    main()
