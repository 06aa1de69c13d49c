"""What makes a lost websocket harmless: LiveKit's resume, and what our server does more simply.

A client whose websocket broke opens another one with `reconnect=1` and its participant's `sid`; the
first message is `reconnect`, and nobody sees it leave. livekit-server then restarts ICE, which
aiortc can't follow. `cellcall serve` lets the media path be, and says so in its join response.
"""

from __future__ import annotations

from typing import Final

KEEPS_MEDIA: Final = "cellcall: media goes on when signalling is resumed"
"""`ServerInfo.debug_info` of a server that does, and sends again what somebody missed of chat and
captions."""
RESUME_WITHIN_S: Final = 6.0
"""How long it waits for the websocket of a client whose media path lives."""
