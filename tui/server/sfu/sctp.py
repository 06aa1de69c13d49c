"""aiortc's SCTP, made safe against what a peer may send; the data channels of one connection.

Every private name of aiortc's SCTP that the server uses is in this module: `RTCSctpTransport.
_handle_data`, `._receive`, `._send_chunk`, `._advertised_rwnd`, `._inbound_streams`,
`._data_channel_queue`, `._outbound_queue`, `._sent_queue`. tests/server/sfu/test_aiortc_names.py
fails when a release changes one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiortc import RTCDataChannel, RTCDtlsTransport, RTCSctpTransport
from OpenSSL import SSL

log = logging.getLogger(__name__)

STREAMS = 32
"""Data channels of one connection, opened in all its time; aiortc takes 65,535."""
_REORDER_LIMIT_BYTES = -(1 << 20)
"""How far the receive window may be overdrawn: aiortc announces it, but does not keep it."""
_BULK_BYTES = 8_192
_WAIT_S, _WAITS = 0.01, 50


class GuardedSctp(RTCSctpTransport):
    """aiortc's SCTP, which asserts and unpacks freely, made safe against what a peer may send."""

    def __init__(
        self,
        dtls: RTCDtlsTransport,
        on_broken: Callable[[Exception], None],
        lags: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(dtls)
        self._on_broken = on_broken
        self._lags = lags
        self._broken = False

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        """A message; one of many has to wait until those it is for have taken those before it.

        What waits here is not acknowledged, and so its sender slows down.
        """
        patience = _WAITS if len(data) >= _BULK_BYTES else 0
        while patience and self._lags():
            await asyncio.sleep(_WAIT_S)
            patience -= 1
        await super()._receive(stream_id, pp_id, data)

    async def _handle_data(self, data: bytes) -> None:
        if self._broken:
            return
        try:
            await super()._handle_data(data)
            if self._advertised_rwnd < _REORDER_LIMIT_BYTES:
                raise ValueError("more unfinished messages than the receive window holds")
            if len(self._inbound_streams) > STREAMS:
                raise ValueError(f"more than {STREAMS} SCTP streams")
        except ConnectionError:
            return
        except Exception as error:  # its asserts and struct errors are the peer's garbage
            self._broken = True
            self._on_broken(error)

    async def _send_chunk(self, chunk: Any) -> None:
        try:
            await super()._send_chunk(chunk)
        except (ConnectionError, SSL.Error) as error:  # OpenSSL refuses once it said goodbye
            log.debug("SCTP chunk after DTLS closed: %r", error)

    def unconfirmed_bytes(self, channel: RTCDataChannel) -> int:
        """How much of what was sent on an ordered channel its peer has not confirmed."""
        chunks = (*self._sent_queue, *self._outbound_queue)
        waiting = [data for owner, _, data in self._data_channel_queue if owner is channel]
        sent = [chunk.user_data for chunk in chunks if chunk.stream_id == channel.id]
        return sum(map(len, (*waiting, *sent)))
