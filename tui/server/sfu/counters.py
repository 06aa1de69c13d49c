"""What the server has done and refused since it started."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counters:
    """Counts since the start. Plain attributes, because the packet path adds to them."""

    rtp_in: int = 0
    rtp_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    send_dropped: int = 0
    """Datagrams the socket would not take."""
    padding_dropped: int = 0
    repeats_dropped: int = 0
    """Retransmissions of what had come already."""
    muted_dropped: int = 0
    unbound_dropped: int = 0
    """RTP that belongs to no announced track."""
    layer_switches: int = 0
    ceilings_lowered: int = 0
    """Subscribers given a lower layer because they lost packets."""
    key_frames_asked: int = 0
    nacks_in: int = 0
    nacks_out: int = 0
    retransmissions_in: int = 0
    retransmissions_out: int = 0
    sender_reports: int = 0
    data_in: int = 0
    data_out: int = 0
    data_dropped: int = 0
    malformed_stun: int = 0
    malformed_rtp: int = 0
    malformed_rtcp: int = 0
    malformed_srtp: int = 0
    """Failed authentication, replayed or not SRTP at all."""
    malformed_sctp: int = 0
    malformed_data: int = 0
    malformed_signal: int = 0
    failed_handshakes: int = 0
    lost_consent: int = 0
    limits_exceeded: int = 0
    joins: int = 0
    refused_joins: int = 0

    def malformed(self, kind: str, origin: str, error: Exception) -> None:
        """Count a malformed `kind` (the part after `malformed_`) and log the first."""
        name = f"malformed_{kind}"
        count = getattr(self, name) + 1
        setattr(self, name, count)
        level = logging.WARNING if count == 1 else logging.DEBUG
        log.log(level, "malformed %s from %s (number %d): %s", kind, origin, count, error)

    def as_mapping(self) -> dict[str, int | float]:
        """All of them by name."""
        return asdict(self)
