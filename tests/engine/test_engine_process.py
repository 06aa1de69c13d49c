"""The engine's side of the socket: refusals, lost and returning front ends, hostile frames."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.happenings import somebody
from tests.fakes.world import FakeWorld
from tests.session.rig import APP, MEDIA
from tui.bootstrap import TOKEN_VARIABLE
from tui.domain.commands import KINDS, Command
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinById
from tui.domain.commands.own import SetMuted
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import ConnectionLost, SpeakerChanged
from tui.domain.snapshot import Levels, Snapshot
from tui.engine import process, remote
from tui.engine.outbox import KEPT, Answer, Outbox
from tui.engine.process import EngineServer
from tui.engine.remote import RemoteHandle
from tui.engine.shared_pictures import SharedPictures
from tui.engine.slots import SlotReader, SlotWriter
from tui.engine.wire import (
    MAX_FRAME_BYTES,
    VERSION,
    WireError,
    decode_command,
    decode_error,
    decode_update,
    encode_command,
    pack,
    read_frame,
)
from tui.session.core import SessionCore

TOKEN = "token"


async def nothing() -> None:
    """No process to release."""


class Running:
    """A serving engine."""

    def __init__(self, folder: Path, world: FakeWorld):
        self.world = world
        self.path = folder / "engine"
        pictures = SharedPictures(folder)
        self.calls = SessionCore(world.world(pictures))
        self.server = EngineServer(self.calls, pictures, TOKEN)
        self.task = asyncio.create_task(self.server.serve(self.path))

    async def ready(self) -> None:
        while not self.path.exists():
            await asyncio.sleep(0)

    async def connect(self, token: str = TOKEN) -> RemoteHandle:
        return await RemoteHandle.connect(self.path, token, nothing)

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self.path)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(tmp_path, FakeWorld())
    await running.ready()
    yield running
    running.task.cancel()
    await asyncio.wait([running.task])


async def in_call(engine: Running) -> RemoteHandle:
    handle = await engine.connect()
    await handle.do(Init(APP))
    await handle.do(Login("ana", engine.world.service.api_key))
    await handle.do(JoinById("standup", {}, MEDIA))
    await until(lambda: ("camera", False) in engine.world.transport.said)
    return handle


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_socket_is_private_and_asks_for_the_token(engine: Running) -> None:
    assert engine.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CallsError, match="refused"):
        await engine.connect("wrong")
    handle = await engine.connect()
    await handle.close()


async def test_stopping_leaves_the_call(engine: Running) -> None:
    handle = await in_call(engine)
    engine.server.stop()
    await asyncio.wait_for(engine.task, 5)
    assert not engine.calls.outlet.newest.in_session
    await handle.close()


async def test_an_engine_that_is_asked_to_end_cleans_up() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cellcall-"))
    path = folder / "engine"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tui", "engine", str(path)),
        env={**os.environ, TOKEN_VARIABLE: TOKEN},
    )
    async with asyncio.timeout(60):
        handle = None
        while handle is None:
            # The socket has its name a moment before anybody listens on it.
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                handle = await RemoteHandle.connect(path, TOKEN, nothing)
            await asyncio.sleep(0.02)
        process.terminate()
        assert await process.wait() == 0
        await handle.close()
    assert not folder.exists()


async def test_another_version_is_refused(engine: Running) -> None:
    reader, writer = await engine.raw()
    writer.write(pack({"version": VERSION + 1, "token": TOKEN}))
    assert await read_frame(reader) == {"version": VERSION}
    assert await read_frame(reader) is None
    writer.close()


async def test_who_speaks_another_version_is_told_so(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "VERSION", VERSION + 1)
    with pytest.raises(CallsError) as refused:
        await engine.connect()
    assert refused.value.code == ErrorCode.CONNECTION_FAILED
    said = f"it speaks version {VERSION} of their language, this program {VERSION + 1}."
    assert said in refused.value.description


@pytest.mark.parametrize(
    "frame",
    [
        b"\xff\xff\xff\xff",
        struct.pack("!I", 3) + b"{]}",
        struct.pack("!I", 2) + b"[]",
        pack({"what": 1}),
        pack({"show": 3, "width": "a", "height": None}),
    ],
)
async def test_a_hostile_front_end_is_dropped_and_the_engine_goes_on(
    engine: Running, frame: bytes
) -> None:
    good = await in_call(engine)
    reader, writer = await engine.raw()
    writer.write(pack({"version": VERSION, "token": TOKEN}) + frame)
    while await read_frame(reader) is not None:
        pass
    writer.close()
    await good.do(SetMuted(True))
    await good.close()


async def test_bad_arguments_are_an_answer_not_an_end(engine: Running) -> None:
    reader, writer = await engine.raw()
    writer.write(pack({"version": VERSION, "token": TOKEN}))
    wrong = [
        ("Login", {"uid": 1}),
        ("Login", {"uid": {}, "api_key": []}),
        ("close", {}),
        ("no such", {}),
        ("Stay", "x"),
        ("Login", {}),
    ]
    for number, (command, fields) in enumerate(wrong, 1):
        writer.write(pack({"id": number, "do": command, "with": fields}))
        while (frame := await read_frame(reader)) is not None and frame.get("id") != number:
            pass
        assert frame is not None and frame["error"]["code"] == "VALIDATION_ERROR"
    writer.close()


async def test_a_killed_front_end_silences_us_and_may_come_back(engine: Running) -> None:
    handle = await in_call(engine)
    handle._writer.transport.abort()  # what a killed process looks like from here
    transport = engine.world.transport
    await until(lambda: ("muted-microphone", True) in transport.said)
    await until(lambda: ("muted-camera", True) in transport.said)
    back = await engine.connect()
    assert back.snapshot().in_session
    local = back.snapshot().local
    assert local is not None and local.audio_muted and local.video_paused
    await back.do(SetMuted(False))
    assert not transport.left
    await back.close()
    assert transport.left
    await handle.close()


async def test_a_call_nobody_holds_is_left_and_the_engine_ends(
    engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_S", 0.05)
    handle = await in_call(engine)
    transport = engine.world.transport
    handle._writer.transport.abort()
    async with asyncio.timeout(5):
        await engine.task
    assert transport.left
    await handle.close()


async def test_a_stopped_front_end_does_not_hold_the_engine_up(engine: Running) -> None:
    reader, writer = await engine.raw()
    writer.write(pack({"version": VERSION, "token": TOKEN}))
    await read_frame(reader)
    good = await in_call(engine)
    big = "x" * 3000
    for number in range(2000):
        engine.calls.outlet.send(SpeakerChanged(somebody(f"{number} {big}")))
        if number % 100 == 0:
            await asyncio.sleep(0)
    await good.do(SetMuted(True))
    local = good.snapshot().local
    assert local is not None and local.audio_muted
    writer.close()
    await good.close()


# ---- outbox
async def test_the_outbox_keeps_what_matters_and_the_newest_of_the_rest() -> None:
    outbox = Outbox()
    urgent = ConnectionLost()
    outbox.put(urgent)
    for serial in range(KEPT + 200):
        outbox.put(Snapshot(serial=serial))
        outbox.put(Levels({"a": -float(serial)}))
        outbox.put(SpeakerChanged(somebody(str(serial))))
    outbox.put(Answer({"id": 1}))
    taken = await outbox.take()
    assert isinstance(taken[0], Snapshot) and taken[0].serial == KEPT + 199
    assert isinstance(taken[-1], Levels) and taken[-1].dbov == {"a": -float(KEPT + 199)}
    assert taken[1] is urgent and len(taken) == KEPT + 2
    assert isinstance(taken[-2], Answer)
    kept = [item.person.name for item in taken if isinstance(item, SpeakerChanged)]
    assert kept == sorted(kept, key=int), "in order"
    assert outbox.dropped == 202


# ---- pictures
def test_a_slot_shows_the_newest_whole_picture(tmp_path: Path) -> None:
    writer = SlotWriter(tmp_path / "slot", 4, 2)
    assert writer.path.stat().st_mode & 0o777 == 0o600
    reader = SlotReader(writer.path)
    assert reader.newest() is None
    for value in range(1, 6):
        writer.put(bytes([value]) * 24)
        picture = reader.newest()
        assert picture is not None and picture.rgb == bytes([value]) * 24
        assert picture.serial == value
    writer.clear()
    assert reader.newest() is None
    writer.put(bytes(24))
    picture = reader.newest()
    assert picture is not None and picture.serial == 6
    writer.close()
    assert not writer.path.exists()
    reader.close()


# ---- the wire
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(kind.__name__ for kind in KINDS)) | st.text(), json_values)
def test_commands_decode_or_are_refused(name: str, fields: object) -> None:
    try:
        decoded = decode_command(name, fields)
    except WireError:
        return
    assert isinstance(decoded, Command)


FIELDS = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    Mapping[str, Any]: st.dictionaries(st.text(), json_values),
    MediaChoice: st.builds(MediaChoice, volumes=st.dictionaries(st.text(), st.integers(0, 200))),
}


def commands(kind: type[Command[object]]) -> st.SearchStrategy[Command[object]]:
    fields = {
        name: FIELDS.get(hint, st.from_type(hint)) for name, hint in get_type_hints(kind).items()
    }
    return st.builds(kind, **fields)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_command_comes_out_of_the_wire_as_it_went_in(
    kind: type[Command[object]], data: st.DataObject
) -> None:
    command = data.draw(commands(kind))
    frame = json.loads(json.dumps(encode_command(command)))
    assert decode_command(frame["do"], frame["with"]) == command


@given(st.dictionaries(st.sampled_from(["push", "data", "x"]), json_values))
def test_updates_decode_or_are_refused(frame: dict[str, object]) -> None:
    try:
        update = decode_update(frame)
    except WireError:
        return
    assert update is not None


@given(json_values)
def test_errors_always_decode(raw: object) -> None:
    assert decode_error(raw).code


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    async def read() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        try:
            while (frame := await read_frame(reader)) is not None:
                assert json.dumps(frame)
        except WireError as error:
            assert error.args  # noqa: PT017

    asyncio.run(read())


def test_frames_are_bounded() -> None:
    assert MAX_FRAME_BYTES <= 4 * 1024 * 1024
