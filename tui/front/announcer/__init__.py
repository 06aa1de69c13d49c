"""Announcements beyond the screen: read aloud by a program, rung by the bell, silenced for a while.

Both front ends hold one `Announcer` and hand it what they show. `policy` (which voice, which
bell) and `waiting` (what is still to be said) are pure; `voice` speaks, in the sound of the call or
with a `process` of its own.
"""

from tui.front.announcer.announcer import Announcer, others_hear
from tui.front.announcer.programs import NoProgram, find_program
from tui.front.speech_words import AUTO, OFF, SPEAK_WORDS, BellChoice

__all__ = [
    "AUTO",
    "OFF",
    "SPEAK_WORDS",
    "Announcer",
    "BellChoice",
    "NoProgram",
    "find_program",
    "others_hear",
]
