"""The transcript that the server keeps: asked for by us or another moderator, told to everybody.

The trap is a server that does not know what it is asked: it would pass our wish on to the others,
and nobody would keep a word. So it has to say that it keeps one, or the wish is taken back.
"""

from __future__ import annotations

import asyncio
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import TranscriptKept, TranscriptKeptNoMore, TranscriptRefused
from tui.domain.participant import Role
from tui.domain.text import clean_name
from tui.session.call_context import CallContext

TRANSCRIPT_ATTRIBUTE: Final = "cellcall.transcript"
TOLD_WITHIN_S: Final = 3.0


class Transcribing:
    """See the module.

    Args:
        context: Of the call.
        sealed: The server can read nothing that is said.
    """

    def __init__(self, context: CallContext, *, sealed: bool) -> None:
        self._transport = context.transport
        self._roster = context.roster
        self._sealed = sealed
        self._happened = context.happened
        self._asked = False
        self._news = asyncio.Event()
        self._due = asyncio.Event()
        self.by = ""
        """Name of who has it kept, cleaned; empty while nothing is."""

    def begin_once(self) -> None:
        """Ask by itself as soon as `run` runs; later calls change nothing."""
        self._due.set()

    async def run(self) -> None:
        """Ask for what a setting wishes; for the whole call."""
        await self._due.wait()
        try:
            await self.ask(keeps=True)
        except CallsError as error:
            self._happened(TranscriptRefused(error.description))

    async def ask(self, keeps: bool) -> None:
        """Have it kept, or no longer.

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED` in a sealed session, and where the server keeps none;
                `ERROR_NOT_PERMITTED` unless moderator; `VALIDATION_ERROR` when nothing is to end.
        """
        local = self._roster.ourselves()
        if not keeps:
            if not self._asked:
                who = f"{self.by} has it kept: ask them." if self.by else "Nothing is kept."
                raise CallsError(ErrorCode.VALIDATION, who)
            self._asked = False
            await self._transport.set_attributes({TRANSCRIPT_ATTRIBUTE: ""})
            return
        if self._sealed:
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "This call is sealed, so its server can read nothing of it. "
                "/transcript save FILE keeps yours.",
            )
        if local.role is not Role.MODERATOR:
            raise CallsError(ErrorCode.NOT_PERMITTED, "Only a moderator may have it kept.")
        self._asked = True
        await self._transport.set_attributes({TRANSCRIPT_ATTRIBUTE: "1"})
        if not await self._was_told():
            self._asked = False
            await self._transport.set_attributes({TRANSCRIPT_ATTRIBUTE: ""})
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "This server keeps no transcripts. /transcript save FILE keeps yours.",
            )

    async def _was_told(self) -> bool:
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                while not self.by:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def told(self, by: str) -> None:
        """The server keeps one at the wish of somebody called so; empty: it does not."""
        before, self.by = self.by, clean_name(by) if by else ""
        self._news.set()
        if self.by and not before:
            self._happened(TranscriptKept(self.by, ours=self._asked))
        elif before and not self.by:
            self._asked = False
            self._happened(TranscriptKeptNoMore())
