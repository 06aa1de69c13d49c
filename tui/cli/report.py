"""Tells a failure in two lines: the cause, and what to do. Never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Final

import click

from tui.cli import first_frame, folders
from tui.domain.errors import CallsError, ErrorCode, ExitCode, exit_code_of
from tui.domain.text import clean

_CRASHED: Final = 1

_REMEDIES: Final = {
    ErrorCode.AUTH_TOKEN_MISSING: (
        "Give --user and --api-key, set CELLCALL_AUTH_TOKEN, or sign in once with: cellcall"
    ),
    ErrorCode.API_KEY_NOT_FOUND: (
        "Set CELLCALL_API_KEY or give --api-key; `cellcall serve` prints where a server's is kept."
    ),
    ErrorCode.INVALID_UID: "Give a user ID with --user.",
    ErrorCode.UID_WITH_SPACE: "Give a user ID without spaces with --user.",
    ErrorCode.BLANK_AUTH_TOKEN: "Check CELLCALL_AUTH_TOKEN or --auth-token.",
    ErrorCode.AUTH_TOKEN_WITH_SPACE: "Check CELLCALL_AUTH_TOKEN or --auth-token.",
    ErrorCode.SESSION_ID_MISSING: "Name the session: cellcall join SESSION",
    ErrorCode.VALIDATION: (
        "Correct it and try again; `cellcall join --help` and `cellcall settings` list what is "
        "allowed."
    ),
    ErrorCode.NETWORK: (
        "Check the address (--server) and that the server runs; `cellcall doctor` tests the way."
    ),
    ErrorCode.BAD_RESPONSE: "Check that --server is the address of a cellcall or CometChat server.",
    ErrorCode.CALL_TOKEN_REFUSED: "Ask for a new link or token: they expire.",
    "AUTH_ERR_CALL_TOKEN_INVALID": "Ask for a new link or token.",
    "AUTH_ERR_CALL_TOKEN_EXPIRED": "Ask for a new link or token.",
    "AUTH_ERR_CALL_TOKEN_OTHER_USER": "Use your own link, or sign in as that user.",
    "ERR_SESSION_ID_INVALID": "Name the session: cellcall join SESSION",
    ErrorCode.OTHER_SERVER: "Or join by a link that carries its own token.",
    ErrorCode.SESSION_FULL: "Try again when somebody has left.",
    ErrorCode.CONNECTION_FAILED: "Check the network with `cellcall doctor`, then try again.",
    "AUTH_ERR_AUTH_TOKEN_NOT_FOUND": "Sign in again: cellcall, or give --user and --api-key.",
    "AUTH_ERR_API_KEY_NOT_FOUND": (
        "Check CELLCALL_API_KEY or --api-key; `cellcall serve` prints where it is kept."
    ),
    "AUTH_ERR_UID_NOT_FOUND": "Add the user where the server runs: cellcall serve --add-user UID",
    "ERR_UID_NOT_FOUND": "Add the user where the server runs: cellcall serve --add-user UID",
    "ERR_TOO_MANY_LOGINS": "Wait a minute, then try again.",
}
"""By error code, for commands; the descriptions themselves serve both front ends."""


class CommandError(Exception):
    """A command can't go on.

    Args:
        problem: One line: what is wrong.
        remedy: One line: what to do.
        exit_code: What the command ends with.
    """

    def __init__(self, problem: str, remedy: str, exit_code: int = ExitCode.USAGE):
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.exit_code = exit_code


def tell(problem: str, remedy: str = "") -> None:
    """Print cause and remedy on standard error."""
    first_frame.take_away()
    lines = [f"cellcall: {clean(problem)}", *([f"  {clean(remedy)}"] if remedy else [])]
    for line in lines:
        click.echo(line, err=True)


def tell_calls_error(error: CallsError) -> int:
    """Print a refusal of the session or the service. Returns the exit code."""
    remedy = _REMEDIES.get(error.code, "Try again; `cellcall doctor` shows what works here.")
    tell(f"{error.code}: {error.description}", remedy)
    return exit_code_of(error)


def guarded(command: click.Command, arguments: list[str] | None = None) -> int:
    """Run `command`; whatever it raises becomes two lines and an exit code."""
    try:
        code = command.main(arguments, prog_name="cellcall", standalone_mode=False)
        return code if isinstance(code, int) else ExitCode.LEFT
    except click.exceptions.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        first_frame.take_away()
        error.show()
        return error.exit_code
    except CommandError as error:
        tell(error.problem, error.remedy)
        return error.exit_code
    except CallsError as error:
        return tell_calls_error(error)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing to tell, and nothing may be
        # flushed at exit, which would print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.LEFT
    except Exception as error:
        return _tell_bug(error)


def _tell_bug(error: Exception) -> int:
    """A fault of ours: one line for the person, the traceback for the log."""
    cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
    if isinstance(cause, CallsError):
        return tell_calls_error(cause)
    where = folders.append_to_log("".join(traceback.format_exception(error)))
    remedy = f"The details are in {where}." if where else "Set CELLCALL_DEBUG=1 to see where."
    tell(f"A fault in cellcall itself: {type(cause).__name__}: {cause}", remedy)
    if os.environ.get("CELLCALL_DEBUG"):
        traceback.print_exception(error)
    return _CRASHED
