"""Sound arithmetic: Opus, playout buffer, mixing, levels. No device, no network."""
