"""A transcript that the embedded server keeps: who is told, what is in it, who may read it."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tui.domain.commands.account import DeleteTranscript, ListTranscripts
from tui.domain.commands.call import SendCaption
from tui.domain.commands.own import KeepTranscript
from tui.domain.errors import CallsError, ErrorCode
from tui.ports.handle import Handle

from .program import Server, until
from .test_recording import KEY
from .test_two_headless import media, participant

QUIET = media((0, 0, 0), 300)


def text_of(url: str) -> list[str]:
    with urllib.request.urlopen(url) as answer:
        return [line[20:] for line in answer.read().decode().splitlines()]


async def refusal(handle: Handle, *, keeps: bool) -> CallsError:
    with pytest.raises(CallsError) as refused:
        await handle.do(KeepTranscript(keeps))
    return refused.value


async def test_what_is_said_is_kept_while_the_host_asks_and_everybody_is_told(
    server: Server,
) -> None:
    async with (
        participant(server, "ana", QUIET) as ana,
        participant(server, "bo", QUIET) as bo,
    ):
        await until(lambda: len(ana.snapshot().participants) == 2)
        await bo.do(SendCaption("Not kept yet."))
        await until(lambda: bool(ana.snapshot().captions))
        assert (await refusal(bo, keeps=True)).code == ErrorCode.NOT_PERMITTED
        await ana.do(KeepTranscript(True))
        await until(lambda: bo.snapshot().transcript == "ana")
        assert not bo.snapshot().recorded, "it is a transcript, and no recording"
        async with participant(server, "chi", QUIET) as chi:
            await until(lambda: chi.snapshot().transcript == "ana")
            await bo.do(SendCaption("Good <b>morning</b>."))
            await ana.do(SendCaption("Thank you, Bo.", bo.snapshot().local.id))  # type: ignore[union-attr]
            listed = await chi.do(ListTranscripts("standup", 1, 30))
            assert len(listed.transcripts) == 1
        await ana.do(KeepTranscript(False))
        await until(lambda: not bo.snapshot().transcript)
        await bo.do(SendCaption("Not kept any more."))
        assert "Nothing is kept" in (await refusal(ana, keeps=False)).description
        (kept,) = (await bo.do(ListTranscripts("standup", 1, 30))).transcripts
        assert kept.room_name == "standup"
        assert 0 < kept.started_at_ms <= kept.ended_at_ms
        assert text_of(kept.transcript_url) == [
            "bo: Good <b>morning</b>.",
            "bo, written by ana: Thank you, Bo.",
        ]
        for handle, tid in ((bo, kept.tid), (ana, "none"), (ana, "..")):
            with pytest.raises(CallsError) as refused:
                await handle.do(DeleteTranscript(tid))
            assert refused.value.code == ErrorCode.VALIDATION
        assert len(text_of(kept.transcript_url)) == 2, "ana asked for it, and not bo"
        await ana.do(DeleteTranscript(kept.tid))
        assert (await bo.do(ListTranscripts("standup", 1, 30))).transcripts == ()
        with pytest.raises(urllib.error.HTTPError):
            text_of(kept.transcript_url)


async def test_of_a_sealed_call_nothing_is_kept_and_it_says_why(server: Server) -> None:
    async with participant(server, "ana", QUIET, key=KEY) as ana:
        refused = await refusal(ana, keeps=True)
        assert refused.code == ErrorCode.NOT_SUPPORTED
        assert "sealed, so its server can read nothing" in refused.description
