"""A program on a real (pseudo) terminal: what it shows, keys typed at it, how it ended."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

PATIENCE_S = 30


class OnTerminal:
    """`command` on a terminal of this size; the test is whoever sits at it."""

    def __init__(self, command, environment, *, columns=80, rows=24):
        self.shown = b""
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            set_size(0, columns, rows)
            os.execve(command[0], command, environment)

    def came(self, data):
        """The program has written."""
        self.shown += data

    def read(self, seconds=0.05):
        """Take what comes within that time; False when nothing will come any more."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            return False
        self.came(data)
        return bool(data)

    def until(self, holds, what):
        end_s = time.monotonic() + PATIENCE_S
        while not holds():
            assert self.read(), (what, self.shown[-2000:])
            assert time.monotonic() < end_s, (what, self.shown[-2000:])

    def shows(self, wanted):
        self.until(lambda: wanted in self.shown, wanted)

    def type(self, keys):
        os.write(self.descriptor, keys)

    def ended(self):
        """The exit code, once everything it said is read."""
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


def set_size(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextlib.contextmanager
def opening(make):
    """Opens terminals with `make`, and closes all of them in the end."""
    with contextlib.ExitStack() as opened:

        def open_one(*arguments, **options):
            terminal = make(*arguments, **options)
            opened.callback(terminal.close)
            return terminal

        yield open_one
