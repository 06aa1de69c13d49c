"""Names, chat, session IDs and metadata meant to do harm: nothing crashes, nothing gets through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.bootstrap import open_local_handle
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinById, JoinRoom, SendChat
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError
from tui.domain.settings import AppSettings

from .program import AppOnPty, Server, until
from .test_two_headless import GREEN, media, participant

NAMES = {
    "osc": "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07Mallory",
    "csi": "\x1b[2J\x1b[?1049lEve",
    "c1": "\x9b31mTrent",
    "markup": "[/] [@click=app.quit]x[/] [red]",
    "bidi": "\u202egnp.exe\u2066",
    "long": "x" * 240,
    "emoji": "👨\u200d👩\u200d👧\u200d👦🏳️\u200d🌈",
    "cjk": "日本語の名前テスト",
    "zalgo": "Z" + "\u0335\u0336" * 60,
    "blank": "\u200b\u200b",
}
PAYLOADS = (b"\x1b]0;owned", b"\x1b]52;", b"\x1b[2J\x1b[?1049lEve", "\x9b31m".encode())
SILENT = MediaChoice("null", "null", "null")
ATTACKS = ["\x1b]0;owned\x07", "[@click=app.quit]quit[/]", "y" * 3900, "a\nb\rc", "\u202edoog"]


@pytest.fixture
def app(server: Server, tmp_path: Path) -> Iterator[AppOnPty]:
    app = AppOnPty(server, tmp_path, "standup")
    yield app
    app.close()


async def test_hostile_participants_reach_the_terminal_clean(server: Server, app: AppOnPty) -> None:
    async with participant(server, "bo", media(GREEN, 880)) as bo:
        await until(lambda: bo.snapshot().participant("ana"), 60)
        app.press("c")
        hostile = []
        try:
            for identity, name in NAMES.items():
                handle = await open_local_handle()
                hostile.append(handle)
                token = server.access_token(
                    identity,
                    "standup",
                    name=name,
                    metadata='{"avatar": "\\u001b]0;owned", "role": ["moderator"]}',
                    attributes={"hand": "\x1b[5m"},
                )
                # Silent, because a dozen talking clients in one process keep it busy.
                quiet = {"startVideoPaused": True, "startAudioMuted": True}
                await handle.do(JoinRoom(server.url, token, quiet, SILENT))
            everybody = len(NAMES) + 2
            await until(lambda: len(bo.snapshot().participants) == everybody, 30)
            for text in ATTACKS:
                await hostile[0].do(SendChat(text))
            await until(lambda: bo.snapshot().unread_chat == len(ATTACKS))
            names = [p.name for p in bo.snapshot().participants]
            assert all("\x1b" not in name and "\u202e" not in name for name in names)
            assert "(no name)" in names or "blank" in names
            assert max(map(len, names)) <= 64
            # The app is alive, in the call, and answers keys.
            app.press("\x07r")  # the leader works in the chat's field too
            await until(lambda: any(p.uid == "ana" for p in bo.snapshot().hands), 30)
            for payload in PAYLOADS:
                assert payload not in app.written
        finally:
            for handle in hostile:
                await handle.close()


@pytest.mark.parametrize(
    "session_id",
    ["\x1b]0;owned\x07", "a\nb", "x" * 10_000, "\u202e", " ", "../../etc", "日本語", "🙂"],
)
async def test_hostile_session_ids_join_or_are_refused_in_clear_words(
    server: Server, session_id: str
) -> None:
    handle = await open_local_handle()
    try:
        await handle.do(Init(AppSettings(server=server.url)))
        await handle.do(Login("ana", server.api_key))
        try:
            await handle.do(JoinById(session_id, {}, media(GREEN, 500)))
        except CallsError as refused:
            assert refused.description.isprintable()  # noqa: PT017
            assert len(refused.description) < 400  # noqa: PT017
        else:
            snapshot = handle.snapshot()
            assert snapshot.in_session and snapshot.session_id.isprintable()
    finally:
        await handle.close()
