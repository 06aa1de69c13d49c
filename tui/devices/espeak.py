"""eSpeak NG, or the eSpeak before it, as a synthesizer: words on its input, WAV on its output.

Not its library: that is GPL and keeps one global voice; the program takes 20 to 50 ms for an
announcement. The trap is the header of a WAV file that goes into a pipe: its lengths are wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
from collections.abc import Callable
from typing import Final

import av
import numpy as np

from tui.devices.sound_file import resampled
from tui.domain.text import clean, speakable
from tui.ports.devices import Block, DeviceUnavailable

PROGRAMS: Final = ("espeak-ng", "espeak")
INSTALL: Final = "sudo apt install espeak-ng"
_LONGEST_S: Final = 10.0
"""A program that takes longer hangs."""


class Espeak:
    """See the module.

    Args:
        which: Finds programs.
    """

    def __init__(self, which: Callable[[str], str | None] = shutil.which):
        self._which = which

    async def samples(self, text: str) -> Block:
        """See `Synthesizer`. Cancelling it leaves no process."""
        program = next((name for name in PROGRAMS if self._which(name) is not None), None)
        if program is None:
            raise DeviceUnavailable("espeak-ng is not installed.", INSTALL)
        wave = await _output_of(program, speakable(text).encode())
        return await asyncio.to_thread(_decoded, program, wave) if wave else np.zeros(0, np.int16)


async def _output_of(program: str, words: bytes) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            # The words are no argument: others on this machine could read them, and they could
            # be taken for an option.
            *(program, "--stdin", "--stdout", "-b", "1"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        told = f"{program} can't be started: {clean(error.strerror or str(error))}."
        raise DeviceUnavailable(told, INSTALL) from error
    try:
        async with asyncio.timeout(_LONGEST_S):
            wave, _ = await process.communicate(words)
    except TimeoutError:
        raise DeviceUnavailable(f"{program} did not end.", INSTALL) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        raise DeviceUnavailable(f"{program} ended with code {process.returncode}.", INSTALL)
    return wave


def _decoded(program: str, wave: bytes) -> Block:
    try:
        with av.open(io.BytesIO(wave), "r", format="wav") as container:
            pieces = list(resampled(container))
    except (av.FFmpegError, IndexError) as error:
        raise DeviceUnavailable(f"{program} did not give sound.", INSTALL) from error
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
