"""What a key, a click, a palette entry or a typed command means where it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from textual.widget import Widget
from textual.widgets import Input

from tui.domain.actions import BY_ID, Action, Scope, match_command
from tui.domain.announcements import Category
from tui.domain.errors import CallsError
from tui.domain.keymap import KeyMap, plain_key
from tui.domain.participant import Participant
from tui.front.switchboard import Wish, why_not
from tui.front.typed import parse
from tui.panel.deeds import Deeds
from tui.panel.help import LeaderCard, TextCard, help_card
from tui.panel.ui import Ui
from tui.widgets.command_line import CommandLine

OF_AN_APP: Final = frozenset(
    {"palette", "redraw", "app.suspend", "app.quit", "picture.set", "call.detach"}
)
"""Rows of the action table that need an app of ours around the call."""

Do = Callable[[str], object]
"""Does an action; takes its argument."""


class Place(Protocol):
    """Where actions are given: a call, or a screen of the app."""

    @property
    def scope(self) -> Scope:
        """Which rows of the action table make sense here."""

    @property
    def focused(self) -> Widget | None:
        """What has the focus."""

    @property
    def is_covered(self) -> bool:
        """Whether a card lies over it."""

    def first(self, action_id: str, argument: str) -> bool:
        """Do an action that means something else here than elsewhere; say whether this was one."""

    def handle_action(self, action_id: str, argument: str) -> bool:
        """Do an action that changes only what is seen here; say whether this was one."""

    def focus(self) -> Any:
        """Take the focus."""

    def mount(self, *widgets: Widget) -> Any:
        """Show a command line."""


class Acts:
    """From an action's ID to whatever does it.

    Args:
        ui: Who shows it.
        place: Where.
        deeds: What the engine does.
        keys: What keys mean; None: what the action table says.
    """

    def __init__(self, ui: Ui, place: Place, deeds: Deeds, *, keys: KeyMap | None = None) -> None:
        self.keys = keys or KeyMap()
        self._ui = ui
        self._place = place
        self._deeds = deeds
        self.wished: Callable[[Wish], object] = deeds.fulfil
        """Does what was wished, or asks before."""
        self.own: Mapping[str, Do] = {}
        """What neither the place nor the engine does, by action ID."""
        self.by_line = False
        """Texts are read line by line (spec ux 3.3)."""
        self._line: CommandLine | None = None
        self._focus_before: Widget | None = None
        self._card: TextCard | LeaderCard | None = None

    @property
    def scope(self) -> Scope:
        """Which rows of the action table make sense here."""
        return self._place.scope

    @property
    def offered(self) -> list[Action]:
        """What can be done here: rows of the action table."""
        return [
            action
            for action in self.keys.actions
            if action.scope in (Scope.ANY, self._place.scope)
            and (action.id not in OF_AN_APP or action.id in self.own)
        ]

    def do(self, action_id: str, argument: str = "") -> None:
        """Do what a row of the action table says, here and now."""
        action = BY_ID[action_id]
        if self._place.first(action_id, argument):
            return
        problem = why_not(action, self._ui.snapshot, self.scope, action.title, argument)
        if not problem and action_id not in {one.id for one in self.offered}:
            problem = f"{action.title} is not for a call in another app."
        if problem:
            self._ui.tell(Category.INFO, problem)
            return
        needs_words = action.argument and not action.argument.startswith("[")
        if needs_words and not argument and action.id != "session.join":
            self.open_line(f"{action.command} ")
            return
        if self._place.handle_action(action_id, argument):
            return
        match action_id:
            case "help":
                self._help(argument)
            case "leader":
                self._lay(LeaderCard(self.offered), self._leader_pressed)
            case "panel.events":
                self._deeds.show_events(argument)
            case "cmdline":
                self.open_line()
            case _ if action_id in self.own:
                self.own[action_id](argument)
            case _:
                self._wish(action, argument)

    def _wish(self, action: Action, words: str) -> None:
        try:
            wish = self._deeds.switchboard.read(action, words, self.scope, called=action.title)
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
            return
        self.wished(wish)

    def press(self, key: str) -> None:
        """Do what a key means; the key is no text."""
        found = self.keys.meaning(plain_key(key, key), self._place.scope)
        if found is not None:
            self.do(found[0].id, found[1])

    def _leader_pressed(self, key: str) -> None:
        if key:
            self.press(key)

    def _help(self, argument: str) -> None:
        found = match_command(argument.removeprefix("/")) if argument else ()
        for action in found[:2]:
            self._ui.tell(Category.INFO, f"{action.title}: {action.help}")
        if not found:
            typing = isinstance(self._place.focused, Input)
            self._ui.clear_toasts()
            self._lay(help_card(self.offered, in_text_field=typing, by_line=self.by_line))

    def _lay(
        self, card: TextCard | LeaderCard, answered: Callable[[str], object] | None = None
    ) -> None:
        if type(self._card) is type(card) and self._card.is_attached:
            return
        self._card = card
        self._ui.ask(card, answered)

    # ---- typed commands
    def type(self, text: str) -> None:
        """Do a command as it was typed, without its `:` or `/`; it may be cut short."""
        typed = parse(text, self.offered)
        if len(typed.actions) == 1:
            self.do(typed.actions[0].id, typed.argument)
        elif not typed.actions:
            told = f"Unknown command {typed.word}. Nothing was sent. ? lists all."
            self._ui.tell(Category.ERROR, told)
        else:
            names = ", ".join(action.command for action in typed.actions[:8])
            self._ui.tell(Category.ERROR, f"{typed.word} could be {names}. Type more letters.")

    def open_line(self, text: str = "", *, about: Participant | None = None) -> None:
        """Open a line at the bottom; there is one at most, and none under a card.

        Args:
            text: What stands in it already.
            about: Whose volume is asked for instead of a command.
        """
        if self._place.is_covered or (self._line is not None and self._line.is_attached):
            return
        self._focus_before = self._place.focused
        self._line = CommandLine(text, about=about)
        self._place.mount(self._line)

    def ask_volume(self, who: Participant) -> None:
        """Open a line that asks how loud somebody is to be heard."""
        self.open_line(about=who)

    async def put_line_away(self) -> None:
        """Remove the line; the focus goes back to where it was."""
        before, line = self._focus_before, self._line
        if before is not None and before.is_attached:
            before.focus()
        else:
            self._place.focus()
        if line is not None:
            await line.remove()
