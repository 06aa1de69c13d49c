"""The part of the app that tells a person things: event log, toasts, banner, bell."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from textual import on
from textual.app import App
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from tui.announcer import Announcer
from tui.bridge import AnnouncementCame, ChatCame, EventLog, presentation
from tui.commands import Line
from tui.domain.announcement_choice import AnnouncementChoice
from tui.domain.announcements import Announcement, Category, Place, Priority
from tui.domain.errors import CallsError
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.panel.call import CallScreen
from tui.panel.toasts import Toasts, characters_on, most_on
from tui.ports.handle import Handle

_CHAT_CHARACTERS = 120
"""More of a message is in the chat."""


class AnnouncingApp(App[int]):
    """Holds what every part of the app needs, and shows announcements (spec ux 3.5, 6.7)."""

    handle: Handle
    snapshot: Snapshot
    """The newest one."""
    base: Screen[None] | None
    """The screen below all dialogs."""
    clock: Callable[[], int]
    """Unix milliseconds."""
    accessible: bool
    still: bool
    """Nothing moves by itself: no meters."""

    def set_up_announcing(self, announcer: Announcer | None) -> None:
        """Begin with nothing told."""
        self.announcer = announcer or Announcer()
        self.announcer.ring = self.bell
        self._speaking: Worker[None] | None = None
        self.event_log = EventLog()
        self.choice = AnnouncementChoice()
        """What `/announce` chose."""
        self._toasts = Toasts()

    @property
    def call(self) -> CallScreen | None:
        """The call screen, while there is one."""
        return self.base if isinstance(self.base, CallScreen) else None

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the app's own."""
        self._announce(Announcement(category, clean(text), priority, self.clock()))

    def tell_shown(self, category: Category, text: str) -> None:
        """Announce what stands on the screen already: to ears and the event log."""
        announcement = Announcement(category, clean(text), Priority.REPLY, self.clock())
        self._keep(announcement)
        if self._is_wanted(announcement):
            self.announcer.shown(category, announcement.text, announcement.priority)

    def tell_lines(self, lines: Sequence[Line]) -> None:
        """Announce an answer."""
        for line in lines:
            self.tell(line.category, line.text)

    def start_announcing(self) -> None:
        """Speak and ring as wished, until the app ends."""
        self.announcer.open(lambda text: self.tell(Category.INFO, text))
        # The handle of now: a new one may replace the one of the beginning.
        self._speaking = self.run_worker(self.announcer.run(lambda: self.handle), group="speech")

    async def end_announcing(self) -> None:
        """Be silent; nothing that speaks is left running."""
        if self._speaking is not None:
            self._speaking.cancel()
            with contextlib.suppress(WorkerError):
                await self._speaking.wait()

    def choose_announcements(self, argument: str) -> None:
        """`/announce`: which ones are shown; all of them stay in the event log."""

        def chosen(argument: str) -> str:
            self.choice, told = self.choice.changed(argument)
            return told

        self._answer(chosen, argument)

    def silence_announcements(self, argument: str) -> None:
        """`/quiet`: only what is urgent, for so many minutes."""
        self._answer(self.announcer.quiet, argument)

    def read_aloud(self, argument: str) -> None:
        """`/speak`: on, off, or how it is."""
        self._answer(self.announcer.speak, argument)

    def _answer(self, deed: Callable[[str], str], argument: str) -> None:
        try:
            self.tell(Category.INFO, deed(argument))
        except CallsError as error:
            self.tell(Category.ERROR, error.description)

    def hush(self) -> None:
        """`/shh`: silent at once. The answer is not read aloud."""
        text = self.announcer.hush()
        self.note(Category.INFO, text)
        self.toast(text)

    def note(self, category: Category, text: str) -> None:
        """Into the event log only."""
        self._keep(Announcement(category, clean(text), Priority.REPLY, self.clock()))

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while; the accessible profile has its line instead."""
        if self.accessible and self.call is not None:
            self.call.say(clean(text))
            return
        self._toasts.add(clean(text, characters_on(self.size.height)), severity, time.monotonic())
        # Later, for Textual shows one later, too: only then is what is on the screen known.
        self.call_later(self._show_toasts)

    def _show_toasts(self) -> None:
        now_s = time.monotonic()
        clear, fresh = self._toasts.due(most_on(self.size.height), now_s)
        if clear:
            self.clear_notifications()
        for one in fresh:
            self.notify(one.text, severity=one.severity, timeout=one.until_s - now_s, markup=False)

    def _keep(self, announcement: Announcement) -> None:
        self.event_log.add(announcement)
        if self.call is not None:
            self.call.show_events(self.event_log.lines())

    @on(AnnouncementCame)
    def _announcement_came(self, event: AnnouncementCame) -> None:
        self._announce(event.announcement)

    def _announce(self, announcement: Announcement) -> None:
        self._keep(announcement)
        category, priority = announcement.category, announcement.priority
        if not self._is_wanted(announcement):
            return
        if category not in (Category.CHAT, Category.YOU):  # chat comes as messages
            self.announcer.shown(category, announcement.text, priority)
        shown = presentation(announcement, self.snapshot, speaking=self.choice.speaking)
        if self.accessible and self.call is not None:
            self.call.say(announcement.text)
        elif shown.place is Place.BANNER and self.call is not None:
            self.call.banner.ask(announcement.text)
        elif shown.place is not Place.LOG:
            self.toast(announcement.text, shown.severity)

    def _is_wanted(self, announcement: Announcement) -> bool:
        category, priority = announcement.category, announcement.priority
        wanted = self.choice.wants(category, priority)
        return wanted and not self.announcer.silences(category, priority)

    @on(ChatCame)
    def _chat_came(self, event: ChatCame) -> None:
        chat, call = event.chat, self.call
        if call is None:
            return
        call.add_chat(chat)
        if chat.is_local or chat.history:
            return
        said = f"{chat.name}: {chat.text}"
        self.note(Category.CHAT, said)
        wanted = self.choice.wants(Category.CHAT, Priority.NORMAL)
        if not wanted or self.announcer.silences(Category.CHAT, Priority.NORMAL):
            return
        self.announcer.shown(Category.CHAT, said, Priority.NORMAL)
        if call.open_panel != "chat" and self.snapshot.settings.enable_notifications:
            self.toast(clean(said, _CHAT_CHARACTERS))
