"""A key or token goes to the server it is for, whatever else names a server (RFC 6454).

Every way a secret can be known, against every way a server can be named, with a listener in the
place of the server that must not learn it.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.conftest import Ran, _fresh_machine, config_file, run
from tests.front.listener import Listener
from tests.linear.rig import ScriptedKeyboard
from tests.screens.driving import running, text_of, until
from tui.app import CallApp
from tui.bootstrap import open_local_handle
from tui.cli import front_ends
from tui.cli.saved_login import SavedLogin, load_login, save_login
from tui.domain.commands.account import GetAuthToken, Init, Login, LoginWithToken
from tui.domain.commands.call import JoinRoom, JoinWithToken
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.front.start import Credentials, JoinTarget, StartPlan, join, read_target, sign_in
from tui.linear import LinearFrontEnd
from tui.linear.line_editor import Entered
from tui.ports.handle import Handle
from tui.screens.login import LoginScreen
from tui.screens.picker import PickerScreen
from tui.server.embedded import EmbeddedServer
from tui.server.serve_config import ServeConfig
from tui.service.rest import RestService
from tui.service.room_admin import TwirpRoomAdmin
from tui.transport.livekit.address import parse_address
from tui.transport.livekit.signal import SignalChannel
from tui.wire.address import make_join_link

__all__ = ["_fresh_machine", "config_file", "run"]

GOOD = "http://good.test:7880"
SECRET = "SECRET-OF-GOOD"
Runs = Callable[..., Ran]


@pytest.fixture
def evil() -> Iterator[Listener]:
    with Listener().running() as listener:
        yield listener


# ---- how a secret can be known, and be for GOOD
def _by_flag(name: str, _config: Path, _environment: pytest.MonkeyPatch) -> list[str]:
    return [f"--{name.replace('_', '-')}", SECRET]


def _by_environment(name: str, _config: Path, environment: pytest.MonkeyPatch) -> list[str]:
    environment.setenv(f"CELLCALL_{name.upper()}", SECRET)
    return []


def _by_config(name: str, config: Path, _environment: pytest.MonkeyPatch) -> list[str]:
    with config.open("a") as file:
        file.write(f'{name} = "{SECRET}"\n')
    return []


def _saved(name: str, _config: Path, _environment: pytest.MonkeyPatch) -> list[str]:
    if name == "auth_token":
        save_login(SavedLogin(server=GOOD, uid="ana", auth_token=SECRET))
    return []


# ---- how another server can be named
def _link(evil: str, _environment: pytest.MonkeyPatch) -> list[str]:
    return [make_join_link(evil, "standup")]


def _link_behind_a_path(evil: str, _environment: pytest.MonkeyPatch) -> list[str]:
    return [make_join_link(f"{evil}/calls", "standup")]


def _link_with_its_own_token(evil: str, _environment: pytest.MonkeyPatch) -> list[str]:
    return [make_join_link(evil, "standup", "token-of-evil")]


def _link_by_standard_input(evil: str, environment: pytest.MonkeyPatch) -> list[str]:
    read, write = os.pipe()
    os.write(write, make_join_link(evil, "standup").encode() + b"\n")
    os.close(write)
    environment.setattr("sys.stdin", SimpleNamespace(fileno=lambda: read, isatty=lambda: False))
    return ["-"]


def _invitation(evil: str, _environment: pytest.MonkeyPatch) -> list[str]:
    """As a call shows it, `cellcall join ID --server URL`, pasted into a shell."""
    return ["standup", "--server", evil]


def _livekit_address(evil: str, _environment: pytest.MonkeyPatch) -> list[str]:
    return [evil.replace("http", "ws")]


LINKS = (
    _link,
    _link_behind_a_path,
    _link_with_its_own_token,
    _link_by_standard_input,
    _livekit_address,
)


@pytest.mark.parametrize("named", LINKS)
@pytest.mark.parametrize("known", [_by_flag, _by_environment, _by_config, _saved])
@pytest.mark.parametrize("name", ["api_key", "auth_token"])
@pytest.mark.parametrize("user", ["", "ana"])
def test_a_link_never_gets_what_is_for_another_server(
    run: Runs,
    config_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    evil: Listener,
    name: str,
    known: Any,
    named: Any,
    user: str,
) -> None:
    config_file.write_text(f'server = "{GOOD}"\n' + (f'user = "{user}"\n' if user else ""))
    given = known(name, config_file, monkeypatch)
    ran = run("join", *named(evil.url, monkeypatch), *given, "--headless", "--duration", "0.01")
    assert SECRET not in evil.text
    if named is _link_with_its_own_token:
        assert ran.code == 4 and "token-of-evil" in evil.text, "it needs no sign-in of ours"
    else:
        assert ran.code == 3 and not evil.heard
    if ran.told[0].startswith("ERROR_OTHER_SERVER"):
        assert evil.url in ran.told[0] and GOOD in ran.told[0]
        assert f"Give --server {evil.url}" in ran.told[0]


@pytest.mark.parametrize("named", [*LINKS, _invitation])
def test_a_call_token_is_for_the_server_that_was_named_with_it(
    run: Runs, config_file: Path, monkeypatch: pytest.MonkeyPatch, evil: Listener, named: Any
) -> None:
    config_file.write_text(f'server = "{GOOD}"\n')
    ran = run("join", *named(evil.url, monkeypatch), "--token", SECRET, "--headless")
    if named is _invitation:
        assert SECRET in evil.text, "the server was named beside it"
        return
    assert ran.code == 3 and not evil.heard
    assert GOOD in ran.told[0] and evil.url.partition("://")[2] in ran.told[0]


@pytest.mark.parametrize("known", [_by_config, _saved])
@pytest.mark.parametrize("by", ["flag", "environment"])
def test_a_server_named_elsewhere_does_not_get_what_the_config_file_has_beside_its_own(
    run: Runs,
    config_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    evil: Listener,
    known: Any,
    by: str,
) -> None:
    config_file.write_text(f'server = "{GOOD}"\nuser = "ana"\n')
    for name in ("api_key", "auth_token"):
        known(name, config_file, monkeypatch)
    named = _invitation(evil.url, monkeypatch) if by == "flag" else ["standup"]
    if by == "environment":
        monkeypatch.setenv("CELLCALL_SERVER", evil.url)
    ran = run("join", *named, "--headless")
    assert (ran.code, evil.heard) == (3, [])
    assert "ERROR_OTHER_SERVER" in ran.told[0] and GOOD in ran.told[0]


def test_what_is_meant_for_a_server_does_go_there(
    run: Runs, config_file: Path, monkeypatch: pytest.MonkeyPatch, evil: Listener
) -> None:
    target = [make_join_link(evil.url, "standup"), "--user", "ana", "--headless"]
    assert run("join", *target, "--api-key", SECRET).code == 4
    assert SECRET in evil.text, "nothing else is named: it was typed for this link"
    evil.heard.clear()
    monkeypatch.setenv("CELLCALL_API_KEY", SECRET)
    assert run("join", *target).code == 3 and not evil.heard, "for the one on this machine"
    assert run("join", *target, "--server", evil.url).code == 4
    assert SECRET in evil.text, "and so is said whose it is"
    monkeypatch.delenv("CELLCALL_API_KEY")
    evil.heard.clear()
    upper = evil.url.replace("http", "HTTP").replace("127.0.0.1", "127.0.0.1") + "/"
    config_file.write_text(f'server = "{upper}"\nuser = "ana"\napi_key = "{SECRET}"\n')
    assert run("join", *target).code == 4 and SECRET in evil.text, "written otherwise, but the same"


# ---- redirections
async def test_a_redirection_is_not_followed(evil: Listener) -> None:
    with Listener().running() as good:
        good.location = evil.url
        service = RestService(AppSettings(server=good.url))
        admin = TwirpRoomAdmin(good.url, SECRET)
        for asked in (
            service.create_auth_token("ana", SECRET),
            service.me(SECRET),
            service.create_call_token(SECRET, "standup"),
            service.resolve_call_token("", SECRET),
            service.running_sessions(SECRET),
            admin.end("standup"),
        ):
            with pytest.raises(CallsError) as refused:
                await asked
            assert good.url in refused.value.description and evil.url in refused.value.description
        with pytest.raises(CallsError, match="sends us on"):
            await SignalChannel.open(parse_address(good.url), SECRET)
        await service.aclose()
        await admin.aclose()
        assert good.text.count(SECRET) == 7
    assert evil.heard == []


# ---- within the front ends: whoever is signed in at one server pastes the link of another
@pytest.fixture
async def good(tmp_path: Path) -> Any:
    server = EmbeddedServer(ServeConfig(port=0, open_users=True, state_dir=tmp_path / "server"))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def handle() -> Any:
    handle = await open_local_handle()
    yield handle
    await handle.close()


def _pasted(evil: Listener, session: str, token: str) -> str:
    return make_join_link(evil.url, session, token)


def _known(good: EmbeddedServer) -> Credentials:
    return Credentials(app=AppSettings(server=good.url), uid="ana", api_key=good.api_key)


async def test_in_plain_mode_a_link_of_another_server_takes_nothing_along(
    good: EmbeddedServer, handle: Handle, evil: Listener
) -> None:
    keyboard, output = ScriptedKeyboard(), io.StringIO()
    start = StartPlan(credentials=replace(_known(good), uid="", api_key=""))
    front_end = LinearFrontEnd(handle, start=start, input=keyboard, output=output)
    for line in ("", "ana", good.api_key, f"/join {_pasted(evil, 'standup', '')}"):
        keyboard.typed.put_nowait(Entered(line))
    ending = asyncio.create_task(front_end.run())
    try:
        async with asyncio.timeout(10):
            while "This link is for" not in output.getvalue():
                await asyncio.sleep(0.01)
            assert evil.url in output.getvalue() and good.url in output.getvalue()
            assert not evil.heard
            token = await handle.do(GetAuthToken())
            keyboard.typed.put_nowait(Entered(f"/join {_pasted(evil, 'standup', 'token-of-evil')}"))
            while output.getvalue().count("Signed in as") < 2:
                await asyncio.sleep(0.01)
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
    assert "token-of-evil" in evil.text, "it needs no sign-in of ours"
    assert token and token not in evil.text and good.api_key not in evil.text
    assert load_login() is None


async def test_in_the_app_a_link_of_another_server_takes_nothing_along(
    good: EmbeddedServer, handle: Handle, evil: Listener
) -> None:
    app = CallApp(handle, start=StartPlan(credentials=_known(good)))
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, PickerScreen), "the sessions")
        token = await handle.do(GetAuthToken())
        app.flow.pick_session(_pasted(evil, "standup", ""))
        await until(pilot, lambda: "This link is for" in text_of(app), "what is wrong with it")
        assert not evil.heard
        app.flow.pick_session(_pasted(evil, "standup", "token-of-evil"))
        await until(pilot, lambda: "token-of-evil" in evil.text, "the join by its own token")
        await until(pilot, lambda: app.flow.last_line, "the refusal")
        await front_ends._keep_login(handle, app.flow.credentials)
    assert token and token not in evil.text and good.api_key not in evil.text


async def test_started_by_a_link_the_app_asks_for_the_sign_in_of_that_server(
    evil: Listener, handle: Handle
) -> None:
    told = "This link is for there, and your API key is for elsewhere."
    known = Credentials(app=AppSettings(server=evil.url), uid="ana", withheld=told)
    app = CallApp(handle, start=StartPlan(credentials=known, target=JoinTarget(session_id="x")))
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen), "the form")
        screen = app.base
        assert isinstance(screen, LoginScreen)
        assert told in str(screen.query_one("#notice").render())  # type: ignore[attr-defined]
        assert screen.field("server").value == evil.url and screen.field("api-key").value == ""
        assert not evil.heard


# ---- the place all of them go through
async def test_the_session_refuses_what_is_for_another_server(
    evil: Listener, handle: Handle
) -> None:
    elsewhere = Credentials(app=AppSettings(server=GOOD), uid="ana", api_key=SECRET)
    await handle.do(Init(AppSettings(server=evil.url)))
    target = JoinTarget(session_id="x", token=SECRET)
    for refused in (
        sign_in(handle, elsewhere),
        sign_in(handle, replace(elsewhere, auth_token=SECRET)),
        handle.do(JoinWithToken(SECRET, {}, MediaChoice(), GOOD)),
    ):
        with pytest.raises(CallsError) as error:
            await refused
        assert error.value.code == ErrorCode.OTHER_SERVER
        assert GOOD in error.value.description and evil.url in error.value.description
    assert not evil.heard
    with pytest.raises(CallsError):
        await join(handle, replace(target, server=evil.url), {}, MediaChoice())
    assert SECRET in evil.text, "a token that is for it"


def test_a_link_of_the_same_server_written_otherwise_is_one_of_the_same() -> None:
    at = AppSettings(server="https://Good.test")
    target = read_target("https://good.test:443/join/standup?token=t", at)
    assert target == JoinTarget(session_id="standup", token="t")
    for other in ("http://good.test", "https://good.test:444", "https://good.test.evil"):
        with pytest.raises(CallsError) as error:
            read_target(f"{other}/join/standup", at)
        assert error.value.code == ErrorCode.OTHER_SERVER


def test_secrets_are_not_shown_where_values_are() -> None:
    known = Credentials(uid="ana", api_key=SECRET, auth_token=SECRET)
    for value in (
        known,
        JoinTarget(token=SECRET),
        Login("ana", SECRET),
        LoginWithToken(SECRET),
        JoinWithToken(SECRET, {}, MediaChoice()),
        JoinRoom("wss://media.test", SECRET, {}, MediaChoice()),
    ):
        assert SECRET not in repr(value)


def test_a_sign_in_that_an_earlier_release_kept_stays_valid(
    run: Runs, tmp_path: Path, evil: Listener
) -> None:
    kept = tmp_path / "state" / "cellcall" / "login.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(f'{{"server": "{evil.url}", "uid": "ana", "auth_token": "{SECRET}"}}')
    assert run("join", "standup", "--headless").code == 4
    assert SECRET in evil.text, "at its server"


def test_signing_in_somewhere_once_gets_that_server_no_key_that_is_kept(
    run: Runs, monkeypatch: pytest.MonkeyPatch, evil: Listener
) -> None:
    save_login(SavedLogin(server=evil.url, uid="ana", auth_token="token-of-evil"))
    monkeypatch.setenv("CELLCALL_API_KEY", SECRET)
    assert run("join", "standup", "--headless").code == 4
    assert "token-of-evil" in evil.text and SECRET not in evil.text
    ran = run("join", "standup", "--headless", "--user", "bo")
    assert ran.code == 3 and "ERROR_OTHER_SERVER" in ran.told[0] and SECRET not in evil.text
