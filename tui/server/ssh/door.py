"""`cellcall serve --ssh`: listens, counts guests, and has them shown the call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from weakref import WeakSet

import asyncssh

from tui.domain.frozen import dataclass
from tui.domain.token_bucket import TokenBucket
from tui.server.http.door import Crowd
from tui.server.limits import Limits
from tui.server.links import Links
from tui.server.sfu.counters import Counters
from tui.server.ssh.guest import attend
from tui.server.ssh.visitor import Visitor
from tui.server.store_links import StoredLink
from tui.server.tasks import OwnedTasks
from tui.wire.login_limit import LoginLimiter
from tui.wire.rules import too_many_guests

_ALIVE_EVERY_S: Final = 15
_REFUSED: Final = 2
_NO_COMMANDS: Final = b"Here is a call and nothing else: give ssh no command and no subsystem.\r\n"


@dataclass(frozen=True, slots=True)
class SshOffer:
    """What ssh clients are served."""

    command: Sequence[str]
    """Shows a guest the call; `--link-file` and perhaps `--name` are added."""
    link_of: Callable[[StoredLink], str]
    """The join link, with the key of a sealed call."""
    key: asyncssh.SSHKey
    """Clients know us by it."""


class SshDoor:
    """Construct, `start`, `stop`. Not to be started again.

    Args:
        offer: What is served.
        links: Who may come in.
        limits: How many, and how often somebody may guess.
    """

    def __init__(self, offer: SshOffer, links: Links, limits: Limits) -> None:
        self._offer = offer
        self._links = links
        self._limits = limits
        self._crowd = Crowd(_of_ssh(limits), Counters(), limits.ssh_connections)
        self._limiter = LoginLimiter(limits.ssh_codes_per_minute, refusal=too_many_guests)
        self._visitors: WeakSet[Visitor] = WeakSet()
        self._guests: set[asyncio.Task[None]] = set()
        self._tasks = OwnedTasks()
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def fingerprint(self) -> str:
        """Of the host key, as clients show it: `SHA256:…`."""
        return self._offer.key.get_fingerprint()

    async def start(self, listener: socket.socket) -> None:
        """Serve on `listener`, which is ours to close from now on."""
        self._acceptor = await asyncssh.listen(
            sock=listener,
            server_factory=self._visitor,
            server_host_keys=[self._offer.key],
            process_factory=self._receive,
            encoding=None,
            line_editor=False,
            sftp_factory=None,
            allow_scp=False,
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=self._limits.ssh_login_s,
            keepalive_interval=_ALIVE_EVERY_S,
            server_version="cellcall",
        )

    async def stop(self) -> None:
        """End every guest's program and connection. Idempotent."""
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            acceptor.close()
        await self._tasks.close()
        for visitor in list(self._visitors):
            visitor.hang_up()
        if acceptor is not None:
            await acceptor.wait_closed()  # from Python 3.12 on, for every connection

    def _visitor(self) -> Visitor:
        limits = self._limits
        allowance = TokenBucket(limits.ssh_bytes_per_second, limits.ssh_bytes_at_once)
        visitor = Visitor(self._crowd, self._limiter, allowance, self._links.open_by_code)
        self._visitors.add(visitor)
        return visitor

    def _receive(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        visitor = process.channel.get_connection().get_owner()
        assert isinstance(visitor, Visitor)
        if visitor.link is None or process.command is not None or process.subsystem is not None:
            _turn_away(process, _NO_COMMANDS)
        elif len(self._guests) >= self._limits.ssh_guests:
            _turn_away(process, b"All places by ssh are taken; the link opens in a browser.\r\n")
        else:
            guest = self._tasks.spawn(self._attend(process, visitor, visitor.link), "ssh guest")
            self._guests.add(guest)
            guest.add_done_callback(self._guests.discard)

    async def _attend(
        self, process: asyncssh.SSHServerProcess[bytes], visitor: Visitor, link: StoredLink
    ) -> None:
        named = (f"--name={visitor.name}",) if visitor.name else ()
        command = (*self._offer.command, *named)
        await attend(process, command, self._offer.link_of(link), visitor)


def _of_ssh(limits: Limits) -> Limits:
    return replace(
        limits,
        connections_per_address=limits.ssh_connections_per_address,
        request_s=limits.ssh_login_s,
    )


def _turn_away(process: asyncssh.SSHServerProcess[bytes], why: bytes) -> None:
    process.stderr.write(why)
    process.exit(_REFUSED)
