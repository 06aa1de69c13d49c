"""Plays a clip in a terminal that is its own: `cellcall picture`. Knows no Textual and no call."""
