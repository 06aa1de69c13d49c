"""The one message by which widgets and screens ask for an action of the action table."""

from __future__ import annotations

from textual.message import Message

from tui.domain.participant import Participant


class Act(Message):
    """Do what one row of `tui.domain.actions.ACTIONS` says."""

    def __init__(self, action_id: str, argument: str = "") -> None:
        super().__init__()
        self.action_id = action_id
        self.argument = argument


class CommandTyped(Message):
    """A command line, without its `:` or `/`."""

    def __init__(self, text: str, about: Participant | None = None) -> None:
        super().__init__()
        self.text = text
        self.about = about
        """Not a command then, but how loud this one is to be heard [percent]."""
