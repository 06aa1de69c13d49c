"""Keys of the app before a screen gets them: no pastes, no auto-repeat, and Tab at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from textual import events
from textual.app import App
from textual.widget import Widget
from textual.widgets import Input

from tui.domain.talk import Sensing
from tui.panel.acts import Acts
from tui.panel.key_events import KeyReleased, is_repeat
from tui.panel.key_gate import KeyGate
from tui.panel.talk import TALK_KEYS
from tui.screens.shown import Shown
from tui.widgets.command_line import CommandLine
from tui.widgets.field import LineInput

_FOCUS_KEYS: Final = ("tab", "shift+tab")


class AppKeys:
    """See the module. A call's panel has a gate of its own (`tui.panel.call_keys`).

    Args:
        app: Whose keys they are.
        shown: Which screen they go to.
        acts: What letters mean out of a call.
        forward: Gives a key to the screen.
        on_paste: Called once for each paste dropped.
        sensing: What is known of the terminal's keys.
    """

    def __init__(
        self,
        app: App[int],
        shown: Shown,
        acts: Acts,
        *,
        forward: Callable[[events.Key], Awaitable[None]],
        on_paste: Callable[[], None],
        sensing: Sensing,
    ) -> None:
        self._app = app
        self._shown = shown
        self._acts = acts
        self._gate = KeyGate(forward, on_paste, keys=acts.keys)
        self._everywhere = {key for action in acts.keys.actions for key in action.global_keys}
        self.sensing = sensing

    def take(self, event: events.Key) -> bool:
        """Take a key that no screen gets, or not yet; False: the screen gets it now."""
        if self._is_held(event) or self._leaves_field(event):
            return True
        panel = self._shown.panel
        if panel is not None:
            if self._shown.is_covered:
                panel.keys.elsewhere(event)
            return False
        if not event.is_printable or self._shown.is_covered or self._is_text(event):
            self._gate.elsewhere(event)
            return False
        if not self._acts.keys.letters_act and event.key != "space":
            return True  # Space presses buttons
        self._gate.offer(event, self._acts.scope)
        return True

    def may_open(self, event: events.Key) -> bool:
        """Whether a key may move the focus, and is not just text, or an edit, in a field."""
        focused = self._shown.focused
        edits = isinstance(focused, LineInput) and focused.edits(event.key)
        return not (edits or is_repeat(event) or self._is_text(event))

    async def settled(self) -> None:
        """Wait until the letters that came have acted."""
        await self._gate.settled()
        if self._shown.panel is not None:
            await self._shown.panel.keys.settled()

    def repeats(self, action_id: str) -> bool:
        """Whether a key that acts everywhere is held down, and has acted."""
        return self._gate.repeats(action_id)

    def released(self, event: KeyReleased) -> None:
        """Tell the call that a key went up, behind the press of it and by the same way."""
        panel = self._shown.panel
        if panel is None:
            return
        focused = self._shown.focused
        inside = focused is not None and panel in focused.ancestors
        (focused if inside and focused is not None else panel).post_message(KeyReleased(event.key))

    def releases_told(self) -> None:
        """From now on the terminal tells when keys go up."""
        self.sensing = Sensing.RELEASES
        if self._shown.panel is not None:
            self._shown.panel.talk.key.sensing = Sensing.RELEASES

    async def close(self) -> None:
        """Forget keys under way."""
        await self._gate.close()

    def _is_held(self, event: events.Key) -> bool:
        """Whether this is auto-repeat of a key that acts everywhere; the talk key hears of it."""
        held = is_repeat(event) and event.key in self._everywhere
        if held and event.key in TALK_KEYS and self._shown.panel is not None:
            self._shown.panel.talk.repeats()
        return held

    def _leaves_field(self, event: events.Key) -> bool:
        """Whether Tab took the focus from a text field.

        At once: by way of the field's own queue, a password typed fast (by a program, on a busy
        machine) would still go into the field before it.
        """
        focused = self._shown.focused
        if event.key not in _FOCUS_KEYS or not isinstance(focused, Input):
            return False
        if isinstance(focused.parent, CommandLine):
            return False  # there it completes
        if event.key == "tab":
            self._app.screen.focus_next()
        else:
            self._app.screen.focus_previous()
        return True

    def _is_text(self, event: events.Key) -> bool:
        focused = self._shown.focused
        if focused is None:
            return False
        return any(
            isinstance(node, Widget) and node.check_consume_key(event.key, event.character)
            for node in focused.ancestors_with_self
        )
