"""An app of CometChat's cloud instead of a server: named, kept apart, kept for next time."""

from __future__ import annotations

import pytest

from tui.cli.config import chosen
from tui.cli.plan import make_plan
from tui.cli.saved_login import SavedLogin, load_login, save_login
from tui.domain.errors import CallsError
from tui.domain.settings import AppSettings
from tui.front.start import StartPlan

CLOUD = AppSettings(app_id="app1", region="eu")
KEYS = {"CELLCALL_APP_ID": "app1", "CELLCALL_REGION": "eu", "CELLCALL_API_KEY": "key"}


def plan(
    flags: dict[str, object], env: dict[str, str], saved: SavedLogin | None = None
) -> StartPlan:
    return make_plan("standup", chosen(flags, env), saved)


def test_by_environment_with_its_key() -> None:
    known = plan({"user": "ana"}, KEYS).credentials
    assert (known.app, known.uid, known.api_key) == (CLOUD, "ana", "key")
    assert known.app.address == "https://app1.api-eu.cometchat.io"


def test_by_flags_and_a_key_for_another_server() -> None:
    env = {"CELLCALL_SERVER": "http://good.test:7880", "CELLCALL_API_KEY": "key"}
    known = plan({"app_id": "app1", "region": "eu", "user": "ana"}, env).credentials
    assert (known.app, known.api_key) == (CLOUD, "")
    assert "good.test" in known.withheld


def test_a_server_goes_before_an_app_of_the_environment() -> None:
    known = plan({"server": "http://mine.test:7880", "user": "ana"}, KEYS).credentials
    assert known.app == AppSettings(server="http://mine.test:7880")
    assert known.api_key == ""


def test_a_call_token_of_the_cloud() -> None:
    target = plan({"app_id": "app1", "region": "eu", "token": "call"}, {}).target
    assert (target.app, target.token, target.needs_login) == (CLOUD, "call", False)


def test_hosts_of_ones_own() -> None:
    hosts = {f"CELLCALL_{n}HOST": "http://rest.test/v3.0" for n in ("ADMIN_", "CLIENT_", "")}
    app = plan({"user": "ana"}, KEYS | hosts).credentials.app
    assert (app.app_id, app.admin_host, app.host) == ("app1", "http://rest.test/v3.0", app.host)
    assert app.address == "http://rest.test/v3.0"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"app_id": "app1", "server": "http://a.test"}, "Give one"),
        ({"app_id": "app1", "region": "moon"}, "us, eu, in, in-private"),
    ],
)
def test_what_does_not_fit(flags: dict[str, object], words: str) -> None:
    with pytest.raises(CallsError, match=words):
        plan(flags, {})


def test_kept_with_the_sign_in() -> None:
    save_login(
        SavedLogin(server=CLOUD.address, uid="ana", auth_token="t", app_id="app1", region="eu")
    )
    saved = load_login()
    assert saved is not None
    known = plan({}, {}, saved).credentials
    assert (known.app, known.auth_token) == (CLOUD, "t")
