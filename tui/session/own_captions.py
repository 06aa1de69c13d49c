"""Captions of what we say, written by a program on this machine and sent to everybody.

It hears our microphone behind its gate, so nothing that is said while muted, and neither what is
read aloud nor what `/voice` says, whose words are known. Everybody sees that a program writes.
It must never cost more than captions: what it can't keep up with is left out, and told; when it
ends or hangs, captions end with a word.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

from tui.audio.capture import Capture
from tui.audio.phrases import Phrase, Phrases
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import OwnCaptions as Told
from tui.domain.happenings import OwnCaptionsBehind
from tui.domain.rights import Right, not_permitted
from tui.ports.devices import Block
from tui.ports.recogniser import Recogniser, RecogniserGone, Recognisers
from tui.ports.transport_events import CaptionSegment
from tui.session.call_context import CallContext
from tui.session.captions import Captions
from tui.session.roster import CAPTIONED_ATTRIBUTE

_log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.1
_BLOCKS_MAX: Final = 1000
"""Ten seconds and more: a loop that stalls for longer has other troubles."""
_STALLED_S: Final = 1.0
"""A microphone that brings nothing for so long has ended the phrase."""
_WAITING_MAX_S: Final = 20.0
"""Older words help nobody."""
_GUESS_FROM_S: Final = 1.0
_GUESS_EVERY_S: Final = 1.5
"""Of more sound, for a better guess at a phrase that is being said."""
_TELL_EVERY_S: Final = 60.0
_SENDING_MAX: Final = 20


class OwnCaptions:
    """See the module.

    Args:
        context: The call's.
        captions: Sends and keeps them.
        capture: Our microphone.
        recognisers: None: nothing here recognises speech.
        choice: Has the model, and whether to begin with the call.
        language: As the settings have it.
    """

    def __init__(
        self,
        context: CallContext,
        captions: Captions,
        capture: Capture,
        recognisers: Recognisers | None,
        choice: MediaChoice,
        language: str,
    ) -> None:
        self._transport, self._roster = context.transport, context.roster
        self._happened, self._clock = context.happened, context.clock
        self._rights = context.rights
        self._captions, self._capture = captions, capture
        self._recognisers, self._choice, self._language = recognisers, choice, language
        self._changing = asyncio.Lock()
        self._recogniser: Recogniser | None = None
        self._listening: asyncio.Task[None] | None = None
        self._over = False

    # ---- on and off
    async def run(self) -> None:
        """Begin by itself if that is chosen; close everything when cancelled."""
        try:
            if self._choice.own_captions:
                try:
                    await self.switch(on=True)
                except CallsError as error:
                    self._happened(Told(False, error.description))
            await asyncio.Event().wait()
        finally:
            self._over = True
            await self._stop()

    async def switch(self, *, on: bool, model: str = "") -> None:
        """Have captions written from now on, by a model in a folder or the chosen one; or not.

        Raises:
            CallsError: See `SetOwnCaptions`.
        """
        self._roster.ourselves()
        async with self._changing:
            if not on:
                was = self._recogniser is not None
                await self._stop()
                if was:
                    await self._tell(Told(False))
                return
            if self._recognisers is None:
                raise CallsError(ErrorCode.NOT_SUPPORTED, "Nothing recognises speech here.")
            if not self._transport.carries_captions:
                raise CallsError(
                    ErrorCode.NOT_SUPPORTED,
                    "Own captions are not available in this call: it carries none of ours.",
                )
            if not self._rights().write:
                raise not_permitted(Right.WRITE)
            if self._recogniser is not None and not model:
                return
            await self._stop()
            begun = await self._recognisers.begin(
                model or self._choice.captions_model, self._language
            )
            if self._over:  # the call ended while it loaded
                await begun.close()
                return
            self._recogniser = begun
            desk = _Desk(self._clock.monotonic_s)
            self._capture.heard = desk.blocks.append
            await self._tell(Told(True))
            self._listening = asyncio.create_task(self._listen(desk, begun), name="own captions")

    async def _stop(self) -> None:
        listening, self._listening = self._listening, None
        recogniser, self._recogniser = self._recogniser, None
        self._capture.heard = None
        if listening is not None:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
        if recogniser is not None:
            await recogniser.close()

    async def _tell(self, told: Told) -> None:
        self._roster.change_local(captioned=told.on)
        self._happened(told)
        await self._transport.set_attributes({CAPTIONED_ATTRIBUTE: "1" if told.on else ""})

    # ---- what we say
    async def _listen(self, desk: _Desk, recogniser: Recogniser) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._gather(desk))
                tasks.create_task(self._write(desk, recogniser))
                tasks.create_task(self._send(desk))
        except* Exception as failed:  # whatever it is, the call goes on
            gone = failed.exceptions[0]
            why = str(gone)
            if not isinstance(gone, RecogniserGone):
                _log.error("own captions failed", exc_info=failed)
                why = "Something went wrong; the log says what."
            self._recogniser = self._listening = None
            self._capture.heard = None
            await recogniser.close()
            await self._tell(Told(False, f"{why} /captions own on starts it again."))

    async def _gather(self, desk: _Desk) -> None:
        """Bring the microphone's sound to the desk, and say when it piles up there."""
        missed_s, told_at_s = 0.0, -_TELL_EVERY_S
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            missed_s += desk.take()
            now_s = self._clock.monotonic_s()
            if missed_s and now_s >= told_at_s + _TELL_EVERY_S:
                self._happened(OwnCaptionsBehind(missed_s))
                missed_s, told_at_s = 0.0, now_s

    async def _write(self, desk: _Desk, recogniser: Recogniser) -> None:
        series = secrets.token_hex(4)
        guessed, guess, guessed_s = 0, "", 0.0
        while True:
            phrase = await desk.next(guessed, guessed_s)
            if phrase.number != guessed:
                guessed, guess = phrase.number, ""
            guessed_s = phrase.seconds
            words = await recogniser.words(phrase.samples, final=phrase.final)
            # A guess stands where the last look finds nothing: others have read it already.
            words = words or (guess if phrase.final else "")
            if not words or (words == guess and not phrase.final):
                continue
            guess = words
            said = CaptionSegment(
                f"{series}-{phrase.number}", words, phrase.final, recogniser.language, program=True
            )
            self._captions.show_own(said)
            desk.send(said)

    async def _send(self, desk: _Desk) -> None:
        while True:
            said = await desk.sending.get()
            with contextlib.suppress(CallsError):  # the connection is lost; it stays in ours
                await self._captions.send_own(said)


class _Desk:
    """What waits: blocks of the microphone, phrases to be recognised, words to be sent."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self.blocks: deque[Block] = deque(maxlen=_BLOCKS_MAX)
        """Filled in the microphone's thread."""
        self.sending: asyncio.Queue[CaptionSegment] = asyncio.Queue(_SENDING_MAX)
        self._clock_s = clock_s
        self._phrases = Phrases()
        self._ended: deque[Phrase] = deque()
        self._news = asyncio.Event()
        self._heard_s = clock_s()

    def take(self) -> float:
        """Cut what came into phrases. The answer is how much had to be left out [s]."""
        came = bool(self.blocks)
        while self.blocks:
            self._ended.extend(self._phrases.add(self.blocks.popleft()))
        if came:
            self._heard_s = self._clock_s()
        elif self._clock_s() >= self._heard_s + _STALLED_S and (last := self._phrases.end()):
            self._ended.append(last)
        missed_s = 0.0
        while sum(one.seconds for one in self._ended) > _WAITING_MAX_S:
            missed_s += self._ended.popleft().seconds
        self._news.set()
        return missed_s

    async def next(self, guessed: int, guessed_s: float) -> Phrase:
        """The oldest phrase that has ended; or the one being said, once a guess is worth it.

        Args:
            guessed: The number of the last one.
            guessed_s: How much of that there was.
        """
        while True:
            if self._ended:
                return self._ended.popleft()
            now = self._phrases.so_far
            from_s = guessed_s + _GUESS_EVERY_S if now and now.number == guessed else _GUESS_FROM_S
            if now is not None and now.seconds >= from_s:
                return now
            self._news.clear()
            await self._news.wait()

    def send(self, said: CaptionSegment) -> None:
        """Let it be sent; of what waits too long, the oldest goes."""
        if self.sending.full():
            self.sending.get_nowait()
        self.sending.put_nowait(said)
