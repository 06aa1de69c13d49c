"""Running the real program: a server, participants and the app as a person would start them."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.secret import load_or_create_keys

CELLCALL = [sys.executable, "-m", "tui"]
START_S = 90.0
"""A program's start is 2.5 s of work; beside a dozen others it took more than 30."""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Ours, with state and configuration in `folder`."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith("CELLCALL_")}
    places = {
        f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("STATE", "CONFIG", "DATA")
    }
    return {**keep, **places, "PYTHONPATH": str(Path(__file__).parents[2]), **more}


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`cellcall serve` on loopback; killed and started again at will.

    Args:
        folder: Its state.
        session: What its invitation is for.
        within: The command that runs it, with arguments; none: it runs by itself.
        more: Further options of `serve`.
    """

    def __init__(
        self,
        folder: Path,
        session: str = "standup",
        within: Sequence[str] = (),
        more: Sequence[str] = (),
    ):
        self.folder = folder
        self._within = within
        self._more = more
        self.session = session
        self._port = free_port()
        self.udp_port = free_port()
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = ["serve", "--port", str(self._port), "--udp-port", str(self.udp_port)]
        arguments += ["--open-users", "--state", str(self.folder / "server")]
        arguments += ["--session", self.session, *self._more]
        self.process = subprocess.Popen(
            [*self._within, *CELLCALL, *arguments],
            env=environment(self.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_until(self._listens, START_S)
        except BaseException:
            self.kill()  # or its pipe would fail a test that has nothing to do with it
            raise

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            assert self.process.stdout is not None
            raise AssertionError(f"the server ended: {self.process.stdout.read()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_key(self) -> str:
        return load_or_create_keys(self.folder / "server").keys.api_key

    def access_token(self, identity: str, room: str, **claims: Any) -> str:
        """A LiveKit access token this server accepts, with claims nobody has cleaned."""
        keys = load_or_create_keys(self.folder / "server").keys
        return issued(JwtAccess({"cellcall": keys.signing_secret}), identity, room, **claims)

    def kill(self) -> None:
        """As if the machine had lost power."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def stop(self) -> int:
        """As an operator would; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()


def wait_until(condition: Callable[[], Any], timeout_s: float, every_s: float = 0.02) -> Any:
    """The condition's first true value.

    Raises:
        AssertionError: It did not become true in time.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {condition}")
        time.sleep(every_s)


async def until(condition: Callable[[], Any], timeout_s: float = 15.0) -> Any:
    """The same, for a test with a loop."""
    async with asyncio.timeout(timeout_s):
        while not (value := condition()):
            await asyncio.sleep(0.02)
        return value


class AppOnPty:
    """The app in a call on a pseudo-terminal that is always read; keeps every byte it wrote.

    Args:
        server: Whose call.
        folder: For its state.
        arguments: After `cellcall join`.
    """

    def __init__(self, server: Server, folder: Path, *arguments: str):
        self._terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [
                *(*CELLCALL, "join", *arguments, "--tui", "--now", "--camera", "test:bars"),
                *("--microphone", "test:tone=440", "--speaker", "null"),
            ],
            env=environment(
                folder,
                CELLCALL_SERVER=server.url,
                CELLCALL_USER="ana",
                CELLCALL_API_KEY=server.api_key,
                TERM="xterm-256color",
                COLORTERM="truecolor",
            ),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.written = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._terminal, 65536):
                self.written += data

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def close(self) -> None:
        """End it and its children, whatever state they are in."""
        everyone = [*children_of(self.process.pid), self.process.pid]
        signal_all(everyone, signal.SIGCONT)
        signal_all(everyone, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        os.close(self._terminal)


_BLOCKS = re.compile("[\u2580-\u259f]")


class Tmux:
    """A terminal a person could sit at, of a fixed size, running one command."""

    def __init__(
        self, command: list[str], folder: Path, env: dict[str, str], columns: int, rows: int
    ):
        self._socket = str(folder / "tmux")
        self._size = ["-x", str(columns), "-y", str(rows)]
        line = " ".join(command) + '; printf "\\nEXIT %s\\n" $?; sleep 60'
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", *self._size, line,
            env={**env, "COLORTERM": "truecolor", "TERM": "xterm-256color"},
        )  # fmt: skip

    def _tmux(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, named as tmux names them."""
        self._tmux("send-keys", *keys)

    def raw(self, *codes: int) -> None:
        """Send bytes as they are."""
        self._tmux("send-keys", "-H", *(f"{code:02x}" for code in codes))

    def text(self, text: str) -> None:
        """Type text literally."""
        self._tmux("send-keys", "-l", text)

    def screen(self, *, colours: bool = False) -> str:
        """What is on the screen."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def see(self, *words: str, timeout_s: float = START_S) -> str:
        """Wait until all words are on the screen; the screen then.

        Raises:
            AssertionError: With the screen as it was at the end.
        """
        try:
            wait_until(lambda: all(w in self.screen() for w in words), timeout_s, 0.05)
        except AssertionError:
            raise AssertionError(f"never saw {words}; the screen:\n{self.screen()}") from None
        return self.screen()

    def see_picture(self) -> str:
        """Wait until pictures are drawn, with whatever block glyphs; the screen then, coloured.

        Raises:
            AssertionError: As `see`.
        """
        try:
            wait_until(lambda: len(_BLOCKS.findall(self.screen())) > 200, START_S, 0.05)
        except AssertionError:
            raise AssertionError(f"never saw a picture; the screen:\n{self.screen()}") from None
        return self.screen(colours=True)

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        """End it and everything in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True)


HAS_TMUX = shutil.which("tmux") is not None


def children_of(pid: int) -> list[int]:
    """Process ids of all descendants (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children_of(child)]
    return found


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to each that still runs."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def read_json(path: Path) -> dict[str, Any]:
    """A file as an object."""
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded
