"""A call that nobody is before: silent, told to the others, found again, and over in time."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.test_engine_process import TOKEN, Running, in_call, until
from tests.engine.test_handles import Reader
from tests.engine.test_several_front_ends import die, open_gate
from tests.fakes.world import FakeWorld, remote
from tui.domain.commands.call import Attach, Detach, KeepWhenLost, Leave, ReadCaptions, ReadChat
from tui.domain.commands.own import SetMuted, StartShare
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import CameBack
from tui.engine import process
from tui.engine.local import LocalHandle
from tui.engine.remote import RemoteHandle
from tui.engine.running import leave_note, running_calls
from tui.engine.slots import MemoryPictures
from tui.ports.transport_events import (
    CaptionReceived,
    CaptionSegment,
    ChatReceived,
    Disconnected,
    DisconnectReason,
    ParticipantUpdated,
)
from tui.session.core import SessionCore


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Running]:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    running = Running(tmp_path, world)
    await running.ready()
    yield running
    running.task.cancel()
    await asyncio.wait([running.task])


def attributes(engine: Running) -> list[dict[str, str]]:
    return [what for name, what in engine.world.transport.said if name == "attributes"]


async def detached(engine: Running, how: str) -> None:
    handle = await in_call(engine)
    await handle.do(StartShare("test:bars"))
    if how == "wished":
        assert await handle.do(Detach()) == 1800
        await handle.close()
    else:
        await handle.do(KeepWhenLost(True))
        die(handle)
    await until(lambda: not engine.server._front_ends and engine.calls.outlet.newest.away_until_ms)
    await until(lambda: {"cellcall.away": "1"} in attributes(engine))


@pytest.mark.parametrize("how", ["wished", "lost"])
async def test_it_goes_on_in_silence_and_is_found_again(engine: Running, how: str) -> None:
    await detached(engine, how)
    assert not open_gate(engine)
    local = engine.calls.outlet.newest.local
    assert (local.audio_muted, local.video_paused, local.shares) == (True, True, ())
    engine.world.transport.hear(ChatReceived("bo", "Are you there?", 0))
    words = CaptionSegment("1", "Nobody is there.", final=True)
    engine.world.transport.hear(CaptionReceived("bo", "bo", (words,)))
    began_s = time.monotonic()
    handle = await engine.connect()
    reader = Reader(handle)
    await handle.do(Attach())
    assert time.monotonic() - began_s < 2
    assert handle.snapshot().in_session
    await reader.until(lambda: reader.of(CameBack))
    assert reader.of(CameBack)[0].unread == 1
    assert [one.text for one in await handle.do(ReadChat())] == ["Are you there?"]
    assert [one.text for one in await handle.do(ReadCaptions())] == ["Nobody is there."]
    await until(lambda: attributes(engine)[-1] == {"cellcall.away": ""})
    assert not open_gate(engine), "nothing goes on by itself"
    await handle.do(SetMuted(False))
    assert open_gate(engine)
    await reader.stop()
    await handle.close()
    await asyncio.wait_for(engine.task, 5)


async def test_it_ends_by_itself(engine: Running) -> None:
    handle = await in_call(engine)
    await handle.do(Detach(0.3))
    await handle.close()
    await asyncio.wait_for(engine.task, 5)
    assert engine.world.transport.left


async def test_it_ends_with_the_session(engine: Running) -> None:
    await detached(engine, "wished")
    engine.world.transport.hear(Disconnected(DisconnectReason.SESSION_ENDED))
    await asyncio.wait_for(engine.task, 5)


async def test_without_the_wish_a_lost_front_end_still_ends_it(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.05)
    handle = await in_call(engine)
    die(handle)
    await asyncio.wait_for(engine.task, 5)


async def test_of_two_front_ends_one_goes_and_nothing_changes(engine: Running) -> None:
    first = await in_call(engine)
    second = await engine.connect()
    assert await second.do(Detach()) == 0
    await second.close()
    assert open_gate(engine)
    assert not first.snapshot().away_until_ms
    released: list[bool] = []

    async def release() -> None:
        released.append(True)

    third = await RemoteHandle.connect(engine.path, TOKEN, release)
    await third.close()
    assert not released, "the engine is still needed"
    await first.do(Leave())
    await first.close()


async def test_calls_are_listed_by_what_answers(engine: Running, tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    assert await running_calls(folder) == []
    note = leave_note(folder, engine.path, TOKEN)
    assert note.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert await running_calls(folder) == [], "nobody is in a call there"
    handle = await in_call(engine)
    (found,) = await running_calls(folder)
    assert (found.snapshot.session_id, found.front_ends) == ("standup", 1)
    await handle.do(Detach())
    await handle.close()
    (found,) = await running_calls(folder)
    assert found.snapshot.away_until_ms, "a look does not bring anybody back"
    (folder / "1.json").write_text("[]")
    (folder / "2.json").write_text(json.dumps({"socket": str(tmp_path / "no"), "token": "x"}))
    (folder / "3.json").write_text(json.dumps({"socket": str(engine.path), "token": "wrong"}))
    (folder / "4.json").write_bytes(os.urandom(100_000))
    assert len(await running_calls(folder)) == 1
    assert not (folder / "2.json").exists(), "nobody answers there"


async def test_a_call_in_its_own_program_can_not_be_detached() -> None:
    world = FakeWorld()
    core = SessionCore(world.world())
    handle = LocalHandle(core, MemoryPictures())
    with pytest.raises(CallsError) as refused:
        await handle.do(Detach())
    assert refused.value.code == ErrorCode.NO_SESSION
    await handle.close()


async def test_others_who_are_away_are_shown_so(engine: Running) -> None:
    handle = await in_call(engine)
    reader = Reader(handle)
    away = remote("bo", attributes={"cellcall.away": "1"})
    engine.world.transport.hear(ParticipantUpdated(away))
    await until(lambda: handle.snapshot().participant("bo").away)
    await reader.stop()
    await handle.close()
