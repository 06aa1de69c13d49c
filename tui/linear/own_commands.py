"""The actions this front end does by itself: help, the log, pages, which lines are printed.

Everything else in the action table is `tui.front.switchboard`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.domain.actions import Scope
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.quality import PictureQuality, parse_quality
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.front.announcement_choice import read_choice
from tui.front.call_words import PEOPLE_PAGE, people_sentences
from tui.linear.help import help_lines
from tui.linear.line_queue import LineQueue
from tui.ports.memory import Memory

_LOG_DEFAULT: Final = 10


class OwnCommands:
    """State of the commands that only change what is printed.

    Args:
        queue: Where answers go, and what `/announce` switches.
        snapshot: The newest one.
        quality: What was chosen beforehand.
        memory: Keeps what `/announce` chose.
    """

    def __init__(
        self,
        queue: LineQueue,
        snapshot: Callable[[], Snapshot],
        quality: PictureQuality,
        memory: Memory,
    ):
        self._memory = memory
        queue.choose(read_choice(self._memory.remembered.announcements))
        self._quality = quality
        self._queue = queue
        self._snapshot = snapshot
        self._page = 0
        self._filter = ""

    def help(self, argument: str, scope: Scope) -> None:
        """`/help [TOPIC|COMMAND|all]`."""
        for text in help_lines(scope, argument):
            self._queue.help(text)

    def quality(self, argument: str) -> None:
        """`/quality [auto|high|low|stills|audio]`: kept for the app; nothing is drawn here."""
        if argument.strip():
            self._quality = parse_quality(argument)
        self._queue.reply(
            "info",
            f"Quality of pictures: {self._quality}. Plain mode draws no pictures and receives "
            "none, so that the call takes little of your network.",
        )

    def log(self, argument: str) -> None:
        """`/log [N]`: what was announced, told or not."""
        if argument and not argument.isdecimal():
            raise _usage(f"Came as {clean(argument, 20)}; /log N takes a number of lines.")
        said = self._queue.log(int(argument) if argument else _LOG_DEFAULT)
        if not said:
            self._queue.reply("info", "Nothing was announced yet.")
        for one in said:
            self._queue.repeat(one)

    def who(self, argument: str) -> None:
        """`/who [NAME]`: the first page."""
        self._filter, self._page = argument, 0
        self._tell_page()

    def page(self, step: int) -> None:
        """`/next` and `/prev`."""
        wanted = self._filter.strip().casefold()
        people = [p for p in self._snapshot().participants if wanted in p.name.casefold()]
        last = max(0, (len(people) - 1) // PEOPLE_PAGE)
        if not 0 <= self._page + step <= last:
            self._queue.reply("info", "No more people." if step > 0 else "This is the first page.")
            return
        self._page += step
        self._tell_page()

    def _tell_page(self) -> None:
        for text in people_sentences(self._snapshot(), self._filter, self._page):
            self._queue.reply("who", text)

    def announce(self, argument: str) -> None:
        """`/announce CATEGORY on|off`, `/announce speaking off|summary|all`, `/announce`."""
        choice, told = self._queue.choice.changed(argument)
        self._queue.choose(choice)
        self._memory.remember(announcements=str(choice))
        self._queue.reply("info", told)

    def picture(self) -> None:
        """`/picture`: there is none here."""
        self._queue.reply("info", "Plain mode draws no pictures, so there is nothing to choose.")


def _usage(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)
