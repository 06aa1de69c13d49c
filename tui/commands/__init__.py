"""What each action does, for both front ends: a deed on the handle and the words that answer it.

A front end looks up a row of the action table and calls `perform`; it handles itself only what
changes nothing but its own screen (opening a panel). Replies are lines of a category and a
sentence, so the app can announce them and the linear front end print them.

Deeds stand in modules by topic, each with the rows it serves; a new one is a row there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands import hosting, own, seeing, sound, telling
from tui.commands.request import Deed, Line, Request, Say
from tui.ports.handle import Handle

__all__ = ["DEEDS", "FRONT_END_ACTIONS", "Line", "perform"]

DEEDS: Final[Mapping[str, Deed]] = {
    **own.DEEDS,
    **sound.DEEDS,
    **seeing.DEEDS,
    **telling.DEEDS,
    **hosting.DEEDS,
}
"""Deeds by action id. Actions not here belong to the front ends themselves."""

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


async def perform(
    action_id: str,
    argument: str,
    handle: Handle,
    now_ms: int,
    *,
    say: Say = lambda _line: None,
    whose_sound: str = "",
) -> list[Line]:
    """Do what `action_id` says; `say` hears what comes before the answer is complete.

    Raises:
        CallsError: What the handle refused, or `VALIDATION_ERROR` for a bad argument.
        KeyError: If the front end should have handled this action itself.
    """
    return await DEEDS[action_id](Request(handle, argument, now_ms, say, whose_sound))
