"""What a person is told: event log, toasts, banner, speech and bell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.bridge import EventLog, presentation
from tui.domain.announcements import Announcement, Category, Place, Priority
from tui.domain.errors import CallsError
from tui.domain.happenings.english_phrases import chat_sentence
from tui.domain.snapshot import ChatMessage
from tui.domain.text import clean
from tui.front.announcement_choice import read_choice
from tui.front.announcer import Announcer
from tui.front.reply import Reply
from tui.panel.ui import Board
from tui.ports.memory import Forgetful, Memory

_CHAT_CHARACTERS = 120
"""The most of a message that a toast shows; the chat has all of it."""


class Notices:
    """The event log, what is told of it, and how (spec ux 3.5, 6.7).

    Args:
        board: Where announcements show.
        clock: Unix milliseconds.
        announcer: Speech, bell and quiet time.
        memory: Keeps what `/announce` chose.
    """

    def __init__(
        self,
        board: Board,
        clock: Callable[[], int],
        announcer: Announcer,
        memory: Memory | None = None,
    ) -> None:
        self.board = board
        self._clock = clock
        self.announcer = announcer
        self.event_log = EventLog()
        self.memory = memory or Forgetful()
        self.choice = read_choice(self.memory.remembered.announcements)
        """What `/announce` chose."""

    @property
    def own(self) -> dict[str, Callable[[str], object]]:
        """What it does of the actions, by their ids."""
        return {
            "announce.set": self.choose_announcements,
            "announce.quiet": self.silence_announcements,
            "speech.set": self.read_aloud,
            "speech.stop": lambda _: self.hush(),
        }

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the app's own."""
        self.announce(Announcement(category, clean(text), priority, self._clock()))

    def tell_shown(self, category: Category, text: str) -> None:
        """Announce what stands on the screen already, to ears and in the event log."""
        announcement = Announcement(category, clean(text), Priority.REPLY, self._clock())
        self._keep(announcement)
        if self._is_wanted(announcement):
            self.announcer.shown(category, announcement.text, announcement.priority)

    def tell_lines(self, lines: Sequence[Reply]) -> None:
        """Announce an answer."""
        for line in lines:
            self.tell(line.category, line.text)

    def choose_announcements(self, argument: str) -> None:
        """`/announce`: choose which ones are shown; all of them stay in the event log."""

        def chosen(argument: str) -> str:
            self.choice, told = self.choice.changed(argument)
            self.memory.remember(announcements=str(self.choice))
            return told

        self._answer(chosen, argument)

    def silence_announcements(self, argument: str) -> None:
        """`/quiet`: tell only what is urgent, for so many minutes."""
        self._answer(self.announcer.quiet, argument)

    def read_aloud(self, argument: str) -> None:
        """`/speak`: switch reading aloud on or off, or say how it is."""
        self._answer(self.announcer.speak, argument)

    def _answer(self, deed: Callable[[str], str], argument: str) -> None:
        try:
            self.tell(Category.INFO, deed(argument))
        except CallsError as error:
            self.tell(Category.ERROR, error.description)

    def hush(self) -> None:
        """`/shh`: be silent at once. The answer is not read aloud."""
        text = self.announcer.hush()
        self.note(Category.INFO, text)
        self.board.toast(text)

    def note(self, category: Category, text: str) -> None:
        """Write it into the event log, and tell nobody."""
        self._keep(Announcement(category, clean(text), Priority.REPLY, self._clock()))

    def _keep(self, announcement: Announcement) -> None:
        self.event_log.add(announcement)
        self.board.show_events(self.event_log.lines())

    def announce(self, announcement: Announcement) -> None:
        """Keep it, and tell it in the ways that fit."""
        self._keep(announcement)
        category, priority = announcement.category, announcement.priority
        if not self._is_wanted(announcement):
            return
        if category not in (Category.CHAT, Category.YOU):  # chat comes as messages
            self.announcer.shown(category, announcement.text, priority)
        shown = presentation(announcement, self.board.snapshot, speaking=self.choice.speaking)
        told = f"{category.capitalize()}: {announcement.text}"
        urgent = priority is Priority.URGENT or category is Category.ERROR
        if self.board.say(told, urgent=urgent):
            return
        if shown.place is Place.BANNER and self.board.show_banner(announcement.text):
            return
        if shown.place is not Place.LOG:
            self.board.toast(announcement.text, shown.severity)

    def _is_wanted(self, announcement: Announcement) -> bool:
        category, priority = announcement.category, announcement.priority
        wanted = self.choice.wants(category, priority)
        return wanted and not self.announcer.silences(category, priority)

    def chat(self, chat: ChatMessage, *, open_already: bool) -> None:
        """Tell that somebody wrote; `open_already`: the message is on the screen."""
        said = chat_sentence(chat)
        self.note(Category.CHAT, said)
        wanted = self.choice.wants(Category.CHAT, Priority.NORMAL)
        if not wanted or self.announcer.silences(Category.CHAT, Priority.NORMAL):
            return
        self.announcer.shown(Category.CHAT, said, Priority.NORMAL)
        if not open_already and self.board.snapshot.settings.enable_notifications:
            self.board.toast(clean(said, _CHAT_CHARACTERS))
