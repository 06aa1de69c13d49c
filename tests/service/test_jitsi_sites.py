"""Finding a deployment's conferences, with a web server that is none."""

from __future__ import annotations

import httpx
import pytest

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import ConferenceAnswer
from tui.service.jitsi_sites import HttpJitsiSites

CONFIG = "var config = { hosts: { domain: 'meet.jitsi', muc: 'muc.meet.jitsi' }, %s };"


def sites(body: str, status: int = 200, **headers: str) -> tuple[HttpJitsiSites, list[str]]:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url} {dict(request.headers)}")
        return httpx.Response(status, text=body, headers=headers)

    return HttpJitsiSites(transport=httpx.MockTransport(answer)), asked


async def test_what_is_found_and_what_is_told() -> None:
    found, asked = sites(CONFIG % "websocket: 'wss://xmpp.example/ws', hiddenDomain: 'r.x'")
    one = await found.find("https://meet.example/team", "room", token="secret")
    assert (one.domain, one.muc, one.hidden_domain) == ("meet.jitsi", "muc.meet.jitsi", "r.x")
    assert one.service_url == "wss://xmpp.example/ws?room=room"
    assert one.token == "secret"
    assert asked[0].startswith("https://meet.example/team/config.js?room=room ")
    assert "secret" not in asked[0]


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("bosh: '/http-bind'", "wss://meet.example/team/xmpp-websocket?room=room"),
        ("websocket: '/ws?x=1'", "wss://meet.example/ws?x=1&room=room"),
        ("websocket: '//xmpp.example/ws'", "wss://xmpp.example/ws?room=room"),
    ],
)
async def test_where_xmpp_is(named: str, url: str) -> None:
    found, _ = sites(CONFIG % named)
    assert (await found.find("https://meet.example/team", "room", token="")).service_url == url


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("Not found", 404, "HTTP 404"),
        ("<html>Welcome</html>", 200, "names no hosts"),
        (CONFIG % "websocket: 'ws://xmpp.example/ws'", 200, "without encryption"),
        (CONFIG % "websocket: 'javascript:x'", 200, "must begin with ws:// or wss://"),
    ],
)
async def test_what_can_not_be_joined(body: str, status: int, words: str) -> None:
    found, _ = sites(body, status)
    with pytest.raises(CallsError, match=words) as refused:
        await found.find("https://meet.example", "room", token="")
    assert refused.value.code == ErrorCode.CONNECTION_FAILED


async def test_it_is_not_sent_on() -> None:
    found, _ = sites("", 302, location="https://evil.example/config.js")
    with pytest.raises(CallsError, match="sends us on to"):
        await found.find("https://meet.example", "room", token="")


async def test_hosts_that_are_none() -> None:
    body = "config.hosts = {}; config.hosts.muc = '<script>'; config.hosts.domain = 'a b';"
    found, _ = sites(body)
    one = await found.find("https://meet.example", "room", token="")
    assert (one.domain, one.muc) == ("meet.example", "conference.meet.example")


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("/conference-request/v1", "https://meet.example/conference-request/v1"),
        ("https://focus.example/v1", "https://focus.example/v1"),
        ("http://focus.example/v1", ""),
        ("javascript:x", ""),
    ],
)
async def test_where_the_conference_is_asked_for(named: str, url: str) -> None:
    found, _ = sites(CONFIG % f"conferenceRequestUrl: '{named}'")
    join = await found.find("https://meet.example/team", "room", token="")
    assert join.conference_request_url == url


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ('{"ready": true, "focusJid": "f@x"}', 200, ConferenceAnswer(ready=True)),
        ('{"ready": false}', 200, ConferenceAnswer()),
        ('{"ready": true, "vnode": "v1"}', 200, ConferenceAnswer(ready=True, visitors=True)),
        ("no", 403, ConferenceAnswer(refused="not-authorized")),
    ],
)
async def test_the_conference_is_asked_for(
    body: str, status: int, answer: ConferenceAnswer
) -> None:
    found, asked = sites(body, status)
    url = "https://meet.example/conference-request/v1"
    assert await found.open_conference(url, "room@muc", "jwt") == answer
    assert "'authorization': 'Bearer jwt'" in asked[0]
