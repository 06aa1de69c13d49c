"""Getting the address, port and certificate to serve with, or saying why not."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path

from tui.domain.errors import ExitCode
from tui.domain.text import clean


class ServeError(Exception):
    """The server can't start.

    Args:
        problem: One sentence for the screen.
        remedy: The step that mends it.
        exit_code: What the command ends with.
    """

    def __init__(self, problem: str, remedy: str, exit_code: int = ExitCode.USAGE):
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy
        self.exit_code = exit_code


def bind(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """A listening TCP socket, kept: a free port found and closed again could be taken meanwhile.

    Args:
        host: A name or address of this machine.
        port: 0 for any free one.
        option: What the person who serves chooses the port with.

    Raises:
        ServeError: It can't be had; the text says why and what to do.
    """
    shown = clean(host, 80)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, OverflowError, UnicodeError) as error:
        raise ServeError(
            f"{shown}:{port} is no address to listen on.",
            "Use an address of this machine with --host, such as 127.0.0.1 or 0.0.0.0.",
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)  # two sockets may share a bound port until one of them listens
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, shown, port, option) from error
    return listener


def _cannot_listen(error: OSError, host: str, port: int, option: str) -> ServeError:
    if error.errno == errno.EADDRINUSE:
        return ServeError(
            f"Port {port} on {host} is in use by another program.",
            f"Stop that program, or choose another port with {option} (0 for any free one).",
        )
    if error.errno == errno.EACCES:
        return ServeError(
            f"Port {port} needs rights this user does not have.",
            f"Choose a port from 1024 on with {option}.",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return ServeError(
            f"{host} is not an address of this machine.",
            "Use one of its own with --host, or 0.0.0.0 for all of them.",
        )
    return ServeError(
        f"Can't listen on {host} port {port}: {error.strerror or error}.",
        f"Choose another one with --host and {option}.",
    )


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Load the certificate once, because uvicorn's own message names neither file nor remedy.

    Raises:
        ServeError: The files can't be used.
    """
    if certificate is None:
        if key is not None:
            raise ServeError(
                "A TLS key was given without a certificate.", "Give --cert too, or neither."
            )
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate, key, password=_no_password
        )
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        what = f"{certificate}" + (f" with {key}" if key else "")
        raise ServeError(
            f"The TLS certificate {what} can't be used: "
            f"{clean(str(getattr(error, 'strerror', None) or error), 160)}.",
            "Give PEM files with --cert and --key that belong together and have no password.",
        ) from error


def _no_password() -> str:
    """In place of OpenSSL's own prompt, which would wait at the terminal for ever."""
    raise ValueError("the key is protected by a password")
