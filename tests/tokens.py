"""Access tokens as most LiveKit applications make them."""

from __future__ import annotations

from typing import Any

from tui.server.access import DEFAULT_LIFETIME_S, AccessClaims, JwtAccess


def issued(
    access: JwtAccess,
    identity: str,
    room: str = "",
    *,
    lifetime_s: float = DEFAULT_LIFETIME_S,
    **claims: Any,
) -> str:
    """One that lets `identity` join and change its own metadata, unless `claims` say otherwise."""
    said = {"room_join": True, "can_update_own_metadata": True, **claims}
    return access.issue(AccessClaims(identity=identity, room=room, **said), lifetime_s=lifetime_s)
