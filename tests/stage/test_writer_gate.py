"""A slow terminal: frames do not queue, and Textual's private names are still there."""

from __future__ import annotations

import inspect
import select
import time
from pathlib import Path

from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.strip import Strip

from tests.stage.terminal import MARK, Terminal
from tui.widgets.paint_watch import watch_paints
from tui.widgets.writer_gate import backlog, frames_wanted


def test_textual_still_has_the_private_names() -> None:
    """Fails when a release moves what the gate and the paint watch read."""
    thread = WriterThread(open("/dev/null", "w"))  # noqa: SIM115
    try:
        assert thread._queue.qsize() == 0
        thread.write("waits")
        assert thread._queue.qsize() == 1
    finally:
        thread._file.close()
    assert "_writer_thread" in inspect.getsource(LinuxDriver)
    assert list(inspect.signature(App._display).parameters) == ["self", "screen", "renderable"]
    assert "render_segments(console)" in inspect.getsource(App._display)
    assert "_batch_count" in inspect.getsource(App._display)
    assert isinstance(Compositor.visible_widgets, property)
    update = ChopsUpdate([{0: Strip([]), 5: None}], [(0, 1, 2)], [[5, 9]])
    assert (update.spans, list(update.chops[0])) == ([(0, 1, 2)], [0, 5])
    assert not issubclass(LayoutUpdate, ChopsUpdate)


async def test_without_a_terminal_frames_are_wanted() -> None:
    app: App[None] = App()
    assert frames_wanted(app)
    async with app.run_test():
        assert backlog(app) is None
        assert frames_wanted(app)


async def test_one_app_is_wrapped_once() -> None:
    app: App[None] = App()
    async with app.run_test():
        watch = watch_paints(app)
        assert watch_paints(app) is watch


def drain(terminal: Terminal, quiet_s: float) -> bytes:
    """All there is until nothing came for a while."""
    out = b""
    while data := terminal.read(quiet_s):
        out += data
    return out


def test_arc_t2_frames_do_not_queue_for_a_terminal_that_stands_still(tmp_path: Path) -> None:
    """Nobody reads for two seconds; then at most two frames come before the newest."""
    figures = tmp_path / "figures.json"
    arguments = ["-m", "tests.bench.tile_app", "1", "30", "4.5", str(figures)]
    terminal = Terminal(arguments)
    try:
        output = b""
        while b"\x1b]777;begin" not in output:
            data = terminal.read(20)
            assert data, "the program gave nothing for 20 s"
            output = output[-20:] + data
        still_until = time.monotonic() + 2.0
        while time.monotonic() < still_until:  # read nothing: the terminal stands still
            select.select([], [], [], still_until - time.monotonic())
        began = time.monotonic()
        caught_up = bytearray()
        while time.monotonic() - began < 0.15:
            caught_up += terminal.read(0.01) or b""
        # 60 frames of about 9 kB were due. What comes at once is what the kernel, the writer and
        # its queue held, some 33 kB, and then the fresh frames; ungated it was 300 kB and more.
        assert len(caught_up) < 120_000
        rest = drain(terminal, quiet_s=5.0)
        assert MARK.search(rest), "the program went on to its end"
    finally:
        terminal.close()
