"""What a user ID, a session ID, a name and a body may be; client and server agree on it here.

The rules are the server's to enforce. The client and the in-process service know them so that the
same refusal, in the same words, comes from each of them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from tui.domain.errors import CallsError
from tui.domain.text import NAME_MAX_CHARACTERS, clean
from tui.wire.codes import ServerCode

UID_MAX_CHARACTERS: Final = 100
SESSION_ID_MAX_CHARACTERS: Final = 128
AVATAR_MAX_CHARACTERS: Final = 2048
BODY_MAX_BYTES: Final = 64 * 1024
"""Largest request body the server reads; the biggest honest one is under 3 kB."""

RESPONSE_MAX_BYTES: Final = 4 * 1024 * 1024
"""Largest answer the client reads."""

DEFAULT_CALL_TOKEN_TTL_S: Final = 6 * 3600
DEFAULT_PER_PAGE: Final = 30
MAX_PER_PAGE: Final = 100

_UID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_HEADER: Final = re.compile(r"[\x21-\x7e]{0,8192}")
_DANGEROUS_CATEGORIES: Final = ("Cc", "Cs")


def is_uid(text: str) -> bool:
    """Whether `text` may be a user ID: 1-100 of A-Z a-z 0-9 . _ - and not only dots.

    Only dots would be a path segment that every URL library rewrites (RFC 3986, 5.2.4).
    """
    return _UID.fullmatch(text) is not None and text.strip(".") != ""


def check_uid(uid: str) -> str:
    """The same uid.

    Raises:
        CallsError: `ERR_BAD_UID`.
    """
    if not is_uid(uid):
        raise CallsError(
            ServerCode.BAD_UID,
            f'"{clean(uid, 40)}" can\'t be a user ID. Use 1 to {UID_MAX_CHARACTERS} of '
            "A-Z a-z 0-9 . _ - without spaces.",
        )
    return uid


def check_session_id(session_id: str) -> str:
    """The session ID as it is used: cleaned, so that two that look alike are the same session.

    Raises:
        CallsError: `ERR_SESSION_ID_INVALID`: empty, too long, or with control characters.
    """
    expected = f"Expected 1 to {SESSION_ID_MAX_CHARACTERS} printable characters."
    if len(session_id) > SESSION_ID_MAX_CHARACTERS:
        raise CallsError(
            ServerCode.SESSION_ID_INVALID,
            f"The session ID has {len(session_id)} characters. {expected}",
        )
    if any(unicodedata.category(character) in _DANGEROUS_CATEGORIES for character in session_id):
        raise CallsError(
            ServerCode.SESSION_ID_INVALID,
            f"The session ID contains control characters. {expected}",
        )
    cleaned = clean(session_id, SESSION_ID_MAX_CHARACTERS)
    if not cleaned:
        raise CallsError(ServerCode.SESSION_ID_INVALID, f"The session ID is empty. {expected}")
    return cleaned


def display_name(name: str, uid: str) -> str:
    """The name a user is shown with; the uid when nothing printable was given."""
    return clean(name, NAME_MAX_CHARACTERS) or uid


def guest_uid(name: str) -> str:
    """A user ID for whoever is called `name`: the same for the same name, another for another.

    >>> guest_uid("Ana"), guest_uid("李") != guest_uid("王")
    ('ana', True)
    """
    plain = "".join(c if c.isalnum() and c.isascii() else "-" for c in name).lower().strip("-")
    plain = plain[:40]
    if plain == name.lower():
        return plain
    # Not all of the name is in it, so two names may look alike: tell them apart.
    tail = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain}-{tail}" if plain else tail


def fits_header(text: str) -> bool:
    """Whether `text` can travel in an HTTP header: printable ASCII, no spaces, not too long."""
    return _HEADER.fullmatch(text) is not None


def no_such_user(uid: str) -> CallsError:
    """`ERR_UID_NOT_FOUND` in the server's words."""
    return CallsError(
        ServerCode.UID_NOT_FOUND,
        f'No such user ID "{clean(uid, 40)}" in this app. Check the user ID or create the user '
        "first.",
    )


def user_exists(uid: str) -> CallsError:
    """`ERR_UID_ALREADY_EXISTS` in the server's words."""
    return CallsError(
        ServerCode.UID_ALREADY_EXISTS,
        f'The user ID "{clean(uid, 40)}" already exists. Log in with it or choose another one.',
    )


def bad_api_key() -> CallsError:
    """`AUTH_ERR_API_KEY_NOT_FOUND` in the server's words."""
    return CallsError(
        ServerCode.API_KEY_NOT_FOUND,
        "This API key is not known here. Copy it again from the person who runs the server.",
    )


def bad_auth_token() -> CallsError:
    """`AUTH_ERR_AUTH_TOKEN_NOT_FOUND` in the server's words."""
    return CallsError(
        ServerCode.AUTH_TOKEN_NOT_FOUND,
        "This auth token is not known here, or it was logged out. Log in again.",
    )


def too_many_logins(wait_s: int) -> CallsError:
    """`ERR_TOO_MANY_LOGINS` in the server's words."""
    return CallsError(
        ServerCode.TOO_MANY_LOGINS,
        f"Too many login attempts for this user. Wait {wait_s} seconds and try again.",
    )


def too_many_guests(wait_s: int) -> CallsError:
    """`ERR_TOO_MANY_GUESTS` in the server's words."""
    return CallsError(
        ServerCode.TOO_MANY_GUESTS,
        f"Too many people came from this network at once. Wait {wait_s} seconds and try again.",
    )


def link_revoked() -> CallsError:
    """`ERR_LINK_REVOKED` in the server's words."""
    return CallsError(
        ServerCode.LINK_REVOKED, "This link was revoked. Ask whoever sent it for a new one."
    )


def call_token_missing() -> CallsError:
    """`AUTH_ERR_CALL_TOKEN_MISSING` in the server's words."""
    return CallsError(
        ServerCode.CALL_TOKEN_MISSING,
        "No call token came with the request. Generate one for the session.",
    )


def call_token_invalid() -> CallsError:
    """`AUTH_ERR_CALL_TOKEN_INVALID` in the server's words."""
    return CallsError(
        ServerCode.CALL_TOKEN_INVALID,
        "This call token was not made by this server, or it is damaged. Ask for a new link, or "
        "generate a new token.",
    )


def call_token_expired() -> CallsError:
    """`AUTH_ERR_CALL_TOKEN_EXPIRED` in the server's words."""
    return CallsError(
        ServerCode.CALL_TOKEN_EXPIRED,
        "This call token has expired. Ask for a new link, or generate a new token.",
    )


def call_token_signed_out() -> CallsError:
    """`AUTH_ERR_CALL_TOKEN_EXPIRED` of a token whose sign-in is over."""
    return CallsError(
        ServerCode.CALL_TOKEN_EXPIRED,
        "Whoever this call token was made for has signed out since. Sign in again, and generate a "
        "new token.",
    )


def call_token_of_other_user() -> CallsError:
    """`AUTH_ERR_CALL_TOKEN_OTHER_USER` in the server's words."""
    return CallsError(
        ServerCode.CALL_TOKEN_OTHER_USER,
        "This call token was made for another user. Log in as that user, or generate your own "
        "token.",
    )
