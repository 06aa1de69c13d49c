"""Sound devices, cameras, files and synthetic sources."""
