"""The chat: what was said, and a field to say more (spec ux 6.5)."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from tui.domain.look import Look
from tui.domain.snapshot import ChatMessage
from tui.domain.text import CHAT_MAX_CHARACTERS, LINE_BREAK, clean_lines
from tui.domain.wording import time_of_day
from tui.widgets.act import Act, CommandTyped
from tui.widgets.field import LineInput
from tui.widgets.legible import legible
from tui.widgets.sample_cells import COLUMNS_MAX, sample_lines
from tui.widgets.text_panel import LogView, Panel
from tui.widgets.tile import look_of

_KEPT = 500
_DRAWN_MAX = 4
"""Pictures drawn at once, the newest; others are words."""


class ChatInput(LineInput):
    """One line to send; Up on an empty line brings the last one back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier", show=False),
        Binding("down", "later", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(
            placeholder="Message, or / and a command",
            compact=True,
            max_length=CHAT_MAX_CHARACTERS,
            select_on_focus=False,
        )
        self._sent: deque[str] = deque(maxlen=50)
        self._back = 0

    def as_line(self, pasted: str) -> str:
        """Lines stay lines: a mark ends each."""
        return LINE_BREAK.join(clean_lines(pasted, 2 * CHAT_MAX_CHARACTERS))

    async def action_submit(self) -> None:
        """Send the line and begin the next one at once: what is typed next belongs to that one."""
        text = self.value.strip()
        if text:
            self._sent.append(text)
            self._back = 0
            self.value = ""
            self.post_message(self.Submitted(self, text))

    def give_back(self, text: str) -> bool:
        """Show a line that was not sent again; False while another is written: Up has it then."""
        if self.value:
            return False
        self.value = text
        self.cursor_position = len(text)
        return True

    def action_earlier(self) -> None:
        """Bring back the line before."""
        if self._back < len(self._sent) and (not self.value or self._back):
            self._back += 1
            self._recall()

    def action_later(self) -> None:
        """Bring back the line after."""
        if self._back:
            self._back -= 1
            self._recall()

    def _recall(self) -> None:
        self.value = self._sent[-self._back] if self._back else ""
        self.cursor_position = len(self.value)


class ChatPanel(Panel):
    """Messages are told apart by words, not by colour: `You:` or the sender's name.

    Args:
        pictures: Draw those that were sent, and not only say what they are.
        look: How; None: as the terminal surely shows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "reply", show=False)]

    def __init__(self, *, pictures: bool = True, look: Look | None = None) -> None:
        super().__init__("Chat", id="chat")
        self._pictures, self.look = pictures, look
        self.log_view = LogView("No messages yet. Everybody in the call reads what you write.")
        self.input = ChatInput()
        self._messages: deque[ChatMessage] = deque(maxlen=_KEPT)
        self._drawn: deque[tuple[Content, ...]] = deque(maxlen=_KEPT)
        """Of each message, its lines."""
        self._of_line: list[int] = []
        """The number of the message on each line."""
        self._read = 0
        """How many were here when the panel was last closed; the divider goes after them."""
        self._came = 0
        self.writes_captions = False
        """What is typed is no chat but captions."""

    def compose(self) -> ComposeResult:
        """Title, messages, field."""
        yield from super().compose()
        yield self.log_view
        yield self.input

    def focus_first(self) -> None:
        """Typing can begin at once, and the newest messages are seen."""
        self.input.focus()
        self.log_view.go_to_start()

    def load(self, messages: tuple[ChatMessage, ...]) -> None:
        """Begin with what was said before."""
        self._messages = deque(messages, maxlen=_KEPT)
        self._drawn = deque(map(_lines_of, self._messages), maxlen=_KEPT)
        self._came = self._read = len(messages)
        self._draw()

    def add(self, message: ChatMessage) -> None:
        """One more."""
        self._messages.append(message)
        self._drawn.append(_lines_of(message))
        self._came += 1
        if message.is_local:
            self._read = self._came
        elif message.history:
            self._read += 1
        self._draw()

    def mark_closed(self) -> None:
        """What comes from now on is new when the panel opens again."""
        self._read = self._came
        self._draw()

    def _draw(self) -> None:
        lines: list[Content] = []
        self._of_line.clear()
        new_from = len(self._messages) - (self._came - self._read)
        with_picture = [one.number for one in self._messages if one.file and one.file.sample]
        both = zip(self._messages, self._drawn, strict=True)
        for number, (message, drawn) in enumerate(both):
            if number == new_from and number:
                lines.append(Content.styled("new messages", legible(self, "bold $text-accent")))
            lines += drawn
            if message.number in with_picture[-_DRAWN_MAX:]:
                lines += self._picture(message)
            self._of_line += [message.number] * (len(lines) - len(self._of_line))
        self.log_view.show_lines(lines)

    def _picture(self, message: ChatMessage) -> tuple[Content, ...]:
        sample = message.file.sample if message.file else None
        if sample is None or not self._pictures:
            return ()
        width = self.log_view.content_size.width or COLUMNS_MAX
        return sample_lines(sample, width - 2, self.look or look_of(self.app))

    def action_reply(self) -> None:
        """Begin an answer to the message the line cursor is on."""
        at = self.log_view.at
        if at < len(self._of_line):
            self.input.value = f"/reply {self._of_line[at]} "
            self.input.focus()
            self.input.cursor_position = len(self.input.value)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value
        if text.startswith("/") and not text.startswith("//"):
            self.post_message(CommandTyped(text[1:]))
        else:
            does = "caption.say" if self.writes_captions else "chat.say"
            text = text.removeprefix("/") if text[:2] == "//" else text
            self.post_message(Act(does, text.replace(LINE_BREAK, "\n")))


def _lines_of(message: ChatMessage) -> tuple[Content, ...]:
    first = Content.assemble(
        (f"{time_of_day(message.at_ms)} ", "$text-muted"),
        (f"{'You' if message.is_local else message.name}: ", "bold"),
        message.text if not message.lines else "",
    )
    answered = [Content.styled(f"  answers {message.answers}", "$text-muted")]
    below = [Content(f"  {line}") for line in message.lines]
    return (first, *(answered if message.answers else ()), *below)
