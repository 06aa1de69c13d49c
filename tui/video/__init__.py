"""Pictures: planes to a raster, a raster to cells, cells to bytes. No device, no screen.

The way of a picture: `raster` (planes or RGB shrunk to a few pixels a cell; `cells.raster_size`
tells how many for a look) -> `delta` (which cells changed beyond noise) -> `drawing` (the best
glyph and colours of those, in one `Look`) -> `ansi` (rows of text). `terminal_picture` does all
of it for a terminal that shows nothing else, `tui.widgets.tile_strip` for one that does.

Why cells, and no pixels where a terminal has them (kitty graphics, sixel)? One picture of 640x384
pixels, or 80x24 cells, takes 12-15 ms CPU and 176 kB as sixel, 13-18 ms and 670 kB for kitty with
zlib, 1.5 ms and 985 kB raw, about 4 kB as cells. Only kitty's shared memory is cheap enough (1.3
ms, 46 bytes), and only on the same machine, outside tmux.
"""
