"""Keys typed at an app that is busy, on a real terminal: each acts after the one before it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.on_a_terminal import OnTerminal, opening

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, json, os, sys, time
from pathlib import Path
from tests.fakes.handle import ANA, FakeHandle, people
from tui.app import CallApp
from tui.domain.commands.call import SendChat
from tui.front.start import JoinTarget, StartPlan

busy, free, done, wanted, rest, panel = Path(sys.argv[1]), *sys.argv[2:]
async def main():
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.change(user=ANA)
    app = CallApp(handle, start=StartPlan(target=JoinTarget(session_id="x")))
    async def script():
        while app.call is None or not app.call.snapshot.in_session:
            await asyncio.sleep(0.01)
        if panel:
            app.do("panel.chat")
            while app.focused is None or app.focused.parent is not app.call.chat:
                await asyncio.sleep(0.01)
        busy.touch()
        while not os.path.exists(free):
            time.sleep(0.01)  # nothing else of this thread goes on
        while len(handle.called(SendChat)) < int(wanted) or app.call.chat.input.value != rest:
            await asyncio.sleep(0.01)
        said = [one.text for one in handle.called(SendChat)]
        toasts = [one.message for one in app._notifications]
        Path(done).write_text(json.dumps([said, toasts]))
        app.exit()
    running = asyncio.create_task(script())
    await app.run_async()
    await running
asyncio.run(main())
"""

Typed = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Typed]:
    """Types at an app that is busy meanwhile; gives what was sent, and toasts, in the end.

    The end is so many messages, and the `rest` in the chat's field.

    Each piece is one write of the terminal; a number waits so many seconds, as a person does.
    """
    paths = [tmp_path / name for name in ("busy", "free", "done")]
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}

    def run(*pieces: str | float, messages: int, rest: str = "", panel: str = "") -> Any:
        command = [sys.executable, "-c", PROGRAM, *map(str, paths), str(messages), rest, panel]
        terminal = open_one(command, environment)
        terminal.until(paths[0].exists, "the call")
        for piece in pieces:
            if isinstance(piece, str):
                terminal.type(piece.encode())
            else:
                time.sleep(piece)
        paths[1].touch()
        terminal.until(paths[2].exists, "what was sent")
        terminal.ended()
        return json.loads(paths[2].read_text())

    with opening(OnTerminal) as open_one:
        yield run


def test_enter_ends_a_line_before_the_next_one_begins(typed: Typed) -> None:
    keys = ("hello\rthere", "\x7f\x7fy\rrest")
    said, _ = typed(*keys, messages=2, rest="rest", panel="chat")
    assert said == ["hello", "they"]


def test_a_letter_opens_the_chat_before_what_is_typed_behind_it(typed: Typed) -> None:
    keys = [one for key in ("c", "h", "e", "y", " ", "m", "\r") for one in (key, 0.04)]
    said, toasts = typed(*keys, messages=1)
    assert (said, toasts) == (["hey m"], [])


def test_a_command_line_opens_before_its_command_and_closes_after_it(typed: Typed) -> None:
    keys = [one for key in (":", "say ", "hi", "\r", "c", "yes", "\r") for one in (key, 0.04)]
    said, toasts = typed(*keys, messages=2)
    assert (said, toasts) == (["hi", "yes"], [])


def test_escape_and_the_letter_behind_it_are_no_text(typed: Typed) -> None:
    # The second Escape begins the terminal's answer to a question.
    said, _ = typed("\x1bq\x1b[5;5R", "a\x1bxb", "\r", messages=1, panel="chat")
    assert said == ["ab"]


def test_escape_leaves_the_field_before_the_letter_behind_it_acts(typed: Typed) -> None:
    keys = ("\x1b", 0.02, ":", 0.04, "say hi\r")
    said, toasts = typed(*keys, messages=1, panel="chat")
    assert (said, toasts) == (["hi"], [])
