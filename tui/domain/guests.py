"""What a guest of somebody else's machine may do, who came by ssh: see, read and write.

Both lists say what is allowed, so that what is new is not, until somebody thought about it. The
machine is not theirs: no device, file, program, setting, sign-in or clipboard of it is.
"""

from __future__ import annotations

from typing import Final

from tui.domain.commands import Command
from tui.domain.commands import account as _account
from tui.domain.commands import call as _call
from tui.domain.commands import local as _local
from tui.domain.commands import own as _own
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.meaning import reads_terminal

ACTIONS_OF_GUESTS: Final = frozenset(
    {
        "hand.toggle", "panel.chat", "panel.people", "layout.cycle", "quality.menu", "picture.fit",
        "call.leave", "help", "tile.pin", "tile.unpin", "page.next", "page.prev", "panel.events",
        "panel.stats", "status.say", "speaker.say", "chat.say", "chat.reply",
        "captions.show", "idle.stay",
        "picture.set", "announce.set", "announce.quiet", "app.quit", "stage.full", "cmdline",
        "palette", "leader", "redraw",
    }
)  # fmt: skip
"""Ids of rows of the action table."""


def is_for_guests(action_id: str, words: str = "") -> bool:
    """Whether a guest may do what a row of the action table says, with the words typed with it.

    Of shares they have reading: `/share read`.
    """
    reads = action_id == "share.toggle" and reads_terminal(words)
    return reads or action_id in ACTIONS_OF_GUESTS


COMMANDS_OF_GUESTS: Final[tuple[type[Command[object]], ...]] = (
    _account.Init,
    _call.JoinWithToken,
    _call.JoinAsGuest,
    _call.Leave,
    _call.Stay,
    _call.SendChat,
    _call.MarkChatRead,
    _call.SetUnread,
    _call.ReadChat,
    _call.ReadCaptions,
    _call.PressButton,
    _call.GetStats,
    _own.SetHandRaised,
    _own.EndSoundCheck,
    _local.SetLayout,
    _local.SetFitPictures,
    _local.Pin,
    _local.Unpin,
    _local.ReadTerminal,
)
"""What their front end may send; a join is that of their link, without devices."""


def not_for_guests() -> CallsError:
    """A guest asked for what is not theirs."""
    return CallsError(
        ErrorCode.NOT_PERMITTED,
        "That is not for guests of this machine: you see, read and write. For sound, open the "
        "link in a browser.",
    )
