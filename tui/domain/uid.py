"""What a user ID may be, and which errors are about one."""

from __future__ import annotations

from typing import Final

from tui.domain.errors import CallsError, ErrorCode

UID_CODES: Final = frozenset(
    {
        ErrorCode.INVALID_UID,
        ErrorCode.UID_WITH_SPACE,
        "ERR_UID_NOT_FOUND",
        "AUTH_ERR_UID_NOT_FOUND",
    }
)
"""Codes of errors that another user ID may mend."""


def check_uid(uid: str) -> None:
    """Refuse what no server takes for a user ID.

    Raises:
        CallsError: `ERROR_INVALID_UID`, `ERROR_UID_WITH_SPACE`.
    """
    if not uid.strip():
        raise CallsError(ErrorCode.INVALID_UID, "UID cannot be empty. Give a user ID.")
    if " " in uid:
        raise CallsError(ErrorCode.UID_WITH_SPACE, "A user ID has no spaces. Check it.")
