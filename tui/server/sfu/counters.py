"""What the server has done and refused since it started."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number about the server, for people who watch it."""

    name: str
    help: str
    """One sentence."""
    value: int
    only_grows: bool = True
    """It counts since the start, and is not how many there are now."""


def _count(help_: str) -> Any:
    return field(default=0, metadata={"help": help_})


@dataclass(slots=True)
class Counters:
    """Counts since the start. Plain attributes, because the packet path adds to them."""

    rtp_in: int = _count("RTP packets that came.")
    rtp_out: int = _count("RTP packets that went out.")
    bytes_in: int = _count("Bytes of RTP that came.")
    bytes_out: int = _count("Bytes of RTP that went out.")
    send_dropped: int = _count("Datagrams the socket would not take.")
    padding_dropped: int = _count("Packets without contents, not forwarded.")
    repeats_dropped: int = _count("Retransmissions of what had come already.")
    muted_dropped: int = _count("Packets of muted tracks, not forwarded.")
    unbound_dropped: int = _count("RTP that belongs to no announced track.")
    layer_switches: int = _count("Changes of a forwarded simulcast layer.")
    ceilings_lowered: int = _count("Subscribers given a lower layer because they lost packets.")
    key_frames_asked: int = _count("Key frames asked of publishers.")
    nacks_in: int = _count("Requests of subscribers to repeat packets.")
    nacks_out: int = _count("Requests to publishers to repeat packets.")
    retransmissions_in: int = _count("Packets that publishers repeated.")
    retransmissions_out: int = _count("Packets repeated to subscribers.")
    sender_reports: int = _count("Publishers' clocks passed on.")
    data_in: int = _count("Data packets that came.")
    data_out: int = _count("Data packets that went out.")
    data_dropped: int = _count("Data packets not passed on.")
    malformed_stun: int = _count("Malformed STUN messages.")
    malformed_rtp: int = _count("Malformed RTP packets.")
    malformed_rtcp: int = _count("Malformed RTCP packets.")
    malformed_srtp: int = _count("Packets that failed authentication, came twice or are not SRTP.")
    malformed_sctp: int = _count("Malformed SCTP chunks.")
    malformed_data: int = _count("Malformed data packets.")
    malformed_signal: int = _count("Malformed signalling messages.")
    failed_handshakes: int = _count("Media connections that did not come up.")
    lost_consent: int = _count("Participants whose media path fell silent.")
    limits_exceeded: int = _count("Requests over a limit.")
    connections_evicted: int = _count("Silent TCP connections closed to make room for others.")
    connections_refused: int = _count("TCP connections not taken.")
    accept_failures: int = _count("Times the system had no descriptor or memory for a connection.")
    slow_requests: int = _count("Connections closed because a request was not complete in time.")
    joins: int = _count("Participants who joined.")
    refused_joins: int = _count("Participants who were not let in.")

    def malformed(self, kind: str, origin: str, error: Exception) -> None:
        """Count a malformed `kind` (the part after `malformed_`) and log the first."""
        self.trouble(f"malformed_{kind}", f"malformed {kind} from {origin}: {error}")

    def trouble(self, name: str, text: str) -> None:
        """Add one to `name` and log the first: what strangers can bring about fills no disk."""
        count = getattr(self, name) + 1
        setattr(self, name, count)
        level = logging.WARNING if count == 1 else logging.DEBUG
        log.log(level, "%s (number %d; only the first is logged)", text, count)

    def __iter__(self) -> Iterator[Metric]:
        for one in fields(self):
            yield Metric(one.name, one.metadata["help"], getattr(self, one.name))
