"""Closing the terminal ends the program, whatever waits to be written (KEY-05, TST-T2)."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.driving import logged_in, make_app, running
from tui.panel.dialog import Choice, Dialog
from tui.screens.card_screen import CardScreen

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys, threading
from tests.fakes.handle import ANA, FakeHandle, people
from tui.app import CallApp
from tui.domain.commands.call import Leave
from tui.front.start import JoinTarget, StartPlan
async def main():
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.change(user=ANA)
    app = CallApp(handle, start=StartPlan(target=JoinTarget(session_id="x")))
    most = 0
    async def count():
        nonlocal most
        while True:
            readers = [one for one in threading.enumerate() if one.name == "textual-input"]
            most = max(most, len(readers))
            await asyncio.sleep(0.01)
    counting = asyncio.create_task(count())
    code = await app.run_async()
    counting.cancel()
    left = handle.called(Leave)
    open(sys.argv[1], "w").write(f"{code} {left} {most} reader of keys")
asyncio.run(main())
"""


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A call on a terminal: the process, the terminal's other end, what it tells last."""
    master, slave = pty.openpty()
    told = tmp_path / "told"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(told)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        see(master, b"MIC")
        yield process, master, told
    finally:
        process.kill()
        process.wait()


def see(master: int, what: bytes) -> None:
    seen = b""
    deadline = time.monotonic() + 30
    while what not in seen and time.monotonic() < deadline:
        seen += os.read(master, 65536)
    assert what in seen


Program = tuple[subprocess.Popen[bytes], int, Path]


def test_tst_t2_a_closed_terminal_leaves_the_call_and_ends(program: Program) -> None:
    process, master, told = program
    os.close(master)
    process.wait(timeout=30)
    assert "[Leave()] 1 reader of keys" in told.read_text()


def test_to_be_continued_without_a_stop_begins_nothing_anew(program: Program) -> None:
    """SIGCONT comes with SIGHUP: a second reader of keys kept the process alive, and busy."""
    process, master, told = program
    process.send_signal(signal.SIGCONT)
    os.write(master, b"?")
    see(master, b"Help")
    os.close(master)
    process.wait(timeout=30)
    assert "[Leave()] 1 reader of keys" in told.read_text()


async def test_a_dialog_that_opens_while_the_app_ends_is_no_fault() -> None:
    app = make_app(logged_in("Bo Chen"))
    dialog = Dialog("Call ended", "The server closed.", [Choice("back", "Back")], safe="back")
    async with running(app):
        app.exit(0)  # from here on Textual mounts nothing
        app.push_screen(CardScreen(dialog))
        await app.screen._mounted_event.wait()
    assert app._exception is None
    assert app.return_code == 0
