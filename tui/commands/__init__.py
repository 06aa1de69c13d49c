"""From an action somebody chose to what the session does about it, for both front ends.

`switchboard` makes a wish of a row of the action table and its words, says whether it is to be
asked first, and fulfils it; `errands` are what takes several steps; `answers` are what is said
afterwards. A front end handles itself only what changes nothing but its own screen.
"""

from __future__ import annotations

from typing import Final

from tui.commands.line import Line
from tui.commands.switchboard import Switchboard, Wish, why_not

__all__ = ["FRONT_END_ACTIONS", "Line", "Switchboard", "Wish", "why_not"]

FRONT_END_ACTIONS: Final = frozenset(
    {
        "help",
        "mic.talk",
        "panel.events",
        "page.next",
        "page.prev",
        "announce.set",
        "announce.quiet",
        "speech.set",
        "speech.stop",
        "picture.set",
        "quality.menu",
        "session.new",
        "session.join",
        "session.refresh",
        "session.logout",
        "app.quit",
    }
)
"""Actions each front end does by itself (besides the `visual_only` ones)."""
