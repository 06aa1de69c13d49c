"""`cellcall serve --ssh`: opens the door for ssh clients, and says how they come in."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui.cli.report import CommandError
from tui.cli.session_keys import session_key
from tui.domain.frozen import dataclass
from tui.wire.address import shown_host, with_key

if TYPE_CHECKING:
    from tui.server.embedded import EmbeddedServer
    from tui.server.serve_config import ServeConfig
    from tui.server.store_links import StoredLink

_SHOWS_A_CALL = (sys.executable, "-m", "tui", "join", "--guest")


@dataclass(frozen=True, slots=True)
class SshEntrance:
    """Where ssh clients are let in."""

    port: int
    fingerprint: str
    """Of the host key."""

    def told(self, url: str, code: str) -> list[str]:
        """How to come in, for who serves at `url`; `code` is that of a link, if there is one."""
        from tui.server.links import shown_code

        at = f"{shown_code(code)}@{shown_host(url)}" if code else shown_host(url)
        asked = "" if code else ", by the code that a link for many has behind invite="
        return [
            f"By ssh, as text and without sound{asked}: ssh -p {self.port} {at}",
            f"ssh shows this host key when it asks: {self.fingerprint}",
        ]


@asynccontextmanager
async def ssh_entrance(
    server: EmbeddedServer, config: ServeConfig, port: int | None
) -> AsyncIterator[SshEntrance | None]:
    """Let ssh clients into calls of a running server meanwhile; None: not asked for.

    Raises:
        CommandError: The extra is not installed, or the host key can't be used.
        ServeError: The port can't be had.
    """
    if port is None:
        yield None
        return
    try:
        from tui.server.ssh.door import SshDoor, SshOffer
        from tui.server.ssh.host_key import host_key
    except ModuleNotFoundError as error:
        if error.name != "asyncssh":
            raise
        raise CommandError(
            "--ssh needs the package asyncssh.", "Install it: pip install 'cellcall[ssh]'"
        ) from error
    from tui.server.http.listener import bind
    from tui.server.secret import StoreUnavailable

    def link_of(link: StoredLink) -> str:
        folder = config.state_dir
        key = "" if folder is None else session_key(folder, link.session_id, make=False)
        return with_key(server.link_of(link), key)

    try:
        key = host_key(config.state_dir)
    except StoreUnavailable as error:
        raise CommandError(error.problem, error.remedy) from error
    listener = bind(config.host, port, option="--ssh")
    door = SshDoor(SshOffer(_SHOWS_A_CALL, link_of, key), server.links, config.limits)
    try:
        await door.start(listener)
        yield SshEntrance(listener.getsockname()[1], door.fingerprint)
    finally:
        await door.stop()
