"""Questions that others ask us: answered one after another, apart from who reads them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from tui.domain.ids import TrackSource
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi import disco, jingle
from tui.transport.jitsi.refusal import XmppError
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import (
    DISCO_INFO,
    JINGLE,
    MUTE_AUDIO,
    MUTE_VIDEO,
    PING,
    Element,
    element,
    resource,
    split,
)

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 1000
_MOST_DECLINED: Final = 50
"""At a time: whoever asks for more waits in vain, as without an answer."""
_MUTED: Final = {MUTE_AUDIO: TrackSource.MICROPHONE, MUTE_VIDEO: TrackSource.CAMERA}


class IncomingIqs:
    """Answers them.

    Args:
        stream: Where the answers are sent.
        focus: The focus's JID in the room: only it mutes us and opens media sessions.
        features: What we can do.
        jingle: Takes a Jingle element of the focus.
        muted: Told what a moderator muted, and which (their nickname; may be empty).
    """

    def __init__(
        self,
        stream: XmppStream,
        *,
        focus: str,
        features: tuple[str, ...],
        jingle: Callable[[Element], None],
        muted: Callable[[TrackSource, str], None],
    ) -> None:
        self._stream = stream
        self._focus = focus
        self._features = features
        self._jingle = jingle
        self._muted = muted
        self._waiting: asyncio.Queue[Element] = asyncio.Queue(_MOST_WAITING)
        self._declining: set[asyncio.Task[None]] = set()

    def put(self, iq: Element) -> None:
        """Take a question; one that finds no room is not answered."""
        if iq.get("type") in ("get", "set") and not self._waiting.full():
            self._waiting.put_nowait(iq)

    async def run(self) -> None:
        """Answer, for ever.

        Raises:
            ConnectionGone: The stream is closed.
        """
        try:
            while True:
                await self._answer(await self._waiting.get())
        finally:
            for task in self._declining:
                task.cancel()

    async def _answer(self, iq: Element) -> None:
        inside = next(iter(iq), None)
        namespace, name = ("", "") if inside is None else split(inside.tag)
        if inside is None:
            await self._stream.refuse(iq, "bad-request")
        elif (namespace, name) == (DISCO_INFO, "query"):
            await self._stream.reply(iq, disco.answer(inside, self._features))
        elif namespace == PING:
            await self._stream.reply(iq)
        elif (namespace, name) == (JINGLE, "jingle"):
            await self._take_jingle(iq, inside)
        elif name == "mute" and namespace in _MUTED:
            if iq.get("from") != self._focus:
                await self._stream.refuse(iq, "forbidden")
                return
            await self._stream.reply(iq)
            if (inside.text or "").strip() != "false":
                self._muted(_MUTED[namespace], resource(inside.get("actor", "")))
        else:
            await self._stream.refuse(iq, "service-unavailable")

    async def _take_jingle(self, iq: Element, inside: Element) -> None:
        # The focus waits for this answer before anything else.
        await self._stream.reply(iq)
        if iq.get("from") == self._focus:
            self._jingle(inside)
        elif inside.get("action") == "session-initiate" and len(self._declining) < _MOST_DECLINED:
            # Two members may be asked to leave the bridge out: we stay on it.
            task = asyncio.create_task(self._decline(iq.get("from", ""), inside.get("sid", "")))
            self._declining.add(task)
            task.add_done_callback(self._declining.discard)

    async def _decline(self, who: str, sid: str) -> None:
        head = {"action": "session-terminate", "sid": sid}
        words = element(JINGLE, "jingle", head, jingle.reason("decline"))
        try:
            await self._stream.ask(who, "set", words)
        except (XmppError, ConnectionGone) as error:
            _log.info("a direct session of %s was declined: %s", resource(who), error)
