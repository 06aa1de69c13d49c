"""The driver in a real terminal: answers are timed, and reach neither the app nor the shell."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.stage.terminal import Terminal
from tui.governor.link import LOCAL_BYTES_PER_S, QUERY, REMOTE_BYTES_PER_S
from tui.screens.linked_driver import new_link

PROGRAM = """
import json, sys
from textual import events
from textual.app import App
from tui.screens.linked_driver import LinkedDriver
from tui.widgets.writer_gate import ask_terminal, link_of
from time import monotonic

class Small(App):
    seen = []
    def get_driver_class(self):
        return LinkedDriver
    def on_mount(self):
        self.set_interval(0.05, self.ask)
        self.set_timer(1.2, self.finish)
    def ask(self):
        link_of(self).wrote(monotonic(), 1)
        ask_terminal(self, monotonic())
    def finish(self):
        link = link_of(self)
        with open(sys.argv[1], "w") as file:
            json.dump({"answers": link.answers, "base_s": link.base_s, "seen": self.seen}, file)
        self.exit()
    async def on_event(self, event):
        if isinstance(event, (events.Key, events.CursorPosition)):
            self.seen.append(repr(event))
        await super().on_event(event)

Small().run()
"""


@pytest.mark.parametrize("answering", [True, False])
def test_answers_are_timed_and_kept_from_the_app(tmp_path: Path, answering: bool) -> None:
    script, told = tmp_path / "small.py", tmp_path / "told.json"
    script.write_text(PROGRAM)
    terminal = Terminal([str(script), str(told)])
    asked = answered = 0
    due: list[float] = []
    try:
        while (data := terminal.read(0.01)) is not None:
            count = data.count(QUERY.encode())
            asked += count
            due += [time.monotonic() + 0.05] * (count if answering else 0)
            while due and due[0] <= time.monotonic():
                due.pop(0)
                answered += 1
                os.write(terminal.fd, b"\x1b[7;9R")
    finally:
        terminal.close()
    figures = json.loads(told.read_text())
    assert figures["seen"] == []
    if answering:
        assert figures["answers"] is True
        assert figures["base_s"] >= 0.05
        assert asked == answered > 3
    else:
        assert asked == 1, "at most one question is under way"
        assert figures["answers"] is None


def test_what_the_environment_says_of_the_link() -> None:
    assert new_link({}).bytes_per_s == LOCAL_BYTES_PER_S
    assert new_link({"SSH_CONNECTION": "a 1 b 2"}).bytes_per_s == REMOTE_BYTES_PER_S
    assert new_link({"TMUX": "x"}).trusted
    assert not new_link({"SSH_TTY": "/dev/pts/1", "STY": "x"}).trusted
