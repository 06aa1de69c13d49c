"""The way to a server, for `cellcall doctor`: whether it answers, and knows who is signed in."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Final

from tui.cli.findings import Finding, State
from tui.cli.saved_login import SavedLogin
from tui.domain.errors import CallsError
from tui.domain.network import NoAnswer, failure_of, reason_of
from tui.domain.text import clean
from tui.wire.address import (
    ANY,
    WEB,
    complete,
    read_address,
    same_origin,
    shown_origin,
    url_scheme,
)
from tui.wire.proxy import proxy_for

_CONNECT_S: Final = 3.0


async def network_findings(server: str, saved: SavedLogin | None) -> list[Finding]:
    """Whether `server` answers; and whether the login kept for it still counts.

    Args:
        server: An address, with or without `http://`; empty for none.
        saved: The login of an earlier run.
    """
    if not server:
        return [Finding("network", State.NOTE, "No server was named; --server URL tests one.")]
    address = complete(server)
    findings = [await _reach(address)]
    known = saved is not None and same_origin(saved.server, address)
    if known and saved is not None and findings[0].state is State.OK:
        findings.append(await _login(address, saved.auth_token))
    elif findings[0].state is State.OK and url_scheme(address) in WEB:
        findings += await _jitsi(address)
    return findings


async def _reach(address: str) -> Finding:
    try:
        server = read_address(address, ANY)
    except CallsError as error:
        return Finding("network", State.PROBLEM, error.description, "Correct --server.")
    try:
        proxy = proxy_for(server)
    except CallsError as error:
        return Finding("network", State.PROBLEM, error.description, "Or choose a proxy of http.")
    if proxy is not None:
        # It may hold a password.
        server, address = read_address(proxy), f"the proxy {shown_origin(proxy)}"
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(
                server.host, server.port, ssl=server.secure or None
            )
    except OSError as error:  # TimeoutError is one
        failure = failure_of(error) or NoAnswer.NO_CONNECTION
        told = failure.sentences(address if proxy else shown_origin(address), reason_of(error))
    else:
        took_ms = (time.monotonic() - began_s) * 1000
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return Finding("network", State.OK, f"{clean(address, 80)} answers in {took_ms:.0f} ms.")
    return Finding(
        "network",
        State.PROBLEM,
        told,
        "Check the address, and that the server runs: cellcall serve",
    )


async def _jitsi(address: str) -> list[Finding]:
    """Whether it is a Jitsi Meet, and its XMPP server answers; nothing for what is none."""
    from tui.service.jitsi_sites import HttpJitsiSites

    try:
        found = await HttpJitsiSites().find(address, "doctor", token="")
    except CallsError:
        return []
    where = shown_origin(found.service_url)
    reached = await _reach(where)
    if reached.state is not State.OK:
        return [replace(reached, area="jitsi", remedy="Ask whoever runs that Jitsi Meet.")]
    told = f"A Jitsi Meet. Its rooms are at {clean(found.muc, 80)}; XMPP at {where} answers."
    return [Finding("jitsi", State.OK, told)]


async def _login(server: str, auth_token: str) -> Finding:
    from tui.domain.settings import AppSettings
    from tui.service.rest import RestService

    service = RestService(AppSettings(server=server))
    try:
        user = await service.me(auth_token)
    except CallsError as error:
        return Finding("login", State.PROBLEM, error.description, "Sign in again: cellcall")
    finally:
        await service.aclose()
    return Finding("login", State.OK, f"Signed in as {user.name}.")
