"""Coming into a room: the focus is asked to open the conference, then the room to let us in."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import ConferenceAnswer, JitsiJoin, OpenConference
from tui.ports.transport_events import WaitingToBeLetIn
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi import disco
from tui.transport.jitsi.lobby import KNOCK_WITHIN_S, Lobby, lobby_of
from tui.transport.jitsi.presence import OwnPresence
from tui.transport.jitsi.refusal import FOCUS_DOWN, XmppError, error_of, focus_refused, room_refused
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import FOCUS, Element, element, find
from tui.transport.rtc.peer import IceServer

_log = logging.getLogger(__name__)

_FOCUS_WITHIN_S: Final = 15.0
_READY_WITHIN_S: Final = 20.0
_IN_WITHIN_S: Final = 10.0
_NEED_AN_ACCOUNT: Final = ("not-authorized", "not-allowed", "forbidden")
_BEGUN_EVERY_S: Final = 2.0
_FOCUS_BACK_S: Final = 6.0
"""How long a focus may be away: it comes after the XMPP server when both have been restarted."""


async def look_round(
    stream: XmppStream,
    document: JitsiJoin,
    *,
    ask: OpenConference | None,
    waiting: Callable[[WaitingToBeLetIn], None],
) -> tuple[dict[str, str], list[IceServer]]:
    """Have the conference opened; answers the server's components by type, and its STUN and TURN.

    Args:
        stream: Where it is asked.
        document: What is joined.
        ask: Asks a focus over HTTP, where the document says where.
        waiting: Called once when we have to wait for somebody to begin.

    Raises:
        CallsError: The focus opens no conference for us.
    """
    room, url = room_jid(document), document.conference_request_url
    _, components, servers = await asyncio.gather(
        open_conference(
            stream,
            document.focus or f"focus.{document.domain}",
            room,
            over_http=partial(ask, url, room, document.token) if ask and url else None,
            waiting=None if document.token else partial(waiting, WaitingToBeLetIn(not_begun=True)),
        ),
        disco.components(stream, document.domain),
        disco.ice_servers(stream, document.domain),
    )
    return components, servers


def room_jid(document: JitsiJoin) -> str:
    """The JID of what is joined."""
    return f"{document.room.lower()}@{document.muc}"


async def open_conference(
    stream: XmppStream,
    focus: str,
    room: str,
    *,
    over_http: Callable[[], Awaitable[ConferenceAnswer]] | None = None,
    waiting: Callable[[], None] | None,
) -> None:
    """Ask the focus for the conference of a room, until it is ready.

    Where only somebody with an account may begin the meeting, wait for one.

    Args:
        stream: Where it is asked, unless over HTTP.
        focus: Its address.
        room: The room's JID.
        over_http: Asks over HTTP, where the deployment wants that.
        waiting: Called once when we have to wait for somebody to begin; None: we have an account.

    Raises:
        CallsError: It opens none for us.
    """
    loop = asyncio.get_running_loop()
    wait_s, began_s, until_s = 0.5, loop.time(), loop.time() + _READY_WITHIN_S
    told = False
    while True:
        answer = None
        if over_http is not None:
            try:
                answer = await over_http()
            except CallsError as error:  # a deployment that names it may still not have it
                _log.info("the conference is asked for over XMPP: %s", error)
                over_http = None
        answer = answer or await _over_xmpp(stream, focus, room)
        if answer.visitors:
            raise CallsError(
                ErrorCode.SESSION_FULL,
                "The meeting takes nobody more but visitors, who only watch; cellcall can't be "
                "one. Ask who runs it for a place.",
            )
        if answer.ready:
            return
        now_s = loop.time()
        if answer.refused in _NEED_AN_ACCOUNT and waiting is not None:
            if not told:
                told, until_s = True, began_s + KNOCK_WITHIN_S
                waiting()
            wait_s = _BEGUN_EVERY_S
        elif answer.refused and (
            answer.refused not in FOCUS_DOWN or now_s > began_s + _FOCUS_BACK_S
        ):
            raise focus_refused(XmppError(answer.refused))
        if now_s + wait_s > until_s:
            raise focus_refused(XmppError(answer.refused)) if answer.refused else _no_answer()
        await asyncio.sleep(wait_s)
        wait_s *= 1.5


async def _over_xmpp(stream: XmppStream, focus: str, room: str) -> ConferenceAnswer:
    request = element(FOCUS, "conference", {"room": room, "machine-uid": secrets.token_hex(16)})
    request.append(element(FOCUS, "property", {"name": "rtcstatsEnabled", "value": "false"}))
    try:
        told = await stream.ask(focus, "set", request, within_s=_FOCUS_WITHIN_S)
    except XmppError as error:
        if error.condition in (*FOCUS_DOWN, *_NEED_AN_ACCOUNT):
            return ConferenceAnswer(refused=error.condition)
        raise focus_refused(error) from error
    except ConnectionGone as error:
        raise _no_answer() from error
    conference = find(told, FOCUS, "conference")
    if conference is None:
        return ConferenceAnswer()
    return ConferenceAnswer(
        conference.get("ready") == "true", visitors=bool(conference.get("vnode"))
    )


def _no_answer() -> CallsError:
    return CallsError(
        ErrorCode.CONNECTION_FAILED,
        "The server's focus, which opens conferences, did not answer. Try again in a moment.",
    )


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
        room: str,
        *,
        endpoint: str,
        presence: OwnPresence,
        waiting: Callable[[WaitingToBeLetIn], None],
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
                self._waiting(WaitingToBeLetIn())
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
