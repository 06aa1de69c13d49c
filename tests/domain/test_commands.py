"""Every command can be sent, and the action table makes what its rows say."""

from __future__ import annotations

from types import ModuleType

import pytest

from tui.domain.actions import ACTIONS
from tui.domain.commands import KINDS, AboutParticipant, Command, account, call, local, own


@pytest.mark.parametrize("module", [account, call, local, own], ids=lambda m: m.__name__)
def test_no_command_is_left_out_of_its_union(module: ModuleType) -> None:
    made_here = {
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Command)
        and kind.__module__ == module.__name__
    }
    assert made_here
    assert made_here <= set(KINDS), "a command in no union can't be sent"


def test_names_on_the_wire_are_unique() -> None:
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS)


def test_what_is_done_to_somebody_says_to_whom() -> None:
    about = {kind.__name__ for kind in KINDS if issubclass(kind, AboutParticipant)}
    assert about == {"MuteOther", "StopVideoOf", "Remove", "LetUnmute", "SetVolume", "Pin"}


def test_only_what_can_not_be_undone_is_no_unless_said() -> None:
    asked = {action.id: action.asks.default for action in ACTIONS if action.asks is not None}
    no = {"share.toggle": False, "record.toggle": False, "host.remove": False, "call.end": False}
    assert asked == {"call.leave": True, "app.quit": True, **no}
