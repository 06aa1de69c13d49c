"""The first message of a LiveKit server on a new signalling connection: we are in, or why not."""

from __future__ import annotations

import asyncio
from typing import Final

from livekit.protocol import models, rtc

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.transport.livekit.signal import SignalChannel, SignalClosed

JOIN_TIMEOUT_S: Final = 10.0


async def join_response(channel: SignalChannel) -> rtc.JoinResponse:
    """What the server lets us in with.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED`: it does not.
    """
    try:
        async with asyncio.timeout(JOIN_TIMEOUT_S):
            async for response in channel.messages():
                kind = response.WhichOneof("message")
                if kind == "join":
                    return response.join
                if kind == "leave":
                    raise _refused_by_leave(response.leave)
    except TimeoutError:
        why = "The server took the connection but did not let us in within 10 s. Try again."
    except SignalClosed as error:
        why = f"The server closed the connection before we were in: {clean(str(error), 120)}"
    else:
        why = "The server said nothing."
    raise CallsError(ErrorCode.CONNECTION_FAILED, why)


async def resumed(channel: SignalChannel) -> bool:
    """Whether the server takes up our signalling on this channel; False: join anew.

    Raises:
        SignalClosed: It closed the channel.
        TimeoutError: It said nothing.
    """
    async with asyncio.timeout(JOIN_TIMEOUT_S):
        async for response in channel.messages():
            return bool(response.WhichOneof("message") == "reconnect")
    raise SignalClosed("nothing was said")


def _refused_by_leave(leave: rtc.LeaveRequest) -> CallsError:
    reason = models.DisconnectReason.Name(leave.reason).lower().replace("_", " ")
    return CallsError(
        ErrorCode.CONNECTION_FAILED, f"The server sent us away while joining: {reason}. Try again."
    )
