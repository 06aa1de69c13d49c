"""What makes words into sound."""

from __future__ import annotations

from typing import Protocol

from tui.ports.devices import Block


class Synthesizer(Protocol):
    """A voice."""

    async def samples(self, text: str, program: str = "") -> Block:
        """The text as it sounds: mono, 48 kHz; empty for one without any words.

        Args:
            text: Whatever it holds, it is only words.
            program: What is to speak; empty: the first there is.

        Raises:
            DeviceUnavailable: There is no program for it, or it fails.
        """
