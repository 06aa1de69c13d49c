"""What the list of processes shows of us, which everybody on the machine can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SECRETS: Final = ("--token", "--api-key", "--auth-token", "--password")


def hide_secrets(arguments: Sequence[str]) -> None:
    """Show `cellcall COMMAND` alone when the command line holds a link, a key or a token.

    Args:
        arguments: The command line behind the program's name.
    """
    options = [argument.partition("=")[0] for argument in arguments]
    links = any("://" in one or "jwt=" in one for one in arguments)
    if not links and not set(_SECRETS).intersection(options):
        return
    import setproctitle  # for this alone: most commands need it not

    command = arguments[0] if not arguments[0].startswith("-") else ""
    setproctitle.setproctitle(f"cellcall {command}".rstrip())
