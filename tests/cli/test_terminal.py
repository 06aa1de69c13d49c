"""The command on a real (pseudo) terminal, with a real engine and nobody to call."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.on_a_terminal import PATIENCE_S, OnTerminal, opening


class Terminal(OnTerminal):
    """`cellcall ARGUMENTS` on a terminal of 80 by 24."""

    def __init__(self, *arguments, **variables):
        environment = {**os.environ, "TERM": "xterm-256color", **variables}
        super().__init__([sys.executable, "-m", "tui", *arguments], environment)


@pytest.fixture
def open_terminal():
    with opening(Terminal) as open_one:
        yield open_one


NOBODY = "http://127.0.0.1:9"


def test_plain_mode_asks_hides_the_key_and_goes_on(open_terminal):
    terminal = open_terminal("--plain", "--server", NOBODY, SSH_CONNECTION="1 2 3 4")
    terminal.shows(b"info: You are connected by SSH.")
    terminal.shows(b"ask: Sign in where? Enter for http://127.0.0.1:9,")
    terminal.type(b"\r")
    terminal.shows(b"ask: User ID?\r\n")
    terminal.type(b"anx\x7fa\r")
    terminal.shows(b"ask: API key? Typing is hidden.\r\n")
    terminal.type(b"sesame\r")
    terminal.shows(b"error: Nothing answers at http://127.0.0.1:9")
    assert b"anx\b \ba\r\n" in terminal.shown
    assert b"sesame" not in terminal.shown
    terminal.type(b"\x03")
    terminal.shows(b"press Control C again within 3 seconds.")
    terminal.type(b"\x03")
    assert terminal.ended() == 130
    assert b"\x1b" not in terminal.shown


def test_a_dumb_terminal_gets_plain_mode(open_terminal):
    terminal = open_terminal("--server", NOBODY, TERM="dumb")
    terminal.shows(b"info: Plain mode on (TERM is dumb).")
    terminal.shows(b"ask: Sign in where?")
    terminal.type(b"/quit\n")
    assert terminal.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(open_terminal, number):
    terminal = open_terminal("--server", NOBODY)
    terminal.shows(b"Sign in")
    assert b"\x1b[?1049h" in terminal.shown
    os.kill(terminal.pid, number)
    terminal.shows(b"\x1b[?1049l")
    assert terminal.ended() == 0
    assert b"\x1b[?25h" in terminal.shown
    assert b"Traceback" not in terminal.shown


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["", "--plain", "join x --headless", "keys"])
def test_a_closed_stream_is_an_empty_one(tmp_path, command, closed):
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    ran = subprocess.run(
        f"{sys.executable} -m tui {command} {closed}",
        shell=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_S,
        env=environment,
    )
    assert ran.returncode == (0 if command == "keys" else 3)
    assert not list(tmp_path.rglob("cellcall.log")), "a fault of ours"


def test_what_is_typed_while_the_terminal_is_asked_reaches_the_app(open_terminal):
    terminal = open_terminal("--server", NOBODY)
    terminal.shows(b"\x1b[c")
    terminal.type(b"zoe\x1b[?62c")
    terminal.shows(b"Sign in")
    terminal.shows(b"zoe")


def test_answers_that_come_too_late_press_no_keys(open_terminal):
    terminal = open_terminal("--server", NOBODY)
    terminal.shows(b"\x1b[c")
    terminal.type(b"\x1b[>1;4000;41c")  # and then nothing for a long time
    terminal.shows(b"Sign in")
    terminal.shows(b"\x1b[?1004h")
    before = len(terminal.shown)
    terminal.type(b"\x1b]4;0;rgb:1111/2222/3333\x1b\\\x1bP>|kitty(0.40.1)\x1b\\\x1b[?62;52c")
    terminal.type(b"zoe")
    terminal.shows(b"zoe")
    assert b"rgb" not in terminal.shown[before:]
    assert b"kitty" not in terminal.shown[before:]
