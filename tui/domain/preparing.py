"""Before a call: what the green room starts with, what comes out of it, and how the server answers.

Sentences here are for both front ends: the state first, in one word, then what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SLOW_FROM_MS: Final = 300.0
"""A round trip of this long is 150 ms one way, from where on people notice in a conversation
(ITU-T G.114); what devices and the others' own way add comes on top."""

CHECKING: Final = "checking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Microphone and camera at the moment of joining."""

    microphone_on: bool = False
    camera_on: bool = False
    listen: bool = True
    """Plain mode: hear whether the microphone works, without being asked to."""


class NoAnswer(StrEnum):
    """Why a server does not answer, in words that stand behind `no answer:`."""

    REFUSED = "connection refused"
    TOO_LATE = "nothing came in time"
    UNKNOWN_NAME = "no server has that name"
    UNTRUSTED = "its certificate is not trusted"
    NO_TLS = "no secure connection"
    HUNG_UP = "it hung up"
    UNREACHABLE = "not reachable from this network"
    PROXY = "the proxy refused"
    NO_CONNECTION = "no connection"
    BROKE_OFF = "the connection broke off"
    SERVER_FAULT = "the server reports a fault"


_ADVICE: Final[Mapping[NoAnswer, str]] = {
    NoAnswer.REFUSED: "See whether the server runs, and whether its address and port are right.",
    NoAnswer.TOO_LATE: "Check your connection, or ask whether a firewall is in between.",
    NoAnswer.UNKNOWN_NAME: "Check its spelling and your connection.",
    NoAnswer.UNTRUSTED: "Check the address, or name a certificate of your own in SSL_CERT_FILE.",
    NoAnswer.NO_TLS: "Perhaps it wants http:// or ws:// instead.",
    NoAnswer.HUNG_UP: "Perhaps it wants https:// or wss:// instead.",
    NoAnswer.UNREACHABLE: "Check your connection.",
    NoAnswer.PROXY: "Check your proxy settings.",
    NoAnswer.NO_CONNECTION: "Check the address and your connection.",
    NoAnswer.BROKE_OFF: "Check your connection.",
    NoAnswer.SERVER_FAULT: "Try again in a minute, or tell whoever runs it.",
}
_SLOW: Final = "You will hear one another late. Another network or a cable may help."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """How the server of a call answers before anybody joins."""

    round_trip_ms: float = 0.0
    """There and back, without connecting; the median of a few."""
    failure: NoAnswer | None = None
    """Why there is no round trip; None: it answers."""

    @property
    def is_good(self) -> bool:
        """It answers, and fast enough to talk."""
        return self.failure is None and self.round_trip_ms < SLOW_FROM_MS

    @property
    def words(self) -> str:
        """`ok, 45 ms`, `slow, 420 ms`, or `no answer: connection refused`; without a full stop."""
        if self.failure is not None:
            return f"no answer: {self.failure}"
        took = "under 1 ms" if self.round_trip_ms < 1 else f"{self.round_trip_ms:.0f} ms"
        return f"ok, {took}" if self.is_good else f"slow, {took}"

    @property
    def advice(self) -> str:
        """What to do about it, in sentences; empty when all is well."""
        if self.failure is not None:
            return _ADVICE[self.failure]
        return "" if self.is_good else _SLOW

    @property
    def sentence(self) -> str:
        """Both, as `Network: ok, 45 ms.`, to be printed and spoken."""
        return f"Network: {self.words}. {self.advice}".rstrip()
