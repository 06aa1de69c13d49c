"""The transport for LiveKit servers: the embedded one, livekit-server, LiveKit Cloud."""

from tui.transport.livekit.reconnect import Backoff
from tui.transport.livekit.transport import LiveKitTransport

__all__ = ["Backoff", "LiveKitTransport"]
