"""Where a join link may come from: an argument, standard input, a file, the environment.

An argument can be read by everybody on the machine, in the list of processes, and a link lets in
whoever has it. So the other three come first in the documentation, and what was given as an
argument is not shown there any more once this program runs.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from tui.cli.report import CommandError
from tui.domain.text import clean

LINK_VARIABLE: Final = "CELLCALL_LINK"
_LONGEST_BYTES: Final = 65_536


def given_link(argument: str | None, link_file: str | None) -> str | None:
    """The session or link to join; None when nothing names one.

    Args:
        argument: As typed; `-` reads standard input.
        link_file: `--link-file`.

    Raises:
        CommandError: Two were given, or the file can't be read.
    """
    if link_file is not None:
        if argument is not None:
            raise CommandError(
                "--link-file and another session or link were given.", "Give one of them."
            )
        return _from_file(link_file)
    if argument == "-":
        return _line_of(sys.stdin.fileno())
    return argument or os.environ.get(LINK_VARIABLE, "").strip() or None


def _from_file(path: str) -> str:
    shown = clean(path, 200)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise CommandError(
            f"--link-file {shown} can't be read: {error.strerror or error}.",
            "Name a file whose first line is the link.",
        ) from error
    try:
        link = _line_of(descriptor)
    except OSError as error:
        raise CommandError(
            f"--link-file {shown} can't be read: {error.strerror or error}.",
            "Name a file whose first line is the link.",
        ) from error
    finally:
        os.close(descriptor)
    if not link:
        raise CommandError(
            f"--link-file {shown} has no link in its first line.", "Put the link there."
        )
    return link


def _line_of(descriptor: int) -> str:
    """One line, byte by byte: on standard input, what comes behind it is for the call."""
    line = b""
    while (
        not line.endswith(b"\n") and len(line) < _LONGEST_BYTES and (byte := os.read(descriptor, 1))
    ):
        line += byte
    return line.decode("utf-8", "replace").strip()


def meet(target: str | None) -> None:
    """Get to know a server that made its own certificate, by the link that says which."""
    from tui.bootstrap import known_servers
    from tui.wire.address import parse_join_link, read_address

    link = parse_join_link(target or "")
    if link is not None and link.certificate:
        known_servers().learn(read_address(link.server), link.certificate)
