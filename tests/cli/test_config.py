"""Flag over environment over config file over what fits the terminal."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.cli.config import Mode, choose_mode, merged, mode_flag, read_config_file
from tui.cli.options import THEMES
from tui.cli.report import CommandError
from tui.cli.terminal import taste_of
from tui.domain.commands.account import Init, Login, LoginWithToken
from tui.front.taste import Taste

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("flag", "environment", "config", "terminal", "mode"),
    [
        (None, XTERM, {}, True, Mode(False, "")),
        (True, XTERM, {}, True, Mode(True, "flag")),
        (False, XTERM | {"CELLCALL_PLAIN": "1"}, {"plain": True}, True, Mode(False, "")),
        (None, XTERM | {"CELLCALL_PLAIN": "1"}, {}, True, Mode(True, "environment")),
        (None, XTERM | {"ACCESSIBLE": "1"}, {}, True, Mode(True, "environment")),
        (None, XTERM | {"CELLCALL_PLAIN": "0"}, {"plain": True}, True, Mode(False, "")),
        (None, XTERM | {"CELLCALL_PLAIN": "off", "ACCESSIBLE": "1"}, {}, True, Mode(False, "")),
        (None, XTERM, {"plain": True}, True, Mode(True, "config file")),
        (None, XTERM, {}, False, Mode(True, "no terminal")),
        (None, {"TERM": "dumb"}, {}, True, Mode(True, "TERM is dumb")),
        (None, {}, {}, True, Mode(True, "TERM is dumb")),
        (True, {"TERM": "dumb"}, {}, False, Mode(True, "flag")),
    ],
)
def test_pln_t6_which_front_end_and_why(flag, environment, config, terminal, mode):
    assert choose_mode(flag, config, environment, has_terminal=terminal) == mode


def test_the_app_cannot_be_forced_without_a_terminal():
    with pytest.raises(CommandError, match="needs a terminal"):
        choose_mode(False, {}, XTERM, has_terminal=False)


def test_json_is_plain_mode_and_nothing_else(run):
    assert mode_flag({"json": True}) is True
    assert mode_flag({"json": True, "plain": True}) is True
    assert mode_flag({"plain": False}) is False
    for other in ("--tui", "--headless"):
        ran = run("join", "standup", "--json", other)
        assert ran.code == 2
        assert ran.told[1] == f"Leave out {other}, or --json."


def test_pln_t6_flags_go_before_environment_before_file(config_file):
    config_file.write_text('server = "http://file"\nuser = "file"\nname = "file"\n')
    environment = {"CELLCALL_SERVER": "http://env", "CELLCALL_USER": "env", "CELLCALL_NAME": ""}
    assert merged({"server": "http://flag", "title": None}, environment) == {
        "server": "http://flag",
        "user": "env",
        "name": "file",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("server = ", "can't be used"),
        ("sever = 'x'", "sever is not a known name. Did you mean server?"),
        ("plain = 'yes'", "plain came as 'yes'; allowed: true or false."),
        ("server = 7880", "server came as 7880; allowed: text in quotes."),
        ("[server]\nurl = 'x'", "allowed: text in quotes"),
        ("a = " + "[" * 5000 + "]" * 5000, "it is nested too deeply"),
        ("a = " + "7" * 5000, "can't be used: it holds a number of thousands of digits."),
        ("# " * 600_000, "can't be used: it has 1200000 bytes; a config file has 1048576 at most."),
        ("\ufeffsever = 'x'", "sever is not a known name"),
    ],
)
def test_a_config_file_that_does_not_fit_is_2(run, config_file, text, told):
    config_file.write_text(text)
    ran = run("join", "x", "--headless")
    assert ran.code == 2
    assert told in ran.told[0]
    assert str(config_file) in ran.told[0]


def test_a_config_file_that_cannot_be_read_is_2(run, config_file):
    config_file.write_bytes(b"\xff\xff")
    assert run("join", "x", "--headless").code == 2
    config_file.unlink()
    os.mkfifo(config_file)
    assert "it is not a plain file" in run("join", "x", "--headless").told[0]
    config_file.unlink()
    config_file.mkdir()
    assert "Is a directory" in run("join", "x", "--headless").told[0]


def test_secrets_can_come_from_the_environment(run, handle, monkeypatch):
    monkeypatch.setenv("CELLCALL_SERVER", "http://env:1")
    monkeypatch.setenv("CELLCALL_AUTH_TOKEN", "from-env")
    assert run("join", "x", "--headless", "--duration", "0.05").code == 0
    assert [one.auth_token for one in handle.called(LoginWithToken)] == ["from-env"]
    assert handle.called(Init)[0].settings.server == "http://env:1"


def test_a_user_flag_goes_before_a_token_of_the_environment(run, handle, monkeypatch):
    monkeypatch.setenv("CELLCALL_AUTH_TOKEN", "from-env")
    monkeypatch.setenv("CELLCALL_API_KEY", "key-from-env")
    assert run("join", "x", "--user", "ana", "--headless", "--duration", "0.05").code == 0
    assert [(one.uid, one.api_key) for one in handle.called(Login)] == [("ana", "key-from-env")]


def test_options_may_stand_before_the_command(run, handle):
    ran = run("--user", "a", "--api-key", "k", "join", "x", "--headless", "--duration", "0.05")
    assert ran.code == 0
    assert [(one.uid, one.api_key) for one in handle.called(Login)] == [("a", "k")]


def test_the_themes_on_offer_are_the_themes_there_are():
    from tui.screens.themes import THEMES as REAL

    assert tuple(theme.name for theme in REAL) == THEMES


def test_how_the_app_draws(config_file):
    config_file.write_text('theme = "call-light"\nreduced_motion = true\nno_mouse = false\n')
    assert taste_of(merged({"fps": 5.0}, {})) == Taste(
        reduced_motion=True, theme="call-light", fps=5.0
    )
    config_file.write_text("large_targets = true\n")
    assert taste_of(merged({}, {})) == Taste(large_targets=True)
    config_file.write_text('theme = "neon"\n')
    with pytest.raises(CommandError, match="allowed: call-dark"):
        taste_of(merged({}, {}))


LINES = st.sampled_from(
    ['server = "https://a"', "plain = true", "plain = 7", "[table]", "x = [[[[", "a.b = 1"]
) | st.text(max_size=40)


FILES = st.lists(LINES, max_size=6).map("\n".join).map(lambda text: text.encode("utf-8", "replace"))


@given(FILES | st.binary(max_size=80))
def test_any_config_file_is_read_or_refused_in_words(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(raw)
    refused, values = "", {}
    try:
        values = read_config_file(path)
    except CommandError as error:
        refused = error.problem
    assert refused.isprintable()
    assert all(isinstance(value, str | bool) for value in values.values())
