"""Words that are read to us, in the sound of the call.

They are mixed with everybody's voices as a clip, so that the echo canceller knows them and open
loudspeakers do not read them to the whole call. Where nothing is to be heard of a call, the front
end speaks by itself.
"""

from __future__ import annotations

import asyncio
import logging

from tui.ports.devices import DeviceUnavailable
from tui.ports.speech import Synthesizer
from tui.session.call_devices import CallDevices

log = logging.getLogger(__name__)


class Speech:
    """One voice; what is said later cuts off what is said now.

    Args:
        synthesizer: Makes the sound.
    """

    def __init__(self, synthesizer: Synthesizer):
        self._synthesizer = synthesizer
        self._saying: asyncio.Task[bool] | None = None

    async def say(self, text: str, media: CallDevices | None, program: str = "") -> bool:
        """Say it, until the end or `hush`.

        Args:
            text: Whatever it holds, it is only words.
            media: Whose loudspeaker; None: there is no call.
            program: What is to speak; empty: the first there is.

        Returns:
            False when it was not said, or not to its end, and nobody wished that: no loudspeaker,
            nothing that speaks, or the call ended.
        """
        self.hush()
        if media is None or not media.has_loudspeaker:
            return False
        saying = self._saying = asyncio.create_task(self._said(text, media, program), name="speech")
        try:
            await asyncio.wait((saying,))
        finally:
            if not saying.done():  # we are cancelled
                saying.cancel()
                await asyncio.wait((saying,))
            if self._saying is saying:
                self._saying = None
        return saying.cancelled() or saying.result()

    def hush(self) -> None:
        """Be silent at once."""
        if self._saying is not None:
            self._saying.cancel()

    async def _said(self, text: str, media: CallDevices, program: str) -> bool:
        try:
            samples = await self._synthesizer.samples(text, program)
        except DeviceUnavailable as missing:
            log.warning("not said: %s", missing.problem)
            return False
        return await media.play(samples) if len(samples) else True
