"""Pictures: planes to a raster, a raster to cells, cells to bytes. No device, no screen.

The way of a picture: `raster` (planes or RGB shrunk to a few pixels a cell; `cells.raster_size`
tells how many for a look) -> `delta` (which cells changed beyond noise) -> `drawing` (the best
glyph and colours of those, in one `Look`) -> `ansi` (rows of text). `terminal_picture` does all
of it for a terminal that shows nothing else, `tui.widgets.tile_strip` for one that does.
"""
