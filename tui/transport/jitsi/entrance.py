"""Coming into a room: the focus is asked to open the conference, then the room to let us in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.lobby import Lobby, lobby_of
from tui.transport.jitsi.presence import OwnPresence
from tui.transport.jitsi.refusal import FOCUS_DOWN, XmppError, error_of, focus_refused, room_refused
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import FOCUS, Element, deep, element

_FOCUS_WITHIN_S: Final = 15.0
_READY_WITHIN_S: Final = 20.0
_IN_WITHIN_S: Final = 10.0
_FOCUS_BACK_S: Final = 6.0
"""How long a focus may be away: it comes after the XMPP server when both have been restarted."""


async def open_conference(stream: XmppStream, focus: str, room: str) -> None:
    """Ask the focus for the conference of a room, until it is ready.

    Raises:
        CallsError: It opens none for us.
    """
    wait_s = 0.5
    loop = asyncio.get_running_loop()
    patient_until_s = loop.time() + _FOCUS_BACK_S
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            while True:
                head = {"room": room, "machine-uid": secrets.token_hex(16)}
                request = element(FOCUS, "conference", head)
                request.append(
                    element(FOCUS, "property", {"name": "rtcstatsEnabled", "value": "false"})
                )
                try:
                    told = await stream.ask(focus, "set", request, within_s=_FOCUS_WITHIN_S)
                except XmppError as error:
                    if error.condition not in FOCUS_DOWN or loop.time() > patient_until_s:
                        raise
                else:
                    conference = deep(told, FOCUS, "conference")
                    if conference and conference[0].get("ready") == "true":
                        return
                await asyncio.sleep(wait_s)
                wait_s *= 1.5
    except XmppError as error:
        raise focus_refused(error) from error
    except (TimeoutError, ConnectionGone) as error:
        raise CallsError(
            ErrorCode.CONNECTION_FAILED,
            "The server's focus, which opens conferences, did not answer. Try again in a moment.",
        ) from error


class Entrance:
    """Our way into one room; `take` is given every presence and message until we are in.

    Args:
        stream: Where we ask.
        room: The room's JID.
        endpoint: Our nickname.
        presence: What we say of ourselves.
        waiting: Called when we have to wait in the lobby.
    """

    def __init__(
        self,
        stream: XmppStream,
        *,
        room: str,
        endpoint: str,
        presence: OwnPresence,
        waiting: Callable[[], None],
    ) -> None:
        self._stream = stream
        self._room = room
        self._endpoint = endpoint
        self._presence = presence
        self._waiting = waiting
        self._answer: asyncio.Future[Element] | None = None
        self._lobby: Lobby | None = None

    async def enter(self, password: str) -> None:
        """Come in.

        Raises:
            CallsError: The room does not let us in.
        """
        try:
            refused = await self._ask(password)
            if refused is None:
                return
            lobby = lobby_of(refused)
            error = error_of(refused)
            if error.condition == "registration-required" and lobby:
                self._waiting()
                password = await self._knock(lobby) or password
                refused = await self._ask(password)
                if refused is None:
                    return
                error = error_of(refused)
            raise room_refused(error, password_given=bool(password))
        except ConnectionGone as gone:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"The connection broke off while joining: {gone}. Try again.",
            ) from gone

    def take(self, stanza: Element) -> None:
        """A stanza came that is no answer to a question."""
        if self._lobby is not None:
            self._lobby.take(stanza)

    def is_in(self, presence: Element) -> None:
        """Our own presence came back."""
        self._answered(presence)

    def is_refused(self, presence: Element) -> None:
        """The room said no."""
        self._answered(presence)

    def gone(self, why: str) -> None:
        """The stream ended: nobody answers any more."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionGone(why))

    async def _ask(self, password: str) -> Element | None:
        """Ask to come in; the refusal, or None when we are in."""
        answer = self._answer = asyncio.get_running_loop().create_future()
        await self._stream.send(self._presence.joining(password))
        try:
            async with asyncio.timeout(_IN_WITHIN_S):
                presence: Element = await answer
        except TimeoutError:
            raise ConnectionGone("the room did not answer within 10 s") from None
        return presence if presence.get("type") == "error" else None

    async def _knock(self, lobby: str) -> str:
        self._lobby = Lobby(
            self._stream,
            lobby,
            room=self._room,
            endpoint=self._endpoint,
            name=self._presence.name,
        )
        try:
            return await self._lobby.knock()
        finally:
            self._lobby = None

    def _answered(self, presence: Element) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(presence)
