"""What the green room tells about terminal, talk key, server and sound."""

from __future__ import annotations

from typing import Final

from textual.geometry import Size

from tui.domain.talk import Sensing
from tui.domain.text import clean

_TALK_KEY: Final = {
    Sensing.RELEASES: "hold Space to talk",
    Sensing.REPEATS: "hold Space to talk, or tap it to start and again to stop",
    Sensing.TAPS: "tap Space to start to talk, and again to stop",
}


def facts(size: Size, terminal: str, sensing: Sensing, server: str, whose_sound: str) -> list[str]:
    """Lines for the green room.

    Args:
        size: Of the terminal [cells].
        terminal: What it is, a sentence; empty when nobody looked.
        sensing: What is known of its keys.
        server: Address of the server to be joined; may be empty.
        whose_sound: Whose devices these are, when that is not obvious.
    """
    told = [
        f"Terminal  {size.width}x{size.height}. {terminal}".rstrip(),
        f"Talk key  {_TALK_KEY[sensing]}",
    ]
    if server:
        told.append(f"Server    {clean(server, 60)}")
    if whose_sound:
        told.append(f"! {whose_sound}")
    return told
