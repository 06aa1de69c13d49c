"""Publishes our microphone and camera once the call has begun, and takes back one that stops."""

from __future__ import annotations

import asyncio

from tui.ports.transport import Transport
from tui.session.own_state import OwnState


class Publication:
    """See the module.

    Args:
        transport: Says what we are called.
        display_name: That the settings wish; may be empty.
    """

    def __init__(self, transport: Transport, display_name: str):
        self._transport = transport
        self._display_name = display_name
        self._camera_stopped = asyncio.Event()

    def camera_stopped(self) -> None:
        """The camera gives no more pictures."""
        self._camera_stopped.set()

    async def run(self, own: OwnState) -> None:
        """Publish what is ours; for the whole call."""
        if self._display_name:
            await self._transport.set_attributes({}, name=self._display_name)
        await own.publish_media()
        while True:
            await self._camera_stopped.wait()
            self._camera_stopped.clear()
            await own.camera_stopped()
