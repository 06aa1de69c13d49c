"""Captions on the screen: a strip of the newest under the tiles, and all of them line by line."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.domain.captions import Caption
from tui.widgets.field import LineInput
from tui.widgets.text_panel import Panel

STRIP_ROWS: Final = 3
LISTED_MAX: Final = 1000
"""Rows of the list; the transcript keeps more."""
_NONE_YET: Final = "No captions yet. Somebody has to send them: a person or a program."


class CaptionStrip(Widget):
    """The newest words, whose name is first; the last row is the newest."""

    captions: reactive[tuple[Caption, ...]] = reactive(())

    def render(self) -> Content:
        """The last rows of them, wrapped."""
        width, rows = self.content_size.width, self.content_size.height
        if not self.captions:
            return Content.styled(_NONE_YET, "$text-muted")
        shown: list[Content] = []
        for caption in reversed(self.captions):
            shown[:0] = _drawn(caption).wrap(max(1, width))
            if len(shown) >= rows:
                break
        return Content("\n").join(shown[-rows:])


def _drawn(caption: Caption) -> Content:
    return Content.assemble((f"{caption.label}: ", "bold"), caption.text)


class CaptionsPanel(Panel):
    """Every line with the cursor on it; Enter copies it, words in the field below find one."""

    class Copied(Message):
        """A line is to be on the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__("Captions", id="captions-panel")
        self.rows = OptionList(markup=False, compact=True)
        self.input = LineInput(
            placeholder="Find words, Enter goes on", compact=True, select_on_focus=False
        )
        self._captions: deque[Caption] = deque(maxlen=LISTED_MAX)

    def compose(self) -> ComposeResult:
        """Title, lines, field."""
        yield from super().compose()
        yield self.rows
        yield self.input

    def focus_first(self) -> None:
        """The lines."""
        self.rows.focus()

    def load(self, captions: Sequence[Caption]) -> None:
        """All that was said so far, the cursor on the newest."""
        self._captions = deque(captions, maxlen=LISTED_MAX)
        self.rows.clear_options()
        if not self._captions:
            self.rows.add_option(Option(Content(_NONE_YET), disabled=True))
            return
        self.rows.add_options([Option(_row(one)) for one in self._captions])
        self.rows.highlighted = len(self._captions) - 1

    def add(self, caption: Caption) -> None:
        """One more; a cursor on the newest goes along, and one further up stays."""
        if not self._captions:
            self.load([caption])
            return
        at = self.rows.highlighted
        follows = at == len(self._captions) - 1
        if len(self._captions) == LISTED_MAX:
            self.rows.remove_option_at_index(0)
            if at is not None and not follows:
                self.rows.highlighted = max(0, at - 1)  # the same words, one line further up
        self._captions.append(caption)
        self.rows.add_option(Option(_row(caption)))
        if follows:
            self.rows.highlighted = len(self._captions) - 1

    @on(Input.Submitted)
    def _find(self, event: Input.Submitted) -> None:
        """Go to the line before this one that has the words, from the end again after the first."""
        event.stop()
        wished, count = event.value.strip().casefold(), len(self._captions)
        if not wished or not count:
            return
        here = self.rows.highlighted or 0
        for back in range(1, count + 1):
            at = (here - back) % count
            one = self._captions[at]
            if wished in f"{one.label}: {one.text}".casefold():
                self.rows.highlighted = at
                return
        self.input.value = ""
        self.input.placeholder = "Nobody said that"

    @on(OptionList.OptionSelected)
    def _copy(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        one = self._captions[event.option_index]
        self.post_message(self.Copied(f"{one.label}: {one.text}"))


def _row(caption: Caption) -> Content:
    clock = datetime.fromtimestamp(caption.at_ms / 1000, tz=UTC).astimezone()
    # In no colour of its own: that would stay under the cursor, where it can't be read.
    return Content.assemble(f"{clock:%H:%M} ", _drawn(caption))
