"""The player: one thread that reads keys, keeps the time and writes what the terminal can take.

Nothing here waits for the terminal. A picture is drawn when it is due and the one before has been
taken, and pictures that were due meanwhile are dropped: so a key acts at once on any link.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import time
import tty
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

from tui.domain.frozen import dataclass
from tui.player.feed import Feed
from tui.player.figures import Figures
from tui.player.foot import StatusLine
from tui.player.key_names import ESCAPE_S, PONG, KeyReader
from tui.player.output import Output
from tui.player.picture import PlayerPicture
from tui.player.timeline import Timeline
from tui.ports.clips import Clip, ClipPicture
from tui.terminal.answers import AnswerFilter
from tui.terminal.detect import Found
from tui.terminal.tty import TerminalFiles, key_by_key

ENTER: Final = b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
LEAVE: Final = b"\x1b[?2026l\x1b[m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l"
"""Cleared first: tmux 3.3 would leave rows behind when its window grew meanwhile."""
STEP_S: Final = 5.0
LEAP_S: Final = 60.0
BEHIND_S: Final = 0.5
"""A decoder later than this slows the clip down instead of skipping [s]."""
_POLL_S: Final = 0.25
_LAST_ANSWER_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How to play."""

    fps: float = 30.0
    """Pictures a second at most."""
    loop: bool = False
    figures: bool = False
    """Show them from the start."""


class Player:
    """See the module.

    Args:
        clip: What to play; closed in the end.
        picture: How it is drawn.
        files: The terminal.
        found: What was found out about it.
        choices: How to play.
        captions: Lines under the picture, ready for the terminal; as many rows are kept free.
    """

    def __init__(
        self,
        clip: Clip,
        picture: PlayerPicture,
        files: TerminalFiles,
        found: Found,
        choices: Choices,
        captions: tuple[str, ...] = (),
    ) -> None:
        self._clip = clip
        self._picture = picture
        self._files = files
        self._found = found
        self._choices = choices
        self._captions = captions
        self._keys = KeyReader()
        self._late = AnswerFilter(for_s=0.0 if found.all_answered else 10.0)
        self._timeline = Timeline(clip.duration_s)
        self.figures = Figures()
        self._line = StatusLine(clip, self._timeline, self.figures, show_figures=choices.figures)
        self._delay_s = 0.0
        self._next_due_s = 0.0
        self._escape_s = 0.0
        """When something that may be the Escape key came."""
        self._held: ClipPicture | None = None
        self._stale = True
        """Whether the screen has to be drawn again."""
        self._want_first = True
        """The next picture counts whatever its time: after a seek or a step."""
        self._ended_s = self._ended_cpu_s = 0.0
        self._done = False
        self._resized = True
        self._stopped = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    # ---- the whole of it
    def run(self) -> None:
        """Play until the end, or until somebody quits.

        Raises:
            DeviceUnavailable: The clip can't be read any further.
            OSError: The terminal is gone.
        """
        feed = Feed(self._clip, self._wake)
        try:
            with (
                key_by_key(self._files.read, restore=LEAVE, write=self._files.write),
                self._signals(),
            ):
                os.write(self._files.write, ENTER)
                output = Output(self._files.write, answers=self._found.profile.answered)
                try:
                    self._loop(feed, output)
                    self._await_answers(output)
                finally:
                    output.close()
        finally:
            self._ended_s, self._ended_cpu_s = time.monotonic(), time.process_time()
            feed.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
        if feed.problem is not None:
            raise feed.problem

    def document(self) -> dict[str, Any]:
        """Figures of the playing, for machines."""
        place, look = self._picture.place, self._picture.look
        return {
            "source": self._clip.label,
            "columns": place.columns,
            "rows": place.rows,
            "glyphs": str(look.glyphs),
            "colours": str(look.depth),
            **self.figures.document(self._ended_s, self._ended_cpu_s),
            "terminal_delay_ms": round(self._delay_s * 1000, 1),
        }

    def _loop(self, feed: Feed, output: Output) -> None:
        now_s = time.monotonic()
        self.figures.started_s, self.figures.cpu_started_s = now_s, time.process_time()
        self._line.hint(now_s)
        self._timeline.play(now_s)
        self._act(self._keys.feed(self._found.typed), feed, output, now_s)
        while not self._done:
            now_s = time.monotonic()
            if self._stopped:
                self._suspend(output)
            if self._resized:
                self._resize(feed, output, now_s)
            self._follow(feed, now_s)
            self._draw(output, now_s)
            self._wait(feed, output, now_s)

    # ---- time
    def _follow(self, feed: Feed, now_s: float) -> None:
        """Take the picture that is due."""
        if self._want_first:
            first = feed.first()
            if first is not None:
                self._want_first = False
                self._timeline.set(first.at_s, now_s)
                self._hold(first, now_s)
            elif feed.ended:
                self._want_first = False
            return
        if self._timeline.paused:
            return
        position_s = self._timeline.position_s(now_s)
        picture, dropped = feed.take(position_s)
        self.figures.dropped += dropped
        if picture is not None:
            if position_s - picture.at_s > BEHIND_S:
                self._timeline.set(picture.at_s, now_s)
            self._hold(picture, now_s)
        elif feed.ended and not self._clip.still:
            self._at_end(feed, now_s)

    def _hold(self, picture: ClipPicture, now_s: float) -> None:
        if self._held is not None and now_s >= self._next_due_s:
            self.figures.dropped += 1  # the terminal is busy; else there were enough a second
        self._held = picture

    def _at_end(self, feed: Feed, now_s: float) -> None:
        if self._held is not None:
            return  # the last one first
        if self._choices.loop and feed.problem is None:
            self._timeline.set(0.0, now_s)
            feed.seek(0.0)
            self._want_first = True
        else:
            self._done = True

    # ---- drawing
    def _draw(self, output: Output, now_s: float) -> None:
        interval_s = 1 / self._choices.fps
        if not output.ready(now_s, interval_s):
            return
        columns, rows = self._room()
        line = self._line.text(self._picture.look, now_s, delay_s=self._delay_s, columns=columns)
        if self._held is not None and now_s >= self._next_due_s:
            data, self._held = self._picture.put(self._held), None
            self._next_due_s = max(self._next_due_s + interval_s, now_s)
        elif self._stale:
            data = self._picture.again()
        elif line != self._line.shown:
            data = b""
        else:
            return
        self._stale = False
        if data:
            self.figures.drew(now_s, len(data))
        if line != self._line.shown:
            self._line.shown = line
            data += f"\x1b[{rows};1H\x1b[m\x1b[K{line[: columns - 1]}".encode()
        output.send(data, now_s, ask=bool(data))

    def _resize(self, feed: Feed, output: Output, now_s: float) -> None:
        self._resized = False
        columns, rows = self._room()
        room = max(1, rows - 1 - len(self._captions))
        self._picture.resize(columns, room)
        feed.want(*self._picture.raster_size)
        if self._timeline.paused or self._clip.still:
            self._seek(feed, now_s, 0.0)
        self._clear(output, now_s)

    def _room(self) -> tuple[int, int]:
        columns, rows = os.get_terminal_size(self._files.write)
        return max(1, columns), max(1, rows)

    def _clear(self, output: Output, now_s: float) -> None:
        """An empty screen, and everything drawn anew."""
        _, rows = self._room()
        data = b"\x1b[m\x1b[2J"
        for number, caption in enumerate(self._captions):
            row = rows - len(self._captions) + number
            if row > 1:
                data += f"\x1b[{row};1H{caption}\x1b[m".encode()
        output.send(data, now_s, ask=False)
        self._picture.forget()
        self._line.forget()
        self._stale = True

    # ---- keys
    def _act(self, keys: list[str], feed: Feed, output: Output, now_s: float) -> None:
        for key in keys:
            if key == PONG:
                output.answered(now_s)
                continue
            self._line.hint(now_s)
            match key:
                case "q" | "escape":
                    self._done = True
                case "space":
                    if self._timeline.paused:
                        self._timeline.play(now_s)
                    else:
                        self._timeline.pause(now_s)
                case "left" | "right" | "up" | "down" | "home":
                    by_s = {
                        "left": -STEP_S,
                        "right": STEP_S,
                        "down": -LEAP_S,
                        "up": LEAP_S,
                        "home": -self._timeline.position_s(now_s),
                    }
                    self._seek(feed, now_s, by_s[key])
                case ".":
                    self._timeline.pause(now_s)
                    self._want_first = True
                case "g" | "c":
                    if key == "g":
                        self._picture.next_glyphs()
                    else:
                        self._picture.next_depth()
                    feed.want(*self._picture.raster_size)
                    self._stale = True
                    if self._timeline.paused or self._clip.still:
                        self._seek(feed, now_s, 0.0)
                case "s":
                    self._line.toggle_figures()
                case "redraw":
                    self._clear(output, now_s)
                case _:
                    pass

    def _seek(self, feed: Feed, now_s: float, by_s: float) -> None:
        to_s = self._timeline.set(self._timeline.position_s(now_s) + by_s, now_s)
        feed.seek(to_s)
        self._want_first = True

    # ---- waiting
    def _wait(self, feed: Feed, output: Output, now_s: float) -> None:
        """Wait until there is something to do."""
        if self._done:
            return
        writing = [output.descriptor] if output.busy else []
        reading = [self._files.read, self._wake_read]
        ready, writable, _ = select.select(reading, writing, [], self._pause_s(feed, output, now_s))
        now_s = time.monotonic()
        if writable:
            output.drain()
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        if self._files.read in ready:
            data = os.read(self._files.read, 4096)
            if not data:
                self._done = True
            self._escape_s = now_s
            self._act(self._keys.feed(self._late.feed(data)), feed, output, now_s)
            self._delay_s = output.delay_s
        elif self._keys.waiting and now_s - self._escape_s >= ESCAPE_S:
            self._act(self._keys.flush(), feed, output, now_s)

    def _pause_s(self, feed: Feed, output: Output, now_s: float) -> float:
        pause_s = ESCAPE_S if self._keys.waiting else _POLL_S
        # While the terminal is busy, its taking bytes or answering ends the wait.
        if self._held is not None and output.ready(now_s, 1 / self._choices.fps):
            pause_s = min(pause_s, max(0.001, self._next_due_s - now_s))
        next_at_s = feed.next_at_s()
        if next_at_s is not None and not self._timeline.paused:
            pause_s = min(pause_s, max(0.0, next_at_s - self._timeline.position_s(now_s)))
        return pause_s

    def _await_answers(self, output: Output) -> None:
        """An answer that came after the end would be typed into the shell."""
        until_s = time.monotonic() + _LAST_ANSWER_S
        while output.open_answers and (left_s := until_s - time.monotonic()) > 0:
            writing = [output.descriptor] if output.busy else []
            ready, writable, _ = select.select([self._files.read], writing, [], left_s)
            if writable:
                output.drain()
            if ready and PONG in self._keys.feed(os.read(self._files.read, 4096)):
                output.answered(time.monotonic())

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._wake_write, b".")

    # ---- signals
    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def resized(_number: int, _frame: FrameType | None) -> None:
            self._resized = True
            self._wake()

        def stopped(_number: int, _frame: FrameType | None) -> None:
            self._stopped = True
            self._wake()

        before = [
            (number, signal.signal(number, deed))
            for number, deed in ((signal.SIGWINCH, resized), (signal.SIGTSTP, stopped))
        ]
        try:
            yield
        finally:
            for number, deed in before:
                signal.signal(number, deed)

    def _suspend(self, output: Output) -> None:
        """Control Z: give the shell its screen, and take it again afterwards."""
        self._stopped = False
        self._timeline.pause(time.monotonic())
        os.set_blocking(output.descriptor, True)
        output.drain()
        os.write(output.descriptor, LEAVE)
        os.kill(os.getpid(), signal.SIGSTOP)
        # Stopped here until somebody says fg.
        tty.setcbreak(self._files.read, termios.TCSANOW)
        os.write(output.descriptor, ENTER)
        os.set_blocking(output.descriptor, False)
        self._resized = True
