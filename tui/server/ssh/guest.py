"""One guest: a process that shows the call, and their ssh channel to it.

It is `cellcall join --guest`, so that a crash or a heavy screen is one guest's alone. Its link, a
secret, comes to it through a pipe; of its environment, it gets where this user's files are.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping, Sequence
from typing import Final

import asyncssh

from tui.server.ssh.terminal import GuestTerminal
from tui.server.ssh.visitor import Visitor

_TERM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,63}")
_KEPT: Final = ("PATH", "HOME", "PYTHONPATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_TRUE_COLOUR: Final = ("truecolor", "24bit")
_HELD_BYTES: Final = 16_384
_LAST_WORDS_S: Final = 1.0
_ENDS_WITHIN_S: Final = 2.0
_GONE_SIGNAL: Final = 128


async def attend(
    process: asyncssh.SSHServerProcess[bytes], command: Sequence[str], link: str, visitor: Visitor
) -> None:
    """Show the call until the program or the guest ends it.

    Args:
        process: Their channel.
        command: What shows a call, without its link.
        link: Lets them in.
        visitor: Who they are.
    """
    process.channel.set_write_buffer_limits(high=_HELD_BYTES)
    terminal = GuestTerminal(_size(process))
    try:
        try:
            child = await _start(command, link, _environment(process, visitor.address), terminal)
        finally:
            terminal.begun()
        await _until_over(process, child, terminal, visitor.takes_more)
    finally:
        terminal.close()


async def _start(
    command: Sequence[str], link: str, environment: Mapping[str, str], terminal: GuestTerminal
) -> asyncio.subprocess.Process:
    reads, writes = os.pipe()
    try:
        with os.fdopen(writes, "wb") as pipe:
            pipe.write(f"{link}\n".encode())  # far less than a pipe holds
        return await asyncio.create_subprocess_exec(
            *command,
            "--link-file",
            f"/dev/fd/{reads}",
            stdin=terminal.program_in,
            stdout=terminal.program_out,
            stderr=terminal.program_out,
            pass_fds=(reads,),
            env=environment,
            start_new_session=True,
        )
    finally:
        os.close(reads)


async def _until_over(
    process: asyncssh.SSHServerProcess[bytes],
    child: asyncio.subprocess.Process,
    terminal: GuestTerminal,
    takes_more: asyncio.Event,
) -> None:
    async def send(data: bytes) -> None:
        process.stdout.write(data)
        await process.stdout.drain()
        await takes_more.wait()

    ended = asyncio.create_task(child.wait(), name="ssh guest's program")
    gone = asyncio.create_task(process.channel.wait_closed(), name="ssh guest gone")
    shown = asyncio.create_task(terminal.copy_out(send), name="ssh guest's screen")
    typed = asyncio.create_task(_type(process, terminal), name="ssh guest's keys")
    side = (gone, shown, typed)
    try:
        await asyncio.wait((ended, gone), return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            await asyncio.wait(
                (shown, gone), timeout=_LAST_WORDS_S, return_when=asyncio.FIRST_COMPLETED
            )
            code = ended.result()
            process.exit(code if code >= 0 else _GONE_SIGNAL - code)
    finally:
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)
        await _end(child, ended)


async def _end(child: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    """As a terminal that is closed ends what runs in it; it may say goodbye to the others."""
    for number in (signal.SIGHUP, signal.SIGKILL):
        if ended.done():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        await asyncio.wait((ended,), timeout=_ENDS_WITHIN_S)


async def _type(process: asyncssh.SSHServerProcess[bytes], terminal: GuestTerminal) -> None:
    with contextlib.suppress(OSError):  # the program reads no more
        while True:
            try:
                data = await process.stdin.read(4096)
            except asyncssh.TerminalSizeChanged as size:
                terminal.resize(size.width, size.height)
                continue
            except (asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue
            if not data:
                await terminal.end_input()
                return
            await terminal.type(data)


def _size(process: asyncssh.SSHServerProcess[bytes]) -> tuple[int, int] | None:
    if process.term_type is None:
        return None
    columns, rows, *_ = process.term_size
    return columns, rows


def _environment(process: asyncssh.SSHServerProcess[bytes], address: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("XDG_")}
    kind = process.term_type or ""
    colours = process.env.get("COLORTERM", "")
    return {
        **kept,
        "LANG": "C.UTF-8",
        "TERM": kind if _TERM.fullmatch(kind) else "dumb",
        "COLORTERM": colours if colours in _TRUE_COLOUR else "",
        # What sshd tells by it: that the terminal is elsewhere, behind a line to be measured.
        "SSH_CONNECTION": f"{address} 0 - 0",
    }
