"""The demo robot's ears and mouth: what it hears comes back some seconds later."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

import numpy as np

from tui.devices.paced import PacedMicrophone, PacedSpeaker
from tui.domain.media import BLOCK_MS, BLOCK_SAMPLES
from tui.ports.devices import Block, Microphone

_SLACK_BLOCKS: Final = 10
"""Blocks that the two clocks may be apart."""


class EchoLoop:
    """A speaker and a microphone that share a delay line.

    Args:
        delay_s: How much later it comes back.
        own: The robot's own sound, mixed in; started and stopped with the microphone.
        gain: Of what comes back.
    """

    def __init__(self, delay_s: float = 2.0, own: Microphone | None = None, *, gain: float = 0.8):
        self._delay_blocks = max(1, round(delay_s * 1000 / BLOCK_MS))
        self._heard: deque[Block] = deque(maxlen=self._delay_blocks + _SLACK_BLOCKS)
        self._own_blocks: deque[Block] = deque(maxlen=_SLACK_BLOCKS)
        self._own = own
        self._own_started = False
        self._gain = np.float32(gain)
        self._lock = threading.Lock()
        self.speaker = PacedSpeaker("echo", _Ear(self))
        """Give it the robot's mix."""
        self.microphone = PacedMicrophone("echo", _Mouth(self))
        """Publish it as the robot's microphone."""

    def use_own(self, own: Microphone) -> None:
        """Give the robot its own sound; before the microphone starts."""
        self._own = own

    def hear(self, block: Block) -> None:
        """One block of the mix."""
        with self._lock:
            self._heard.append(block.copy())

    def speak(self) -> Block:
        """The block that was heard `delay_s` ago, with the robot's own sound."""
        if self._own is not None and not self._own_started:
            self._own_started = True
            self._own.start(self._own_blocks.append)
        with self._lock:
            full = len(self._heard) >= self._delay_blocks
            returned = self._heard.popleft() if full else None
        total = np.zeros(BLOCK_SAMPLES, np.float32)
        if returned is not None:
            total += returned * self._gain
        if self._own_blocks:
            total += self._own_blocks.popleft()
        np.clip(total, -32768, 32767, out=total)
        return total.astype(np.int16)

    def close_own(self) -> None:
        """Stop the robot's own sound."""
        if self._own is not None and self._own_started:
            self._own.stop()


class _Ear:
    def __init__(self, loop: EchoLoop):
        self._loop = loop

    def take(self, block: Block) -> None:
        self._loop.hear(block)

    def close(self) -> None:
        """Nothing is open."""


class _Mouth:
    def __init__(self, loop: EchoLoop):
        self._loop = loop

    def next_block(self) -> Block:
        return self._loop.speak()

    def close(self) -> None:
        self._loop.close_own()
