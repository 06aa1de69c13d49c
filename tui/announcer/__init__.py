"""Announcements beyond the screen: read aloud by a program, rung by the bell, silenced for a while.

Both front ends hold one `Announcer` and hand it what they show. `policy` (which voice, which
bell) and `waiting` (what is still to be said) are pure; `voice` owns the speaking program.
"""

from tui.announcer.announcer import Announcer
from tui.announcer.policy import BellWish
from tui.announcer.programs import SPEAK_WORDS

__all__ = ["SPEAK_WORDS", "Announcer", "BellWish"]
