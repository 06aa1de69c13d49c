"""What the SDK says when it can't: each a `CallsError` with what came, or what would help."""

from __future__ import annotations

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean


def invalid(name: str, value: object, expected: str) -> CallsError:
    """`VALIDATION_ERROR`: what came, what was expected."""
    told = "nothing" if value is None else f"{clean(repr(value), 60)} ({type(value).__name__})"
    return CallsError(
        ErrorCode.VALIDATION, f"{name}: came as {told}; expected {expected}.", field=name
    )


def no_session() -> CallsError:
    """`ERROR_NO_SESSION`."""
    return CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")


def not_supported(what: str, instead: str) -> CallsError:
    """`ERROR_NOT_SUPPORTED`: what can't be done here, and what would do it."""
    return CallsError(ErrorCode.NOT_SUPPORTED, f"{what} {instead}")
