"""`--log`: event lines once more, in a file or a FIFO, and never at the cost of the call."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.linear.rig import in_call
from tui.domain.snapshot import ChatMessage
from tui.domain.wording import time_of_day
from tui.linear.line_copy import LineCopy
from tui.linear.said import Said

FULL: Final = Path("/dev/full")


async def test_events_are_copied_and_help_is_not(tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_text("before\n")
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle, plan={"log": str(file)}) as rig:
        handle.push(ChatMessage("bo", "Bo Chen", "hi\x1b[2J", 1))
        await rig.until("chat: Bo Chen: hi")
        rig.type("/help mute", "/log 3")
        await rig.until(f"chat: {time_of_day(NOW_MS)} Bo Chen: hi")
    lines = file.read_text().splitlines()
    assert lines[0] == "before", "appended"
    assert lines.count("chat: Bo Chen: hi[2J") == 1
    assert any(line.startswith("call: Joined standup.") for line in lines)
    assert not any(line.startswith("help:") for line in lines)


async def test_what_can_not_be_written_is_told_and_the_call_goes_on(tmp_path: Path) -> None:
    async with in_call(FakeHandle(), plan={"log": str(tmp_path / "no" / "events")}) as rig:
        await rig.until("error: --log: ")
        assert "No such file or directory." in rig.text


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
async def test_a_disk_that_is_full_is_told_once() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle, plan={"log": str(FULL)}) as rig:
        handle.push(ChatMessage("bo", "Bo Chen", "one", 1))
        await rig.until("chat: Bo Chen: one")
        rig.type("/log 1")
        await rig.until(f"chat: {time_of_day(NOW_MS)} Bo Chen: one")
        assert rig.text.count("error: --log: /dev/full can't be written: No space left") == 1


def test_a_disk_that_fills_up_again_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    copy = LineCopy(tmp_path / "events", failed=told.append)
    write, full = os.write, True

    def on_a_disk(descriptor: int, data: bytes) -> int:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", on_a_disk)
    copy.say(Said("chat", "lost"))
    copy.say(Said("chat", "lost, too"))
    assert told == ["No space left on device"]
    full = False
    copy.say(Said("chat", "there"))
    full = True
    copy.say(Said("chat", "lost again"))
    assert len(told) == 2
    copy.close()
    assert (tmp_path / "events").read_text() == "chat: there\n"


def test_a_fifo_may_have_no_reader_a_slow_one_or_one_that_went(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    copy = LineCopy(fifo)
    assert copy.open() == ""
    copy.say(Said("chat", "unread"))
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    copy.say(Said("chat", "read"))
    assert os.read(reader, 100) == b"chat: read\n"
    for _ in range(100):
        copy.say(Said("chat", "x" * 3000))  # more than a pipe holds: nothing waits
    os.close(reader)
    copy.say(Said("chat", "gone"))
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    copy.say(Said("chat", "back"))
    assert os.read(reader, 100) == b"chat: back\n"
    os.close(reader)
    copy.close()
    copy.close()
