"""The command palette, generated from the action table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.domain.actions import ACTIONS, Action, Scope
from tui.panel.help import keys_text
from tui.widgets.act import Act


def palette_actions(scope: Scope) -> list[Action]:
    """What the palette offers on a screen of `scope`: everything but itself."""
    return [
        action
        for action in ACTIONS
        if action.scope in (scope, Scope.ANY) and action.id not in ("palette", "leader", "cmdline")
    ]


class ActionProvider(Provider):
    """Offers every row of the action table that makes sense here."""

    def _rows(self) -> Iterator[tuple[str, Action]]:
        scope = getattr(self.screen, "scope", Scope.ANY)
        for action in palette_actions(scope):
            keys = keys_text(action)
            yield f"{action.title}  ({keys})" if keys else action.title, action

    def _do(self, action: Action) -> None:
        self.app.post_message(Act(action.id))

    async def discover(self) -> Hits:
        """Offer everything, before a word is typed."""
        for text, action in self._rows():
            yield DiscoveryHit(Content(text), partial(self._do, action), text, action.help)

    async def search(self, query: str) -> Hits:
        """Offer what fits the words."""
        matcher = self.matcher(query)
        for text, action in self._rows():
            score = max(matcher.match(text), matcher.match(f"{action.command} {action.help}") * 0.8)
            if score > 0:
                yield Hit(score, Content(text), partial(self._do, action), text, action.help)
