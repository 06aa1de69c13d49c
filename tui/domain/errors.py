"""What can go wrong in a call, in the words of the CometChat Calls SDK v5.

Every failure a person may hear of is a `CallsError`: a documented code, a sentence that says
what came, what was expected and what to do. Bugs of ours never are one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Documented codes (spec cometchat-calls (e)) and ours for what that surface leaves open."""

    SDK_NOT_INITIALIZED = "ERROR_SDK_NOT_INITIALIZED"
    LOGIN_IN_PROGRESS = "ERROR_LOGIN_IN_PROGRESS"
    INVALID_UID = "ERROR_INVALID_UID"
    UID_WITH_SPACE = "ERROR_UID_WITH_SPACE"
    API_KEY_NOT_FOUND = "ERROR_API_KEY_NOT_FOUND"
    BLANK_AUTH_TOKEN = "ERROR_BLANK_AUTHTOKEN"
    AUTH_TOKEN_WITH_SPACE = "ERROR_AUTHTOKEN_WITH_SPACE"
    NO_USER_LOGGED_IN = "ERROR_NO_USER_LOGGED_IN"
    SESSION_ID_MISSING = "ERROR_SESSION_ID_MISSING"
    AUTH_TOKEN_MISSING = "ERROR_AUTH_TOKEN_MISSING"
    VALIDATION = "VALIDATION_ERROR"
    NETWORK = "NETWORK_ERROR"
    BAD_RESPONSE = "BAD_RESPONSE"
    API = "COMET_CHAT_API_ERROR"
    UNKNOWN = "ERROR_UNKNOWN"

    OTHER_SERVER = "ERROR_OTHER_SERVER"
    """A key or token is for another server than the one it would go to."""
    CALL_TOKEN_REFUSED = "ERROR_CALL_TOKEN_REFUSED"
    PASSWORD_WRONG = "ERROR_PASSWORD"
    """A room's password is missing, or another one."""
    SESSION_FULL = "ERROR_SESSION_FULL"
    CONNECTION_FAILED = "ERROR_CONNECTION_FAILED"
    REMOVED = "ERROR_REMOVED_FROM_SESSION"
    NOT_PERMITTED = "ERROR_NOT_PERMITTED"
    NO_SESSION = "ERROR_NO_SESSION"
    CALL_IN_PROGRESS = "CALL_IN_PROGRESS"
    NOT_SUPPORTED = "ERROR_NOT_SUPPORTED"
    REQUEST_IN_PROGRESS = "REQUEST_IN_PROGRESS"
    SESSION_ID_REQUIRED = "SESSION_ID_REQUIRED"
    NOT_INITIALIZED = "NOT_INITIALIZED"
    """A transcript request before `init`."""
    NOT_LOGGED_IN = "NOT_LOGGED_IN"
    """A transcript request of nobody."""
    NOT_ENOUGH_PARAMETERS = "NOT_ENOUGH_PARAMETERS"
    """A call-log request without an auth token, of nobody."""


HOPELESS: Final = frozenset(
    {
        ErrorCode.SESSION_ID_MISSING,
        ErrorCode.VALIDATION,
        ErrorCode.OTHER_SERVER,
        ErrorCode.NOT_SUPPORTED,
        "AUTH_ERR_CALL_TOKEN_INVALID",
        "AUTH_ERR_CALL_TOKEN_EXPIRED",
        "AUTH_ERR_CALL_TOKEN_OTHER_USER",
        "ERR_SESSION_ID_INVALID",
    }
)
"""Refusals that the same once more would only get again."""


class CallsError(Exception):
    """A refusal or failure with a documented code.

    Args:
        code: One of `ErrorCode`, or a server's own code passed on unchanged.
        description: One sentence or two: what came, what was expected, what to do. Already
            cleaned of control characters where it quotes somebody else's text.
        field: The settings field it is about (`VALIDATION_ERROR` only), camelCase.
    """

    def __init__(self, code: ErrorCode | str, description: str, *, field: str | None = None):
        super().__init__(f"{code}: {description}")
        self.code = str(code)
        self.description = description
        self.field = field

    def __eq__(self, other: object) -> bool:
        """Equal when code, description and field are: it travels between processes."""
        return isinstance(other, CallsError) and (self.code, self.description, self.field) == (
            other.code,
            other.description,
            other.field,
        )

    def __hash__(self) -> int:
        return hash((self.code, self.description, self.field))


class ExitCode:
    """Exit codes of every `cellcall` command (DESIGN section 9)."""

    LEFT = 0
    USAGE = 2
    AUTHENTICATION = 3
    JOIN_FAILED = 4
    CONNECTION_LOST = 5
    IDLE_TIMEOUT = 6
    INTERRUPTED = 130


_USAGE_CODES = {
    ErrorCode.VALIDATION,
    ErrorCode.SESSION_ID_MISSING,
    "ERR_SESSION_ID_INVALID",
}
_AUTHENTICATION_CODES = {
    ErrorCode.AUTH_TOKEN_MISSING,
    ErrorCode.INVALID_UID,
    ErrorCode.UID_WITH_SPACE,
    ErrorCode.API_KEY_NOT_FOUND,
    ErrorCode.BLANK_AUTH_TOKEN,
    ErrorCode.AUTH_TOKEN_WITH_SPACE,
    ErrorCode.NO_USER_LOGGED_IN,
    ErrorCode.CALL_TOKEN_REFUSED,
    ErrorCode.PASSWORD_WRONG,
    ErrorCode.OTHER_SERVER,
    "ERR_UID_NOT_FOUND",
    "ERR_TOO_MANY_LOGINS",
}


def exit_code_of(error: CallsError) -> int:
    """The exit code a command ends with because of `error`."""
    if error.code in _USAGE_CODES:
        return ExitCode.USAGE
    if error.code in _AUTHENTICATION_CODES or error.code.startswith("AUTH_ERR_"):
        return ExitCode.AUTHENTICATION
    return ExitCode.JOIN_FAILED
