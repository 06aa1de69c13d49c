"""The sessions screen: join by ID or link, start one, or pick one from a list (spec ux 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.domain.actions import Scope
from tui.domain.call_log import LoggedCall
from tui.domain.keymap import KeyMap
from tui.domain.snapshot import RunningSession, Snapshot, User
from tui.domain.wording import duration_words
from tui.front.sessions import recent_sessions
from tui.panel.bindings import screen_bindings
from tui.panel.dialog import PlainButton
from tui.screens.top_toasts import TopToasts
from tui.widgets.act import Act
from tui.widgets.field import Field, keep_focus_in_view
from tui.widgets.key_row import KeyRow, lobby_hints

_NAMES_SHOWN = 4
_RECENT_SHOWN = 50


class PickerScreen(TopToasts, Screen[None]):
    """Posts what was picked; the app joins."""

    scope = Scope.LOBBY
    TITLE = "Sessions"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (56, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *screen_bindings(Scope.LOBBY),
        Binding("escape", "to_lists", show=False),
    ]

    class Picked(Message):
        """Join what the text says: a session ID or a link."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, user: User | None, keys: KeyMap | None = None) -> None:
        super().__init__()
        self._keys = keys
        self._user = user
        self._running_ids: list[str] = []
        self._recent_ids: list[str] = []
        self._running_list = OptionList(id="running", markup=False, compact=True)
        self._recent_list = OptionList(id="recent", markup=False, compact=True)
        self._running_title = Static(Content("Running now"), classes="heading", markup=False)
        self._recent_title = Static(Content("Recent"), classes="heading", markup=False)

    def compose(self) -> ComposeResult:
        """Reading order is focus order: join, start, running, recent."""
        who = f"{self._user.name}" if self._user else ""
        with Horizontal(id="lobby-head"):
            yield Static(Content("cellcall   Sessions"), id="lobby-title", markup=False)
            yield Static(Content(who), id="lobby-user", markup=False)
        with VerticalScroll(id="page", can_focus=False), Vertical(classes="column"):
            yield Static(Content("Join by ID or link"), classes="heading", markup=False)
            with Horizontal(id="join-row"):
                yield Field(
                    "Session ID",
                    placeholder="an ID, or paste a join link",
                    id="target",
                    max_length=16_384,
                )
                yield PlainButton("Join", id="join", variant="primary")
            yield Static(Content("Start"), classes="heading", markup=False)
            with Horizontal(classes="buttons"):
                yield PlainButton("New video session", id="new-video")
                yield PlainButton("New voice session", id="new-voice")
            yield self._running_title
            yield self._running_list
            yield self._recent_title
            yield self._recent_list
        yield KeyRow()

    def on_resize(self) -> None:
        """Keep what has the focus in view, however small the terminal became."""
        keep_focus_in_view(self)

    def on_mount(self) -> None:
        """Begin in the ID field; ask what is running."""
        self.watch(self, "focused", self._show_keys)
        self.query_one(Field).input.focus()
        self.list_sessions((), (), now_ms=0)
        self.post_message(Act("session.refresh"))

    def _show_keys(self, focused: Widget | None) -> None:
        """Say in the key row what keys do now."""
        typing = isinstance(focused, Input)
        self.query_one(KeyRow).hints = tuple(lobby_hints(typing=typing, keys=self._keys))

    def show(self, snapshot: Snapshot) -> None:
        """Do nothing: no part of this screen follows a call."""

    def list_sessions(
        self,
        running: Sequence[RunningSession],
        recent: Sequence[LoggedCall],
        *,
        now_ms: int,
        no_list: str = "",
    ) -> None:
        """List what the service says; a highlighted row stays so while it is there.

        `no_list` is why it does not say what is running, in a sentence.
        """
        now = now_ms
        self._running_ids = self._fill(
            self._running_list,
            [
                (
                    one.session_id,
                    _names(one.participants),
                    f"for {duration_words((now - one.started_at_ms) / 1000)}"
                    if one.started_at_ms
                    else "",
                )
                for one in running
            ],
            no_list or "Nobody is in a session now.",
        )
        self._recent_ids = self._fill(
            self._recent_list,
            [
                (
                    one.session_id,
                    _names(one.participants),
                    _when(one.started_at_ms, one.ended_at_ms),
                )
                for one in recent_sessions(recent, running, _RECENT_SHOWN)
            ],
            "No recent sessions. Type a session ID or start a new one.",
        )

    def _fill(self, rows: OptionList, found: list[tuple[str, str, str]], empty: str) -> list[str]:
        index = rows.highlighted
        rows.clear_options()
        if not found:
            rows.add_option(Option(Content(empty), disabled=True))
            rows.can_focus = False
            return []
        rows.can_focus = True
        rows.add_options(
            [
                Option(
                    Content.assemble((f"  {name}", "bold"), f"   {who}", (f"   {when}", "italic"))
                )
                for name, who, when in found
            ]
        )
        rows.highlighted = min(index or 0, len(found) - 1)
        return [name for name, _, _ in found]

    def refuse(self, text: str) -> None:
        """Say under the field why a join failed."""
        field = self.query_one(Field)
        field.refuse(text)
        field.input.focus()

    def numbered(self, number: int) -> str:
        """The session meant by a number, as the lists count from 1; empty when there is none."""
        names = [*self._running_ids, *self._recent_ids]
        return names[number - 1] if 1 <= number <= len(names) else ""

    def handle_action(self, action_id: str, argument: str) -> bool:
        """Do an action that only moves about on this screen."""
        if action_id == "session.join" and not argument:
            self.query_one(Field).input.focus()
            return True
        return False

    def action_to_lists(self) -> None:
        """Esc: leave the text field, so that letters act."""
        for rows in (self._running_list, self._recent_list):
            if rows.can_focus:
                rows.focus()
                return
        self.query_one("#new-video").focus()

    @on(Input.Changed)
    def _edited(self) -> None:
        self.query_one(Field).refuse("")

    @on(Input.Submitted, "#target Input")
    @on(Button.Pressed, "#join")
    def _join(self) -> None:
        text = self.query_one(Field).value.strip()
        if text:
            self.post_message(self.Picked(text))
        else:
            self.refuse("Type a session ID, or paste a join link.")

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        names = self._running_ids if event.option_list is self._running_list else self._recent_ids
        if event.option_index < len(names):
            self.post_message(self.Picked(names[event.option_index]))

    @on(Button.Pressed, "#new-video")
    def _new_video(self) -> None:
        self.post_message(Act("session.new"))

    @on(Button.Pressed, "#new-voice")
    def _new_voice(self) -> None:
        self.post_message(Act("session.new", "voice"))


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "empty"


def _when(started_at_ms: int, ended_at_ms: int) -> str:
    began = datetime.fromtimestamp(started_at_ms / 1000, tz=UTC).astimezone()
    lasted = f", {duration_words((ended_at_ms - started_at_ms) / 1000)}" if ended_at_ms else ""
    return f"{began:%d %b %H:%M}{lasted}"
