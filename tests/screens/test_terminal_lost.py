"""Closing the terminal ends the program, whatever waits to be written (KEY-05, TST-T2)."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from tests.screens.driving import logged_in, make_app, running
from tui.screens.dialog import Choice, Dialog

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, sys
from tests.fakes.handle import ANA, FakeHandle, people
from tui.app import CallApp
from tui.screens.plan import JoinTarget, StartPlan
async def main():
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.change(user=ANA)
    app = CallApp(handle, start=StartPlan(target=JoinTarget(session_id="x")))
    code = await app.run_async()
    open(sys.argv[1], "w").write(f"{code} {handle.called('leave_session')}")
asyncio.run(main())
"""


def test_a_closed_terminal_leaves_the_call_and_ends(tmp_path: Path) -> None:
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
        seen = b""
        deadline = time.monotonic() + 30
        while b"MIC" not in seen and time.monotonic() < deadline:
            seen += os.read(master, 65536)
        assert b"MIC" in seen
        os.close(master)
        process.wait(timeout=30)
        assert "[()]" in told.read_text()
    finally:
        process.kill()
        process.wait()


async def test_a_dialog_that_opens_while_the_app_ends_is_no_fault() -> None:
    app = make_app(logged_in("Bo Chen"))
    dialog = Dialog("Call ended", "The server closed.", [Choice("back", "Back")], safe="back")
    async with running(app):
        app.exit(0)  # from here on Textual mounts nothing
        app.push_screen(dialog)
        await dialog._mounted_event.wait()
    assert app._exception is None
    assert app.return_code == 0
