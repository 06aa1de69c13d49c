"""A real tmux with a shell in one pane of 80x24, for tests that share it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


class TmuxServer:
    """See the module; `%0` is the pane."""

    def __init__(self, socket: Path) -> None:
        self.socket = str(socket)
        self.share = f"pane:{socket}:%0"
        """What to share, by name."""
        shell = "env PS1='$ ' LANG=C.UTF-8 bash --norc --noprofile"
        self.do("new-session", "-d", "-x", "80", "-y", "24", shell)

    def do(self, *words: str) -> str:
        """What a command of tmux answers."""
        command = ["tmux", "-S", self.socket, "-f", "/dev/null", "-u", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def type(self, text: str) -> None:
        """Type a line."""
        self.do("send-keys", "-t", "%0", text, "Enter")

    @property
    def rows(self) -> list[str]:
        """What the pane shows, without spaces at the end."""
        shown = ["tmux", "-S", self.socket, "capture-pane", "-p", "-t", "%0"]
        told = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
        return [row.rstrip() for row in told.split("\n")[:24]]


@contextlib.contextmanager
def tmux_server(folder: Path) -> Iterator[TmuxServer]:
    """One that is gone afterwards."""
    server = TmuxServer(folder / "tmux")
    try:
        yield server
    finally:
        kill = ["tmux", "-S", server.socket, "kill-server"]
        subprocess.run(kill, capture_output=True, check=False)
