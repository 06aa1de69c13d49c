"""Before a call: whether and how fast its server answers, without telling it who asks."""

from __future__ import annotations

from tui.domain.server_answer import ServerAnswer
from tui.ports.service import ServerProbe
from tui.session.login import Login


class ServerCheck:
    """Asks the server of a call that has not begun.

    Args:
        login: Whose service it is, where no other address is given.
        probe: Measures.
    """

    def __init__(self, login: Login, probe: ServerProbe):
        self._login = login
        self._probe = probe

    async def run(self, address: str) -> ServerAnswer | None:
        """How the server at `address` answers; empty: the service in use.

        Returns:
            None for a service in this process, which no network is in front of.

        Raises:
            CallsError: `VALIDATION_ERROR` for no address, `ERROR_SDK_NOT_INITIALIZED` for an
                empty one before `init`.
        """
        address = address or self._login.service.address
        return await self._probe.measure(address) if address else None
