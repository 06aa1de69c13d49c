"""Speaking with a program of its own: it is started, waited for, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from typing import Final

from tui.front.announcer.programs import SpeakingProgram
from tui.front.announcer.waiting import Utterance

_CANCEL_S: Final = 2.0


async def speak(program: SpeakingProgram, utterance: Utterance) -> int:
    """Its exit code, when it has spoken; cancelling this is silence, with the daemon told.

    Raises:
        OSError: It can't be started.
    """
    process = await _started(program.argv(utterance))
    try:
        return await process.wait()
    except asyncio.CancelledError:
        _kill(process)
        if program.cancel:
            await _cancel(program.cancel)
        raise
    finally:
        _kill(process)
        await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        # Its group: programs of sound start others.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


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
