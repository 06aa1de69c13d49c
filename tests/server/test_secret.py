"""The key file: private, whole, kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tui.server.secret import (
    FILE_NAME,
    MIN_SECRET_CHARACTERS,
    StoreUnavailable,
    load_or_create_keys,
    new_keys,
)


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_or_create_keys(tmp_path / "state")
    again = load_or_create_keys(tmp_path / "state")
    assert first.keys == again.keys
    assert (first.warning, again.warning) == ("", "")
    assert len(first.keys.signing_secret) >= MIN_SECRET_CHARACTERS
    assert len(first.keys.api_key) >= MIN_SECRET_CHARACTERS
    assert first.keys.api_key not in first.keys.signing_secret
    assert [path.name for path in (tmp_path / "state").iterdir()] == [FILE_NAME]


def test_keys_differ_between_servers(tmp_path: Path) -> None:
    assert load_or_create_keys(tmp_path / "a").keys != load_or_create_keys(tmp_path / "b").keys


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create_keys(tmp_path / "state")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o660])
def test_a_file_others_could_read_is_repaired_and_warned_about(tmp_path: Path, mode: int) -> None:
    kept = load_or_create_keys(tmp_path)
    path = tmp_path / FILE_NAME
    path.chmod(mode)
    again = load_or_create_keys(tmp_path)
    assert again.keys == kept.keys
    assert f"{mode:04o}" in again.warning
    assert str(path) in again.warning
    assert kept.keys.api_key not in again.warning
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_keys(tmp_path).warning == ""


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", "[" * 10_000, '{"apiKey": "short", "signingSecret": "short"}',
     '{"apiKey": 5, "signingSecret": 5}', "\udcff"],
)  # fmt: skip
def test_a_file_without_keys_is_not_replaced_silently(tmp_path: Path, content: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(StoreUnavailable, match="Delete it"):
        load_or_create_keys(tmp_path)
    assert path.exists()


def test_a_link_to_somewhere_else_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    load_or_create_keys(elsewhere)
    state = tmp_path / "state"
    state.mkdir()
    (state / FILE_NAME).symlink_to(elsewhere / FILE_NAME)
    with pytest.raises(StoreUnavailable):
        load_or_create_keys(state)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("")
    with pytest.raises(StoreUnavailable, match="--state"):
        load_or_create_keys(blocked)


def test_no_log_shows_the_keys() -> None:
    keys = new_keys()
    assert keys.api_key not in repr(keys)
    assert keys.signing_secret not in f"{keys}"


def test_what_is_no_file_is_said_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    with pytest.raises(StoreUnavailable, match="is no file"):
        load_or_create_keys(tmp_path)


@pytest.mark.parametrize(("mode", "warned"), [(0o700, False), (0o755, False), (0o777, True)])
def test_a_folder_that_others_may_change_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, warned: bool
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(mode)
    load_or_create_keys(folder)
    load_or_create_keys(folder)
    assert caplog.text.count("may be changed by other users") == warned
