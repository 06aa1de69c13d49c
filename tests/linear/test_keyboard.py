"""The real keyboard, on a pseudo-terminal, a pipe and a file."""

import asyncio
import contextlib
import os
import pty
import termios

import pytest

from tui.linear.keyboard import StdinKeyboard
from tui.linear.line_editor import EndOfLineInput, Entered, InputClosed, Interrupt, LineEditor


@pytest.fixture
def terminal():
    outer, inner = pty.openpty()
    yield outer, inner
    for descriptor in (outer, inner):
        with contextlib.suppress(OSError):  # a test may have closed it
            os.close(descriptor)


async def read(keyboard):
    async with asyncio.timeout(5):
        return await keyboard.read()


async def test_a_terminal_types_without_the_kernels_echo(terminal):
    outer, inner = terminal
    before = termios.tcgetattr(inner)
    echo, empty = [], []
    keyboard = StdinKeyboard(inner)
    keyboard.start(echo.append, lambda *, line_is_empty: empty.append(line_is_empty))
    try:
        assert keyboard.interactive
        os.write(outer, b"hi")
        while not echo:
            await asyncio.sleep(0.001)
        assert empty[-1] is False
        os.write(outer, b"\r\x03\x04")
        assert await read(keyboard) == Entered("hi")
        assert await read(keyboard) == Interrupt()
        assert await read(keyboard) == EndOfLineInput()
        assert "".join(echo) == "hi\n^C\n"
    finally:
        keyboard.close()
        keyboard.close()
    assert termios.tcgetattr(inner) == before


async def test_the_escape_key_takes_no_character_with_it(terminal):
    outer, inner = terminal
    editor, rested = LineEditor.rest, asyncio.Event()
    echo = []
    keyboard = StdinKeyboard(inner)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LineEditor, "rest", lambda line: (editor(line), rested.set()))
        keyboard.start(echo.append, lambda **_: None)
        try:
            os.write(outer, b"\x1b")
            async with asyncio.timeout(5):
                await rested.wait()
            os.write(outer, b"[hello\r")
            assert await read(keyboard) == Entered("[hello")
        finally:
            keyboard.close()


async def test_a_terminal_that_hangs_up_ends_the_input(terminal):
    outer, inner = terminal
    keyboard = StdinKeyboard(inner)
    keyboard.start(lambda _: None, lambda **_: None)
    try:
        os.close(outer)
        assert await read(keyboard) == InputClosed()
        assert await read(keyboard) == InputClosed()
    finally:
        keyboard.close()


async def test_a_cooked_terminal_knows_control_d_from_a_hang_up(terminal):
    outer, inner = terminal
    keyboard = StdinKeyboard(inner, cooked=True)
    keys = []
    keyboard.start(lambda _: None, lambda **key: keys.append(key))
    try:
        os.write(outer, b"hello\n")
        assert await read(keyboard) == Entered("hello")
        assert keys == []
        os.write(outer, b"\x04")
        assert await read(keyboard) == EndOfLineInput()
        keyboard.hide(hidden=True)
        assert not termios.tcgetattr(inner)[3] & termios.ECHO
        keyboard.hide(hidden=False)
        os.close(outer)
        assert await read(keyboard) == InputClosed()
    finally:
        keyboard.close()


async def test_a_pipe_gives_its_lines_and_its_end():
    reading, writing = os.pipe()
    keyboard = StdinKeyboard(reading)
    assert not keyboard.interactive
    keyboard.start(lambda _: pytest.fail("a pipe has no echo"), lambda **_: None)
    try:
        os.write(writing, b"one\ntwo\nlast")
        assert await read(keyboard) == Entered("one")
        os.close(writing)
        assert [await read(keyboard) for _ in range(3)] == [
            Entered("two"),
            Entered("last"),
            InputClosed(),
        ]
    finally:
        keyboard.close()
        os.close(reading)


async def test_a_file_is_read_like_a_pipe(tmp_path):
    script = tmp_path / "script"
    script.write_text("/who\n" * 3000)
    with script.open("rb") as file:
        keyboard = StdinKeyboard(file.fileno())
        keyboard.start(lambda _: None, lambda **_: None)
        try:
            lines = [await read(keyboard) for _ in range(3001)]
        finally:
            keyboard.close()
    assert lines[:3000] == [Entered("/who")] * 3000
    assert lines[3000] == InputClosed()
