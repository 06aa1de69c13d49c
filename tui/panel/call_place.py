"""The call as a place where actions are given (`tui.panel.acts.Place`)."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from tui.domain.actions import Scope
from tui.domain.snapshot import Phase
from tui.panel.questions import VOLUME_STEPS, Questions
from tui.panel.view import CallView


class CallPlace:
    """See the module.

    Args:
        view: What is seen of the call.
        stop_connecting: Gives up a join that is under way.
    """

    scope = Scope.CALL
    questions: Questions | None = None
    """Does actions on whoever is chosen on the screen."""

    def __init__(self, view: CallView, stop_connecting: Callable[[], object]) -> None:
        self._view = view
        self._stop_connecting = stop_connecting
        self.handle_action = view.handle_action
        self.focus = view.focus
        self.mount = view.mount

    @property
    def focused(self) -> Widget | None:
        """What has the focus in the view."""
        return self._view.focused

    @property
    def is_covered(self) -> bool:
        """Whether a card lies over the call."""
        return self._view.is_covered

    def first(self, action_id: str, argument: str) -> bool:
        """Do an action that means something else in a call; say whether this was one."""
        if action_id == "call.leave" and self._view.snapshot.phase is Phase.CONNECTING:
            self._stop_connecting()
            return True
        if self.questions is None:
            return False
        if action_id == "audio.volume" and argument in VOLUME_STEPS:
            self.questions.step_volume(argument)
            return True
        # A digit is the number drawn on a tile of this page, not the place in the roster.
        stream = self._view.stage.stream_at(int(argument)) if argument.isdecimal() else None
        if action_id != "tile.pin" or stream is None:
            return False
        self.questions.pin(stream)
        return True
