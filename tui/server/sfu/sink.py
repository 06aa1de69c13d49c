"""Where the packets of a published track go: what a track and an uplink know of a receiver."""

from __future__ import annotations

from typing import Protocol

from tui.server.sfu.layer import Layer
from tui.server.sfu.vp8 import Vp8Fields


class Sink(Protocol):
    """One receiver of one track."""

    layer: Layer | None
    """The layer that is forwarded now; None: none yet."""
    paused: bool
    """Whether the receiver wants nothing forwarded for now."""
    loss: float
    """Fraction the receiver last reported lost, 0..1."""

    limit_bps: float | None
    """What the receiver's line carries of a track without layers [bit/s]; None: all of it."""

    def write(
        self,
        layer: Layer,
        marker: int,
        sequence: int,
        timestamp: int,
        extension: bytes,
        payload: bytes,
        vp8: Vp8Fields | None,
        now: float,
        red: bytes = b"",
    ) -> None:
        """Take one packet of `layer`; positional, because it is called for every packet."""
        ...

    def sender_report(self, layer: Layer, ntp: int, rtp_timestamp: int) -> None:
        """Take the publisher's clock."""
        ...

    def choose(self, now: float, *, ask: bool = True) -> None:
        """Choose the layer to forward again; `ask` for a key frame when that means a switch."""
        ...

    def resynchronise(self) -> None:
        """Packets were withheld: continue the numbering at the next one."""
        ...
