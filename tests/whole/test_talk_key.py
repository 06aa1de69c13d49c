"""A held key on a terminal that tells releases: heard while it is down, never after (KEY-T7)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.domain.device_choice import MediaChoice
from tui.ports.handle import Handle

from .program import AppOnPty, Server, until
from .test_two_headless import participant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

LISTENER = MediaChoice("null", "null", "null")
DOWN, AGAIN, UP = "\x1b[32;1:1;32u", "\x1b[32;1:2;32u", "\x1b[32;1:3u"


@pytest.fixture
def app(server: Server, tmp_path: Path) -> Iterator[AppOnPty]:
    app = AppOnPty(server, tmp_path, "standup", "--muted")
    yield app
    app.close()


async def agree(app: AppOnPty) -> None:
    """Be a terminal that knows the protocol."""
    await until(lambda: b"\x1b[?u" in app.written, 60)
    app.press("\x1b[?25u")
    await until(lambda: b"\x1b[=2;2u\x1b[?u" in app.written)
    app.press("\x1b[?27u")


def ana_is(bo: Handle, *, muted: bool) -> bool:
    ana = bo.snapshot().participant("ana")
    return ana is not None and ana.has_audio and ana.audio_muted is muted


async def test_key_t7_heard_while_the_key_is_down(server: Server, app: AppOnPty) -> None:
    async with participant(server, "bo", LISTENER) as bo:
        await agree(app)
        await until(lambda: ana_is(bo, muted=True), 60)
        app.press(DOWN)
        await until(lambda: ana_is(bo, muted=False))
        for _ in range(3):
            app.press(AGAIN)
        await until(lambda: b"TALKING" in app.written)
        app.press(UP)
        await until(lambda: ana_is(bo, muted=True), 2)

        # Other keys' event types, as they come while typing.
        app.press(
            "\x1b[1;1:3D\x1b[97:65;2:3;65u\x1b[15;1:1~\x1b[57441;2:3u\x1b[27;1:1u\x1b[27;1:3u"
        )
        app.press(DOWN)
        await until(lambda: ana_is(bo, muted=False))
        os.kill(app.process.pid, signal.SIGSTOP)
        await until(lambda: ana_is(bo, muted=True), 4)
        os.kill(app.process.pid, signal.SIGCONT)
        await asyncio.to_thread(app.process.send_signal, signal.SIGTERM)
        await asyncio.to_thread(app.process.wait, 20)
        await until(lambda: app.written.rstrip().endswith(b"?1004l") or b"\x1b[<u" in app.written)
        assert b"Traceback" not in app.written
        assert b"\x1b[<u" in app.written, "the terminal's own keyboard mode is back"
        assert app.written.rfind(b"\x1b[=2;3u") > app.written.rfind(b"\x1b[=2;2u")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP], ids=["killed", "hung up"])
async def test_key_t7_whoever_loses_the_terminal_is_heard_no_more(
    server: Server, app: AppOnPty, number: signal.Signals
) -> None:
    async with participant(server, "bo", LISTENER) as bo:
        await agree(app)
        await until(lambda: ana_is(bo, muted=True), 60)
        app.press(DOWN)
        await until(lambda: ana_is(bo, muted=False))
        os.kill(app.process.pid, number)
        await until(lambda: bo.snapshot().participant("ana") is None or ana_is(bo, muted=True), 3)
