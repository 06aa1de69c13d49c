"""What went wrong on the network, in one line a person can act on.

httpx wraps httpcore, which wraps anyio, which wraps the operating system: the reason is at the
bottom of that chain, and only its type is reliable.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.preparing import NoAnswer
from tui.domain.text import clean
from tui.wire.address import shown_host, shown_origin

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def timed_out(url: str, seconds: float) -> CallsError:
    """`NETWORK_ERROR` for an answer that did not come."""
    return CallsError(
        ErrorCode.NETWORK,
        f"Server did not answer in {seconds:g} seconds. Check your network and "
        f"{shown_origin(url)}, then try again.",
    )


def failure_of(error: Exception, url: str) -> NoAnswer:
    """Why asking `url` failed."""
    causes = list(_causes(error))

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return NoAnswer.TOO_LATE
    if caused_by(socket.gaierror):
        return NoAnswer.UNKNOWN_NAME
    if caused_by(ssl.SSLCertVerificationError):
        return NoAnswer.UNTRUSTED
    if caused_by(ssl.SSLError):
        return NoAnswer.NO_TLS
    if caused_by(ConnectionRefusedError):
        return NoAnswer.REFUSED
    if any(isinstance(cause, OSError) and cause.errno in _UNREACHABLE for cause in causes):
        return NoAnswer.UNREACHABLE
    if isinstance(error, httpx.ProxyError):
        return NoAnswer.PROXY
    if isinstance(error, httpx.ConnectError):
        return NoAnswer.NO_CONNECTION
    if isinstance(error, httpx.RemoteProtocolError) and url.startswith("http:"):
        return NoAnswer.HUNG_UP
    return NoAnswer.BROKE_OFF


def network_error(error: Exception, url: str) -> CallsError:
    """`NETWORK_ERROR` for a connection that failed."""
    where, reason = shown_origin(url), clean(str(error), 120)
    match failure_of(error, url):
        case NoAnswer.UNKNOWN_NAME:
            text = (
                f"No server is known by the name {shown_host(url)}. Check its spelling and "
                "your network (DNS)."
            )
        case NoAnswer.UNTRUSTED:
            text = (
                f"The certificate of {where} is not trusted: {_refusal_of_certificate(error)}. "
                "Check the address, or ask who runs the server; to trust a certificate of your "
                "own, name its file in SSL_CERT_FILE."
            )
        case NoAnswer.NO_TLS:
            text = f"No secure connection (TLS) to {where}. Perhaps it wants http:// instead."
        case NoAnswer.REFUSED:
            text = f"Nothing answers at {where}: connection refused. Is the server running there?"
        case NoAnswer.UNREACHABLE:
            text = f"{where} can't be reached from this network. Check your connection."
        case NoAnswer.PROXY:
            text = f"The proxy in between refused: {reason}. Check your proxy settings."
        case NoAnswer.NO_CONNECTION:
            text = f"No connection to {where}: {reason}. Check address and network."
        case NoAnswer.HUNG_UP:
            text = (
                f"{where} took the connection and said nothing. Perhaps it wants https:// instead."
            )
        case _:
            text = (
                f"The connection to {where} broke off ({reason or 'no reason given'}). Try again."
            )
    return CallsError(ErrorCode.NETWORK, text)


def _refusal_of_certificate(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return clean(cause.verify_message, 120)
    return ""


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    yield error
    if depth > 12:
        return
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _causes(part, depth + 1)
    for next_error in (error.__cause__, error.__context__):
        if next_error is not None:
            yield from _causes(next_error, depth + 1)
