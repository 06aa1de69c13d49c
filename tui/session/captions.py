"""Captions of one call: what is being said, the transcript of what was, and ours of others' words.

Bounded whatever comes: so many segments that are still open, so many final ones, so long a text.
The traps are an agent that sends the same words in the newer and in the older form, and one that
never says of a segment that it is final: the last words stand then.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import replace
from typing import Final

from tui.domain.captions import A_PROGRAM, CAPTION_MAX_CHARACTERS, KEPT, Caption
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    CaptionCut,
    Captioned,
    CaptionsBegan,
    StateChanged,
    WritingCaptions,
)
from tui.domain.ids import NOBODY, ParticipantId
from tui.domain.participant import Participant
from tui.domain.rights import Right, not_permitted
from tui.domain.text import SOMEBODY, clean
from tui.ports.transport_events import CaptionReceived, CaptionSegment
from tui.session.call_context import CallContext
from tui.session.roster import CAPTIONER_ATTRIBUTE

SHOWN: Final = 12
"""Of the newest, in the snapshot."""
_OPEN_MAX: Final = 32
_FORGOTTEN_S: Final = 10.0
"""A segment that says nothing new for so long is as final as it will be."""
_REPLAYED_S: Final = 5.0
"""So long after a reconnect the server may be sending again what was said meanwhile."""
_DONE_MAX: Final = 256

_Key = tuple[ParticipantId, str]
"""The speaker, and the segment."""


class Captions:
    """See the module.

    Args:
        context: The call's.
    """

    def __init__(self, context: CallContext) -> None:
        self._transport, self._roster = context.transport, context.roster
        self._happened, self._clock = context.happened, context.clock
        self._rights = context.rights
        self._open: OrderedDict[_Key, tuple[Caption, float]] = OrderedDict()
        self._done: OrderedDict[_Key, str] = OrderedDict()
        self._kept: deque[Caption] = deque(maxlen=KEPT)
        self._cut: set[ParticipantId] = set()
        self._began = False
        self._changed = False
        self._replayed_until_s = float("-inf")

    @property
    def transcript(self) -> tuple[Caption, ...]:
        """What was said, oldest first."""
        return tuple(self._kept)

    @property
    def newest(self) -> tuple[Caption, ...]:
        """The last few, what is being said now behind what was."""
        spoken = [caption for caption, _ in self._open.values()][-SHOWN:]
        final = [self._kept[-n] for n in range(min(SHOWN - len(spoken), len(self._kept)), 0, -1)]
        return (*final, *spoken)

    # ---- what others send
    def returned(self) -> None:
        """The connection is back: what comes first may have been said while it was lost."""
        self._replayed_until_s = self._clock.monotonic_s() + _REPLAYED_S

    def heard(self, event: CaptionReceived) -> None:
        """A packet of somebody's."""
        sender = self._roster.get(event.id)
        speaker = self._roster.get(event.speaker)
        if speaker is None and not (sender is not None and sender.captioner):
            speaker = sender
        foreign = sender is None or (sender != speaker and not sender.agent)
        writer = (sender.name if sender else SOMEBODY) if foreign else ""
        for segment in event.segments:
            by = writer or (A_PROGRAM if segment.program else "")
            if self._take(event.id, speaker, by, segment) and not self._began:
                self._began = True
                self._happened(CaptionsBegan())

    def _take(
        self,
        sender: ParticipantId,
        speaker: Participant | None,
        writer: str,
        segment: CaptionSegment,
    ) -> bool:
        """Whether there is anything new in it."""
        text = clean(segment.text, CAPTION_MAX_CHARACTERS)
        if len(text) == CAPTION_MAX_CHARACTERS and text.endswith("…") and sender not in self._cut:
            self._cut.add(sender)
            self._happened(CaptionCut(writer or (speaker.name if speaker else SOMEBODY)))
        key = (speaker.id if speaker else sender, segment.id[:80])
        if not text or self._done.get(key) == text:
            return False  # in the newer and in the older form
        known = self._open.pop(key, None)
        caption = Caption(
            speaker.name if speaker else "",
            text,
            known[0].at_ms if known else self._said_at_ms(segment),
            writer=writer,
            uid=speaker.uid if speaker else "",
            language=clean(segment.language, 20),
        )
        if segment.final:
            self._finish(key, caption)
            return True
        self._open[key] = (caption, self._clock.monotonic_s())
        if len(self._open) > _OPEN_MAX:
            self._finish(*self._oldest())
        self._changed = True
        return True

    def _said_at_ms(self, segment: CaptionSegment) -> int:
        """Now, but for what is sent again: other clocks may be wrong, and the order stands."""
        now_ms = self._clock.unix_ms()
        if not segment.at_ms or self._clock.monotonic_s() > self._replayed_until_s:
            return now_ms
        return min(now_ms, max(segment.at_ms, self._kept[-1].at_ms if self._kept else 0))

    def _oldest(self) -> tuple[_Key, Caption]:
        key, (caption, _) = self._open.popitem(last=False)
        return key, caption

    def _finish(self, key: _Key, caption: Caption) -> None:
        self._done[key] = caption.text
        if len(self._done) > _DONE_MAX:
            self._done.popitem(last=False)
        self._keep(caption)

    def _keep(self, caption: Caption) -> None:
        final = replace(caption, until_ms=self._clock.unix_ms())
        self._kept.append(final)
        self._changed = False  # what happened brings a snapshot
        self._happened(Captioned(final))

    def tick(self) -> None:
        """Show what was said since; call it some times a second."""
        overdue_s = self._clock.monotonic_s() - _FORGOTTEN_S
        while self._open and next(iter(self._open.values()))[1] < overdue_s:
            self._finish(*self._oldest())
        if self._changed:
            self._changed = False
            self._happened(StateChanged())

    # ---- what we send
    async def send(self, text: str, speaker: ParticipantId = NOBODY) -> None:
        """Words of somebody's. `VALIDATION_ERROR` when there are none, or too many."""
        cleaned = clean(text, CAPTION_MAX_CHARACTERS)
        if not cleaned or len(text) > CAPTION_MAX_CHARACTERS:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"Came with {len(text)} characters; a caption has 1 to {CAPTION_MAX_CHARACTERS}.",
            )
        if not self._rights().write:
            raise not_permitted(Right.WRITE)
        local = self._roster.ourselves()
        await self._transport.send_caption(CaptionSegment("", cleaned, final=True), speaker)
        of = self._roster.get(speaker) or (None if local.captioner else local)
        writer = "" if of is local else local.name
        self._keep(
            Caption(
                of.name if of else "",
                cleaned,
                self._clock.unix_ms(),
                writer=writer,
                uid=of.uid if of else "",
            )
        )

    def show_own(self, words: CaptionSegment) -> None:
        """What a program here has heard us say, in our own strip and transcript."""
        local = self._roster.ourselves()
        self._take(local.id, local, A_PROGRAM, words)

    async def send_own(self, words: CaptionSegment) -> None:
        """Send that to everybody. Raises `CallsError` when it was not sent."""
        if not self._rights().write:
            raise not_permitted(Right.WRITE)
        text = clean(words.text, CAPTION_MAX_CHARACTERS)
        await self._transport.send_caption(replace(words, text=text), self._roster.ourselves().id)

    async def set_captioner(self, writes: bool) -> None:
        """Say that we write captions, or no longer do."""
        self._roster.ourselves()
        self._roster.change_local(captioner=writes)
        self._happened(WritingCaptions(writes))
        await self._transport.set_attributes({CAPTIONER_ATTRIBUTE: "1" if writes else ""})
