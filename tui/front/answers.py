"""What is said when a command is done, where the session itself says nothing.

The session tells what changed; what was so already is said here.
"""

from __future__ import annotations

from typing import Any

from tui.domain.announcements import Category
from tui.domain.commands import Command
from tui.domain.commands.call import LetAllUnmute, Readmit
from tui.domain.commands.local import (
    Pin,
    SetDeafened,
    SetEarcons,
    SetFitPictures,
    SetLayout,
    Unpin,
)
from tui.domain.commands.own import (
    SetDevice,
    SetHandRaised,
    SetMuted,
    SetProcessing,
    SetVideoPaused,
    StopShare,
)
from tui.domain.meaning import processing_words
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.text import clean
from tui.front.call_words import tile_name
from tui.front.reply import Reply, info


def answer(command: Command[Any], before: Snapshot, after: Snapshot, who: str) -> list[Reply]:
    """The lines.

    Args:
        command: What was done.
        before: The snapshot when it began.
        after: The one now.
        who: Name of the participant meant, if it was about one.
    """
    match command:
        case SetDeafened(wish) if wish == before.deafened:
            return info(f"Sound is {'off' if wish else 'on'} already.")
        case SetLayout(layout) if layout is before.layout:
            return info(f"The layout is {layout.lower()} already.")
        case SetFitPictures(fit):
            return info(f"Pictures {'are shown whole' if fit else 'fill their tiles, cropped'}.")
        case SetEarcons(on):
            return info(f"Short sounds for microphone and hand are {'on' if on else 'off'}.")
        case SetProcessing():
            return info(processing_words(after))
        case SetDevice(kind, name):
            return info(f"{kind.capitalize()} is now {clean(name, 60)}.")
        case Pin():
            return info(f"Pinned {tile_name(who, command.stream)}.")
        case Readmit(participant):
            was = [one.name for one in before.removed if one.id == participant]
            return info(f"{was[0] if was else 'They'} may join again.")
        case LetAllUnmute(on):
            by_themselves = "by themselves again" if on else "only if you let them: /host-let NAME"
            return info(f"The others can turn microphone and camera on {by_themselves}.")
        case Unpin():
            return info("Unpinned." if before.pinned else "Nobody is pinned.")
        case _:
            return _was_so_already(command, before)


def _was_so_already(command: Command[Any], before: Snapshot) -> list[Reply]:
    local = before.local
    if local is None:
        return []
    match command:
        case SetMuted(muted) if muted == local.audio_muted and not before.talking:
            problem = "" if muted else before.problem_of(DeviceKind.MICROPHONE)
            but = f", but it does not work: {problem}" if problem else "."
            told = f"Your microphone is {'off' if muted else 'on'} already{but}"
            if not muted and not problem and before.is_opening(DeviceKind.MICROPHONE):
                told = "Your microphone is opening."
            return [Reply(Category.MIC, told)]
        case SetVideoPaused(paused) if paused == local.video_paused:
            return [Reply(Category.CAM, f"Your camera is {'off' if paused else 'on'} already.")]
        case StopShare() if not local.shares:
            return [Reply(Category.SHARE, "You share nothing.")]
        case SetHandRaised(raised) if raised == (local.hand_raised_at_ms > 0):
            return [Reply(Category.HAND, f"Your hand is {'up' if raised else 'down'} already.")]
        case _:
            return []
