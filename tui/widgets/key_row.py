"""The key row: which keys act now, generated from the action table (spec ux 2.3, 6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset
from textual.reactive import reactive
from textual.widget import Widget

from tui.domain.actions import BY_ID, Scope, key_label
from tui.domain.frozen import dataclass
from tui.domain.guests import ACTIONS_OF_GUESTS
from tui.domain.keymap import KeyMap
from tui.domain.settings import SessionType
from tui.domain.snapshot import Snapshot
from tui.widgets.act import Act
from tui.widgets.legible import legible


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One key of the row."""

    key: str
    """As written for people."""
    title: str
    action_id: str = ""
    """What a click does."""
    press: str = ""
    """The key a click presses, for keys whose meaning depends on where one is."""


PALETTE_HINT = KeyHint(key_label("ctrl+p"), "Palette", "palette")
TYPING_HINTS = (
    KeyHint("Esc", "call keys", press="escape"),
    KeyHint(key_label("ctrl+t"), "Mic", "mic.toggle"),
    KeyHint(key_label("ctrl+g"), "Keys anywhere", "leader"),
)
"""While a text field has focus, letters are text."""

CARD_HINTS = (
    KeyHint("Esc", "Back", press="escape"),
    KeyHint(key_label("ctrl+t"), "Mic", "mic.toggle"),
)
"""A card lies over the call, in the call's own rectangle."""

ELSEWHERE_HINTS = (KeyHint("Tab", "or a click: keys of the call"),)
"""The focus is somewhere else in the app around the call: none of its keys act."""

CONNECTING_HINTS = (
    KeyHint("Esc", "Cancel", "call.leave"),
    KeyHint("?", "Help", "help"),
    KeyHint(key_label("ctrl+q"), "Quit", "app.quit"),
)
"""Before anybody is there."""

_SHOWN_IN_CALL = (
    "mic.toggle",
    "cam.toggle",
    "hand.toggle",
    "share.toggle",
    "panel.chat",
    "captions.show",
    "panel.people",
    "layout.cycle",
    "call.leave",
    "help",
    "audio.deafen",
    "page.next",
    "panel.events",
    "devices.list",
    "record.toggle",
    "invite.copy",
    "stage.full",
)
_ENOUGH = 8
_NEVER_DROPPED = ("call.leave", "help")


def _hidden(action_id: str, snapshot: Snapshot) -> bool:
    """Hidden by a join-time setting (spec cometchat-calls (b)); the key itself still acts.

    What a guest of this machine may not do is not offered, either.
    """
    if snapshot.guest and action_id not in ACTIONS_OF_GUESTS:
        return True
    settings = snapshot.settings
    return {
        # Worth its room where captions come.
        "captions.show": settings.hide_closed_caption_button or not snapshot.captions,
        "mic.toggle": settings.hide_toggle_audio_button,
        "cam.toggle": settings.hide_toggle_video_button
        or settings.session_type is SessionType.VOICE,
        "hand.toggle": settings.hide_raise_hand_button,
        "share.toggle": settings.hide_screen_sharing_button
        or settings.session_type is SessionType.VOICE,
        "panel.chat": settings.hide_chat_button,
        "panel.people": settings.hide_participant_list_button,
        "layout.cycle": settings.hide_change_layout_button,
        "call.leave": settings.hide_leave_session_button,
        "record.toggle": settings.hide_recording_button,
        "invite.copy": settings.hide_share_invite_button,
    }.get(action_id, False)


def call_hints(snapshot: Snapshot, *, pages: int = 1, keys: KeyMap | None = None) -> list[KeyHint]:
    """The row on the stage, most important first."""
    keys = keys or KeyMap()
    return [
        _hint(keys, action_id)
        for action_id in _SHOWN_IN_CALL
        if not _hidden(action_id, snapshot) and not (action_id == "page.next" and pages < 2)
    ]


def lobby_hints(*, typing: bool, keys: KeyMap | None = None) -> list[KeyHint]:
    """The row of the sessions screen; while a text field has focus, letters are text."""
    keys = keys or KeyMap()
    if typing:
        return [
            KeyHint("Enter", "Join", press="enter"),
            KeyHint("Tab", "Next", press="tab"),
            KeyHint("Esc", "Lists and keys", press="escape"),
            KeyHint(key_label("f1"), "Help", "help"),
            KeyHint(key_label("ctrl+q"), "Quit", "app.quit"),
        ]
    here = [one.id for one in keys.actions if one.scope is Scope.LOBBY and one.keys]
    rows = [_hint(keys, action_id) for action_id in (*here, "help")]
    return [KeyHint("Enter", "Join", press="enter"), *rows]


def _hint(keys: KeyMap, action_id: str) -> KeyHint:
    return KeyHint(keys.label(action_id), BY_ID[action_id].title, action_id)


def fit_hints(hints: Sequence[KeyHint], width: int) -> list[KeyHint]:
    """Those that go into `width` cells whole; leaving and help stay as long as anything does."""
    shown = list(hints)
    while len(shown) > 1 and _width(shown) > width:
        droppable = [hint for hint in shown if hint.action_id not in _NEVER_DROPPED]
        shown.remove(droppable[-1] if droppable else shown[-1])
    return shown


def _width(hints: Sequence[KeyHint]) -> int:
    return sum(cell_len(f"{hint.key} {hint.title}") for hint in hints) + max(0, len(hints) - 1)


class KeyRow(Widget, can_focus=True):
    """Draws `hints`, with the palette's key at the right; a click does what the key does.

    With the focus, arrows go from key to key, and Enter does what it does: Tab and Enter alone
    reach everything (switches, input methods that swallow letters).
    """

    DEFAULT_CSS = "KeyRow { height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("enter", "press", show=False),
    ]

    hints: reactive[tuple[KeyHint, ...]] = reactive(())

    def __init__(self, *, palette: bool = True) -> None:
        super().__init__()
        self._palette = palette
        """Whether there is a command palette of ours."""
        self._at = 0

    def _placed(self) -> list[tuple[int, KeyHint]]:
        """The hints shown and the column each begins in."""
        width = self.content_size.width
        palette = cell_len(f"  {PALETTE_HINT.key} {PALETTE_HINT.title}")
        shown = fit_hints(self.hints, width)
        with_palette = self._palette and _width(shown) + palette <= width
        less = fit_hints(self.hints, width - palette)
        if self._palette and not with_palette and len(less) >= _ENOUGH:
            # The way to all keys is worth more than one unimportant key.
            shown, with_palette = less, True
        room = width - (palette if with_palette else 0) - _width(shown)
        gap = 2 if room >= len(shown) else 1
        placed: list[tuple[int, KeyHint]] = []
        column = 0
        for hint in shown:
            placed.append((column, hint))
            column += cell_len(f"{hint.key} {hint.title}") + gap
        if with_palette:
            placed.append((width - palette + 2, PALETTE_HINT))
        return placed

    def render(self) -> Content:
        """One line."""
        parts: list[str | tuple[str, str]] = []
        column = 0
        placed = self._placed()
        for number, (start, hint) in enumerate(placed):
            chosen = " reverse" if self.has_focus and number == self._chosen(placed) else ""
            parts += [
                " " * (start - column),
                (hint.key, legible(self, "bold $footer-key-foreground") + chosen),
                (f" {hint.title}", f"$text-muted{chosen}"),
            ]
            column = start + cell_len(f"{hint.key} {hint.title}")
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Do what the key under the pointer does."""
        at = event.get_content_offset(self)
        if at is None:
            return
        placed = self._placed()
        if self.size.height > 1:  # a large target has no gap beside it
            for _, hint in [one for one in placed if one[0] <= at.x][-1:]:
                self._do(hint)
            return
        for start, hint in placed:
            if start <= at.x < start + cell_len(f"{hint.key} {hint.title}"):
                self._do(hint)

    def _do(self, hint: KeyHint) -> None:
        if hint.press:
            self.app.simulate_key(hint.press)
        elif hint.action_id:
            self.post_message(Act(hint.action_id))

    def focus_on_click(self) -> bool:
        """A click does what a key does, and leaves the focus where it is."""
        return False

    def _chosen(self, placed: Sequence[tuple[int, KeyHint]]) -> int:
        return max(0, min(self._at, len(placed) - 1))

    @property
    def terminal_cursor(self) -> Offset:
        """Where the terminal's cursor belongs: at the key that Enter presses."""
        placed = self._placed()
        column = placed[self._chosen(placed)][0] if placed else 0
        middle = max(0, self.content_size.height - 1) // 2
        return self.content_region.offset + Offset(column, middle)

    def action_step(self, by: int) -> None:
        """Go on to the next key, and stop at the last."""
        self._at = max(0, min(self._at + by, len(self._placed()) - 1))
        self.refresh()

    def action_press(self) -> None:
        """Do what the key does."""
        if placed := self._placed():
            self._do(placed[self._chosen(placed)][1])
