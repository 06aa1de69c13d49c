"""Dialogs: a question, a few buttons, and Esc for the safe answer (spec ux 6.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Button, Static

from tui.domain.frozen import dataclass
from tui.domain.quality import PictureQuality
from tui.domain.reactions import Reaction
from tui.governor.report_words import QUALITY_HELP
from tui.panel.card import Card


@dataclass(frozen=True, slots=True)
class Choice:
    """One button."""

    answer: str
    """What the dialog returns."""
    label: str
    key: str = ""
    """A letter that presses it; shown before the label."""
    variant: str = "default"
    """`default`, `primary` or `error`."""


class PlainButton(Button):
    """A button whose label is never markup, and that Space presses too (spec ux 2.3)."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "press", show=False)]

    def __init__(
        self, label: str, *, id: str | None = None, variant: str = "default", compact: bool = True
    ) -> None:
        super().__init__(Content(f" {label} "), id=id, compact=compact)
        self.add_class(f"-{variant}")
        # The edge of styles/app.tcss stands in the first cell; a stylesheet can't say 0.
        self.styles.line_pad = 0

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Give Textual's width, without the cell that is the edge."""
        return super().get_content_width(container, viewport) - 1

    def relabel(self, label: str) -> None:
        """Change the label; Textual alone would keep the width of the one before."""
        self.label = Content(f" {label} ")
        self.refresh(layout=True)


class Dialog(Card):
    """Asks one thing. Answers with what was chosen, or `safe` for Esc.

    Args:
        title: What it is about, one line.
        text: The question; foreign parts are shown as they are.
        choices: The buttons; the first has the focus.
        safe: What Esc answers.
        one_below_another: A menu rather than a row of buttons.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "safe", show=False),
        Binding("left,up", "step(-1)", show=False),
        Binding("right,down", "step(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        text: str,
        choices: Sequence[Choice],
        *,
        safe: str,
        one_below_another: bool = False,
    ) -> None:
        super().__init__(classes="dialog -menu" if one_below_another else "dialog")
        self.dialog_title = title
        self.text = text
        self.choices = tuple(choices)
        self._safe = safe
        self._text = Static(Content(text), classes="dialog-text", markup=False)

    def compose(self) -> ComposeResult:
        """Title, text, buttons."""
        yield Static(Content(self.dialog_title), classes="dialog-title", markup=False)
        with VerticalScroll(classes="dialog-body", can_focus=False):
            yield self._text
        with Horizontal(classes="dialog-buttons"):
            for choice in self.choices:
                label = f"{choice.key} {choice.label}" if choice.key else choice.label
                yield PlainButton(
                    label,
                    id=f"answer-{choice.answer.replace('.', '_')}",
                    variant=choice.variant,
                )

    def on_mount(self) -> None:
        """The first button is the default."""
        self.take_focus()

    def change_text(self, text: str) -> None:
        """Ask the same question in newer words."""
        if text != self.text:
            self.text = text
            self._text.update(Content(text))

    def take_key(self, event: events.Key) -> None:
        """Press the button of a letter."""
        for choice in self.choices:
            if choice.key and event.key.lower() == choice.key:
                event.stop()
                self.close(choice.answer)
                return

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.close((event.button.id or "").removeprefix("answer-").replace("_", "."))

    def action_step(self, by: int) -> None:
        """Go round the buttons by arrows, and never out of the dialog."""
        buttons = list(self.query(Button))
        focused = self.screen.focused
        at = buttons.index(focused) if isinstance(focused, Button) and focused in buttons else -by
        if buttons:
            buttons[(at + by) % len(buttons)].focus()

    def action_safe(self) -> None:
        """Esc: answer with `safe`."""
        self.close(self._safe)


def leave_dialog(title: str, others: int, *, moderator: bool, detaches: bool) -> Dialog:
    """Ask whether to leave: `l` again or Enter leaves, Esc stays."""
    on_for = "you alone" if not others else f"{others} other{'' if others == 1 else 's'}"
    text = f"The call goes on for {on_for}." if others else "You are the only person here."
    choices = [Choice("leave", "Leave", "l", "primary")]
    if moderator:
        choices.append(Choice("end", "End for all", "a"))
    if detaches:
        choices.append(Choice("detach", "Detach", "d"))
    return Dialog(f"Leave {title}?", text, [*choices, Choice("stay", "Stay", "s")], safe="stay")


def end_dialog(people: int) -> Dialog:
    """Ask a second time before ending the call for all, which nobody can undo."""
    return Dialog(
        "End for all?",
        f"This ends the call for all {people} people.",
        [Choice("stay", "Cancel", "c", "primary"), Choice("end", "End call", "e", "error")],
        safe="stay",
    )


def remove_dialog(name: str) -> Dialog:
    """Ask whether to take somebody out."""
    return Dialog(
        "Remove from the call?",
        f"{name} leaves the call at once.",
        [Choice("stay", "Cancel", "c", "primary"), Choice("remove", "Remove", "r", "error")],
        safe="stay",
    )


def share_dialog() -> Dialog:
    """Ask whether everybody may see the whole screen."""
    return Dialog(
        "Share your screen?",
        "Everybody in the call sees all of it, until you press d again.",
        [Choice("stay", "Cancel", "c", "primary"), Choice("share", "Share", "s")],
        safe="stay",
    )


def record_dialog() -> Dialog:
    """Ask whether everybody is to be recorded, who will be told."""
    return Dialog(
        "Record this call?",
        "Everybody's sound and pictures go into a file on this machine. They are told.",
        [Choice("stay", "Cancel", "c", "primary"), Choice("record", "Record", "r")],
        safe="stay",
    )


def react_menu() -> Dialog:
    """Offer reactions; the answers are the words of `Reaction`."""
    choices = [
        Choice(one, f"{one.sign} {one.told.capitalize()}", str(number))
        for number, one in enumerate(Reaction, 1)
    ]
    return Dialog(
        "React",
        "Everybody sees it for a few seconds.",
        [*choices, Choice("", "Back", "b")],
        safe="",
        one_below_another=True,
    )


def person_menu(
    name: str,
    state: str,
    *,
    pinned: bool,
    may_hear: bool,
    may_moderate: bool,
    muted: bool,
    camera_off: bool,
) -> Dialog:
    """Offer what can be done with one participant; the answers are action ids."""
    choices = [Choice("tile.pin", "Unpin" if pinned else "Pin", "p", "primary")]
    if may_hear:
        choices.append(Choice("audio.volume", "Volume...", "o"))
    if may_moderate:
        if not muted:
            choices.append(Choice("host.mute", "Mute for everybody", "m"))
        if not camera_off:
            choices.append(Choice("host.video", "Stop camera", "v"))
        choices.append(Choice("host.remove", "Remove from the call", "r", "error"))
    return Dialog(name, state, [*choices, Choice("", "Back", "b")], safe="", one_below_another=True)


_QUALITY_KEYS = {
    PictureQuality.AUTO: "a",
    PictureQuality.HIGH: "h",
    PictureQuality.LOW: "l",
    PictureQuality.STILLS: "s",
    PictureQuality.AUDIO: "n",
}


def quality_menu(current: PictureQuality, state: str) -> Dialog:
    """Offer ways to draw pictures; the answers are the words of `PictureQuality`."""
    choices = [
        Choice(
            quality,
            f"{quality.capitalize()}: {QUALITY_HELP[quality]}",
            _QUALITY_KEYS[quality],
            "primary" if quality is current else "default",
        )
        # The one in force has the focus.
        for quality in sorted(PictureQuality, key=lambda one: one is not current)
    ]
    text = f"{state}\nNow: {current}."
    return Dialog(
        "Pictures", text, [*choices, Choice("", "Back", "b")], safe="", one_below_another=True
    )


def failed_dialog(title: str, text: str, *, can_retry: bool, can_go_back: bool) -> Dialog:
    """Tell what happened, and offer the ways on."""
    choices = []
    if can_retry:
        choices.append(Choice("retry", "Try again", "t", "primary"))
    if can_go_back:
        choices.append(Choice("back", "Sessions", "b"))
    choices.append(Choice("quit", "Quit", "q"))
    return Dialog(title, text, choices, safe="back" if can_go_back else "quit")


class IdleDialog(Dialog):
    """Asks somebody who is alone whether to stay. It alone expires; Enter, Space and `s` stay."""

    def __init__(self, ends_in_ms: int) -> None:
        super().__init__(
            "Are you still there?",
            self.words(ends_in_ms),
            [Choice("stay", "Stay", "s", "primary"), Choice("leave", "Leave", "l")],
            safe="stay",
        )

    @staticmethod
    def words(ends_in_ms: int) -> str:
        """Say the question, with the time left."""
        seconds = max(0, -(-ends_in_ms // 1000))
        return (
            f"You are the only person here. The call ends in {seconds // 60}:{seconds % 60:02}.\n"
            "Enter stays."
        )
