"""What is kept between calls, and what a flag wins over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from tests.fakes.handle import ANA, FakeHandle, people
from tui.cli.entrance import prepared
from tui.cli.memory import ChoicesFile, RememberingHandle
from tui.cli.plan import make_plan
from tui.domain.device_choice import MediaChoice
from tui.ports.handle import Handle
from tui.ports.memory import Forgetful, Remembered


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "cellcall"


def test_choices_come_back_and_belong_to_the_user_alone(folder: Path) -> None:
    memory = ChoicesFile()
    assert memory.remembered == Remembered()
    memory.remember(joined=True, microphone="desk", volumes={"bo": 40})
    assert ChoicesFile().remembered == memory.remembered
    path = folder / "choices.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in folder.iterdir()] == ["choices.json"]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{", '{"microphone": 5, "joined": "yes", "volumes": 3}',
        '{"volumes": {"bo": "loud", "chi": 1000, "dee": true}}', '{"unknown": 1}',
    ],
)  # fmt: skip
def test_a_broken_file_counts_as_none(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "choices.json").write_text(text)
    assert ChoicesFile().remembered == Remembered()


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.parent.joinpath("cellcall").write_text("not a folder")
    memory = ChoicesFile()
    memory.remember(joined=True)
    assert memory.remembered.joined


async def test_devices_volumes_and_earcons_are_kept_from_a_call() -> None:
    memory, inner = Forgetful(), FakeHandle(remotes=people("Bo Chen"))
    inner.change(user=ANA)
    handle = cast(Handle, RememberingHandle(cast(Handle, inner), memory))
    await handle.join_session_by_id("x", {}, MediaChoice())
    await handle.set_device("microphone", "desk")
    await handle.set_volume("bo", 40)
    await handle.set_volume("chi", 120)
    await handle.set_volume("chi", 100)
    await handle.set_earcons(True)
    kept = memory.remembered
    assert (kept.microphone, kept.volumes, kept.earcons) == ("desk", {"bo": 40}, True)
    await handle.join_session_by_id("x", {}, MediaChoice())
    assert inner.called("join_session_by_id")[-1][2].volumes == {"bo": 40}
    assert inner.called("set_earcons") == [(True,), (True,)]
    assert inner.called("join_session_by_id")[-1][2].recall, "nothing was chosen here before"
    memory.remember(joined=True)
    await handle.join_session_by_id("x", {}, MediaChoice())
    await handle.check_sound(MediaChoice())
    for name in ("join_session_by_id", "check_sound"):
        assert not inner.called(name)[-1][-1].recall, "default means the machine's one from now on"
    assert handle.snapshot().in_session, "everything else is passed on"
    json.dumps(dict(kept.volumes))


BEFORE = Remembered(microphone="desk", camera="cam", microphone_on=True, camera_on=True)


@pytest.mark.parametrize(
    ("choices", "microphone_on", "camera_on"),
    [
        ({}, True, True),
        ({"muted": True}, False, True),
        ({"no_video": True}, True, False),
        ({"microphone": "none"}, False, True),
        ({"camera": "test:bars", "no_video": True}, True, False),
    ],
)
def test_flags_win_over_what_was_chosen_before(
    choices: dict[str, Any], microphone_on: bool, camera_on: bool
) -> None:
    plan = prepared(make_plan("x", choices, None), choices, BEFORE)
    assert plan.entrance is not None
    assert plan.entrance.microphone_on is microphone_on
    assert plan.entrance.camera_on is camera_on
    assert plan.media.microphone == choices.get("microphone", "desk")


def test_the_first_time_it_is_off_unless_a_device_is_named() -> None:
    plan = prepared(make_plan("x", {}, None), {}, Remembered())
    assert plan.entrance is not None
    assert not plan.entrance.microphone_on and not plan.entrance.camera_on
    assert plan.entrance.listen
    named = {"microphone": "test:tone=440"}
    plan = prepared(make_plan("x", named, None), named, Remembered())
    assert plan.entrance is not None and plan.entrance.microphone_on


def test_now_goes_straight_in() -> None:
    assert prepared(make_plan("x", {}, None), {"now": True}, BEFORE).entrance is None
