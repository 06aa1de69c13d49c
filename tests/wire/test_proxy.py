"""When a proxy of the environment counts, and what is said of one that can't be used."""

from __future__ import annotations

import pytest

from tui.domain.errors import CallsError
from tui.wire.address import ANY, read_address
from tui.wire.proxy import proxy_for


def through(url: str, **named: str) -> str | None:
    return proxy_for(read_address(url, ANY), named)


@pytest.fixture(autouse=True)
def _none_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_the_scheme_decides_then_all() -> None:
    assert through("https://a.test", https="http://p:1", http="http://q:1") == "http://p:1"
    assert through("wss://a.test", https="p:1") == "http://p:1"
    assert through("ws://a.test", http="http://q:1", all="http://r:1") == "http://q:1"
    assert through("http://a.test", all="https://r:1") == "https://r:1"
    assert through("http://a.test") is None


def test_what_is_near_or_named_goes_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    for near in ("http://127.0.0.1:7880", "ws://192.168.1.5", "http://localhost"):
        assert through(near, http="http://p:1") is None
    monkeypatch.setenv("NO_PROXY", "a.test")
    assert through("https://a.test", https="http://p:1") is None
    assert through("https://b.test", https="http://p:1") == "http://p:1"


@pytest.mark.parametrize("kind", ["socks", "socks5", "socks5h", "ftp"])
def test_one_that_cannot_be_used_is_said(kind: str) -> None:
    with pytest.raises(CallsError) as refused:
        through("https://a.test", all=f"{kind}://ana:secret@p:1080/")
    assert "ALL_PROXY" in refused.value.description
    assert "NO_PROXY=a.test" in refused.value.description
    assert "secret" not in refused.value.description
