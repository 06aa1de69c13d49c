"""What is seen before anything is loaded."""

from __future__ import annotations

import os
import sys

import pytest

from tests.cli.on_a_terminal import OnTerminal, opening

COMMAND = [sys.executable, "-m", "tui"]


def test_the_name_comes_first_and_makes_room_for_the_app_or_for_an_error(tmp_path) -> None:
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }
    with opening(OnTerminal) as open_one:
        app = open_one([*COMMAND, "--server", "http://127.0.0.1:9"], environment)
        app.shows("cellcall   starting…".encode())
        app.shows(b"\r\x1b[K")
        app.shows(b"\x1b[?1049h")
        app.shows(b"Sign in")  # before that, Control Q is the terminal's own key
        app.type(b"\x11")
        assert app.ended() == 0
        wrong = open_one([*COMMAND, "demo", "--settings", "nowhere.json"], environment)
        wrong.ended()
        shown = wrong.shown.decode()
        assert "starting" not in shown.rpartition("\r\x1b[K")[2]
        plain = open_one([*COMMAND, "--plain", "--server", "http://127.0.0.1:9"], environment)
        plain.shows(b"call: Starting.")
        assert b"\x1b" not in plain.shown


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ascii"])
def test_a_terminal_that_is_not_utf8_gets_no_escapes_of_python(tmp_path, encoding) -> None:
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "PYTHONIOENCODING": encoding,
    }
    with opening(OnTerminal) as open_one:
        app = open_one([*COMMAND, "--server", "http://127.0.0.1:9"], environment)
        app.shows(b"Sign in")
        app.type(b"\x1bOP")  # F1: a panel with an edge and a scrollbar
        app.shows(b"Keys")
        app.type(b"\x11")
        assert app.ended() == 0
        drawn = app.shown.partition(b"\x1b[?1049h")[2]
        assert b"\\u" not in drawn
        assert b"|" in drawn
        assert drawn.isascii()
