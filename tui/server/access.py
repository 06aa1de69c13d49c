"""Who may do what: LiveKit access tokens (JWT, HS256) made and checked.

Format as LiveKit defines it: `iss` API key, `sub` identity, `nbf`/`exp`, `name`, `metadata`,
`attributes`, and `video` with the grants in camelCase. `canPublish`, `canSubscribe` and
`canPublishData` are allowed when absent; every other grant is refused when absent. `mayHost` is
ours: other servers pass over it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Container, Mapping
from dataclasses import field
from typing import Any, Protocol

import jwt

from tui.domain.frozen import dataclass

DEFAULT_LIFETIME_S = 6 * 3600
CLOCK_LEEWAY_S = 60


_GRANTS = {
    "roomJoin": "room_join",
    "roomAdmin": "room_admin",
    "mayHost": "may_host",
    "roomCreate": "room_create",
    "roomList": "room_list",
    "canPublish": "can_publish",
    "canSubscribe": "can_subscribe",
    "canPublishData": "can_publish_data",
    "canUpdateOwnMetadata": "can_update_own_metadata",
    "hidden": "hidden",
}
"""Flags of `video`, by the field of `AccessClaims` that holds them."""
SOURCES = ("camera", "microphone", "screen_share", "screen_share_audio")
"""Names in `canPublishSources`."""
_GRANTED_WHEN_ABSENT = ("canPublish", "canSubscribe", "canPublishData")


class AccessRefused(Exception):
    """A token that is missing, forged, expired or does not grant what is asked; says which."""


class LinkRevoked(AccessRefused):
    """The token came by a join link that was revoked."""


class LoginEnded(AccessRefused):
    """The token was made by a sign-in that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What a valid token says."""

    identity: str
    """Who it is for: the uid; unique in a session."""
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    room: str = ""
    """The one session it is for; empty when it names none."""
    room_join: bool = False
    room_admin: bool = False
    """May moderate, but only in `room`."""
    may_host: bool = False
    """May moderate `room` when nobody does who came before, see `tui.server.rooms.hosts`."""
    room_create: bool = False
    room_list: bool = False
    can_publish: bool = True
    can_subscribe: bool = True
    sources: tuple[str, ...] = ()
    """What it may publish, of `SOURCES`; empty: everything, where `can_publish` holds."""
    can_publish_data: bool = True
    can_update_own_metadata: bool = False
    hidden: bool = False
    """Not shown to the others."""
    link: str = ""
    """The join link it came by (`tui.server.links`); a revoked one lets nobody in."""
    login: str = ""
    """The sign-in that made it (`tui.server.logins`); one that ended lets nobody in."""

    def joinable(self) -> None:
        """Check that this token lets its holder into a session.

        Raises:
            AccessRefused: It does not.
        """
        if not self.room_join:
            raise AccessRefused("the token does not allow joining a session")
        if not self.room:
            raise AccessRefused("the token names no session")
        if not self.identity:
            raise AccessRefused("the token names no participant")

    def administers(self, room: str) -> bool:
        """Whether this token may moderate `room`: only its own."""
        return self.room_admin and bool(self.room) and self.room == room


class AccessVerifier(Protocol):
    """Checks tokens."""

    def verify(self, token: str) -> AccessClaims:
        """The claims of `token`.

        Raises:
            AccessRefused: The token is not valid; the text says why.
        """
        ...


class JwtAccess:
    """Tokens signed with one of `keys`.

    Args:
        keys: API key -> secret. Secrets should have at least 32 bytes (RFC 7518 3.2).
        revoked: Ids of join links and sign-ins whose tokens are good no more; may change.
    """

    def __init__(self, keys: Mapping[str, str], revoked: Container[str] = ()) -> None:
        if not keys:
            raise ValueError("at least one API key is needed")
        self._keys = dict(keys)
        self._revoked = revoked

    def verify(self, token: str) -> AccessClaims:
        """The claims of `token`, its signature, issuer and times checked.

        Raises:
            AccessRefused: The token is not valid.
        """
        if not token:
            raise AccessRefused("no access token was sent")
        try:
            # The issuer picks the secret; nothing else is used before the signature is checked.
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
            secret = self._keys.get(issuer) if isinstance(issuer, str) else None
            if secret is None:
                raise AccessRefused("invalid token: unknown API key")
            payload = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                leeway=CLOCK_LEEWAY_S,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise AccessRefused("the token has expired; ask for a new one") from error
        except jwt.ImmatureSignatureError as error:
            raise AccessRefused(
                "the token is not valid yet: the clock of who made it is ahead of this server's; "
                "set both by the network"
            ) from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise AccessRefused(f"invalid token: {error}") from error
        claims = _claims(payload)
        if claims.link and claims.link in self._revoked:
            raise LinkRevoked("the link was revoked; ask for a new one")
        if claims.login and claims.login in self._revoked:
            raise LoginEnded("whoever it was made for has signed out since; sign in again")
        return claims

    def issue(
        self,
        claims: AccessClaims,
        *,
        lifetime_s: float = DEFAULT_LIFETIME_S,
        token_id: str | None = None,
    ) -> str:
        """A token that says `claims`, signed with the first key.

        Args:
            claims: What it says.
            lifetime_s: Seconds until it expires.
            token_id: `jti`, so that two tokens made in the same second differ.
        """
        key, secret = next(iter(self._keys.items()))
        now = int(time.time())
        grants: dict[str, Any] = {"room": claims.room}
        for name, flag in _GRANTS.items():
            granted = getattr(claims, flag)
            if granted != (name in _GRANTED_WHEN_ABSENT):  # tokens stand in links: short ones
                grants[name] = granted
        if claims.sources:
            grants["canPublishSources"] = list(claims.sources)
        payload: dict[str, Any] = {
            "iss": key,
            "sub": claims.identity,
            "nbf": now,
            "exp": int(now + lifetime_s),
            "video": grants,
        }
        more = {
            "name": claims.name,
            "metadata": claims.metadata,
            "attributes": claims.attributes,
            "link": claims.link,
            "login": claims.login,
            "jti": token_id,
        }
        payload.update({name: value for name, value in more.items() if value})
        return jwt.encode(payload, secret, algorithm="HS256")


def _claims(payload: Mapping[str, Any]) -> AccessClaims:
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:  # half a character (a lone surrogate)
        raise AccessRefused("invalid token: a text in it is none") from error
    grants = payload.get("video")
    attributes = payload.get("attributes")
    if grants is None:
        grants = {}
    if not isinstance(grants, dict) or not isinstance(attributes, dict | None):
        raise AccessRefused("invalid token: `video` and `attributes` must be objects")

    flags = {
        field: name in _GRANTED_WHEN_ABSENT if grants.get(name) is None else grants[name] is True
        for name, field in _GRANTS.items()
    }
    return AccessClaims(
        identity=_text(payload, "sub"),
        name=_text(payload, "name"),
        metadata=_text(payload, "metadata"),
        attributes={str(key): str(value) for key, value in (attributes or {}).items()},
        room=_text(grants, "room"),
        link=_text(payload, "link"),
        login=_text(payload, "login"),
        sources=_sources(grants.get("canPublishSources")),
        **flags,
    )


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AccessRefused(f"invalid token: `{key}` must be text")
    return value


def _sources(said: object) -> tuple[str, ...]:
    """`canPublishSources`; a list of nothing that is known allows nothing that is not in it."""
    if said is None:
        return ()
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise AccessRefused("invalid token: `canPublishSources` must be a list of names")
    known = tuple(one.lower() for one in said if one.lower() in SOURCES)
    if said and not known:
        raise AccessRefused(f"invalid token: `canPublishSources` knows {', '.join(SOURCES)}")
    return known
