"""What went wrong on the network, in one line a person can act on.

httpx wraps httpcore, which wraps anyio, which wraps the operating system: the reason is at the
bottom of that chain, and only its type is reliable.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def timed_out(url: str, seconds: float) -> CallsError:
    """`NETWORK_ERROR` for an answer that did not come."""
    return CallsError(
        ErrorCode.NETWORK,
        f"Server did not answer in {seconds:g} seconds. Check your network and {_origin(url)}, "
        "then try again.",
    )


def network_error(error: Exception, url: str) -> CallsError:
    """`NETWORK_ERROR` for a connection that failed."""
    where = _origin(url)
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        text = (
            f"No server is known by the name {_host(url)}. Check its spelling and your network "
            "(DNS)."
        )
    elif certificate := next(
        (cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None
    ):
        text = (
            f"The certificate of {where} is not trusted: "
            f"{clean(certificate.verify_message, 120)}. Check the address, or ask who runs the "
            "server; to trust a certificate of your own, name its file in SSL_CERT_FILE."
        )
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        text = f"No secure connection (TLS) to {where}. Perhaps it wants http:// instead."
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        text = f"Nothing answers at {where}: connection refused. Is the server running there?"
    elif any(isinstance(cause, OSError) and cause.errno in _UNREACHABLE for cause in causes):
        text = f"{where} can't be reached from this network. Check your connection."
    elif isinstance(error, httpx.ProxyError):
        text = f"The proxy in between refused: {clean(str(error), 120)}. Check your proxy settings."
    elif isinstance(error, httpx.ConnectError):
        text = f"No connection to {where}: {clean(str(error), 120)}. Check address and network."
    elif isinstance(error, httpx.RemoteProtocolError) and where.startswith("http:"):
        text = f"{where} took the connection and said nothing. Perhaps it wants https:// instead."
    else:
        text = (
            f"The connection to {where} broke off ({clean(str(error), 120) or 'no reason given'}). "
            "Try again."
        )
    return CallsError(ErrorCode.NETWORK, text)


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


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
