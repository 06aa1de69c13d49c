"""Pictures: planes to a raster, a raster to cells, cells to bytes. No device, no screen."""
