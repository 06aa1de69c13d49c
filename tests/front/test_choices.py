"""What is kept between calls, and what a flag wins over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.handle import ANA, FakeHandle, people
from tui.cli.entrance import prepared
from tui.cli.plan import make_plan
from tui.cli.remembering_handle import RememberingHandle
from tui.domain.commands.call import JoinById
from tui.domain.commands.local import SetEarcons, SetVolume
from tui.domain.commands.own import SetDevice
from tui.domain.device_choice import MediaChoice
from tui.front.choices import ChoicesFile, with_devices
from tui.front.kept_file import replace_file
from tui.ports.memory import Forgetful, Remembered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cellcall"


def test_choices_come_back_and_belong_to_the_user_alone(folder: Path) -> None:
    memory = ChoicesFile(folder)
    assert memory.remembered == Remembered()
    memory.remember(joined=True, microphone="desk", volumes={"bo": 40})
    assert ChoicesFile(folder).remembered == memory.remembered
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
    assert ChoicesFile(folder).remembered == Remembered()


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.parent.joinpath("cellcall").write_text("not a folder")
    memory = ChoicesFile(folder)
    memory.remember(joined=True)
    assert memory.remembered.joined


async def test_devices_volumes_and_earcons_are_kept_from_a_call() -> None:
    memory, inner = Forgetful(), FakeHandle(remotes=people("Bo Chen"))
    inner.change(user=ANA)
    handle = RememberingHandle(inner, memory)
    await handle.do(JoinById("x", {}, MediaChoice()))
    await handle.do(SetDevice("microphone", "desk"))
    await handle.do(SetVolume("bo", 40))
    await handle.do(SetVolume("chi", 120))
    await handle.do(SetVolume("chi", 100))
    await handle.do(SetEarcons(True))
    kept = memory.remembered
    assert (kept.microphone, kept.volumes, kept.earcons) == ("desk", {"bo": 40}, True)
    await handle.do(JoinById("x", {}, MediaChoice()))
    assert inner.called(JoinById)[-1].media.volumes == {"bo": 40}
    assert inner.called(SetEarcons) == [SetEarcons(True), SetEarcons(True)]
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
    named = {"microphone": "test:tone=440"}
    plan = prepared(make_plan("x", named, None), named, Remembered())
    assert plan.entrance is not None and plan.entrance.microphone_on


def test_now_goes_straight_in() -> None:
    assert prepared(make_plan("x", {}, None), {"now": True}, BEFORE).entrance is None


# ---- files of earlier releases, as 0.1.0 wrote them
OLD_CHOICES = (
    '{"joined": %s, "microphone": "default", "speaker": "desk speakers", "camera": "default", '
    '"microphone_on": true, "camera_on": false, "earcons": true, "volumes": {"bo": 40}}'
)
OLD_DEVICES = '{"microphone": "Yeti: USB", "speaker": "headset", "camera": "test:bars"}'


def test_the_engines_old_file_is_taken_over_and_goes(folder: Path) -> None:
    folder.mkdir()
    (folder / "devices.json").write_text(OLD_DEVICES)
    kept = ChoicesFile(folder).remembered
    assert (kept.microphone, kept.speaker) == ("Yeti: USB", "headset")
    assert kept.camera == "device:test:bars", "it was a device, whatever its name reads like"
    assert [one.name for one in folder.iterdir()] == ["choices.json"]
    assert ChoicesFile(folder).remembered == kept


@pytest.mark.parametrize(("joined", "microphone"), [("false", "Yeti: USB"), ("true", "default")])
def test_what_was_chosen_otherwise_goes_before_it(
    folder: Path, joined: str, microphone: str
) -> None:
    folder.mkdir()
    (folder / "choices.json").write_text(OLD_CHOICES % joined)
    (folder / "devices.json").write_text(OLD_DEVICES)
    kept = ChoicesFile(folder).remembered
    assert (kept.microphone, kept.speaker) == (microphone, "desk speakers")
    assert (kept.microphone_on, kept.earcons, kept.volumes) == (True, True, {"bo": 40})
    assert [one.name for one in folder.iterdir()] == ["choices.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"speaker": 7, "camera": ""}', "[" * 100_000])
def test_a_broken_old_file_is_no_choice(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "devices.json").write_text(text)
    assert ChoicesFile(folder).remembered == Remembered()
    assert list(folder.iterdir()) == []


def test_an_old_file_stays_while_it_cannot_be_taken_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    (folder / "devices.json").write_text(OLD_DEVICES)

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.front.choices.replace_file", full)
    assert ChoicesFile(folder).remembered.speaker == "headset", "for this run"
    assert [one.name for one in folder.iterdir()] == ["devices.json"]


def test_a_file_is_replaced_whole_and_nothing_is_left_behind(folder: Path) -> None:
    folder.mkdir()
    path = folder / "kept"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replace_file(path, "\ud800")
    assert path.read_text() == "old"
    assert [one.name for one in folder.iterdir()] == ["kept"]
    for private, rights in ((True, 0o600), (False, 0o644)):
        replace_file(path, "new", private=private)
        assert path.read_text() == "new"
        assert path.stat().st_mode & 0o777 & rights == rights
        assert not private or path.stat().st_mode & 0o077 == 0


def test_a_run_without_a_screen_has_the_devices_of_earlier_calls() -> None:
    before = Remembered(microphone="desk", camera="cam")
    media = with_devices(MediaChoice(camera="test:bars"), {"camera": "test:bars"}, before)
    assert media == MediaChoice("test:bars", "desk", "default")
