"""Keys of a call on their way to what they do: no pastes, no auto-repeat, and the talk key."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from tui.domain.actions import ACTIONS, Scope
from tui.domain.keymap import plain_key
from tui.panel.acts import Acts
from tui.panel.key_gate import KeyGate
from tui.panel.talk import Talk
from tui.panel.view import CallView


class CallKeys:
    """See the module.

    Args:
        acts: Does what keys mean.
        talk: Held down, the talk key talks.
        view: Takes no key while a card lies over it.
        on_paste: Called once for each paste dropped.
    """

    def __init__(
        self, acts: Acts, talk: Talk, view: CallView, on_paste: Callable[[], None]
    ) -> None:
        self._acts = acts
        self._talk = talk
        self._view = view
        self._gate = KeyGate(
            self._let_through,
            on_paste,
            on_talk=lambda: acts.do("mic.talk", "key"),
            on_talk_repeat=talk.repeats,
            keys=acts.keys,
        )

    def take(self, event: events.Key) -> bool:
        """Take a key that nothing in the call has taken; say whether it means something here."""
        if self._view.is_covered:
            self._gate.elsewhere(event)
            return False
        keys = self._acts.keys
        if event.is_printable and not keys.letters_act:
            return True
        found = keys.meaning(plain_key(event.key, event.character), Scope.CALL)
        if found is None or not (event.is_printable or found[0] not in ACTIONS):
            return False  # for the rest there are Textual's bindings
        self._gate.offer(event, Scope.CALL)
        return True

    def elsewhere(self, event: events.Key) -> None:
        """Take in that a key goes to a dialog that lies over the call."""
        self._gate.elsewhere(event)

    async def _let_through(self, event: events.Key) -> None:
        self._acts.press(event.key)

    def anywhere(self, action_id: str) -> None:
        """Do what a key means that acts in text fields and dialogs too; held down, it acts once."""
        if action_id == "mic.talk":
            self._acts.do(action_id, "key")
        elif not self._gate.repeats(action_id):
            self._acts.do(action_id)

    def released(self, key: str) -> None:
        """Take in that a key went up, with the modifiers it had then."""
        # Control may go up first, so only the key itself counts.
        if key.rpartition("+")[2] == "space":
            self._gate.afterwards(self._talk.up)

    async def settled(self) -> None:
        """Wait until the letters that came have acted."""
        await self._gate.settled()

    async def close(self) -> None:
        """Forget keys under way."""
        await self._gate.close()
