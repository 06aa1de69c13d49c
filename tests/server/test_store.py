"""What the server remembers, and what it says when it can't."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.domain.snapshot import User
from tui.server.secret import StoreUnavailable
from tui.server.store import AUTH_TOKENS_PER_USER, CallFilter, Store, login_id
from tui.server.store_file import FILE_NAME, SCHEMA_VERSION
from tui.server.store_thread import StoreThread

ANA = User("ana", "Ana", "http://a/")


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path, now_ms=0)
    assert store.add_user(ANA, 1)
    token = store.new_auth_token("ana", 2)
    assert token is not None
    store.session_started("daily", 1000)
    store.participant_joined("daily", "ana", "Ana", 1000)
    store.session_ended("daily", 2000)
    store.close()
    store = Store(tmp_path, now_ms=9000)
    assert store.user_of_auth_token(token) == ANA
    _, (call,) = store.calls_of("ana", CallFilter(), limit=10, offset=0)
    assert (call.session_id, call.started_ms, call.ended_ms) == ("daily", 1000, 2000)
    store.close()


def test_sessions_a_crash_left_running_are_ended(tmp_path: Path) -> None:
    store = Store(tmp_path, now_ms=0)
    store.session_started("daily", 1000)
    store.participant_joined("daily", "ana", "Ana", 1000)
    store._db.close()  # as a crash: nothing is ended
    store = Store(tmp_path, now_ms=5000)
    assert store.running_sessions() == ()
    _, (call,) = store.calls_of("ana", CallFilter(), limit=10, offset=0)
    assert call.ended_ms == 5000
    assert call.presences[0].left_ms == 5000
    store.close()


def test_auth_tokens_are_not_in_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path, now_ms=0)
    store.add_user(ANA, 1)
    token = store.new_auth_token("ana", 2)
    assert token is not None
    store.close()
    for path in tmp_path.iterdir():
        assert token.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_user_has_a_bounded_number_of_logins() -> None:
    store = Store(None, now_ms=0)
    store.add_user(ANA, 1)
    tokens = [store.new_auth_token("ana", 2) for _ in range(AUTH_TOKENS_PER_USER + 3)]
    known = [token is not None and store.user_of_auth_token(token) == ANA for token in tokens]
    assert known == [False] * 3 + [True] * AUTH_TOKENS_PER_USER
    store.close()


def test_an_ended_login_is_remembered_for_as_long_as_its_call_tokens() -> None:
    store = Store(None, now_ms=0)
    store.add_user(ANA, 1)
    first, second = (store.new_auth_token("ana", 2) or "" for _ in range(2))
    assert store.revoke_auth_token(first, 10, 100)
    assert not store.revoke_auth_token(first, 11, 101), "it is over already"
    assert store.ended_logins(99) == {login_id(first): 100}
    assert store.revoke_auth_token(second, 100, 190)
    assert store.ended_logins(100) == {login_id(second): 190}
    assert store.ended_logins(190) == {}
    store.close()


@pytest.mark.parametrize(
    "table", ["users", "auth_tokens", "sessions", "links", "transcripts", "ended_logins"]
)
def test_a_file_that_lost_a_table_is_not_served(tmp_path: Path, table: str) -> None:
    Store(tmp_path, now_ms=0).close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(f"DROP TABLE {table}")
    db.commit()
    db.close()
    with pytest.raises(StoreUnavailable, match=f"is damaged: it lacks {table}"):
        Store(tmp_path, now_ms=1)


def test_a_session_that_starts_again_ends_the_one_before() -> None:
    store = Store(None, now_ms=0)
    store.session_started("daily", 1000)
    store.participant_joined("daily", "ana", "Ana", 1000)
    store.session_started("daily", 2000)
    (running,) = store.running_sessions()
    assert (running.started_ms, running.presences) == (2000, ())
    store.close()


def test_a_failure_in_the_middle_changes_nothing() -> None:
    store = Store(None, now_ms=0)

    def twice() -> None:
        with store._transaction():
            store._db.execute("INSERT INTO users VALUES ('bob', 'Bob', '', 0)")
            store._db.execute("INSERT INTO users VALUES ('bob', 'Bob', '', 0)")

    with pytest.raises(sqlite3.IntegrityError):
        twice()
    assert store.user("bob") is None
    store.close()


def test_the_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "state"
    Store(folder, now_ms=0).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_place_of_the_folder(tmp_path: Path, below: str) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("not a folder")
    with pytest.raises(StoreUnavailable, match="--state") as caught:
        Store(blocked / below, now_ms=0)
    assert str(blocked) in caught.value.problem


def test_a_folder_nobody_can_write() -> None:
    with pytest.raises(StoreUnavailable):
        Store(Path("/proc/cellcall"), now_ms=0)


def _truncated(path: Path) -> None:
    store = Store(path.parent, now_ms=0)
    for number in range(500):
        store.add_user(User(f"u{number}", "x" * 100, ""), 1)
    store.close()
    path.write_bytes(path.read_bytes()[:20_000])


def _scribbled_over(path: Path) -> None:
    _truncated(path)
    whole = bytearray(path.read_bytes())
    whole[4096:12_288] = b"\xa5" * 8192
    path.write_bytes(whole)


def _of_another_program(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (a)")
    db.close()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda path: path.touch(), "it is empty"),
        (lambda path: path.write_text("this is a letter, not a database" * 40), "not a database"),
        (lambda path: path.write_bytes(b"\0" * 8192), "not a database"),
        (_truncated, "damaged"),
        (_scribbled_over, "damaged"),
        (_of_another_program, "it has no version"),
        (lambda path: os.mkfifo(path), "it is not a plain file"),
        (lambda path: path.mkdir(), "it is not a plain file"),
    ],
)
def test_a_lost_file_is_told_and_never_silently_made_new(
    tmp_path: Path, damage: Callable[[Path], None], what: str
) -> None:
    path = tmp_path / FILE_NAME
    damage(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreUnavailable, match=what) as caught:
        Store(tmp_path, now_ms=0)
    assert str(path) in caught.value.problem
    assert "Put a copy of it back" in caught.value.remedy
    assert "move it away" in caught.value.remedy
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_file_of_today_s_release_is_read(tmp_path: Path) -> None:
    """Written by cellcall 0.1.0 (data version 1), the server killed while a call was going on."""
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.executescript((Path(__file__).parent / "data" / "store_1.sql").read_text())
    db.close()
    store = Store(tmp_path, now_ms=1_700_000_099_000)
    ana = User("ana", "Ana Ruiz", "https://avatars.example/ana.png")
    assert store.user_of_auth_token("an-auth-token-of-ana-000000000000000000000") == ana
    assert store.user("bo") == User("bo", "Bo Chen", "")
    assert store.running_sessions() == ()
    total, calls = store.calls_of("bo", CallFilter(), limit=10, offset=0)
    assert total == 2
    assert [(one.session_id, one.initiator, one.started_ms, one.ended_ms) for one in calls] == [
        ("retro", "bo", 1_700_000_041_000, 1_700_000_099_000),
        ("standup", "ana", 1_700_000_010_000, 1_700_000_030_000),
    ]
    assert [(one.uid, one.name, one.left_ms) for one in calls[1].presences] == [
        ("ana", "Ana Ruiz", 1_700_000_030_000),
        ("bo", "Bo Chen", 1_700_000_020_000),
    ]
    assert store.new_auth_token("bo", 1_700_000_100) is not None
    store.close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    db.close()


def test_a_file_of_a_newer_version(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(StoreUnavailable, match="newer"):
        Store(tmp_path, now_ms=0)


def test_two_servers_do_not_share_a_file(tmp_path: Path) -> None:
    first = Store(tmp_path, now_ms=0)
    with pytest.raises(StoreUnavailable, match="another server"):
        Store(tmp_path, now_ms=0)
    first.close()
    Store(tmp_path, now_ms=0).close()


async def test_news_is_kept_in_order_and_seen_by_the_next_question() -> None:
    thread = StoreThread(None)
    await thread.open()
    for number in range(50):
        thread.session_started("daily", number)
        thread.session_ended("daily", number)
    thread.session_started("daily", 99)
    (running,) = await thread.run(thread.store.running_sessions)
    assert running.started_ms == 99
    await thread.close()
    await thread.close()


async def test_news_that_can_not_be_written_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    thread = StoreThread(None)
    await thread.open()
    await thread.run(thread.store._db.execute, "DROP TABLE presences")
    thread.session_started("daily", 1)
    await thread.run(lambda: None)
    await thread.close()
    assert "could not write the call log" in caplog.text


async def test_a_store_that_does_not_open_leaves_no_thread(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("not a folder")
    thread = StoreThread(blocked)
    with pytest.raises(StoreUnavailable):
        await thread.open()
    with pytest.raises(RuntimeError):
        await thread.run(lambda: None)
