"""Waiting in a lobby until a moderator lets us in (XEP-0045 with Jitsi's lobby rooms)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.refusal import error_of
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import (
    CLIENT,
    MUC,
    MUC_USER,
    NICK,
    Element,
    bare,
    element,
    find,
    find_all,
    name_of,
    resource,
    text_of,
)

KNOCK_WITHIN_S: Final = 600.0
"""How long we wait to be let in."""


def lobby_of(error: Element) -> str:
    """The JID of the lobby that a refusal names; empty: it has none, and takes members only."""
    named = (one.text or "" for one in error.iter() if name_of(one) == "lobbyroom")
    return next(named, "").strip()


class Lobby:
    """One stay in a lobby.

    Args:
        stream: Whose stanzas `take` is given.
        lobby: Its JID.
        room: The JID of the room we want to enter.
        endpoint: Our nickname.
        name: What we are called.
    """

    def __init__(
        self, stream: XmppStream, lobby: str, *, room: str, endpoint: str, name: str
    ) -> None:
        self._stream = stream
        self._lobby = lobby
        self._room = room
        self._endpoint = endpoint
        self._name = name
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def knock(self) -> str:
        """Wait to be let in; answers the password to enter with, empty without one.

        Raises:
            CallsError: We were refused, or nobody answered.
            ConnectionGone: The stream is closed.
        """
        to = f"{self._lobby}/{self._endpoint}"
        nick = element(NICK, "nick", None, self._name or "cellcall")
        await self._stream.send(element(CLIENT, "presence", {"to": to}, element(MUC, "x"), nick))
        try:
            async with asyncio.timeout(KNOCK_WITHIN_S):
                return await self._answer
        except TimeoutError:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "Nobody let you in within ten minutes. Try again later.",
            ) from None
        finally:
            with contextlib.suppress(ConnectionGone):
                await self._stream.send(
                    element(CLIENT, "presence", {"to": to, "type": "unavailable"})
                )

    def take(self, stanza: Element) -> None:
        """A stanza came while we wait."""
        if self._answer.done():
            return
        sender, name = stanza.get("from", ""), name_of(stanza)
        x = find(stanza, MUC_USER, "x")
        if (
            name == "message"
            and bare(sender) == self._room
            and find(x, MUC_USER, "invite") is not None
        ):
            self._answer.set_result(text_of(x, MUC_USER, "password"))
        elif name == "presence" and bare(sender) == self._lobby:
            self._presence(stanza, x)

    def _presence(self, stanza: Element, x: Element | None) -> None:
        if stanza.get("type") == "error":
            refused = error_of(stanza)
            self._refuse(f"The lobby refused you ({clean(refused.condition, 60)}).")
        elif stanza.get("type") == "unavailable" and resource(stanza.get("from", "")) == (
            self._endpoint
        ):
            codes = {one.get("code") for one in find_all(x, MUC_USER, "status")}
            if find(x, MUC_USER, "destroy") is not None:
                self._answer.set_result("")  # the lobby was switched off: everybody may enter
            elif "307" in codes or "301" in codes:
                self._refuse("The moderators did not let you in.")
            else:
                self._refuse("You were sent out of the lobby. Try again.")

    def _refuse(self, words: str) -> None:
        self._answer.set_exception(CallsError(ErrorCode.CALL_TOKEN_REFUSED, words))
