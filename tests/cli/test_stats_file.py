"""`--stats FILE`: what can't be written is refused first, and nothing that is there is lost."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tui.cli.report import CommandError
from tui.cli.stats_file import check_stats_path, write_stats


def test_what_can_not_be_written_is_refused_before_the_call(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "stats", f"{'a' * 300}/stats"):
        with pytest.raises(CommandError):
            check_stats_path(str(path))
    check_stats_path(str(tmp_path / "stats"))


def test_a_name_too_long_is_told_after_it() -> None:
    with pytest.raises(CommandError) as refused:
        write_stats("a" * 300, {})
    assert "File name too long" in refused.value.problem


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CommandError):
        write_stats(str(pipe), {"seconds": 1})  # nobody reads it
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_stats(str(pipe), {"seconds": 2})
        assert json.loads(os.read(reader, 4096)) == {"seconds": 2}
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.stats_file.replace_file", lambda *_, **__: pytest.fail("renamed"))
    write_stats(os.devnull, {})
    with pytest.raises(CommandError) as refused:
        write_stats("/dev/full", {"seconds": 1})
    assert "No space left" in refused.value.problem
