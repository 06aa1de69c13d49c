"""The command on a real (pseudo) terminal, with a real engine and nobody to call."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

import pytest

PATIENCE_S = 30


class Terminal:
    """`cellcall ARGUMENTS` on a terminal of 80 by 24."""

    def __init__(self, *arguments, **variables):
        self.shown = b""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", **variables}
            command = [sys.executable, "-m", "tui", *arguments]
            os.execve(sys.executable, command, environment)
        termios.tcsetwinsize(self.descriptor, (24, 80))

    def read(self):
        ready, _, _ = select.select([self.descriptor], [], [], 0.05)
        if not ready:
            return True
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.shown += data
        return bool(data)

    def until(self, wanted):
        end_s = time.monotonic() + PATIENCE_S
        while wanted not in self.shown:
            assert self.read(), (wanted, self.shown[-2000:])
            assert time.monotonic() < end_s, (wanted, self.shown[-2000:])

    def type(self, text):
        os.write(self.descriptor, text)

    def ended(self):
        end_s = time.monotonic() + PATIENCE_S
        while self.read():
            assert time.monotonic() < end_s, self.shown[-2000:]
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)


@pytest.fixture
def open_terminal():
    opened = []

    def open_one(*arguments, **variables):
        opened.append(Terminal(*arguments, **variables))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


NOBODY = "http://127.0.0.1:9"


def test_plain_mode_asks_hides_the_key_and_goes_on(open_terminal):
    terminal = open_terminal("--plain", "--server", NOBODY, SSH_CONNECTION="1 2 3 4")
    terminal.until(b"info: You are connected by SSH.")
    terminal.until(b"ask: User ID?\r\n")
    terminal.type(b"anx\x7fa\r")
    terminal.until(b"ask: API key? Typing is hidden.\r\n")
    terminal.type(b"sesame\r")
    terminal.until(b"error: Nothing answers at http://127.0.0.1:9")
    assert b"anx\b \ba\r\n" in terminal.shown
    assert b"sesame" not in terminal.shown
    terminal.type(b"\x03")
    terminal.until(b"press Control C again within 3 seconds.")
    terminal.type(b"\x03")
    assert terminal.ended() == 130
    assert b"\x1b" not in terminal.shown


def test_a_dumb_terminal_gets_plain_mode(open_terminal):
    terminal = open_terminal("--server", NOBODY, TERM="dumb")
    terminal.until(b"info: Plain mode on (TERM is dumb).")
    terminal.until(b"ask: User ID?")
    terminal.type(b"/quit\n")
    assert terminal.ended() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(open_terminal, number):
    terminal = open_terminal("--server", NOBODY)
    terminal.until(b"Sign in")
    assert b"\x1b[?1049h" in terminal.shown
    os.kill(terminal.pid, number)
    terminal.until(b"\x1b[?1049l")
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
    terminal.until(b"\x1b[c")
    terminal.type(b"zoe\x1b[?62c")
    terminal.until(b"Sign in")
    terminal.until(b"zoe")


def test_answers_that_come_too_late_press_no_keys(open_terminal):
    terminal = open_terminal("--server", NOBODY)
    terminal.until(b"\x1b[c")
    terminal.type(b"\x1b[>1;4000;41c")  # and then nothing for a long time
    terminal.until(b"Sign in")
    terminal.until(b"\x1b[?1004h")
    before = len(terminal.shown)
    terminal.type(b"\x1b]4;0;rgb:1111/2222/3333\x1b\\\x1bP>|kitty(0.40.1)\x1b\\\x1b[?62;52c")
    terminal.type(b"zoe")
    terminal.until(b"zoe")
    assert b"rgb" not in terminal.shown[before:]
    assert b"kitty" not in terminal.shown[before:]
