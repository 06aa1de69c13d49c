"""Processes of ours that must not outlive us, whatever ends us.

Each holds the reading end of a pipe as its standard input and leaves when that ends: the system
closes our end even when we are killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from tui.cli.report import CommandError
from tui.domain.errors import ExitCode

_STOP_S: Final = 3.0


class Child:
    """One `cellcall` process that ends with us. Make it with `start`."""

    def __init__(self, process: asyncio.subprocess.Process, what: str):
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
    ) -> Child:
        """Start `cellcall ARGUMENTS`.

        Args:
            arguments: The command line, without secrets: others can read it.
            what: What it is, for messages.
            log: Where its standard error goes; None: nowhere.
            environment: Added variables.
        """
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
