"""Several front ends at one engine: each hears everything, and holds the talk key by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.test_engine_process import Running, in_call, until
from tests.engine.test_handles import Reader
from tests.fakes.people import camera
from tests.fakes.world import FakeWorld, remote
from tests.session.test_call import grey
from tui.domain.commands.call import Leave, MarkChatRead, SendChat
from tui.domain.commands.own import KeepTalking, SetMuted, SetTalking
from tui.domain.errors import CallsError
from tui.domain.happenings import FrontEndActed
from tui.domain.snapshot import Phase
from tui.domain.talk import LEASE_S
from tui.engine import process
from tui.engine.remote import RemoteHandle


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Running]:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    running = Running(tmp_path, world)
    await running.ready()
    yield running
    running.task.cancel()
    await asyncio.wait([running.task])


def open_gate(engine: Running) -> bool:
    call = engine.calls.current.newest
    assert call is not None
    return not call.media.capture.muted


def die(handle: RemoteHandle) -> None:
    """What a killed process looks like from the engine."""
    handle._writer.transport.abort()


async def two_in_call(engine: Running) -> tuple[RemoteHandle, RemoteHandle]:
    first = await in_call(engine)
    await first.do(SetMuted(True))
    second = await engine.connect()
    assert second.snapshot().phase is Phase.LIVE, "the newest snapshot comes at once"
    return first, second


async def test_both_hear_of_what_either_does(engine: Running) -> None:
    first, second = await two_in_call(engine)
    readers = [Reader(first), Reader(second)]
    await second.do(SetMuted(False), action="mic.toggle")
    for handle, reader in zip((first, second), readers, strict=True):
        await until(lambda handle=handle: handle.snapshot().local.audio_muted is False)
        await reader.until(lambda reader=reader: reader.of(FrontEndActed))
        (pressed,) = reader.of(FrontEndActed)
        assert pressed.event == "onToggleAudioButtonClicked"
        await reader.stop()
    await first.close()
    assert second.snapshot().in_session, "the call goes on for who is left"
    await second.do(Leave())
    await second.close()
    await asyncio.wait_for(engine.task, 5)


@pytest.mark.parametrize("polite", [True, False], ids=["goodbye", "killed"])
async def test_a_talk_key_is_let_go_with_its_front_end_alone(engine: Running, polite: bool) -> None:
    first, second = await two_in_call(engine)
    await first.do(SetTalking(True))
    await second.do(SetTalking(True))
    if polite:
        await first.close()
    else:
        die(first)
    await until(lambda: len(engine.server._front_ends) == 1)
    await second.do(KeepTalking())
    assert open_gate(engine) and second.snapshot().talking, "the other still holds it"
    await second.do(SetTalking(False))
    assert not open_gate(engine) and not second.snapshot().talking
    await second.close()


async def test_the_microphone_closes_with_the_front_end_that_held_it(engine: Running) -> None:
    first, second = await two_in_call(engine)
    await first.do(SetTalking(True))
    assert open_gate(engine)
    await second.do(SetTalking(False))
    assert open_gate(engine), "who does not hold it can't let it go"
    die(first)
    await until(lambda: not open_gate(engine))
    assert second.snapshot().in_session
    await second.do(SetMuted(False))
    assert open_gate(engine), "the call goes on with the other"
    await second.close()


async def test_each_lease_is_renewed_by_itself(engine: Running) -> None:
    first, second = await two_in_call(engine)
    await first.do(SetTalking(True))
    await second.do(SetTalking(True))
    engine.world.time.now_s += LEASE_S / 2
    await second.do(KeepTalking())
    engine.world.time.now_s += LEASE_S / 2
    call = engine.calls.current.newest
    assert call is not None
    await call.own.tick()
    assert open_gate(engine), "one lease ran out, the other holds"
    await first.do(KeepTalking())
    engine.world.time.now_s += LEASE_S / 2
    await call.own.tick()
    assert not open_gate(engine), "what ran out is not renewed"
    for handle in (first, second):
        await handle.close()


async def test_muting_overtakes_a_chat_line_that_hangs(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = await in_call(engine)
    hanging = asyncio.Event()

    async def never(_text: str, _reply_to: str = "") -> str:
        await hanging.wait()
        return ""

    monkeypatch.setattr(engine.world.transport, "send_chat", never)
    chats = [asyncio.create_task(handle.do(SendChat(f"line {number}"))) for number in range(50)]
    async with asyncio.timeout(1):
        await handle.do(SetMuted(True), action="mic.toggle")
    assert not open_gate(engine)
    assert not any(chat.done() for chat in chats)
    hanging.set()
    await asyncio.gather(*chats)
    await handle.close()


async def test_when_the_last_one_is_killed_nothing_is_left_open(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.05)
    first, second = await two_in_call(engine)
    await second.do(SetMuted(False))
    die(first)
    await until(lambda: len(engine.server._front_ends) == 1)
    assert open_gate(engine), "somebody is there who can mute"
    die(second)
    await until(lambda: not open_gate(engine))
    await asyncio.wait_for(engine.task, 5)
    with pytest.raises(CallsError):
        await second.do(SetMuted(True))


async def test_each_reads_pictures_at_its_own_raster(engine: Running) -> None:
    first, second = await two_in_call(engine)
    bo = camera("bo")
    first.show_picture(bo, 8, 6, 5.0)
    second.show_picture(bo, 16, 4, 15.0)
    receiver, said = engine.world.transport.receiver, engine.world.transport.said
    assert receiver is not None

    def shown(*handles: RemoteHandle) -> bool:
        receiver.video_frame(bo, grey())
        return all(handle.picture(bo) is not None for handle in handles)

    await until(lambda: shown(first, second))
    sizes = [(p.width, p.height) for p in (first.picture(bo), second.picture(bo)) if p is not None]
    assert sizes == [(8, 6), (16, 4)]
    assert [what for what in said if what[0] == "want"][-1][1][1:] == (16, 6), "what serves both"
    die(second)
    await until(lambda: said[-1][0] == "want" and said[-1][1][1:] == (8, 6))
    before = first.picture(bo)
    assert before is not None and shown(first)
    after = first.picture(bo)
    assert after is not None and after.serial > before.serial, "the other's goes on"
    assert len(list(engine.path.parent.glob("slot-*"))) == 1
    first.show_picture(bo, 0, 0)
    await until(lambda: said[-1][1][1:] == (0, 0))
    assert not list(engine.path.parent.glob("slot-*"))
    await first.close()


async def test_both_share_a_slot_of_one_raster(engine: Running) -> None:
    first, second = await two_in_call(engine)
    bo = camera("bo")
    for handle in (first, second):
        handle.show_picture(bo, 8, 6)
        await handle.do(MarkChatRead())  # behind the request, so that the request has been heard
    assert len(list(engine.path.parent.glob("slot-*"))) == 1
    await first.close()
    receiver = engine.world.transport.receiver
    assert receiver is not None
    await until(lambda: len(engine.server._front_ends) == 1)
    receiver.video_frame(bo, grey())
    await until(lambda: second.picture(bo) is not None)
    await second.close()
