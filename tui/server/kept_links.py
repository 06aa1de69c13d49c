"""The links of a server that is not running, in its file."""

from __future__ import annotations

from pathlib import Path

from tui.server.access import JwtAccess
from tui.server.links import Links, link_data
from tui.server.secret import ISSUER, load_or_create_keys
from tui.server.store_thread import StoreThread
from tui.wire.rest import LinkData
from tui.wire.rules import DEFAULT_CALL_TOKEN_TTL_S


class KeptLinks:
    """Lists, revokes and reopens; construct, `open`, use, `aclose`.

    Args:
        folder: The server's state folder.
    """

    def __init__(self, folder: Path):
        self._store = StoreThread(folder)
        revoked: set[str] = set()
        secret = load_or_create_keys(folder).keys.signing_secret
        self._links = Links(
            self._store,
            JwtAccess({ISSUER: secret}, revoked),
            revoked,
            lifetime_s=DEFAULT_CALL_TOKEN_TTL_S,
        )

    async def open(self) -> None:
        """Open the file.

        Raises:
            StoreUnavailable: It can't be used; a server that runs has it for itself.
        """
        await self._store.open()

    async def all(self) -> tuple[LinkData, ...]:
        """Every link."""
        return tuple(link_data(link) for link in await self._links.all())

    async def revoke(self, link_id: str) -> None:
        """Let nobody in by it any more."""
        await self._links.revoke(link_id)

    async def reopen(self, link_id: str) -> None:
        """Let people in again by a link that was closed."""
        await self._links.reopen(link_id)

    async def aclose(self) -> None:
        """Close the file. Idempotent."""
        await self._store.close()
