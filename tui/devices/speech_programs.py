"""Speech programs as a synthesizer: words on their input, WAV out of them.

Programs and not libraries: eSpeak's is GPL and keeps one global voice; the program takes 20 to
50 ms for an announcement. The traps: the header of a WAV that goes into a pipe has wrong lengths,
and macOS's `say` writes into a file only, which must not outlive its words. `say` is called as its
manual describes it; there was no Mac to try it on, and where it fails it speaks past the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import av
import numpy as np

from tui.devices.sound_file import resampled
from tui.domain.text import clean, speakable
from tui.ports.devices import Block, DeviceUnavailable

INSTALL: Final = "sudo apt install espeak-ng"
_LONGEST_S: Final = 10.0
"""A program that takes longer hangs."""
_WAVE: Final = ("--file-format=WAVE", "--data-format=LEI16@22050")
"""By its extension alone `say` finds no format for most voices (say(1), `--data-format`)."""


class SpeechPrograms:
    """The `Synthesizer` port over what is installed.

    Args:
        which: Finds programs.
    """

    def __init__(self, which: Callable[[str], str | None] = shutil.which):
        self._which = which

    async def samples(self, text: str, program: str = "") -> Block:
        """See `Synthesizer`. Cancelling it leaves no process and no file."""
        wished = (program,) if program else tuple(_WAYS)
        name = next((one for one in wished if one in _WAYS and self._which(one) is not None), None)
        if name is None:
            told = f"{clean(wished[0], 40)} is not installed."
            raise DeviceUnavailable(told, INSTALL)
        wave = await _WAYS[name](name, speakable(text).encode())
        return await asyncio.to_thread(_decoded, name, wave) if wave else np.zeros(0, np.int16)


async def _into_pipe(program: str, words: bytes) -> bytes:
    return await _output_of((program, "--stdin", "--stdout", "-b", "1"), words)


async def _into_file(program: str, words: bytes) -> bytes:
    # Nobody else may enter the folder, and it goes with the words whatever happens.
    with tempfile.TemporaryDirectory(prefix="cellcall-") as folder:
        path = Path(folder, "speech.wav")
        await _output_of((program, "-o", str(path), *_WAVE, "-f", "-"), words)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise DeviceUnavailable(f"{program} did not give sound.", INSTALL) from error


_WAYS: Final[Mapping[str, Callable[[str, bytes], Awaitable[bytes]]]] = {
    "espeak-ng": _into_pipe,
    "espeak": _into_pipe,
    "say": _into_file,
}
"""How each program gives its sound, in the order they are looked for."""


async def _output_of(argv: Sequence[str], words: bytes) -> bytes:
    program = argv[0]
    try:
        process = await asyncio.create_subprocess_exec(
            # The words are no argument: others on this machine could read them, and they could
            # be taken for an option.
            *argv,
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
            output, _ = await process.communicate(words)
    except TimeoutError:
        raise DeviceUnavailable(f"{program} did not end.", INSTALL) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        raise DeviceUnavailable(f"{program} ended with code {process.returncode}.", INSTALL)
    return output


def _decoded(program: str, wave: bytes) -> Block:
    try:
        with av.open(io.BytesIO(wave), "r", format="wav") as container:
            pieces = list(resampled(container))
    except (av.FFmpegError, IndexError) as error:
        raise DeviceUnavailable(f"{program} did not give sound.", INSTALL) from error
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
