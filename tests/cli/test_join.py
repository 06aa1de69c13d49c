"""`cellcall join`: what is checked, in which order, told how, with which code."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest

from tui.cli.given_link import given_link
from tui.cli.saved_login import SavedLogin, load_login, save_login
from tui.domain.commands.account import Init, Login, LoginWithToken
from tui.domain.commands.call import JoinById, JoinRoom, JoinWithToken, Leave
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import ChatMessage, EndReason, Phase
from tui.linear.line_editor import InputClosed
from tui.wire.address import make_join_link

ANA = ("--user", "ana", "--api-key", "key", "--headless", "--duration", "0.05")


def settings(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text)
    return path


def test_a_copy_of_lines_needs_lines(run, tmp_path):
    ran = run("join", "x", "--log", tmp_path / "events", *ANA)
    assert ran.code == 2
    assert "Add --plain, or leave it out." in ran.told[0]


@pytest.mark.parametrize(
    ("name", "came", "allowed"),
    [
        ("SPEAK", "loudly", "auto, espeak-ng, spd-say, say, spd, espeak, off"),
        ("BELL", "x", "none, important"),
    ],
)
def test_words_of_the_environment_are_checked(run, monkeypatch, name, came, allowed):
    monkeypatch.setenv(f"CELLCALL_{name}", came)
    ran = run("join", "x", "--user", "ana", "--api-key", "key", "--plain")
    cause, remedy = ran.told
    assert ran.code == 2 and f"came as {came}; allowed: {allowed}" in cause
    assert f"CELLCALL_{name}" in remedy


def test_a_value_that_was_not_typed_says_where_it_is(run, monkeypatch, config_file):
    assert "config file" not in run("join", "x", "--camera", "test:cat", *ANA).told[0]
    monkeypatch.setenv("CELLCALL_CAMERA", "test:cat")
    cause, _ = run("join", "x", *ANA).told
    assert cause.endswith("It is in CELLCALL_CAMERA or the config file.")
    monkeypatch.delenv("CELLCALL_CAMERA")
    config_file.write_text('quality = "best"')
    ran = run("demo", "--headless")
    assert ran.code == 2
    assert ran.told[0].endswith("It is in CELLCALL_QUALITY or the config file.")


@pytest.mark.parametrize("word", ["standup", "http://host:7880/join/x"])
def test_a_session_in_a_commands_place_is_told_how_to_join(run, word):
    ran = run(word)
    assert ran.code == 2
    assert f"To join a session or a link: cellcall join {word}" in ran.err
    assert "To join" not in run("--nothing").err


@pytest.mark.parametrize(
    ("text", "field", "allowed"),
    [
        ("{", "settings", "is not JSON"),
        ("[1]", "settings", 'expected {"field": value, ...}'),
        ('{"layout": "GRID"}', "layout", "allowed: TILE, SIDEBAR, SPOTLIGHT"),
        ('{"startAudioMuted": "yes"}', "startAudioMuted", "allowed: true or false"),
        ('{"laoyut": "TILE"}', "laoyut", "Did you mean layout?"),
        ('{"idleTimeoutPeriodBeforePrompt": 0}', "idleTimeoutPeriodBeforePrompt", "allowed: 1 to"),
        ("[" * 100_000, "settings", "is not JSON"),
    ],
)
def test_bad_settings_name_the_field_and_what_is_allowed(run, tmp_path, text, field, allowed):
    ran = run("join", "x", "--settings", settings(tmp_path, text), *ANA)
    cause, remedy = ran.told
    assert ran.code == 2
    assert cause.startswith(f"VALIDATION_ERROR: {field}:")
    assert allowed in cause
    assert remedy


def test_a_settings_file_that_is_not_there(run, tmp_path):
    ran = run("join", "x", "--settings", tmp_path / "none.json", *ANA)
    assert ran.code == 2
    assert "none.json can't be read: No such file or directory" in ran.told[0]


def test_a_settings_file_in_another_encoding(run, tmp_path):
    path = tmp_path / "s.json"
    path.write_bytes(b"\xff\xfe{\x00}\x00")
    ran = run("join", "x", "--settings", path, *ANA)
    assert ran.code == 2
    assert ran.told[0].startswith("VALIDATION_ERROR: settings: ")


def test_no_login_is_3(run):
    ran = run("join", "standup", "--headless")
    assert ran.code == 3
    assert ran.told == (
        "ERROR_AUTH_TOKEN_MISSING: Nobody is logged in.",
        "Give --user and --api-key, set CELLCALL_AUTH_TOKEN, or sign in once with: cellcall",
    )


@pytest.mark.parametrize("session", [(), ("",), ("  ",)])
def test_an_empty_session_is_2(run, session):
    ran = run("join", *session, *ANA)
    assert ran.code == 2
    assert ran.told[0] == "ERROR_SESSION_ID_MISSING: The session ID is empty."


def test_mistakes_are_found_in_the_order_of_the_sdk(run, tmp_path):
    bad = settings(tmp_path, '{"layout": 1}')
    assert run("join", "", "--settings", bad, "--headless").told[0].startswith("VALIDATION")
    assert "SESSION_ID" in run("join", "", "--headless").told[0]
    assert "AUTH_TOKEN" in run("join", "x", "--headless").told[0]


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--camera", "test:fish", "tests are test:bars"),
        ("--microphone", "test:tone=5", "20 to 20000"),
        ("--speaker", "test:bars", "a speaker is a device"),
        ("--camera", "file:", "file:PATH needs a path"),
        ("--server", "ftp://host", "it must begin with http:// or https://"),
        ("--server", "http://host:99999", "Port out of range"),
    ],
)
def test_bad_sources_and_addresses_are_2(run, option, value, told):
    ran = run("join", "x", option, value, *ANA)
    assert ran.code == 2
    assert ran.told[0].startswith("VALIDATION_ERROR: ")
    assert told in ran.told[0]


@pytest.mark.parametrize("duration", ["0", "-1", "nan", "soon"])
def test_a_duration_is_a_number_of_seconds(run, duration):
    ran = run("join", "x", "--headless", "--duration", duration)
    assert ran.code == 2
    assert "--duration" in ran.err


@pytest.mark.parametrize("target", ["http://[::1/join/x", "ws://[::1"])
def test_half_an_address_is_2(run, target):
    assert run("join", target, *ANA).code == 2
    assert run("join", "x", "--server", target, *ANA).code == 2


def test_a_livekit_address_needs_a_token(run):
    ran = run("join", "--server", "wss://example.org", "--headless")
    assert ran.code == 3
    assert "needs an access token: --token" in ran.told[0]


def test_an_address_that_is_no_link_is_2(run):
    ran = run("join", "https://example.org", *ANA)
    assert ran.code == 2
    assert "is not a join link" in ran.told[0]


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        (CallsError(ErrorCode.NETWORK, "No answer."), 4, "Check the address (--server)"),
        (CallsError("AUTH_ERR_API_KEY_NOT_FOUND", "Wrong key."), 3, "Check CELLCALL_API_KEY"),
        (CallsError("AUTH_ERR_UID_NOT_FOUND", "No ana."), 3, "serve --add-user"),
        (CallsError(ErrorCode.CALL_TOKEN_REFUSED, "Expired."), 3, "they expire"),
        (CallsError(ErrorCode.SESSION_FULL, "Full."), 4, "when somebody has left"),
        (CallsError("ERR_NEW", "What?"), 4, "cellcall doctor"),
    ],
)
def test_a_refusal_is_two_lines(run, handle, error, code, remedy):
    handle.refuse = error
    ran = run("join", "standup", *ANA)
    assert ran.code == code
    assert ran.told[0] == f"{error.code}: {error.description}"
    assert remedy in ran.told[1]
    assert handle.closed


def test_a_fault_of_ours_is_two_lines_and_a_log(run, handle, tmp_path):
    async def broken(*_):
        raise KeyError("oops")

    handle.instead[Login] = broken
    ran = run("join", "standup", *ANA)
    log = tmp_path / "state" / "cellcall" / "cellcall.log"
    assert ran.code == 1
    assert ran.told == (
        "A fault in cellcall itself: KeyError: 'oops'",
        f"The details are in {log}.",
    )
    assert "Traceback" in log.read_text()


def test_headless_joins_tells_and_leaves(run, handle):
    async def join_and_hear(command):
        await handle.done(command)
        handle.push(ChatMessage("bo", "Bo \x1b[2J", "hello", 0))

    handle.instead[JoinById] = join_and_hear
    ran = run("join", "standup", *ANA)
    assert ran.code == 0
    assert ran.out == ""
    assert "call: Joined standup. 1 person: Ana Lopez (you)." in ran.err
    assert "chat: Bo [2J: hello" in ran.err
    assert handle.called(Leave)
    assert handle.closed
    assert load_login() is None


def test_headless_can_be_quiet(run, handle):
    assert run("join", "standup", *ANA, "--quiet").err == ""


def test_options_become_settings(run, handle, tmp_path):
    path = settings(tmp_path, '{"layout": "SPOTLIGHT", "start_audio_muted": false, "title": "A"}')
    run(
        "join", "standup", *ANA, "--settings", path, "--muted", "--no-video", "--title", "B",
        "--name", "Ana L", "--camera", "test:bars", "--microphone", "test:silence",
    )  # fmt: skip
    join = handle.called(JoinById)[0]
    joined, media = join.settings, join.media
    assert join.session_id == "standup"
    assert joined == {
        "layout": "SPOTLIGHT",
        "startAudioMuted": True,
        "title": "B",
        "startVideoPaused": True,
        "displayName": "Ana L",
    }
    assert (media.camera, media.microphone, media.speaker) == (
        "test:bars",
        "test:silence",
        "default",
    )


def test_a_link_says_server_and_token(run, handle):
    link = make_join_link("https://calls.example.org", "standup", "abc.def.ghi")
    assert run("join", link, "--headless", "--duration", "0.05").code == 0
    assert handle.called(Init)[0].settings.server == "https://calls.example.org"
    assert handle.called(JoinWithToken)[0].call_token == "abc.def.ghi"
    assert handle.called(Login) == []


def test_a_link_without_a_token_needs_a_login(run, handle):
    link = make_join_link("https://calls.example.org", "standup")
    assert run("join", link, "--headless").code == 3
    assert run("join", link, *ANA).code == 0
    assert handle.called(JoinById)[0].session_id == "standup"


def test_any_livekit_room(run, handle):
    ran = run(
        "join",
        "--server",
        "wss://example.org",
        "--token",
        "jwt",
        "--headless",
        "--duration",
        "0.05",
    )
    assert ran.code == 0
    assert astuple(handle.called(JoinRoom)[0])[:2] == ("wss://example.org", "jwt")
    assert handle.called(Login) == []


def test_stats_are_written_when_it_ends(run, handle, tmp_path):
    handle.figures = {"session_id": "standup", "participants": {}}
    path = tmp_path / "stats.json"
    assert run("join", "standup", *ANA, "--stats", path).code == 0
    assert json.loads(path.read_text()) == handle.figures
    assert list(tmp_path.glob("stats.json.*")) == []
    assert json.loads(run("join", "standup", *ANA, "--stats", "-").out) == handle.figures


def test_stats_that_cannot_be_written_are_found_first(run, handle, tmp_path):
    for path in (tmp_path, tmp_path / "none" / "stats.json"):
        ran = run("join", "standup", *ANA, "--stats", path)
        assert ran.code == 2
        assert "can't be used" in ran.told[0]
    assert handle.calls == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_a_signal_leaves_cleanly_and_writes_stats(run, handle, tmp_path, number, code):
    handle.figures = {"exit": "left"}
    path = tmp_path / "stats.json"

    async def join_then_signal(command):
        await handle.done(command)
        os.kill(os.getpid(), number)

    handle.instead[JoinById] = join_then_signal
    ran = run("join", "x", "--user", "a", "--api-key", "k", "--headless", "--stats", path)
    assert ran.code == code
    assert json.loads(path.read_text()) == {"exit": "left"}
    assert handle.called(Leave)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (EndReason.ENDED_FOR_ALL, 0),
        (EndReason.LOST, 5),
        (EndReason.SERVER_CLOSED, 5),
        (EndReason.IDLE, 6),
    ],
)
def test_the_exit_code_says_how_it_ended(run, handle, reason, code):

    async def join_then_end(command):
        await handle.done(command)
        handle.change(phase=Phase.ENDED, ended=reason, ended_detail="Over.")

    handle.instead[JoinById] = join_then_end
    assert run("join", "x", "--user", "a", "--api-key", "k", "--headless").code == code


def test_a_session_that_does_not_let_go_keeps_nobody(run, handle, monkeypatch):
    monkeypatch.setattr("tui.cli.headless._LEAVE_S", 0.05)
    monkeypatch.setattr("tui.domain.endings._LEAVE_S", 0.05)

    async def hang(*_):
        await asyncio.Event().wait()

    handle.instead[Leave] = handle.close = hang
    assert run("join", "standup", *ANA).code == 0


# ---- the saved login
SAVED = SavedLogin(server="http://127.0.0.1:7880", uid="ana", auth_token="tok")


def test_a_saved_login_is_used_and_is_private(run, handle, tmp_path):
    save_login(SAVED)
    path = tmp_path / "state" / "cellcall" / "login.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert run("join", "standup", "--headless", "--duration", "0.05").code == 0
    assert [one.auth_token for one in handle.called(LoginWithToken)] == ["tok"]
    assert handle.called(Init)[0].settings.server == SAVED.server


def test_a_saved_login_is_not_sent_to_another_server(run):
    save_login(SAVED)
    ran = run("join", "standup", "--headless", "--server", "http://elsewhere:1")
    assert ran.code == 3
    ran = run("join", make_join_link("http://elsewhere:1", "standup"), "--headless")
    assert ran.code == 3


def test_another_user_or_a_key_goes_before_a_saved_login(run, handle):
    save_login(SAVED)
    run("join", "standup", *ANA)
    assert [(one.uid, one.api_key) for one in handle.called(Login)] == [("ana", "key")]
    assert handle.called(LoginWithToken) == []


def test_plain_mode_keeps_the_login_for_the_next_time(run, handle, monkeypatch):
    monkeypatch.setattr("tui.linear.StdinKeyboard", lambda **_: _Ended())
    ran = run("join", "standup", "--plain", "--user", "ana", "--api-key", "key")
    assert ran.code == 0
    assert "info: Plain mode on (flag)." in ran.out
    assert load_login() == SavedLogin(
        server="http://127.0.0.1:7880", uid="ana", auth_token="auth-token"
    )


def test_a_login_that_cannot_be_kept_is_a_remark(run, handle, monkeypatch, tmp_path):
    monkeypatch.setattr("tui.linear.StdinKeyboard", lambda **_: _Ended())
    (tmp_path / "state").write_text("not a folder")
    ran = run("join", "standup", "--plain", "--user", "ana", "--api-key", "key")
    assert ran.code == 0
    cause, remedy = ran.told
    assert "The sign-in can't be kept in" in cause
    assert "XDG_STATE_HOME" in remedy


def test_a_damaged_saved_login_is_as_good_as_none(run, tmp_path):
    save_login(SAVED)
    for text in ("{", "[]", '{"server": 1}', '{"server": "", "uid": "a", "auth_token": "t"}'):
        (tmp_path / "state" / "cellcall" / "login.json").write_text(text)
        assert run("join", "standup", "--headless").code == 3


class _Ended:
    """A keyboard nobody sits at."""

    interactive = False

    def start(self, echo, on_key):
        pass

    async def read(self):
        return InputClosed()

    def hide(self, *, hidden):
        pass

    def close(self):
        pass


def test_a_link_comes_from_a_file_or_the_environment(run, handle, tmp_path, monkeypatch):
    link = "http://127.0.0.1:9/join/standup?token=abc"
    (tmp_path / "link").write_text(f"{link}\nwhat comes behind is not read")
    assert given_link(None, str(tmp_path / "link")) == link
    monkeypatch.setenv("CELLCALL_LINK", link)
    assert given_link(None, None) == link
    assert given_link("standup", None) == "standup"


@pytest.mark.parametrize("content", [None, "", "\nhttp://host/join/a\n"])
def test_a_link_file_without_a_link_is_two_lines(run, tmp_path, content):
    if content is not None:
        (tmp_path / "link").write_text(content)
    ran = run("join", "--link-file", tmp_path / "link")
    assert ran.code == 2
    assert "--link-file" in ran.told[0] and "link" in ran.told[1]
    assert run("join", "standup", "--link-file", tmp_path / "link").code == 2


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads /proc")
@pytest.mark.parametrize(
    "arguments",
    [
        ("join", "http://127.0.0.1:9/join/standup?token=SECRET"),
        ("join", "standup", "--token=SECRET"),
        ("--api-key", "SECRET", "--server", "http://127.0.0.1:9"),
    ],
)
def test_the_list_of_processes_shows_no_secret(tmp_path, arguments):
    held = [sys.executable, "-c", HOLD, *arguments]
    with subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "hidden\n"
        shown = Path(f"/proc/{child.pid}/cmdline").read_text().rstrip("\0 ")
        child.communicate("go on\n")
    assert "SECRET" not in shown
    assert shown.startswith("cellcall")


HOLD = """
import sys
from tui.cli.process_title import hide_secrets
hide_secrets(sys.argv[1:])
print("hidden", flush=True)
sys.stdin.readline()
"""
