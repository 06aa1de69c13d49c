"""Processes of ours that must not outlive us, whatever ends us.

Each holds the reading end of a pipe as its standard input and leaves when that ends: the system
closes our end even when we are killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from tui.cli.nursery import Born, Nursery
from tui.cli.report import CommandError
from tui.domain.errors import ExitCode

_STOP_S: Final = 3.0


class Child:
    """One `cellcall` process that ends with us. Make it with `start`."""

    def __init__(self, process: asyncio.subprocess.Process | _Piped, what: str):
        self._process = process
        self._what = what

    @classmethod
    async def start(
        cls,
        arguments: list[str],
        what: str,
        *,
        log: Path | None,
        environment: dict[str, str] | None = None,
        nursery: Nursery | None = None,
    ) -> Child:
        """Start `cellcall ARGUMENTS`.

        Args:
            arguments: The command line, without secrets: others can read it.
            what: What it is, for messages.
            log: Where its standard error goes; None: nowhere.
            environment: Added variables.
            nursery: Has its libraries loaded already; None: it loads them itself.
        """
        if nursery is not None:
            return cls(await _born(arguments, log, environment or {}, nursery), what)
        with log.open("ab") if log else contextlib.nullcontext(asyncio.subprocess.DEVNULL) as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tui",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=out,
                env={**os.environ, **(environment or {})},
                # Control C in our terminal is our business.
                start_new_session=True,
            )
        return cls(process, what)

    def say(self, line: str) -> None:
        """Give it a line on its standard input."""
        if self._process.stdin is not None:
            self._process.stdin.write(line.encode() + b"\n")

    async def hear(self) -> str:
        """Its next line.

        Raises:
            CommandError: It ended instead.
        """
        line = await self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            code = await self._process.wait()
            raise CommandError(
                f"{self._what} ended at its start with exit code {code}.",
                "Run it by itself to see why: cellcall serve",
                ExitCode.JOIN_FAILED,
            )
        return line.decode()

    async def stop(self) -> None:
        """End it and wait until it is gone. Idempotent."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def stop_all(children: Sequence[Child]) -> None:
    """End what was started, the first of them last; no longer than two of them may take.

    Robots leave a call faster while its server is there, and together: one after the other, each
    with the time it may take, would hold whoever waits for the prompt for half a minute.
    """
    for together in (children[1:], children[:1]):
        await asyncio.gather(*(child.stop() for child in together))


class _Piped:
    """A process of the nursery, with the parts of asyncio's that a child needs."""

    def __init__(self, born: Born, stdin: BinaryIO, stdout: asyncio.StreamReader):
        self._born = born
        self.stdin = stdin
        self.stdout = stdout
        self.kill = born.kill

    async def wait(self) -> int:
        """Wait until it is gone; its code is its parent's to know."""
        while self._born.poll() is None:  # noqa: ASYNC110 - a descriptor of a process, no event
            await asyncio.sleep(0.01)
        return ExitCode.JOIN_FAILED


async def _born(
    arguments: list[str], log: Path | None, environment: dict[str, str], nursery: Nursery
) -> _Piped:
    """Its standard input and output are pipes of ours."""
    their_input, to_it = os.pipe()
    from_it, their_output = os.pipe()
    with (log or Path(os.devnull)).open("ab") as out:
        try:
            streams = (their_input, their_output, out.fileno())
            born = await nursery.bear(arguments, streams, environment)
        finally:
            os.close(their_input)
            os.close(their_output)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_it, "rb")
    )
    return _Piped(born, os.fdopen(to_it, "wb", buffering=0), reader)
