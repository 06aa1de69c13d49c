"""The programs that stand in README run from there, against `cellcall serve`."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from cellcall import CallPanel, Calls, ErrorCode, Media
from textual.pilot import Pilot

from tests.whole.program import Server
from tui.widgets.tile import Tile

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS: Final = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(tmp_path)
    monkeypatch.setenv("CELLCALL_SERVER", server.url)
    monkeypatch.setenv("CELLCALL_API_KEY", server.api_key)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield server
    server.stop()


def source(word: str) -> str:
    """The one program with this word in it."""
    (code,) = [one for one in PROGRAMS if word in one]
    return code


def program(word: str) -> dict[str, Any]:
    """What the one program with this word in it defines."""
    code = source(word)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(code, "README.md", "exec"), names)
    return names


async def until(pilot: Pilot[Any], condition: Any, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause(0.05)


async def test_the_app_joins_and_draws_whoever_is_there(server: Server) -> None:
    calls = Calls()
    app = program("class Desk")["Desk"](calls)
    await calls.init(server=server.url)
    await calls.login("ana", server.api_key)
    async with (
        calls,
        Calls(engine="here", keep_login=False) as bo,
        app.run_test(size=(100, 30)) as pilot,
    ):
        assert app.calls.snapshot.in_session, app._notifications
        await bo.init(server=server.url)
        await bo.login("bo", server.api_key)
        media = Media("test:colour=C02020", "test:silence", "null")
        result = await bo.join_session_by_id("standup", {}, media=media)
        assert result.error is None
        await until(pilot, lambda: len(app.calls.snapshot.remotes) == 1)
        await until(pilot, lambda: any("bo is here" in one.message for one in app._notifications))
        panel = app.query_one(CallPanel)

        def reds() -> list[bytes]:
            pictures = [tile.picture for tile in panel.query(Tile) if tile.picture is not None]
            middles = [one.rgb[len(one.rgb) // 2 :][:3] for one in pictures]
            return [one for one in middles if one and one[0] > 150 and one[1] < 80]

        await until(pilot, reds)
        await bo.leave_session()
        await until(pilot, lambda: not app.calls.snapshot.remotes)


async def test_the_codes_are_those_beside_the_calls() -> None:
    told = re.findall(r"# ([A-Z_]+)$", source("async def codes"), re.MULTILINE)
    assert await program("async def codes")["codes"]() == told
    assert set(told) <= set(ErrorCode)


def test_its_snapshot_test_takes_a_picture_and_finds_it_again(tmp_path: Path) -> None:
    for name, word in (("desk.py", "class Desk"), ("test_desk.py", "scripted_calls")):
        (tmp_path / name).write_text(source(word))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    # A worker of a shared-out run would make the inner one take itself for a worker, too.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    for more, told in ((["--snapshot-update"], "1 snapshot generated"), ([], "1 snapshot passed")):
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more],
            cwd=tmp_path,
            env={**outside, "XDG_STATE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert told in run.stdout
    (picture,) = tmp_path.rglob("*.raw")
    drawn = picture.read_text(encoding="utf-8").replace("&#160;", " ")
    assert "Bo Chen" in drawn and "1 hand up" in drawn


def test_the_programs_import_nothing_from_inside() -> None:
    assert PROGRAMS
    assert [one for one in PROGRAMS if re.search(r"^\s*(from|import) tui", one, re.M)] == []


def test_the_programs_are_typed_for_mypy_strict(tmp_path: Path) -> None:
    """Whoever annotates them: the library's own names carry types and hide nothing."""
    checked = inspect.cleandoc(
        """
        from cellcall import CallPanel, Calls, CallToken, JoinResult

        async def join(calls: Calls, panel: CallPanel) -> JoinResult:
            token: CallToken = await calls.generate_token("standup")
            return await calls.join_session(token.token, {"layout": "TILE"}, panel)

        def heard(event: CallPanel.Event) -> str:
            return event.name
        """
    )
    (tmp_path / "program.py").write_text(checked)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
