"""A peer connection's descriptions and its end, safe against being cancelled.

aiortc and aioice are not made for that: a socket half made is in nobody's list, and once the
closing of a socket was cancelled, every later `close` raises `CancelledError` there and leaves the
rest open. When the other side closes, aiortc closes by itself, and who calls `close` then waits for
a future of its: cancelled, that future fails in aiortc's own task, where nobody hears of it. So
what is begun runs to its end, whoever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from aioice.ice import Connection
from aiortc import RTCPeerConnection, RTCSessionDescription

from tui.transport.rtc import aiortc_private
from tui.transport.rtc.picture_codecs import accept_pictures
from tui.transport.rtc.red_codec import RedTypes

_Result = TypeVar("_Result")

LOOPBACK_ADDRESS: Final = "127.0.0.1"


class PeerLifetime:
    """Sets descriptions of a peer connection and closes it.

    Args:
        pc: The peer connection; its own `close` and setters are not to be used beside this.
        gather_timeout_s: How long to wait for STUN and TURN servers.
        loopback: Offer 127.0.0.1, too. aioice leaves it out, so that on a machine without a
            network two processes could not talk at all.
    """

    def __init__(self, pc: RTCPeerConnection, *, gather_timeout_s: float, loopback: bool) -> None:
        self._pc = pc
        self._gather_timeout_s = gather_timeout_s
        self._loopback = loopback
        self._bounded: list[Connection] = []
        self._begun: set[asyncio.Task[Any]] = set()

    async def set_local(self, description: RTCSessionDescription) -> None:
        """As `setLocalDescription`, with bounds on gathering and on what comes in."""
        for connection in aiortc_private.ice_connections(self._pc):
            if connection not in self._bounded:
                self._bounded.append(connection)
                bound(
                    connection,
                    gather_timeout_s=self._gather_timeout_s,
                    loopback=self._loopback,
                )
        await self._whole(self._pc.setLocalDescription(description))

    async def set_remote(self, description: RTCSessionDescription) -> dict[str, RedTypes]:
        """As `setRemoteDescription`; the media sections that may carry RED from now on."""
        return await self._whole(self._set_remote(description))

    async def _set_remote(self, description: RTCSessionDescription) -> dict[str, RedTypes]:
        await self._pc.setRemoteDescription(description)
        accept_pictures(self._pc)
        return aiortc_private.accept_red(self._pc)

    async def close(self) -> None:
        """Close it, after what was begun. Idempotent; when cancelled, `drop` is needed."""
        if self._begun:
            await asyncio.wait(self._begun)
        await self._whole(self._pc.close())

    def drop(self) -> None:
        """Close every socket at once: `close` did not come to its end."""
        for connection in aiortc_private.ice_connections(self._pc):
            aiortc_private.close_sockets(connection)
        for task in self._begun:
            task.add_done_callback(lambda _task: self.drop())

    async def _whole(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        task = asyncio.ensure_future(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)


def bound(connection: Connection, *, gather_timeout_s: float, loopback: bool) -> None:
    """Bound what one agent does and takes; nothing of the process is changed.

    Args:
        connection: Which has gathered nothing yet.
        gather_timeout_s: How long to wait for STUN and TURN servers.
        loopback: Offer 127.0.0.1, too.
    """
    take: Any = connection.data_received

    def data_received(data: bytes, component: int) -> None:
        # Over an empty one aiortc closes the whole connection, whoever sent it.
        if data:
            take(data, component)

    connection.data_received = data_received  # type: ignore[method-assign]
    gather: Any = connection.get_component_candidates

    async def candidates(component: int, addresses: list[str]) -> list[Any]:
        if loopback and LOOPBACK_ADDRESS not in addresses:
            addresses = [LOOPBACK_ADDRESS, *addresses]
        found: list[Any] = await gather(
            component=component, addresses=addresses, timeout=gather_timeout_s
        )
        return found

    connection.get_component_candidates = candidates  # type: ignore[method-assign,assignment]
