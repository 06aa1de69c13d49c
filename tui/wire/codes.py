"""Codes the embedded server puts in `error.code`, and the HTTP status that goes with each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ServerCode(StrEnum):
    """CometChat's own codes where it documents one (spec cometchat-calls (e)), else ours."""

    UID_NOT_FOUND = "ERR_UID_NOT_FOUND"
    UID_ALREADY_EXISTS = "ERR_UID_ALREADY_EXISTS"
    BAD_UID = "ERR_BAD_UID"
    API_KEY_NOT_FOUND = "AUTH_ERR_API_KEY_NOT_FOUND"
    AUTH_TOKEN_NOT_FOUND = "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"
    TOO_MANY_LOGINS = "ERR_TOO_MANY_LOGINS"
    SESSION_ID_INVALID = "ERR_SESSION_ID_INVALID"
    SESSION_NOT_FOUND = "ERR_SESSION_NOT_FOUND"
    CALL_TOKEN_MISSING = "AUTH_ERR_CALL_TOKEN_MISSING"
    CALL_TOKEN_INVALID = "AUTH_ERR_CALL_TOKEN_INVALID"
    CALL_TOKEN_EXPIRED = "AUTH_ERR_CALL_TOKEN_EXPIRED"
    CALL_TOKEN_OTHER_USER = "AUTH_ERR_CALL_TOKEN_OTHER_USER"
    BAD_REQUEST = "ERR_BAD_REQUEST"
    BODY_TOO_LARGE = "ERR_BODY_TOO_LARGE"
    PATH_NOT_FOUND = "ERR_PATH_NOT_FOUND"
    METHOD_NOT_ALLOWED = "ERR_METHOD_NOT_ALLOWED"
    UNAVAILABLE = "ERR_SERVER_UNAVAILABLE"
    INTERNAL = "ERR_INTERNAL"


HTTP_STATUS: Final[Mapping[str, int]] = {
    ServerCode.UID_NOT_FOUND: 404,
    ServerCode.UID_ALREADY_EXISTS: 409,
    ServerCode.API_KEY_NOT_FOUND: 401,
    ServerCode.AUTH_TOKEN_NOT_FOUND: 401,
    ServerCode.TOO_MANY_LOGINS: 429,
    ServerCode.SESSION_NOT_FOUND: 404,
    ServerCode.CALL_TOKEN_MISSING: 401,
    ServerCode.CALL_TOKEN_INVALID: 401,
    ServerCode.CALL_TOKEN_EXPIRED: 401,
    ServerCode.CALL_TOKEN_OTHER_USER: 403,
    ServerCode.BODY_TOO_LARGE: 413,
    ServerCode.PATH_NOT_FOUND: 404,
    ServerCode.METHOD_NOT_ALLOWED: 405,
    ServerCode.UNAVAILABLE: 503,
    ServerCode.INTERNAL: 500,
}
"""Everything not named here is a 400."""
