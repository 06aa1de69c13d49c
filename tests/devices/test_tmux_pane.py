"""A pane of a real tmux: read as it is, at its end, and refused where it is ours."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tmux_server import TmuxServer, tmux_server
from tui.devices.local import LocalDevices
from tui.devices.terminal_camera import TerminalCamera, open_terminal
from tui.devices.tmux_pane import PaneReader, runs_cellcall
from tui.domain.media import parse_share_name
from tui.domain.terminal_text import TerminalScreen
from tui.ports.devices import DeviceUnavailable, TextCamera

pytestmark = pytest.mark.terminals


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[TmuxServer]:
    with tmux_server(tmp_path) as server:
        yield server


async def shown(camera: TerminalCamera, words: str) -> TerminalScreen:
    async with asyncio.timeout(20):
        while True:
            screen = await camera.next_screen()
            # Alone in its row: the command that makes it may end with it, too.
            if words in screen.plain_rows:
                return screen


async def until_it_ends(camera: TextCamera) -> None:
    async with asyncio.timeout(20):
        while True:
            await camera.next_screen()


async def test_a_pane_is_read_as_it_is(tmux: TmuxServer) -> None:
    camera = await open_terminal(f"{tmux.socket}:%0")
    try:
        tmux.type(r"printf '\033[1;31mred\033[0m 漢字 é\n'; seq 1 60000; echo the end")
        screen = await shown(camera, "the end")
        assert (screen.columns, len(screen.rows)) == (80, 24)
        assert screen.plain_rows[20:22] == ("60000", "the end") or "60000" in screen.plain_rows
        assert screen.cursor is not None
        tmux.type(r"clear; printf '\033[1;31mred\033[0m 漢字 é\n'")
        assert "\x1b[0;1;31mred\x1b[0m 漢字 é" in (await shown(camera, "red 漢字 é")).rows
        tmux.do("resize-window", "-x", "50", "-y", "10")
        async with asyncio.timeout(20):
            while (await camera.next_screen()).columns != 50:
                pass
        # The picture for others has the same text; another screen is another picture.
        first = bytes((await camera.next_frame()).y)
        tmux.type("echo $((6*7))")
        await shown(camera, "42")
        assert bytes((await camera.next_frame()).y) != first
        assert tmux.do("list-clients", "-F", "#{client_control_mode}") == "1"
    finally:
        await camera.close()
    assert tmux.do("list-panes", "-F", "#{pane_id}") == "%0"


async def test_its_end_is_told(tmux: TmuxServer) -> None:
    camera = await LocalDevices().open_share(parse_share_name(tmux.share))
    assert isinstance(camera, TextCamera)
    await camera.next_screen()
    tmux.do("set", "-g", "exit-empty", "off")
    tmux.type("exit")
    with pytest.raises(DeviceUnavailable, match="closed"):
        await until_it_ends(camera)
    with pytest.raises(DeviceUnavailable):
        await camera.next_frame()
    await camera.close()
    await camera.close()


async def test_the_pane_beside_is_the_one_used_last(tmux: TmuxServer) -> None:
    with pytest.raises(DeviceUnavailable, match="no other pane"):
        await open_terminal(f"{tmux.socket}:-%0")
    tmux.do("split-window", "-d")
    tmux.do("split-window", "-d")
    tmux.do("select-pane", "-t", "%2")
    tmux.do("select-pane", "-t", "%0")
    camera = await open_terminal(f"{tmux.socket}:-%0")
    assert camera._reader.pane.id == "%2"
    await camera.close()


async def test_what_is_no_pane_is_refused_in_words(tmux: TmuxServer, tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable, match="%7"):
        await open_terminal(f"{tmux.socket}:%7")
    with pytest.raises(DeviceUnavailable, match="tmux says"):
        await open_terminal(f"{tmp_path / 'none'}:%0")


async def test_without_tmux_it_says_so(tmux: TmuxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeviceUnavailable, match="not installed"):
        await open_terminal(f"{tmux.socket}:%0")
    monkeypatch.delenv("TMUX", raising=False)
    with pytest.raises(DeviceUnavailable, match="not run in tmux"):
        await open_terminal("%0")


async def test_a_pane_that_runs_cellcall_is_refused_and_a_share_of_it_ends(
    tmux: TmuxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.devices.terminal_camera._MIRROR_S", 0.1)
    camera = await open_terminal(f"{tmux.socket}:%0")
    await camera.next_screen()
    tmux.type(f"exec -a cellcall {sys.executable} -c 'import time; time.sleep(60)'")
    with pytest.raises(DeviceUnavailable, match="mirror"):
        await until_it_ends(camera)
    await camera.close()
    with pytest.raises(DeviceUnavailable, match="mirror"):
        await open_terminal(f"{tmux.socket}:%0")


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        ("cellcall join", True),
        ("/usr/bin/python3.11 /opt/bin/cellcall", True),
        ("python -m tui join", True),
        ("vim cellcall", False),
        ("python -m http.server", False),
        ("", False),
    ],
)
def test_which_command_lines_are_cellcalls(command: str, ours: bool) -> None:
    assert runs_cellcall(command.split()) is ours


async def test_a_fault_in_reading_ends_text_and_pictures_with_a_word(
    monkeypatch: pytest.MonkeyPatch, tmux: TmuxServer
) -> None:
    camera = await open_terminal(f"{tmux.socket}:%0")
    try:
        tmux.type("echo ready")
        await shown(camera, "ready")

        def fail(*_: object) -> TerminalScreen:
            raise ValueError("?")

        monkeypatch.setattr(PaneReader, "_screen", fail)
        told = "The terminal can't be read any more, a fault in cellcall; the log says more."
        with pytest.raises(DeviceUnavailable) as ended:
            await until_it_ends(camera)
        assert ended.value.problem == told
        with pytest.raises(DeviceUnavailable):
            await camera.next_frame()
    finally:
        await camera.close()
