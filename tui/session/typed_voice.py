"""Text that speaks for somebody who does not: made into sound, and sent as our own voice.

It goes out whether our microphone is on or off, and what the microphone hears stays where it was.
Muting cuts it off, with all that waits to be said. The words go out as captions, too: they are
known exactly, and whoever reads captions need not wait for a recogniser.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.rights import Right, not_permitted
from tui.domain.text import SPOKEN_MAX_CHARACTERS, clean
from tui.ports.devices import Block, DeviceUnavailable
from tui.ports.speech import Synthesizer
from tui.session.call_devices import CallDevices
from tui.session.captions import Captions
from tui.session.own_sound import played
from tui.session.own_state import OwnState

_WAITING_MAX: Final = 8


class TypedVoice:
    """See the module.

    Args:
        synthesizer: Makes the sound.
        media: What is sent.
        own: Says to everybody that we are heard.
        captions: Carries the words.
    """

    def __init__(
        self, synthesizer: Synthesizer, media: CallDevices, own: OwnState, captions: Captions
    ):
        self._synthesizer = synthesizer
        self._media = media
        self._own = own
        self._captions = captions
        self._waiting: asyncio.Queue[Block] = asyncio.Queue(_WAITING_MAX)

    async def say(self, text: str) -> None:
        """Say it behind what is being said; done when it waits its turn.

        Raises:
            CallsError: `VALIDATION_ERROR` without words, with too many, or without a program that
                speaks; `ERROR_NOT_PERMITTED` for whoever may not be heard.
        """
        words = clean(text, SPOKEN_MAX_CHARACTERS)
        if not words or len(text) > SPOKEN_MAX_CHARACTERS:
            told = f"Came with {len(text)} characters; 1 to {SPOKEN_MAX_CHARACTERS} can be said."
            raise CallsError(ErrorCode.VALIDATION, told)
        if not self._own.rights.speak:
            raise not_permitted(Right.SPEAK)
        if self._waiting.full():
            raise _too_many()
        try:
            samples = await self._synthesizer.samples(words)
        except DeviceUnavailable as missing:
            raise CallsError(
                ErrorCode.VALIDATION, f"{missing.problem} {missing.remedy}".strip()
            ) from missing
        if not len(samples):
            raise CallsError(ErrorCode.VALIDATION, "There is nothing in it that can be said.")
        if self._waiting.full():  # others came while this one was made into sound
            raise _too_many()
        self._waiting.put_nowait(samples)
        with contextlib.suppress(CallsError):  # where captions can't be sent, it is heard
            await self._captions.send(words, self._own.local.id)

    async def run(self) -> None:
        """Say what waits, until cancelled."""
        while True:
            samples = await self._waiting.get()
            await self._own.set_voicing(True)
            try:
                whole = await played(self._media.capture.clips, samples)
            finally:
                self._media.capture.clips.stop()
            while not whole and not self._waiting.empty():
                self._waiting.get_nowait()
            if self._waiting.empty():
                await self._own.set_voicing(False)


def _too_many() -> CallsError:
    told = f"{_WAITING_MAX} texts wait to be said already. /mute says none of them."
    return CallsError(ErrorCode.VALIDATION, told)
