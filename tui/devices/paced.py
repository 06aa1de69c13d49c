"""Microphones and speakers that are not sound cards: a source or sink of blocks and a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.devices.pacing import PacedThread
from tui.domain.media import BLOCK_SAMPLES
from tui.ports.devices import Block


class BlockSource(Protocol):
    """Makes sound, one block after another; used by one thread at a time."""

    def next_block(self) -> Block:
        """The next `BLOCK_SAMPLES` samples, a new array or one that is never written again."""

    def close(self) -> None:
        """Release what is open. Idempotent."""


class BlockSink(Protocol):
    """Takes sound, one block after another; used by one thread at a time."""

    def take(self, block: Block) -> None:
        """Keep or discard a block."""

    def close(self) -> None:
        """Finish. Idempotent."""


class PacedMicrophone:
    """A microphone that plays a `BlockSource` in real time."""

    hears_a_room = False

    def __init__(self, label: str, source: BlockSource):
        self.label = label
        self._source = source
        self._thread: PacedThread | None = None

    def start(self, on_block: Callable[[Block], None]) -> None:
        """Begin; see `tui.ports.devices.Microphone`."""
        self._thread = PacedThread(self.label, lambda: on_block(self._source.next_block()))
        self._thread.start()

    def stop(self) -> None:
        """End and release the source. Idempotent."""
        if self._thread is not None:
            self._thread.stop()
        self._source.close()

    @property
    def failed(self) -> bool:
        """The source or whoever listens raised."""
        return self._thread is not None and self._thread.failed


class PacedSpeaker:
    """A speaker that pulls in real time into a `BlockSink`."""

    behind = False

    def __init__(self, label: str, sink: BlockSink):
        self.label = label
        self._sink = sink
        self._thread: PacedThread | None = None

    def start(self, pull: Callable[[int], Block]) -> None:
        """Begin; see `tui.ports.devices.Speaker`."""
        self._thread = PacedThread(self.label, lambda: self._sink.take(pull(BLOCK_SAMPLES)))
        self._thread.start()

    def stop(self) -> None:
        """End and finish the sink. Idempotent."""
        if self._thread is not None:
            self._thread.stop()
        self._sink.close()

    @property
    def failed(self) -> bool:
        """The sink (a full disk, say) or the mixer raised."""
        return self._thread is not None and self._thread.failed
