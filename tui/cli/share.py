"""`cellcall share`: a command in this terminal, shown to a call as text while it runs.

It runs in a tmux of its own, without keys and without a status line, so it is used as ever; the
call's engine reads that tmux. The share ends with the command.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tui.cli.calls import chosen_call, echo_list, running
from tui.cli.report import CommandError
from tui.domain.commands.own import StartShare
from tui.domain.errors import CallsError, ExitCode
from tui.domain.text import clean

if TYPE_CHECKING:
    from tui.engine.running import RunningCall

_CONFIGURATION: Final = """\
set -g status off
set -g prefix None
set -g escape-time 0
set -g focus-events on
set -g default-terminal "tmux-256color"
set -ga terminal-overrides ",*:Tc"
unbind-key -a -T prefix
unbind-key -a -T root
"""
_NO_TERMINAL: Final = CommandError(
    "cellcall share shows the terminal it runs in, and this is not one.",
    "Run it in a terminal, not in a pipe.",
)


class PrivateTmux:
    """One command in a tmux that nobody else has.

    Args:
        command: What to run; empty: the person's shell.

    Raises:
        CommandError: There is no tmux or no such command.
    """

    def __init__(self, command: Sequence[str]) -> None:
        program = shutil.which("tmux")
        if program is None:
            raise CommandError(
                "cellcall share needs tmux, which is not installed.",
                "Install it: apt install tmux, or brew install tmux.",
            )
        words = list(command) or [os.environ.get("SHELL") or "/bin/sh"]
        if shutil.which(words[0]) is None:
            raise CommandError(
                f"There is no command {clean(words[0], 60)}.", "cellcall share -- COMMAND runs one."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="cellcall-share-"))  # mode 0700
        self.socket = self._folder / "tmux"
        configuration = self._folder / "tmux.conf"
        configuration.write_text(_CONFIGURATION, encoding="ascii")
        self._tmux = [program, "-u", "-S", str(self.socket), "-f", str(configuration)]
        # Not our own tmux, should we be in one.
        own = ("TMUX", "TMUX_PANE")
        self._environment = {name: one for name, one in os.environ.items() if name not in own}
        columns, rows = shutil.get_terminal_size()
        size = ["-x", str(columns), "-y", str(rows)]
        done = self._run("new-session", "-d", *size, f"exec {shlex.join(words)}")
        if done.returncode:
            self.close()
            said = clean(done.stderr.decode(errors="replace"), 120)
            raise CommandError(f"tmux does not run it: {said}.", "Try it without cellcall.")

    @property
    def share(self) -> str:
        """What to share, by name."""
        return f"pane:{self.socket}:%0"

    def _run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        command = [*self._tmux, *words]
        return subprocess.run(command, env=self._environment, capture_output=True, check=False)

    async def used(self) -> None:
        """Wait while the person uses it in this terminal."""
        process = await asyncio.create_subprocess_exec(
            *self._tmux, "attach-session", env=self._environment
        )
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

    def close(self) -> None:
        """End it, whatever runs in it. Idempotent."""
        self._run("kill-server")
        shutil.rmtree(self._folder, ignore_errors=True)


def share(command: Sequence[str], *, which: str | None, link: str | None, name: str | None) -> int:
    """Run a command, shared. Returns the exit code.

    Args:
        command: Empty: the person's shell.
        which: The running call, by number or title; None: the only one, or it is asked.
        link: Of a call to join for it, in place of one that runs.
        name: What the others of that call see.

    Raises:
        CommandError: It can't be run or shared.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise _NO_TERMINAL
    shown: Callable[[PrivateTmux], Coroutine[Any, Any, int]]
    if link is None:
        shown = partial(_in_running, _asked(asyncio.run(running()), which))
    else:
        shown = partial(_in_own, _plan(link, name))
    # A terminal that goes away takes the command with it: nobody would see that it is shared on.
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, _end)
    tmux = PrivateTmux(command)
    try:
        code = asyncio.run(shown(tmux))
    finally:
        tmux.close()
    click.echo("This terminal is no longer shared.")
    return code


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _asked(calls: list[RunningCall], which: str | None) -> RunningCall:
    if which is None and len(calls) > 1:
        echo_list(calls)
        which = str(click.prompt("Share with which", type=click.IntRange(1, len(calls))))
    return chosen_call(calls, which, command="share --call")


async def _in_running(call: RunningCall, tmux: PrivateTmux) -> int:
    from tui.bootstrap import attach_to

    try:
        handle = await attach_to(call)
        try:
            await handle.do(StartShare(tmux.share), action="share.toggle")
        finally:
            await handle.close()
    except CallsError as error:
        raise CommandError(error.description, "cellcall calls lists what runs.") from None
    await tmux.used()
    return ExitCode.LEFT


def _plan(link: str, name: str | None) -> Any:
    from tui.cli.config import chosen
    from tui.cli.given_link import given_link, meet
    from tui.cli.plan import make_plan

    target = given_link(link, None)
    meet(target)
    choices = chosen({"camera": "none", "microphone": "none", "speaker": "null", "name": name})
    return make_plan(target, choices, None)


async def _in_own(plan: Any, tmux: PrivateTmux) -> int:
    from tui.cli.headless import run_headless

    plan = replace(plan, media=replace(plan.media, share=tmux.share))
    call = asyncio.create_task(run_headless(plan, quiet=True), name="call")
    using = asyncio.create_task(tmux.used(), name="terminal")
    try:
        await asyncio.wait({call, using}, return_when=asyncio.FIRST_COMPLETED)
        if call.done():
            return call.result()
        return ExitCode.LEFT
    finally:
        for task in (using, call):
            task.cancel()
        for task in (using, call):
            with suppress(asyncio.CancelledError, CallsError):
                await task
