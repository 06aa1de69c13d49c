"""One ssh connection: who may come in. A code of a link for many is all that counts.

It may be the user name (`ssh CODE@HOST`, or `CODE+NAME@HOST`), or is asked for. OpenSSH tries the
name first, so a wrong one costs a guess only if it looks like a code.

A private name of asyncssh is used here alone: `SSHConnection._transport`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncssh

from tui.domain.errors import CallsError
from tui.domain.text import clean, clean_name
from tui.domain.token_bucket import TokenBucket
from tui.server.http.door import Crowd, Visit, network_of
from tui.server.links import looks_like_code
from tui.server.ssh.pace import Pace
from tui.server.store_links import StoredLink
from tui.wire.login_limit import LoginLimiter

_WELCOME: Final = "A call on cellcall, as text. Type the code you were given: abcd-efgh-jkmn."


class Visitor(asyncssh.SSHServer):
    """See the module; what is not defined here (keys, passwords, forwarding) is refused.

    Args:
        crowd: Counts connections.
        limiter: Counts guesses.
        allowance: Of bytes that the connection may send.
        find: The open link for many of a code; raises `CallsError` for one that lets nobody in.
    """

    def __init__(
        self,
        crowd: Crowd,
        limiter: LoginLimiter,
        allowance: TokenBucket,
        find: Callable[[str], Awaitable[StoredLink]],
    ) -> None:
        self.link: StoredLink | None = None
        """What let them in."""
        self.name = ""
        """What they want to be called, if they said so already."""
        self.address = ""
        self.takes_more = asyncio.Event()
        """The connection does not hold more than it should of what is to be sent."""
        self.takes_more.set()
        self._crowd = crowd
        self._limiter = limiter
        self._allowance = allowance
        self._pace: Pace | None = None
        self._find = find
        self._visit: Visit | None = None
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Take a place, or turn them away; get to know how full the way to them is."""
        self._connection = conn
        self.address = str(conn.get_extra_info("peername", ("",))[0])
        # asyncssh leaves these two of asyncio's protocol empty, and takes all it is given.
        setattr(conn, "pause_writing", self.takes_more.clear)  # noqa: B010
        setattr(conn, "resume_writing", self.takes_more.set)  # noqa: B010
        self._visit = self._crowd.admit(self.address)
        if self._visit is None:
            asyncio.get_running_loop().call_soon(conn.abort)  # it is not set up yet
            return
        transport = conn._transport
        assert transport is not None  # it called us
        self._pace = Pace(conn.data_received, transport, self._allowance)
        setattr(conn, "data_received", self._pace.received)  # noqa: B010
        self._visit.drop = conn.abort
        self._visit.waits()

    def hang_up(self) -> None:
        """End the connection. Idempotent."""
        if self._connection is not None:
            self._connection.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.takes_more.set()
        if self._pace is not None:
            self._pace.close()
        if self._visit is not None:
            self._visit.gone()

    async def begin_auth(self, username: str) -> bool:
        """Whether more than the user name is needed."""
        code, _, name = username.partition("+")
        self.name = clean_name(name) if name else ""
        return not (looks_like_code(code) and await self._lets_in(code))

    def kbdint_auth_supported(self) -> bool:
        """A code can be typed."""
        return True

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        """The question."""
        return "", _WELCOME, "", [("Code of the call: ", True)]

    async def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        """Whether the answer lets them in."""
        return len(responses) == 1 and await self._lets_in(responses[0][:64])

    def auth_completed(self) -> None:
        """They have a code: no clock runs any more."""
        if self._visit is not None:
            self._visit.asked()

    async def _lets_in(self, code: str) -> bool:
        try:
            self._limiter.attempt("", network_of(self.address), time.monotonic())
            self.link = await self._find(code)
        except CallsError as error:
            if self._connection is not None:
                self._connection.send_auth_banner(f"{clean(error.description, 300)}\r\n")
            return False
        return True
