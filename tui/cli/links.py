"""`cellcall links`: who gets in without an account. Asks a server that runs, else its file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli import folders
from tui.cli.report import CommandError
from tui.cli.session_keys import session_key
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.wire.address import with_key

if TYPE_CHECKING:
    from tui.server.kept_links import KeptLinks
    from tui.server.serving_note import ServingNote
    from tui.service.link_admin import LinkAdmin
    from tui.wire.rest import LinkData


def run_list(state: str | None) -> int:
    """Print every link."""
    return _say(state, _listed)


def run_make(state: str | None, session_id: str, name: str, *, sealed: bool) -> int:
    """Print a new link: for one person, who has a name, or for many.

    It has the session's key if there is one, or is to be one (`sealed`); no server is told.
    """

    async def make(desk: LinkAdmin | KeptLinks) -> list[str]:
        link = await _made(desk, state, session_id, name)
        return [with_key(link, session_key(_folder(state), session_id, make=sealed))]

    return _say(state, make)


def run_revoke(state: str | None, link_id: str) -> int:
    """Let nobody in by a link any more."""

    async def revoke(desk: LinkAdmin | KeptLinks) -> list[str]:
        await desk.revoke(link_id)
        return [f"{clean(link_id, 20)} lets nobody in any more. Whoever is in a call stays in it."]

    return _say(state, revoke)


def run_reopen(state: str | None, link_id: str) -> int:
    """Open a link again that was closed because somebody was taken out."""

    async def reopen(desk: LinkAdmin | KeptLinks) -> list[str]:
        await desk.reopen(link_id)
        return [f"{clean(link_id, 20)} lets people in again."]

    return _say(state, reopen)


def _say(state: str | None, ask: Callable[[LinkAdmin | KeptLinks], Awaitable[list[str]]]) -> int:
    async def asked() -> list[str]:
        async with _desk(_folder(state)) as desk:
            return await ask(desk)

    for line in asyncio.run(asked()):
        click.echo(line)
    return 0


def _folder(state: str | None) -> Path:
    return Path(state) if state else folders.state_folder() / "server"


@asynccontextmanager
async def _desk(folder: Path) -> AsyncIterator[LinkAdmin | KeptLinks]:
    """The server that runs, or the file of one that does not."""
    from tui.server.secret import FILE_NAME, StoreUnavailable
    from tui.server.serving_note import read_note

    if not (folder / FILE_NAME).exists():
        raise CommandError(
            f"There is no server in {folder}.", "Name its folder with --state, as for serve."
        )
    note = read_note(folder)
    running = None if note is None else await _running(folder, note)
    if running is not None:
        try:
            yield running
        finally:
            await running.aclose()
        return
    from tui.server.kept_links import KeptLinks

    try:
        kept = KeptLinks(folder)
        await kept.open()
    except StoreUnavailable as error:
        raise CommandError(error.problem, error.remedy) from error
    try:
        yield kept
    finally:
        await kept.aclose()


async def _running(folder: Path, note: ServingNote) -> LinkAdmin | None:
    from tui.server.secret import load_or_create_keys
    from tui.service.link_admin import LinkAdmin

    key = load_or_create_keys(folder).keys.api_key
    admin = LinkAdmin(note.url, key, Path(note.certificate) if note.certificate else None)
    try:
        await admin.all()
    except CallsError as error:
        await admin.aclose()
        if error.code == ErrorCode.NETWORK:
            return None  # it crashed, and left its note
        raise
    return admin


async def _listed(desk: LinkAdmin | KeptLinks) -> list[str]:
    now_s = time.time()
    lines = [_line(link, now_s) for link in await desk.all()]
    return lines or ["No links. `cellcall serve --session NAME --guests` prints one."]


async def _made(desk: LinkAdmin | KeptLinks, state: str | None, session_id: str, name: str) -> str:
    from tui.server.serving_note import read_note
    from tui.service.link_admin import LinkAdmin
    from tui.wire.address import make_join_link

    note = read_note(_folder(state))
    if note is None or not isinstance(desk, LinkAdmin):
        raise CommandError(
            "The server does not run, so nobody could join.", "Start it with: cellcall serve"
        )
    link = await desk.for_many(session_id)
    cert = link.certificate
    if name:
        token = await desk.personal(session_id, name)
        return make_join_link(note.public_url, session_id, token, certificate=cert)
    return make_join_link(note.public_url, session_id, invitation=link.invitation, certificate=cert)


def _line(link: LinkData, now_s: float) -> str:
    left_min = max(0, int(link.expires_at - now_s)) // 60
    whom = clean(link.name, 40) if link.name else f"for many, {link.guests} came"
    if link.revoked:
        state = "revoked"
    elif link.suspended:
        state = "closed: somebody who came by it was removed"
    else:
        state = f"ends in {left_min // 60} h {left_min % 60} min"
    return f"{link.id}  {clean(link.session_id, 60)}  {whom}  {state}"
