"""Starts the recogniser's process, and asks it: one phrase, one answer.

A process that ends or hangs must never be more than the end of captions: every answer has its
time, and whoever is late is killed. The traps are its surroundings: nothing secret is handed down,
and the library is told not to look for anything on the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tui.devices.recogniser.model_folder import check_model, refused
from tui.devices.recogniser.program import HEADER
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.ports.recogniser import RecogniserGone

INSTALL: Final = "pip install 'cellcall[captions]'"
_PROGRAM: Final = (sys.executable, "-m", "tui.devices.recogniser.program")
_LOADS_S: Final = 120.0
ANSWERS_S: Final = 60.0
_OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "OMP_NUM_THREADS": "1",
}


class LocalRecognisers:
    """The `Recognisers` port.

    Args:
        program: What is started, with the model's folder and the language behind it.
        answers_s: How long it may take for a phrase.
    """

    def __init__(self, program: Sequence[str] = _PROGRAM, *, answers_s: float = ANSWERS_S) -> None:
        self._program = tuple(program)
        self._answers_s = answers_s

    async def begin(self, model: str, language: str) -> RecogniserProcess:
        """See `Recognisers.begin`. Cancelling it leaves no process."""
        await asyncio.to_thread(check_model, model)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program,
                model,
                language,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            told = f"The recogniser can't be started: {clean(error.strerror or str(error))}."
            raise CallsError(ErrorCode.NOT_SUPPORTED, told) from error
        recogniser = RecogniserProcess(process, self._answers_s)
        try:
            answer = await recogniser.answer(_LOADS_S)
        except RecogniserGone as gone:
            shown = clean(model, 120)
            raise refused(f"captions_model: {shown} could not be loaded. {gone}") from gone
        except BaseException:
            await recogniser.close()
            raise
        if answer.get("ready") is True:
            recogniser.language = str(answer.get("language") or "")
            return recogniser
        await recogniser.close()
        if missing := answer.get("missing"):
            what = clean(str(missing), 40)
            raise CallsError(
                ErrorCode.NOT_SUPPORTED, f"Own captions need {what}, not installed: {INSTALL}"
            )
        if unknown := answer.get("unknown"):
            told = f"captions_language: {clean(str(unknown), 120)}. Set another."
            raise CallsError(ErrorCode.VALIDATION, told, field="captionLanguage")
        problem = clean(str(answer.get("problem") or "it says nothing"), 200).rstrip(".")
        raise refused(f"captions_model: {clean(model, 120)} could not be loaded: {problem}.")


def _environment() -> dict[str, str]:
    ours = {name: told for name, told in os.environ.items() if not name.startswith("CELLCALL_")}
    return {**ours, **_OFFLINE}


class RecogniserProcess:
    """The `Recogniser` port over a process."""

    def __init__(self, process: asyncio.subprocess.Process, answers_s: float) -> None:
        self._process = process
        self._answers_s = answers_s
        self.language = ""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def words(self, samples: NDArray[np.int16], *, final: bool) -> str:
        """See `Recogniser.words`. Cancelling it closes it: an answer would be left behind."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(HEADER.pack(len(samples), final) + samples.tobytes())
            told = await self.answer(self._answers_s)
        except BaseException:
            await self.close()
            raise
        return str(told.get("words") or "")

    async def answer(self, within_s: float) -> dict[str, Any]:
        """The next line it says. Raises `RecogniserGone`; it is closed then."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        problem = ""
        try:
            async with asyncio.timeout(within_s):
                # Whoever says why it can't begin and ends is not written to, but can be read.
                with contextlib.suppress(OSError):
                    await self._process.stdin.drain()
                line = await self._process.stdout.readline()
            told = json.loads(line) if line.endswith(b"\n") else None
            if isinstance(told, dict):
                return told
        except TimeoutError:
            problem = f"The recogniser has not answered for {within_s:.0f} seconds."
        except (OSError, ValueError):
            pass  # it has ended
        await self.close()
        raise RecogniserGone(problem or f"The recogniser has ended ({self._how()}).")

    def _how(self) -> str:
        code = self._process.returncode or 0
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    async def close(self) -> None:
        """See `Recogniser.close`."""
        process = self._process
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            # Whoever reads its input is at its end already, and gets the moment it takes to go.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await process.wait()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
