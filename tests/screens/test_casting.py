"""The screen of a recorded call goes into a file, and of one that is not, nowhere."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui.screens.casting import Casting
from tui.terminal.cast import CastFile


def an_app() -> Any:
    driver = SimpleNamespace(written=None)
    return SimpleNamespace(_driver=driver, size=(80, 24))


def test_it_begins_and_ends_with_the_recording(tmp_path: Path) -> None:
    app, told, path = an_app(), [], tmp_path / "call.cast"
    drawn: list[bool] = []
    casting = Casting(
        app, str(path), told.append, lambda: drawn.append(app._driver.written is not None)
    )
    casting.follow("standup", recorded=False)
    assert app._driver.written is None and not path.exists()
    casting.follow("standup", recorded=True)
    assert drawn == [True]  # the file begins with the whole screen
    app._driver.written("hello\x1b[6n")
    casting.follow("standup", recorded=False)
    assert app._driver.written is None
    casting.follow("standup", recorded=True)  # another recording has none
    assert app._driver.written is None and told == []
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["title"] == "cellcall: standup"
    assert [line[1:] for line in lines[1:]] == [["o", "hello"], ["x", "0"]]


def test_what_can_not_be_written_is_told(tmp_path: Path) -> None:
    app, told = an_app(), []
    nowhere = str(tmp_path / "no" / "call.cast")
    Casting(app, nowhere, told.append, list).follow("standup", recorded=True)
    assert told == ["The screen is not kept: no such file or directory."]
    casting = Casting(app, "/dev/full", told.append, list)
    casting.follow("standup", recorded=True)
    assert app._driver.written is None and told[1] == "The screen is not kept: file exists."


def test_a_disk_that_fills_up_ends_it_and_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, told = an_app(), []
    casting = Casting(app, str(tmp_path / "call.cast"), told.append, list)
    casting.follow("standup", recorded=True)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(CastFile, "_event", full)
    app._driver.written("hello")
    assert app._driver.written is None
    casting.end()
    assert told == ["The screen is not kept: no space left on device."]
