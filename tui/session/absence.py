"""Nobody is before the call: it goes on in silence, others read that we are away, and it ends.

Nothing that could be heard or seen of us stays on, and nothing goes on by itself when somebody is
back. When it ends is the engine's business (`tui.engine.process`).
"""

from __future__ import annotations

from tui.domain.happenings import CameBack, StateChanged
from tui.session.call_context import CallContext
from tui.session.chat import Chat
from tui.session.own_share import OwnShare
from tui.session.own_state import OwnState
from tui.session.roster import AWAY_ATTRIBUTE


class Absence:
    """See the module.

    Args:
        context: Of the call.
        own: Our microphone and camera.
        share: What we share.
        chat: Counts what nobody reads.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        own: OwnState,
        share: OwnShare,
        chat: Chat,
    ):
        self._transport = context.transport
        self._own = own
        self._share = share
        self._chat = chat
        self._title = context.title
        self._happened = context.happened
        self._clock = context.clock
        self._began_s = self._until_s = 0.0
        self.until_ms = 0
        """When the call ends [Unix ms]; 0: somebody is there."""

    @property
    def left_s(self) -> float:
        """How long the call may still go on like that [s]."""
        return max(0.0, self._until_s - self._clock.monotonic_s())

    async def begin(self, seconds: float) -> None:
        """From now on nobody is there, for so long at the most."""
        self._began_s = self._clock.monotonic_s()
        self._until_s = self._began_s + seconds
        self.until_ms = self._clock.unix_ms() + round(seconds * 1000)
        self._happened(StateChanged())
        await self._own.set_audio_muted(True)
        await self._own.set_video_paused(True)
        await self._share.stop()
        await self._transport.set_attributes({AWAY_ATTRIBUTE: "1"})

    async def end(self) -> None:
        """Somebody is there again. Nothing if somebody was."""
        if not self.until_ms:
            return
        self.until_ms = 0
        away_s = self._clock.monotonic_s() - self._began_s
        self._happened(CameBack(self._title(), away_s, self._chat.unread))
        await self._transport.set_attributes({AWAY_ATTRIBUTE: ""})
