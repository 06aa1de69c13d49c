"""`cellcall picture` on pipes and on terminals: what is printed, keys, sizes, ways out."""

import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pyte
import pytest

from tests.cli.on_a_terminal import PATIENCE_S, OnTerminal, opening, set_size
from tui.cli.picture import parse_size
from tui.cli.report import CommandError

COMMAND = [sys.executable, "-m", "tui", "picture"]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Two minutes at ten pictures a second: a grey that gets brighter."""
    path = tmp_path_factory.mktemp("clips") / "grey.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        for number in range(1200):
            pixels = np.full((24, 32, 3), number % 250, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    return str(path)


def environment(**more):
    left_out = ("COLORTERM", "TMUX", "STY", "NO_COLOR", "TERM_PROGRAM", "COLUMNS", "LINES")
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in left_out and not key.startswith("CELLCALL_")
    }
    return {**kept, "TERM": "xterm-256color", **more}


# ---- without a terminal
def printed(*arguments, **more):
    ran = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, env=environment(**more), timeout=PATIENCE_S
    )
    assert b"Traceback" not in ran.stderr
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


def test_to_a_pipe_it_prints_one_picture_and_ends(video):
    code, out, _ = printed(video, "--size", "40x10", "--colors", "truecolor", "--glyphs", "block")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 10)
    assert "\x1b[48;2;" in out
    assert "\x1b[?" not in out
    assert all(line.endswith("\x1b[m") for line in lines)


def test_figures_of_a_printed_picture_do_not_mix_with_it(video):
    code, out, error = printed(video, "--size", "20x5", "--stats")
    assert code == 0
    assert "{" not in out
    report = json.loads(error)
    assert (report["frames_shown"], report["rows"]) == (1, 5)
    assert report["bytes"] == len(out.encode())


def test_the_size_of_a_pipe_is_that_of_the_variables():
    code, out, _ = printed("--colours", "mono", COLUMNS="40", LINES="15")
    assert (code, len(out.splitlines())) == (0, 14)
    assert max(len(line) for line in out.splitlines()) <= 40


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/no/such/file"], "There is no file /no/such/file."),
        ([os.__file__], "can't be used"),
        (["--size", "80"], "size came as 80; expected columns and rows"),
        (["--stats", os.__file__], "--stats would write over"),
        (["--stats", "/no/such/folder/x.json"], "There is no folder"),
        (["--glyphs", "big"], "'big' is not one of"),
    ],
)
def test_what_does_not_fit_is_one_line_and_2(arguments, told):
    code, out, error = printed(*arguments)
    assert (code, out) == (2, "")
    assert told in error


def test_sizes():
    assert parse_size("80x24") == (80, 24)
    assert parse_size(None) is None
    for text in ("0x5", "80 x", "80x24x3", "x", "1000x2"):
        with pytest.raises(CommandError):
            parse_size(text)


# ---- on a terminal
class Terminal(OnTerminal):
    """`cellcall picture ARGUMENTS` on a terminal that answers as `answers` says."""

    def __init__(self, *arguments, columns=80, rows=24, answers=True):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.answers = answers
        super().__init__([*COMMAND, *arguments], environment(), columns=columns, rows=rows)

    def came(self, data):
        super().came(data)
        if self.answers:
            self.type(b"\x1b[?62c" * data.count(b"\x1b[c"))
            self.type(b"\x1b[0n" * data.count(b"\x1b[5n"))
        self.stream.feed(data.replace(b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", b""))

    @property
    def last_line(self):
        return self.screen.display[-1].rstrip()

    def says(self, words):
        self.until(lambda: words in self.last_line, words)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        set_size(self.descriptor, columns, rows)

    def restored(self):
        tail = self.shown.rpartition(b"\x1b[?1049l")
        return b"\x1b[?25h" in tail[0][-40:] and b"\x1b[5n" not in tail[2]


@pytest.fixture
def open_terminal():
    with opening(Terminal) as open_one:
        yield open_one


def test_a_video_played_with_every_key(open_terminal, video, tmp_path):
    figures = tmp_path / "figures.json"
    terminal = open_terminal(video, "--stats", str(figures))
    terminal.says("q quit")
    terminal.type(b" ")
    terminal.says("paused")
    terminal.type(b"\x1b[H")
    terminal.says("0:00/2:00  paused")
    terminal.type(b"\x1b[A")
    terminal.says("1:00/2:00  paused")
    terminal.type(b"\x1bOC")
    terminal.says("1:05/2:00  paused")
    terminal.type(b"\x1b[B\x1b[B")
    terminal.says("0:00/2:00  paused")
    terminal.type(b"..")
    terminal.type(b"g")
    terminal.says("g sextant")
    terminal.type(b"c")
    terminal.says("c 16")
    terminal.until(lambda: b"\x1b[38;2" not in terminal.shown[-300:], "a picture of 16 colours")
    terminal.type(b"s")
    terminal.says("fps")
    terminal.resize(60, 20)
    terminal.until(lambda: "fps" in terminal.last_line, "the line in its new place")
    terminal.type(b" ")
    terminal.says("0:00/2:00")
    terminal.until(lambda: "0:00/" not in terminal.last_line, "a second of the video")
    terminal.type(b"\x1b")
    assert terminal.ended() == 0
    assert terminal.restored()
    report = json.loads(figures.read_text())
    assert (report["glyphs"], report["colours"]) == ("sextant", "16")
    assert report["rows"] == 19
    assert report["frames_shown"] > 0  # a busy machine leaves most of them out


def test_the_card_shows_itself_and_q_quits(open_terminal):
    terminal = open_terminal("--glyphs", "half", "--colours", "256")
    terminal.says("test card")
    shown = "\n".join(terminal.screen.display)
    assert "octant" in shown and "sextant" in shown and "▀" in shown
    terminal.until(lambda: terminal.screen.buffer[2][40].bg != "default", "the hues")
    terminal.type(b"q")
    assert terminal.ended() == 0
    assert terminal.restored()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 130)],
)
def test_a_signal_gives_the_terminal_back(open_terminal, video, number, code):
    terminal = open_terminal(video)
    terminal.says("q quit")
    os.kill(terminal.pid, number)
    assert terminal.ended() == code
    assert terminal.restored()
    assert b"Traceback" not in terminal.shown


def test_a_still_is_printed_and_stays(open_terminal, video):
    terminal = open_terminal(video, "--still", "--size", "20x5")
    assert terminal.ended() == 0
    assert b"1049" not in terminal.shown
    assert "▁" not in terminal.last_line


def test_the_end_of_a_video_ends_it_and_a_loop_goes_on(open_terminal, tmp_path):
    path = tmp_path / "short.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        for number in range(5):
            pixels = np.full((24, 32, 3), 50 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    terminal = open_terminal(str(path))
    assert terminal.ended() == 0
    looped = open_terminal(str(path), "--loop", "--stats")
    looped.says("fps")
    looped.until(lambda: looped.shown.count(b"\x1b[1;") > 8, "more pictures than there are")
    looped.type(b"q")
    assert looped.ended() == 0
    report = json.loads(looped.shown.rpartition(b"\x1b[?1049l")[2])
    assert report["frames_shown"] > 5


def test_a_terminal_that_reads_slowly_gets_fewer_pictures_and_keys_act_at_once(
    open_terminal, tmp_path
):
    noise = np.random.default_rng(1)
    path = tmp_path / "noise.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(100):
            pixels = noise.integers(0, 255, (96, 160, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(stream.encode(None))
    terminal = open_terminal(str(path), "--loop", "--stats", "--colours", "truecolor")
    terminal.says("fps")
    before = len(terminal.shown)
    # It draws (and answers) nothing for a while: what waits for it stays within two pictures.
    terminal.answers = False
    while select.select([terminal.descriptor], [], [], 0.5)[0]:
        terminal.read()
    assert len(terminal.shown) - before < 200_000
    terminal.type(b"q")
    assert terminal.ended() == 0
    assert terminal.restored()


# ---- inside tmux
@pytest.fixture
def tmux(tmp_path):
    program = shutil.which("tmux")
    if program is None:
        pytest.skip("tmux is not installed")

    def run(*arguments):
        return subprocess.run(
            [program, "-S", str(tmp_path / "socket"), "-f", "/dev/null", *arguments],
            capture_output=True, text=True, env=environment(TERM="xterm-256color"), check=True,
            timeout=PATIENCE_S,
        ).stdout  # fmt: skip

    yield run
    run("kill-server")


def test_in_tmux_it_plays_follows_the_window_and_leaves_no_trace(tmux, video):
    command = " ".join(shlex.quote(word) for word in [*COMMAND, video])
    tmux("new-session", "-d", "-x", "80", "-y", "24", f"echo before; {command}; echo after; cat")

    def shows(words):
        end_s = time.monotonic() + PATIENCE_S
        while words not in (shown := tmux("capture-pane", "-p")):
            assert time.monotonic() < end_s, (words, shown)
            time.sleep(0.05)
        return shown

    assert "before" not in shows("q quit")
    tmux("send-keys", "Right")
    tmux("resize-window", "-x", "100", "-y", "30")
    end_s = time.monotonic() + PATIENCE_S
    while "q quit" not in (lines := tmux("capture-pane", "-p").splitlines())[-1] or len(lines) < 30:
        assert time.monotonic() < end_s, lines
        tmux("send-keys", "s", "s")
        time.sleep(0.05)
    tmux("send-keys", "q")
    assert shows("after").split() == ["before", "after"]
