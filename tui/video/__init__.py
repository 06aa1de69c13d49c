"""Pictures: planes to a raster, a raster to cells, cells to terminal bytes. No device, no screen."""
