"""How much to draw: what the link to the terminal carries, and who gets how much of it. Pure."""
