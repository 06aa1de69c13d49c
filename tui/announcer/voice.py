"""Says what waits, one utterance at a time, with a program of its own; owns its processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tui.announcer.policy import Urgency
from tui.announcer.programs import SpeakingProgram
from tui.announcer.waiting import Utterance, Waiting
from tui.domain.errors import CallsError

DUCK_S: Final = 2.0
"""Others are turned down for this long at a time, so that our end ends it, whatever happens."""
RENEW_S: Final = 0.5
_LONGEST_S: Final = 60.0
"""A program that speaks for longer hangs."""
_CANCEL_S: Final = 2.0
_DUCK_ANSWER_S: Final = 0.25

Duck = Callable[[float], Awaitable[None]]
"""Turns everybody else down for so many seconds from now; 0 lets go."""


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
        self._process: asyncio.subprocess.Process | None = None
        self._saying: Utterance | None = None
        self._stopped = False
        """What is being said was cut off by us."""

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
        if self._saying is not None:
            self._stopped = True
            self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            # Its group: programs of sound start others.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    async def run(self, duck: Duck) -> None:
        """Speak until cancelled; then nothing is left running."""
        while True:
            await self._something.wait()
            self._something.clear()
            while (utterance := self._waiting.take()) is not None:
                await self._say_now(utterance, duck)
            await _quietly(duck(0))

    async def _say_now(self, utterance: Utterance, duck: Duck) -> None:
        program = self.program
        if program is None:
            return
        self._saying, self._stopped = utterance, False
        try:
            code = await self._spoken(program.argv(utterance), duck)
            if self._stopped and program.cancel:
                await _cancel(program.cancel)
        except TimeoutError:
            self._fail(f"{program.name} did not end.")
            return
        except OSError as error:
            self._fail(f"{program.name} can't be started: {error.strerror or error}.")
            return
        finally:
            self._saying = None
        if code and not self._stopped:
            self._fail(f"{program.name} ended with code {code}.")

    def _fail(self, why: str) -> None:
        self.use(None)
        self.failed(f"Reading aloud is off: {why} To try again: /speak on")

    async def _spoken(self, argv: list[str], duck: Duck) -> int:
        """The exit code, when it has spoken or was cut off."""
        async with asyncio.timeout(_LONGEST_S):
            process = self._process = await _started(argv)
            waiting = asyncio.ensure_future(process.wait())
            try:
                if self._stopped:  # while it started
                    self._kill()
                while not waiting.done():
                    await _quietly(duck(DUCK_S))
                    await asyncio.wait((waiting,), timeout=RENEW_S)
                return waiting.result()
            finally:
                self._kill()
                await asyncio.wait((waiting,))
                self._process = None


async def _started(argv: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Control C of the terminal is not for it
    )


async def _cancel(argv: Sequence[str]) -> None:
    process = await _started(argv)
    try:
        async with asyncio.timeout(_CANCEL_S):
            await process.wait()
    except TimeoutError:
        pass  # the daemon is stuck, and so it says nothing
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _quietly(ducking: Awaitable[None]) -> None:
    """Outside a call nobody can be turned down; nor by an engine that is gone or stuck."""
    with contextlib.suppress(CallsError, TimeoutError):
        async with asyncio.timeout(_DUCK_ANSWER_S):
            await ducking
