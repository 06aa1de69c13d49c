"""Deeds: what a key, a menu or a typed line asks of the session, and what it answers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import partial

from textual.content import Content

from tui.domain.announcements import Category
from tui.domain.commands.call import SendCaption, SendChat
from tui.domain.errors import CallsError
from tui.front.reply import Reply
from tui.front.switchboard import Switchboard, Wish, may_go_out_later
from tui.panel.help import TextCard
from tui.panel.notices import Notices
from tui.panel.qr_card import QrCard
from tui.panel.ui import Ui

_SHORT_ANSWER_LINES = 2
_IN_FIELD = "It is in the chat's field again: Enter sends it."
_UP_HAS_IT = "Up in the chat has it: Enter sends it."
"""Another line is being written there."""


async def _nothing() -> None:
    pass


class Deeds:
    """Wishes are fulfilled in the background; what goes wrong is announced.

    Args:
        ui: Who shows it.
        notices: Where answers go.
        copy: Puts text on the clipboard.
        give_back: Puts a message that could not be sent where it was written; whether it could.
        whose_sound: Whose devices these are, when that is not obvious.
        before_recording: Opens a microphone that is off, to try it out.
        after_recording: Closes it again.
    """

    def __init__(
        self,
        ui: Ui,
        notices: Notices,
        *,
        copy: Callable[[str], object],
        give_back: Callable[[str], bool] = lambda _: False,
        whose_sound: str = "",
        before_recording: Callable[[], Coroutine[None, None, None]] = _nothing,
        after_recording: Callable[[], object] = lambda: None,
    ) -> None:
        self._ui = ui
        self._notices = notices
        self._copy = copy
        self._give_back = give_back
        self._before_recording = before_recording
        self._after_recording = after_recording
        self.switchboard = Switchboard(
            lambda: ui.handle,
            now_ms=lambda: ui.clock(),
            say=lambda line: notices.tell_lines([line]),
            whose_sound=whose_sound,
        )

    @contextlib.asynccontextmanager
    async def _recording(self) -> AsyncIterator[None]:
        try:
            await self._before_recording()
            yield
        finally:
            self._after_recording()

    def show_events(self, argument: str) -> None:
        """Show the event log, or so many of its last lines."""
        lines = self._notices.event_log.lines()
        few = lines[-int(argument) :] if argument.isdecimal() else lines
        self._ui.ask(TextCard("Events", few))

    def fulfil(self, wish: Wish) -> None:
        """Do it in the background; say what it answers."""
        within = self._recording() if wish.action.id == "sound.record" else None
        lines = self.switchboard.fulfil(wish, within=within)
        self._ui.spawn(partial(self._tell_answer, wish, lines))

    async def _tell_answer(self, wish: Wish, fulfilled: Awaitable[list[Reply]]) -> None:
        try:
            lines = await fulfilled
        except CallsError as error:
            told = error.description
            if isinstance(wish.command, SendChat | SendCaption):
                in_field = self._give_back(wish.command.text)
                if may_go_out_later(error):
                    told = f"{told} {_IN_FIELD if in_field else _UP_HAS_IT}"
            self._ui.tell(Category.ERROR, told)
            return
        for line in lines:
            if line.copied:
                self._copy(line.copied)
            if line.code:  # its words are on the card, and no toast may lie over it
                self._notices.note(line.category, line.text)
                self._ui.ask(QrCard(line.code, line.text))
        lines = [line for line in lines if not line.code]
        if len(lines) <= _SHORT_ANSWER_LINES:
            self._notices.tell_lines(lines)
            return
        for line in lines:
            self._notices.note(line.category, line.text)
        self._ui.ask(TextCard("Answer", [Content(line.text) for line in lines]))
