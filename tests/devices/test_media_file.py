"""What is opened as a film, picture or sound: files, whatever their names, and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.devices.test_files import write_clip
from tui.devices.clip_file import open_clip
from tui.devices.sound_file import SoundFileSource
from tui.devices.video_file import open_video_file
from tui.ports.devices import DeviceUnavailable

OPENERS: list[Callable[[str], object]] = [open_video_file, SoundFileSource, open_clip]


def problem_of(opener: Callable[[str], object], path: str) -> str:
    with pytest.raises(DeviceUnavailable) as refused:
        opener(path)
    assert refused.value.remedy
    return refused.value.problem


@pytest.mark.parametrize("opener", OPENERS)
def test_an_address_is_refused_and_never_connected_to(opener: Callable[[str], object]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for scheme in ("http", "tcp", "rtsp", "ftp"):
            told = problem_of(opener, f"{scheme}://127.0.0.1:{port}/clip.mp4")
            assert "nothing is fetched from the network" in told
        for name in (f"tcp:127.0.0.1:{port}", "concat:a|b", "data:,x", "pipe:0"):
            assert "There is no file" in problem_of(opener, name)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("opener", OPENERS)
def test_what_has_no_end_or_no_beginning_is_refused_at_once(
    opener: Callable[[str], object], tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is a pipe" in problem_of(opener, str(pipe))
    assert "is a device" in problem_of(opener, "/dev/zero")
    assert "is a folder" in problem_of(opener, str(tmp_path))
    assert "There is no file" in problem_of(opener, str(tmp_path / "nothing"))


def test_a_name_may_hold_colons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "clip.mp4"
    write_clip(made)
    named = tmp_path / "2026-11-30 14:05:09 http:cast.mp4"
    shutil.copy(made, named)
    for path in (str(named), named.name):
        monkeypatch.chdir(tmp_path)
        assert open_video_file(path).size == open_video_file(str(made)).size
        open_clip(path).close()


def test_a_drawing_is_called_one(tmp_path: Path) -> None:
    drawing = tmp_path / "logo.SVG"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert "SVG" in problem_of(open_clip, str(drawing))
