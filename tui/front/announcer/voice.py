"""Says what waits, one utterance at a time: in the sound of the call, or with a program."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from tui.domain.commands.local import Duck, Hush, Say
from tui.domain.errors import CallsError
from tui.domain.happenings.table import Urgency
from tui.domain.text import speakable
from tui.front.announcer.process import speak
from tui.front.announcer.programs import SpeakingProgram
from tui.front.announcer.waiting import Utterance, Waiting
from tui.ports.handle import Handle

DUCK_S: Final = 2.0
"""Others are turned down for this long at a time, so that our end ends it, whatever happens."""
RENEW_S: Final = 0.5
_LONGEST_S: Final = 60.0
"""A program that speaks for longer hangs."""
_ANSWER_S: Final = 0.25
"""What the engine may take to turn others down, or to be silent."""


class Voice:
    """Speaks while `run` runs.

    Args:
        failed: Told, in words, when the program can't speak; it is not tried again until `use`.
    """

    def __init__(self, failed: Callable[[str], None] = lambda _text: None):
        self.failed = failed
        self.program: SpeakingProgram | None = None
        """What speaks; None: nothing is said."""
        self._waiting = Waiting()
        self._something = asyncio.Event()
        self._saying: Utterance | None = None
        self._speaking: asyncio.Task[str] | None = None

    @property
    def busy(self) -> bool:
        """Something is being said, or waits."""
        return self._saying is not None or len(self._waiting) > 0

    def use(self, program: SpeakingProgram | None) -> None:
        """Speak with it from now on; None: be silent, at once."""
        if program is None:
            self.stop()
        self.program = program

    def say(self, utterance: Utterance) -> None:
        """Say it when its turn comes; what is important cuts off what is not."""
        if self.program is None:
            return
        self._waiting.add(utterance)
        saying = self._saying
        important = utterance.urgency is Urgency.IMPORTANT
        if important and saying is not None and saying.urgency is not Urgency.IMPORTANT:
            self._cut_off()
        self._something.set()

    def stop(self) -> None:
        """Be silent at once, and forget what waits."""
        self._waiting.clear()
        self._cut_off()

    def _cut_off(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()

    async def run(self, call: Callable[[], Handle]) -> None:
        """Speak until cancelled; then nothing is left speaking.

        Args:
            call: Gives the call of now.
        """
        while True:
            await self._something.wait()
            self._something.clear()
            while (utterance := self._waiting.take()) is not None:
                if self.program is not None:
                    await self._say_now(self.program, utterance, call())
            await _quietly(call().do(Duck(0)))

    async def _say_now(self, program: SpeakingProgram, utterance: Utterance, call: Handle) -> None:
        self._saying = utterance
        speaking = self._speaking = asyncio.create_task(_spoken(program, utterance, call))
        try:
            while not speaking.done():
                await _quietly(call.do(Duck(DUCK_S)))
                await asyncio.wait((speaking,), timeout=RENEW_S)
        finally:
            speaking.cancel()
            await asyncio.wait((speaking,))
            self._saying = self._speaking = None
        problem = "" if speaking.cancelled() else speaking.result()
        if problem:
            self.use(None)
            self.failed(f"Reading aloud is off: {problem} To try again: /speak on")


async def _spoken(program: SpeakingProgram, utterance: Utterance, call: Handle) -> str:
    """Say it; what went wrong, in words. Cancelling it is silence."""
    try:
        async with asyncio.timeout(_LONGEST_S):
            if program.in_call and await _spoken_in_call(program, utterance, call):
                return ""
            code = await speak(program, utterance)
    except TimeoutError:
        return f"{program.name} did not end."
    except OSError as error:
        return f"{program.name} can't be started: {error.strerror or error}."
    return f"{program.name} ended with code {code}." if code else ""


async def _spoken_in_call(program: SpeakingProgram, utterance: Utterance, call: Handle) -> bool:
    try:
        return await call.do(Say(speakable(utterance.text), program.name))
    except CallsError:
        return False
    except asyncio.CancelledError:
        await _quietly(call.do(Hush()))
        raise


async def _quietly(asking: Awaitable[None]) -> None:
    """Outside a call nobody can be turned down; nor by an engine that is gone or stuck."""
    with contextlib.suppress(CallsError, TimeoutError):
        async with asyncio.timeout(_ANSWER_S):
            await asking
