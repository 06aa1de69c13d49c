"""What the session needs from the world, as Protocols, so that it names no library."""
