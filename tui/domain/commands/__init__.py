"""Commands: everything that can be done with a session, each a value.

A key, a menu, a typed line and a library call all make the same value; a question keeps it until
it is answered; `Handle.do` carries it; `tui.session.seat` matches on it. Whoever is meant is in it
by participant id, never as text to be found again: the roster changes while a question is open.

Each one stands in a module by topic, and in that module's union; a command that is in no union
can't be sent.
"""

from __future__ import annotations

from typing import get_args

from tui.domain.commands.account import AccountCommand
from tui.domain.commands.call import CallCommand
from tui.domain.commands.command import AboutParticipant, Command
from tui.domain.commands.local import LocalCommand
from tui.domain.commands.own import OwnCommand

__all__ = ["KINDS", "AboutParticipant", "AnyCommand", "Command"]

AnyCommand = AccountCommand | CallCommand | OwnCommand | LocalCommand

KINDS: tuple[type[Command[object]], ...] = get_args(AnyCommand)
"""Every class of command."""
