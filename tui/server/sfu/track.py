"""A published track: its layers come in, its sinks take them."""

from __future__ import annotations

import time
from collections.abc import Callable

from tui.server.sfu import rtcp
from tui.server.sfu.layer import Layer
from tui.server.sfu.sink import Sink

AUDIO_CLOCK_RATE = 48_000
VIDEO_CLOCK_RATE = 90_000
_KEY_FRAME_INTERVAL_S = 0.3
_LAYER_SILENT_S = 1.0


class PublishedTrack:
    """What one participant publishes.

    Args:
        sid: Track id (`TR_...`).
        owner_sid: The publisher's participant id (`PA_...`).
        kind: `audio` or `video`.
        send_rtcp: Sends RTCP to the publisher.
    """

    __slots__ = (
        "clock_rate",
        "codec",
        "downs",
        "kind",
        "layers",
        "level",
        "level_at",
        "mid",
        "muted",
        "opus_type",
        "owner_sid",
        "red_type",
        "rids",
        "send_rtcp",
        "sid",
        "stereo",
    )

    def __init__(
        self, sid: str, owner_sid: str, kind: str, send_rtcp: Callable[[bytes], None]
    ) -> None:
        self.sid = sid
        self.owner_sid = owner_sid
        self.kind = kind
        self.clock_rate = AUDIO_CLOCK_RATE if kind == "audio" else VIDEO_CLOCK_RATE
        self.send_rtcp = send_rtcp
        self.mid = ""
        self.codec = ""
        """`OPUS`, `VP8`, `H264`, `VP9` or `AV1`; empty until negotiated."""
        self.opus_type = 0
        self.red_type = -1
        """Payload types of the publisher's sound: what is in a redundant packet (RFC 2198), and
        what such a packet has itself; -1: none are sent."""
        self.rids: tuple[str, ...] = ()
        """Simulcast layers, worst first; empty without simulcast."""
        self.layers: dict[str, Layer] = {}
        self.downs: list[Sink] = []
        self.muted = False
        """Whether it is muted; nothing is forwarded then."""
        self.stereo = False
        """Whether its sound has two channels."""
        self.level = 127
        """-dBov of the last packet (RFC 6464): 0 is loudest, 127 silence."""
        self.level_at = 0.0

    def layer_for(self, highest: int, now: float) -> Layer | None:
        """The best living layer of index `highest` or below, else the worst living one."""
        if not self.rids:
            return self.layers.get("")
        chosen: Layer | None = None
        for index, rid in enumerate(self.rids):
            layer = self.layers.get(rid)
            if layer is None or now - layer.last_at > _LAYER_SILENT_S:
                continue
            if chosen is not None and index > highest:
                break
            chosen = layer
        return chosen

    @property
    def limit_bps(self) -> float | None:
        """What the narrowest receiver's line carries of it; None: all, or it has layers."""
        limits = [
            down.limit_bps
            for down in self.downs
            if down.limit_bps is not None and not down.paused and not self.rids
        ]
        return min(limits, default=None)

    def ask_key_frame(self, layer: Layer | None) -> bool:
        """Send a PLI for `layer` unless one just went; whether it was sent."""
        now = time.monotonic()
        if layer is None or now - layer.key_frame_asked_at < _KEY_FRAME_INTERVAL_S:
            return False
        layer.key_frame_asked_at = now
        self.send_rtcp(rtcp.pli(layer.ssrc))
        return True

    def set_muted(self, *, muted: bool) -> None:
        """Stop or resume forwarding; on resuming, every receiver's numbering goes on unbroken."""
        if self.muted and not muted:
            for down in self.downs:
                down.resynchronise()
        self.muted = muted
