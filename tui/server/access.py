"""Who may do what: LiveKit access tokens (JWT, HS256) made and checked.

Format as LiveKit defines it: `iss` API key, `sub` identity, `nbf`/`exp`, `name`, `metadata`,
`attributes`, and `video` with the grants in camelCase. `canPublish`, `canSubscribe` and
`canPublishData` are allowed when absent; every other grant is refused when absent.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jwt

DEFAULT_LIFETIME_S = 6 * 3600
CLOCK_LEEWAY_S = 60


class AccessRefused(Exception):
    """A token that is missing, forged, expired or does not grant what is asked; says which."""


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
    room_create: bool = False
    room_list: bool = False
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_update_own_metadata: bool = False
    hidden: bool = False
    """Not shown to the others."""

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
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        if not keys:
            raise ValueError("at least one API key is needed")
        self._keys = dict(keys)

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
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise AccessRefused(f"invalid token: {error}") from error
        return _claims(payload)

    def issue(
        self,
        identity: str,
        room: str = "",
        *,
        name: str = "",
        metadata: str = "",
        attributes: Mapping[str, str] | None = None,
        room_join: bool = True,
        room_admin: bool = False,
        room_create: bool = False,
        room_list: bool = False,
        can_publish: bool = True,
        can_subscribe: bool = True,
        can_publish_data: bool = True,
        can_update_own_metadata: bool = True,
        hidden: bool = False,
        lifetime_s: float = DEFAULT_LIFETIME_S,
        token_id: str | None = None,
        api_key: str | None = None,
    ) -> str:
        """A signed token.

        Args:
            identity: The uid it is for.
            room: The session ID it is for.
            name: Shown to the others.
            metadata: Free text kept with the participant.
            attributes: Key and value texts kept with the participant.
            room_join: May join `room`.
            room_admin: May moderate `room`.
            room_create: May create and delete sessions.
            room_list: May list sessions.
            can_publish: May send audio and video.
            can_subscribe: May receive audio and video.
            can_publish_data: May send data packets (chat).
            can_update_own_metadata: May change its own name, metadata and attributes.
            hidden: Not shown to the others.
            lifetime_s: Seconds until it expires.
            token_id: `jti`, so that two tokens made in the same second differ.
            api_key: Which key signs; the first one by default.
        """
        key = api_key if api_key is not None else next(iter(self._keys))
        now = int(time.time())
        video = {
            "room": room,
            "roomJoin": room_join,
            "roomAdmin": room_admin,
            "roomCreate": room_create,
            "roomList": room_list,
            "canPublish": can_publish,
            "canSubscribe": can_subscribe,
            "canPublishData": can_publish_data,
            "canUpdateOwnMetadata": can_update_own_metadata,
            "hidden": hidden,
        }
        payload: dict[str, Any] = {
            "iss": key,
            "sub": identity,
            "nbf": now,
            "exp": int(now + lifetime_s),
            "name": name,
            "metadata": metadata,
            "video": video,
        }
        if attributes:
            payload["attributes"] = dict(attributes)
        if token_id is not None:
            payload["jti"] = token_id
        return jwt.encode(payload, self._keys[key], algorithm="HS256")


def _claims(payload: Mapping[str, Any]) -> AccessClaims:
    grants = payload.get("video")
    attributes = payload.get("attributes")
    if grants is None:
        grants = {}
    if not isinstance(grants, dict) or not isinstance(attributes, dict | None):
        raise AccessRefused("invalid token: `video` and `attributes` must be objects")

    def flag(name: str, *, absent: bool = False) -> bool:
        value = grants.get(name)
        return absent if value is None else value is True

    return AccessClaims(
        identity=_text(payload, "sub"),
        name=_text(payload, "name"),
        metadata=_text(payload, "metadata"),
        attributes={str(key): str(value) for key, value in (attributes or {}).items()},
        room=_text(grants, "room"),
        room_join=flag("roomJoin"),
        room_admin=flag("roomAdmin"),
        room_create=flag("roomCreate"),
        room_list=flag("roomList"),
        can_publish=flag("canPublish", absent=True),
        can_subscribe=flag("canSubscribe", absent=True),
        can_publish_data=flag("canPublishData", absent=True),
        can_update_own_metadata=flag("canUpdateOwnMetadata"),
        hidden=flag("hidden"),
    )


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AccessRefused(f"invalid token: `{key}` must be text")
    return value
