"""The process that loads libraries once for others."""

from __future__ import annotations

import subprocess
import sys
import threading

from tui.cli.nursery import Nursery

BEARS = """
import asyncio, os
from tui.cli.nursery import Nursery
nursery = Nursery.start()
async def main():
    output, theirs = os.pipe()
    born = await nursery.bear(["--version"], (0, theirs, 2), {"CELLCALL_X": "1"})
    os.close(theirs)
    with os.fdopen(output) as stream:
        print("said", stream.read().strip())
    print("ended", born.wait(20))
asyncio.run(main())
nursery.close()
"""


def test_it_bears_the_program_with_the_streams_it_is_given_and_ends_with_us() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BEARS], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said, ended = ran.stdout.splitlines()
    assert said.startswith("said cellcall ")
    assert ended == "ended 0"


def test_beside_a_thread_nothing_is_forked() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert Nursery.start() is None
    finally:
        done.set()
        thread.join()
