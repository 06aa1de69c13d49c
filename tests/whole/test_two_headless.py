"""Two participants on the embedded server: what one shows, says and does arrives at the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tui.bootstrap import open_local_handle
from tui.domain.commands.account import (
    GetAuthToken,
    Init,
    ListCalls,
    ListRunning,
    Login,
    LoginWithToken,
)
from tui.domain.commands.call import (
    EndForAll,
    GetStats,
    JoinById,
    Leave,
    MuteOther,
    ReadChat,
    Remove,
    SendChat,
)
from tui.domain.commands.own import SetHandRaised, SetMuted, SetVideoPaused
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.participant import Role
from tui.domain.settings import AppSettings
from tui.domain.snapshot import EndReason, Levels, Phase
from tui.ports.handle import Handle

from .program import Server, until

RED, GREEN = (200, 40, 40), (40, 200, 40)


def media(rgb: tuple[int, int, int], hz: int) -> MediaChoice:
    return MediaChoice(
        f"test:colour={rgb[0]:02X}{rgb[1]:02X}{rgb[2]:02X}", f"test:tone={hz}", "null"
    )


@asynccontextmanager
async def participant(
    server: Server, uid: str, choice: MediaChoice, session: str = "standup", key: str = ""
) -> AsyncIterator[Handle]:
    handle = await open_local_handle()
    try:
        await handle.do(Init(AppSettings(server=server.url)))
        await handle.do(Login(uid, server.api_key))
        await handle.do(JoinById(session, {}, choice, key))
        yield handle
    finally:
        await handle.close()


async def figures(handle: Handle, uid: str) -> dict:
    return dict((await handle.do(GetStats()))["participants"].get(uid, {}))


async def hears_and_sees(handle: Handle, uid: str, rgb: tuple[int, int, int], hz: float) -> None:
    """Wait until this colour and this tone have arrived."""
    async with asyncio.timeout(20):
        while True:
            got = await figures(handle, uid)
            if (
                got
                and got["video_frames"] >= 5
                and all(abs(a - b) <= 12 for a, b in zip(got["video_mean_rgb"], rgb, strict=True))
                and abs(got["audio_peak_hz"] - hz) <= 6
            ):
                return
            await asyncio.sleep(0.05)


async def test_colours_and_tones_arrive_both_ways(server: Server) -> None:
    async with (
        participant(server, "ana", media(RED, 440)) as ana,
        participant(server, "bo", media(GREEN, 880)) as bo,
    ):
        await hears_and_sees(ana, "bo", GREEN, 880)
        await hears_and_sees(bo, "ana", RED, 440)
        await until(lambda: (p := bo.snapshot().participant("ana")) and p.speaking)

        # Mute silences: nothing is heard afterwards, and everybody sees the mark.
        await ana.do(SetMuted(True))
        await until(lambda: (p := bo.snapshot().participant("ana")) and p.audio_muted)
        async with asyncio.timeout(10):
            async for update in bo.updates():
                if isinstance(update, Levels) and update.dbov.get("ana", 0) <= -100:
                    break
        assert (await figures(bo, "ana"))["audio_peak_hz"] == 0.0
        await ana.do(SetMuted(False))
        await hears_and_sees(bo, "ana", RED, 440)

        # Chat and a raised hand.
        await bo.do(SendChat("good [b]morning[/b]"))
        await ana.do(SetHandRaised(True))
        await until(lambda: bo.snapshot().hands)
        await until(lambda: ana.snapshot().unread_chat == 1)
        assert [m.text for m in await ana.do(ReadChat())] == ["good [b]morning[/b]"]
        await ana.do(SetHandRaised(False))
        await until(lambda: not bo.snapshot().hands)

        # The camera stops and comes back.
        await bo.do(SetVideoPaused(True))
        await until(lambda: (p := ana.snapshot().participant("bo")) and p.video_paused)
        stopped_at = (await figures(ana, "bo"))["video_frames"]
        await bo.do(SetVideoPaused(False))
        async with asyncio.timeout(10):
            while (await figures(ana, "bo"))["video_frames"] < stopped_at + 5:
                await asyncio.sleep(0.05)

        # Leaving is seen.
        await bo.do(Leave())
        await until(lambda: ana.snapshot().participant("bo") is None)
        assert ana.snapshot().phase is Phase.LIVE


async def test_the_moderator_mutes_removes_and_ends(server: Server) -> None:
    async with (
        participant(server, "ana", media(RED, 440)) as ana,
        participant(server, "bo", media(GREEN, 880)) as bo,
        participant(server, "chi", media(GREEN, 660)) as chi,
    ):
        await until(lambda: (p := ana.snapshot().participant("bo")) and p.has_audio)
        await until(lambda: all(bo.snapshot().participant(uid) for uid in ("ana", "chi")))
        roles = [bo.snapshot().participant(uid).role for uid in ("ana", "chi")]  # type: ignore[union-attr]
        assert roles == [Role.MODERATOR, Role.NONE]
        await ana.do(MuteOther("bo"))
        await until(lambda: (p := bo.snapshot().local) and p.audio_muted)
        with pytest.raises(CallsError) as refused:
            await bo.do(MuteOther("ana"))
        assert refused.value.code == ErrorCode.NOT_PERMITTED
        await ana.do(Remove("bo"))
        await until(lambda: bo.snapshot().ended is EndReason.REMOVED)
        await until(lambda: ana.snapshot().participant("bo") is None)
        await ana.do(EndForAll())
        await until(lambda: chi.snapshot().ended is EndReason.ENDED_FOR_ALL)
        assert await ana.do(ListRunning()) == ()
        assert [call.session_id for call in (await chi.do(ListCalls())).calls] == ["standup"]


async def test_a_server_killed_and_restarted_has_everybody_back_within_5_s(
    server: Server,
) -> None:
    async with (
        participant(server, "ana", media(RED, 440)) as ana,
        participant(server, "bo", media(GREEN, 880)) as bo,
    ):
        await hears_and_sees(ana, "bo", GREEN, 880)
        await hears_and_sees(bo, "ana", RED, 440)
        server.kill()
        await until(lambda: ana.snapshot().phase is Phase.RECONNECTING)
        await until(lambda: bo.snapshot().phase is Phase.RECONNECTING)
        await asyncio.to_thread(server.start)
        # What arrived before does not count.
        before = {uid: await figures(handle, uid) for handle, uid in ((ana, "bo"), (bo, "ana"))}

        async def fresh(handle: Handle, uid: str) -> bool:
            now, then = await figures(handle, uid), before[uid]
            new_sound = now.get("audio_packets", 0) not in (0, then.get("audio_packets", 0))
            return new_sound and now["video_frames"] > then["video_frames"]

        async with asyncio.timeout(5):
            await until(lambda: ana.snapshot().phase is bo.snapshot().phase is Phase.LIVE)
            while not (await fresh(ana, "bo") and await fresh(bo, "ana")):
                await asyncio.sleep(0.05)
        await hears_and_sees(ana, "bo", GREEN, 880)
        await hears_and_sees(bo, "ana", RED, 440)


async def test_a_stopped_server_tells_everybody(server: Server) -> None:
    async with participant(server, "ana", media(RED, 440)) as ana:
        code = await asyncio.to_thread(server.stop)
        assert code == 0
        await until(lambda: ana.snapshot().ended is EndReason.SERVER_CLOSED)


async def test_users_and_the_log_survive_a_restart(server: Server, tmp_path: Path) -> None:
    async with participant(server, "ana", media(RED, 440)) as ana:
        token = await ana.do(GetAuthToken())
    assert token
    server.stop()
    server.start()
    handle = await open_local_handle()
    await handle.do(Init(AppSettings(server=server.url)))
    assert (await handle.do(LoginWithToken(token))).uid == "ana"
    assert [call.session_id for call in (await handle.do(ListCalls())).calls] == ["standup"]
    await handle.close()
