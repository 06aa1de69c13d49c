"""Questions and answers on a line-by-line terminal: ask, yes or no, choose from a numbered menu."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from tui.linear.keyboard import Keyboard
from tui.linear.line_editor import EndOfLineInput, Entered, InputClosed, Interrupt, Typed
from tui.linear.line_queue import LineQueue

AGAIN_S: Final = 3.0
"""A second Control C within this time leaves, or quits."""


class InputEnded(Exception):
    """Nobody can answer any more."""


class Interrupted(Exception):
    """Control C twice."""


class Back(Exception):
    """The person wants to go back instead of answering."""


class CallOver(Exception):
    """The call ended while a question was open."""


OnCommand = Callable[[str], Awaitable[None]]


class Conversation:
    """Reads what is typed and asks for what is missing.

    Args:
        keyboard: Where lines come from.
        queue: Where questions go.
        clock: Monotonic seconds.
    """

    def __init__(self, keyboard: Keyboard, queue: LineQueue, clock: Callable[[], float]):
        self._keyboard = keyboard
        self._queue = queue
        self._clock = clock
        self._interrupted_s = float("-inf")
        self._leave_word = "/quit to quit"
        self._reading: asyncio.Task[Typed] | None = None
        self._kept: deque[Entered | EndOfLineInput] = deque()
        self.over = asyncio.Event()
        """Set when the call has ended, whoever ended it."""

    @property
    def interactive(self) -> bool:
        """Whether a person types the answers."""
        return self._keyboard.interactive

    def in_call(self, *, joined: bool) -> None:
        """Control C now says how to leave (or how to quit)."""
        self._leave_word = "/leave to leave" if joined else "/quit to quit"

    async def read(self) -> Entered | EndOfLineInput:
        """The next line.

        Raises:
            InputEnded: The input is gone.
            Interrupted: Control C twice within three seconds.
            CallOver: `over` was set first.
        """
        if self._kept and not self.over.is_set():
            return self._kept.popleft()
        while True:
            typed = await self._typed_or_over()
            match typed:
                case Entered() | EndOfLineInput():
                    return typed
                case InputClosed():
                    raise InputEnded
                case Interrupt():
                    self._interrupt()

    async def until(
        self, work: Coroutine[Any, Any, None], gives_up: Callable[[str | None], bool]
    ) -> None:
        """Do `work`, which Control C twice or the end of everything cancels.

        Lines typed meanwhile are kept for `read`, but for one that `gives_up`; it is asked about
        Control C and D, too (None).

        Raises:
            Back: What was typed gives up.
            Interrupted: Control C twice.
            CallOver: `over` was set.
        """
        working = asyncio.create_task(work)
        try:
            while not working.done():
                reading = asyncio.create_task(self._typed_or_over())
                try:
                    await asyncio.wait((working, reading), return_when=asyncio.FIRST_COMPLETED)
                    if not reading.done():
                        break
                    typed = reading.result()
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
                if isinstance(typed, InputClosed):
                    break
                if gives_up(typed.text if isinstance(typed, Entered) else None):
                    raise Back
                if isinstance(typed, Interrupt):
                    self._interrupt()
                else:
                    self._kept.append(typed)
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def meanwhile(
        self, work: Coroutine[Any, Any, None], at_once: Callable[[str], Awaitable[bool]]
    ) -> None:
        """Do `work`. A line typed meanwhile goes to `at_once`; what it leaves is kept for `read`.

        Raises:
            Interrupted: Control C twice; `work` is cancelled.
        """
        working = asyncio.create_task(work)
        try:
            while not working.done():
                reading = self._reading or asyncio.create_task(self._keyboard.read())
                self._reading = reading
                await asyncio.wait((working, reading), return_when=asyncio.FIRST_COMPLETED)
                typed = reading.result() if reading.done() else None
                if typed is None or isinstance(typed, InputClosed):
                    break
                self._reading = None
                if isinstance(typed, Interrupt):
                    self._interrupt()
                elif not (isinstance(typed, Entered) and await at_once(typed.text)):
                    self._kept.append(typed)
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _typed_or_over(self) -> Typed:
        if self.over.is_set():
            raise CallOver
        # The same reading goes on until it brings something: cancelling it could lose a line.
        reading = self._reading or asyncio.create_task(self._keyboard.read())
        self._reading = reading
        ending = asyncio.create_task(self.over.wait())
        try:
            await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
        if not reading.done():
            raise CallOver
        self._reading = None
        return reading.result()

    async def close(self) -> None:
        """Stop reading. Idempotent."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    def _interrupt(self) -> None:
        now_s = self._clock()
        if now_s - self._interrupted_s <= AGAIN_S:
            raise Interrupted
        self._interrupted_s = now_s
        self._queue.reply(
            "info", f"Type {self._leave_word}, or press Control C again within 3 seconds."
        )

    async def ask(
        self, question: str, *, secret: bool = False, on_command: OnCommand | None = None
    ) -> str:
        """One answer, maybe empty. Lines beginning with `/` go to `on_command` if there is one.

        Raises:
            Back: Control D.
        """
        while True:
            if secret:
                self._keyboard.hide(hidden=True)
            self._queue.ask(question)
            try:
                typed = await self.read()
            finally:
                if secret:
                    self._keyboard.hide(hidden=False)
            if isinstance(typed, EndOfLineInput):
                raise Back
            answer = typed.text.strip()
            if on_command is not None and answer.startswith("/") and not answer.startswith("//"):
                await on_command(answer)
                continue
            return answer

    async def yes_or_no(
        self,
        question: str,
        *,
        default: bool,
        on_command: OnCommand | None = None,
        back: bool = False,
    ) -> bool:
        """`question` with its default in words; asks again until the answer is one.

        Args:
            question: Without the possible answers.
            default: What an empty answer means.
            on_command: Takes lines that begin with `/`.
            back: `b` goes back instead of meaning no.

        Raises:
            Back: `b`, where it goes back; Control D.
        """
        told = f"{question} yes or no. Default {'yes' if default else 'no'}."
        while True:
            answer = (await self.ask(told, on_command=on_command)).lower()
            if not answer:
                return default
            if "yes".startswith(answer):
                return True
            if back and answer in ("b", "back"):
                raise Back
            if "no".startswith(answer) or answer in ("b", "back"):
                return False

    async def choose(
        self,
        items: Sequence[tuple[str, str]],
        *,
        on_command: OnCommand | None = None,
        back: str = "go back",
    ) -> int:
        """The index of the item chosen by number or by name.

        Args:
            items: (name, words) of each; the words are printed.
            on_command: Takes lines that begin with `/`.
            back: What `b` does, in words.

        Raises:
            Back: `b` or Control D.
        """
        for number, (_, words) in enumerate(items, 1):
            self._queue.menu(f"{number}. {words}.")
        question = f"Choose 1 to {len(items)}." if len(items) > 1 else "Choose 1."
        while True:
            answer = (await self.ask(question, on_command=on_command)).casefold()
            if answer in ("b", "back"):
                raise Back
            if answer.isdecimal() and 1 <= int(answer) <= len(items):
                return int(answer) - 1
            names = [name.casefold() for name, _ in items]
            found = [i for i, name in enumerate(names) if answer and name.startswith(answer)]
            if answer in names:
                return names.index(answer)
            if len(found) == 1:
                return found[0]
            if answer:
                many = "Several match" if found else "Nothing here is called that"
                self._queue.reply("error", f"{many}. Type a number, or b to {back}.")
