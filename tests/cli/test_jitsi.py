"""Joining a Jitsi room from the command line, and what of ours never goes there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.front.listener import Listener
from tui.cli.config import chosen
from tui.cli.findings import Finding, State
from tui.cli.network_report import network_findings
from tui.cli.plan import make_plan
from tui.cli.saved_login import SavedLogin, save_login
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.front.start import JoinTarget, read_target

GOOD = "http://good.test:7880"
SECRET = "SECRET-OF-GOOD"
CONFIG = "config.hosts.muc = 'muc.x'; config.websocket = 'ws://127.0.0.1:{port}/ws';"


def target(text: str, **flags: object) -> JoinTarget:
    return make_plan(text, chosen(flags, {}), None).target


def test_links_make_the_plan() -> None:
    assert target("https://meet.example/Room?jwt=x.y") == JoinTarget(
        session_id="Room", jitsi="https://meet.example/Room", token="x.y"
    )
    assert not target("meet.example/Room").needs_login
    assert target("meet.example/Room", password="sesame").password == "sesame"
    assert target("meet.example/Room?jwt=x", token="mine").token == "mine"
    forced = target("https://meet.example/join/Room", jitsi=True)
    assert forced.jitsi == "https://meet.example/join/Room"
    named = target("Stand Up", jitsi=True, server="https://meet.example")
    assert named.jitsi == "https://meet.example/Stand%20Up"
    ours = target("https://meet.example/join/Room?token=t")
    assert (ours.jitsi, ours.server) == ("", "https://meet.example")
    with pytest.raises(CallsError, match="is not a link to a Jitsi room") as refused:
        target("Stand Up", jitsi=True)
    assert refused.value.code == ErrorCode.VALIDATION


def test_a_link_pasted_by_who_is_signed_in() -> None:
    pasted = read_target("https://meet.example/Room", AppSettings(server=GOOD))
    assert (pasted.jitsi, pasted.token) == ("https://meet.example/Room", "")


def test_nothing_of_ours_goes_to_a_jitsi_host(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TOKEN", "API_KEY", "AUTH_TOKEN", "PASSWORD"):
        monkeypatch.setenv(f"CELLCALL_{name}", SECRET)
    monkeypatch.setenv("CELLCALL_SERVER", GOOD)
    save_login(SavedLogin(server=GOOD, uid="ana", auth_token=SECRET))
    with Listener().running() as evil:
        ran = run("join", f"{evil.url}/Room", "--headless")
        told, _ = ran.told
        assert "is no Jitsi Meet: its config.js answers HTTP 401" in told
        assert "GET /config.js?room=room" in evil.text
        assert SECRET not in evil.text
        assert "ana" not in evil.text


async def test_doctor_knows_a_jitsi_meet() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if line.startswith(b"GET /config.js"):
            body = CONFIG.format(port=port).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        reached, jitsi = await network_findings(f"http://127.0.0.1:{port}", None)
    assert reached.state is State.OK
    assert jitsi == Finding(
        "jitsi",
        State.OK,
        f"A Jitsi Meet. Its rooms are at muc.x; XMPP at ws://127.0.0.1:{port} answers.",
    )
