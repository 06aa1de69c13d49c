"""Why a server does not answer: what failed, and one table of the words for it.

REST, signalling, the check before a call and `doctor` all say these sentences. The trap is where
the reason stands: libraries wrap one another's errors, and only the type at the bottom of that
chain is reliable. For a name with several addresses asyncio raises one `OSError` that only quotes
those of the addresses.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.text import clean

_UNREACHABLE: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_QUOTED_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")
_MAX_DEPTH: Final = 12


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

    @property
    def advice(self) -> str:
        """What to do about it, a sentence or two."""
        return _WORDS[self].advice

    def sentences(self, where: str, reason: str = "") -> str:
        """What happened, and what to do.

        Args:
            where: The server, to be shown as it is: `https://calls.example`.
            reason: What the library says of it; cleaned and cut here.
        """
        told = _WORDS[self].told.format(
            where=where, reason=clean(reason, 120) or "no reason was given"
        )
        return f"{told} {self.advice}"


@dataclass(frozen=True, slots=True)
class _Words:
    told: str
    advice: str


_WORDS: Final[Mapping[NoAnswer, _Words]] = {
    NoAnswer.REFUSED: _Words(
        "Nothing answers at {where}: connection refused.",
        "See whether the server runs, and whether its address and port are right.",
    ),
    NoAnswer.TOO_LATE: _Words(
        "{where} did not answer: {reason}.",
        "Check your connection, or ask whether a firewall is in between.",
    ),
    NoAnswer.UNKNOWN_NAME: _Words(
        "No server has the name in {where}.", "Check its spelling and your connection."
    ),
    NoAnswer.UNTRUSTED: _Words(
        "The certificate of {where} is not trusted: {reason}.",
        "Check the address, or name a certificate of your own in SSL_CERT_FILE.",
    ),
    NoAnswer.NO_TLS: _Words(
        "There is no secure connection (TLS) to {where}.",
        "Perhaps it wants http:// or ws:// instead.",
    ),
    NoAnswer.HUNG_UP: _Words(
        "{where} took the connection and said nothing.",
        "Perhaps it wants https:// or wss:// instead.",
    ),
    NoAnswer.UNREACHABLE: _Words(
        "{where} can't be reached from this network.", "Check your connection."
    ),
    NoAnswer.PROXY: _Words(
        "The proxy on the way to {where} does not let us through: {reason}.",
        "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or go without: NO_PROXY.",
    ),
    NoAnswer.NO_CONNECTION: _Words(
        "There is no connection to {where}: {reason}.", "Check the address and your connection."
    ),
    NoAnswer.BROKE_OFF: _Words(
        "The connection to {where} broke off: {reason}.", "Check your connection."
    ),
    NoAnswer.SERVER_FAULT: _Words(
        "{where} reports a fault.", "Try again in a minute, or tell whoever runs it."
    ),
}


def failure_of(error: BaseException) -> NoAnswer | None:
    """What failed, as far as the operating system and TLS say; None when it is something else."""
    causes = list(_causes(error))

    def caused_by(kind: type[BaseException]) -> bool:
        return any(isinstance(cause, kind) for cause in causes)

    numbers = {number for cause in causes for number in _numbers(cause)}
    if isinstance(error, TimeoutError):
        return NoAnswer.TOO_LATE
    if caused_by(socket.gaierror):
        return NoAnswer.UNKNOWN_NAME
    if caused_by(ssl.SSLCertVerificationError):
        return NoAnswer.UNTRUSTED
    if caused_by(ssl.SSLError):
        return NoAnswer.NO_TLS
    if caused_by(ConnectionRefusedError) or errno.ECONNREFUSED in numbers:
        return NoAnswer.REFUSED
    if numbers.intersection(_UNREACHABLE):
        return NoAnswer.UNREACHABLE
    return None


def reason_of(error: BaseException) -> str:
    """What the library says; for a certificate, what is wrong with it. NOT cleaned yet."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return getattr(cause, "verify_message", "") or str(cause)
    return str(error) or (NoAnswer.TOO_LATE if isinstance(error, TimeoutError) else "")


def _numbers(error: BaseException) -> Iterator[int]:
    if isinstance(error, OSError):
        if error.errno is not None:
            yield error.errno
        else:
            yield from map(int, _QUOTED_NUMBER.findall(str(error)))


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    yield error
    if depth > _MAX_DEPTH:
        return
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _causes(part, depth + 1)
    for next_error in (error.__cause__, error.__context__):
        if next_error is not None:
            yield from _causes(next_error, depth + 1)
