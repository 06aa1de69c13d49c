"""XMPP over WebSocket (RFC 7395): a stream from its opening to its close.

Login is SASL ANONYMOUS, with a token in the address where there is one. The trap is waiting: an
answer is brought by the one task that reads, so whoever that task calls must not wait for any.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tui.domain.errors import CallsError, ErrorCode
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.refusal import XmppError, connect_failed, error_of, login_refused
from tui.transport.jitsi.xml import (
    BIND,
    CLIENT,
    FRAMING,
    PING,
    SASL,
    STANZA_MAX_BYTES,
    STANZAS,
    STREAMS,
    BadXml,
    Element,
    bare,
    deep,
    element,
    name_of,
    new_id,
    read,
    split,
    text_of,
    written,
)
from tui.wire.address import ANY, read_address
from tui.wire.proxy import proxy_for

_log = logging.getLogger(__name__)

PING_EVERY_S: Final = 10.0
_PING_WITHIN_S: Final = 5.0
_PINGS_LOST: Final = 2
_STEP_WITHIN_S: Final = 10.0
_ANSWER_WITHIN_S: Final = 10.0


class _Straight(connect):
    """A websocket that follows no redirection: the token is for the server that was named."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Take a redirection as the refusal that it is."""
        return exc


class XmppStream:
    """One bound stream. Make it with `open`; `run` it, and `close` it always.

    `on_stanza` is called with everything that is no answer to `ask`. It must return at once.
    """

    def __init__(self, socket: ClientConnection, domain: str) -> None:
        self.jid = ""
        """Who we are here: `USER@DOMAIN/RESOURCE`."""
        self.on_stanza: Callable[[Element], None] = lambda _stanza: None
        self.malformed = 0
        """Frames that were no stanza."""
        self._socket = socket
        self._domain = domain
        self._waiting: dict[str, tuple[str, asyncio.Future[Element]]] = {}

    @classmethod
    async def open(
        cls, url: str, domain: str, token: str, *, timeout_s: float = _STEP_WITHIN_S
    ) -> XmppStream:
        """Connect, log in and bind.

        Args:
            url: `ws://` or `wss://`.
            domain: Of the XMPP server.
            token: A JWT; empty where everybody may come in.
            timeout_s: How long the server may take to be reached.

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED`, `ERROR_CALL_TOKEN_REFUSED`.
        """
        address = read_address(url, ANY, bare=False, code=ErrorCode.CONNECTION_FAILED)
        proxy = proxy_for(address)
        if not url.startswith("ws"):
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                "This server speaks XMPP over HTTP only (BOSH), which cellcall can't; it needs "
                "a WebSocket address.",
            )
        try:
            async with asyncio.timeout(timeout_s):
                socket = await _Straight(
                    _with_token(url, token),
                    subprotocols=[Subprotocol("xmpp")],
                    max_size=STANZA_MAX_BYTES,
                    compression=None,
                    open_timeout=None,
                    close_timeout=0.5,
                    ping_interval=None,  # XMPP has its own
                    proxy=proxy,
                )
        except Exception as error:
            raise connect_failed(error, url) from error
        stream = cls(socket, domain)
        try:
            await stream._enter(token)
        except BaseException:
            await stream.close()
            raise
        return stream

    async def _enter(self, token: str) -> None:
        try:
            await self._header()
            features = await self._next("features")
            mechanisms = [one.text for one in deep(features, SASL, "mechanism")]
            if "ANONYMOUS" not in mechanisms:
                raise login_refused(XmppError("no-anonymous"), token=token)
            await self._send(element(SASL, "auth", {"mechanism": "ANONYMOUS"}))
            answer = await self._next("success", "failure")
            if name_of(answer) == "failure":
                names = [name_of(one) for one in answer if name_of(one) != "text"]
                raise login_refused(
                    XmppError(
                        names[0] if names else "not-authorized", text_of(answer, SASL, "text")
                    ),
                    token=token,
                )
            await self._header()
            await self._next("features")
            bind = element(CLIENT, "iq", {"type": "set", "id": "bind"}, element(BIND, "bind"))
            await self._send(bind)
            bound = await self._next("iq")
            jids = deep(bound, BIND, "jid")
            if not jids or not jids[0].text:
                raise XmppError("no-jid")
            self.jid = jids[0].text
        except (XmppError, ConnectionGone, BadXml, TimeoutError) as error:
            said = str(error) or "nothing came within 10 s"
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"The XMPP server did not let us in: {said[:120]}. Try again in a moment.",
            ) from error

    async def run(self) -> None:
        """Hand on what comes, and see that the server is there.

        Raises:
            ConnectionGone: It is not any more.
        """
        pinging = asyncio.create_task(self._ping(), name="xmpp pings")
        reading = asyncio.create_task(self._read(), name="xmpp stanzas")
        try:
            done, _ = await asyncio.wait({pinging, reading}, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in (pinging, reading):
                task.cancel()
            await asyncio.gather(pinging, reading, return_exceptions=True)

    async def ask(
        self,
        to: str,
        kind: str,
        *inside: Element,
        within_s: float = _ANSWER_WITHIN_S,
        attributes: dict[str, object] | None = None,
    ) -> Element:
        """Send an IQ (`get` or `set`), and give the result.

        Raises:
            XmppError: It is refused.
            ConnectionGone: No answer came in time, or none can come any more.
        """
        number = new_id()
        future: asyncio.Future[Element] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (to, future)
        try:
            head = {"type": kind, "id": number, "to": to or None, **(attributes or {})}
            await self._send(element(CLIENT, "iq", head, *inside))
            async with asyncio.timeout(within_s):
                answer = await future
        except TimeoutError:
            raise ConnectionGone(f"no answer of {to} within {within_s:.0f} s") from None
        finally:
            self._waiting.pop(number, None)
        if answer.get("type") == "error":
            raise error_of(answer)
        return answer

    async def send(self, stanza: Element) -> None:
        """Send a stanza.

        Raises:
            ConnectionGone: The stream is closed.
        """
        await self._send(stanza)

    async def reply(self, iq: Element, *inside: Element) -> None:
        """Answer somebody's IQ. Raises `ConnectionGone`."""
        head = {"type": "result", "id": iq.get("id"), "to": iq.get("from")}
        await self._send(element(CLIENT, "iq", head, *inside))

    async def refuse(self, iq: Element, condition: str) -> None:
        """Refuse somebody's IQ. Raises `ConnectionGone`."""
        head = {"type": "error", "id": iq.get("id"), "to": iq.get("from")}
        error = element(CLIENT, "error", {"type": "cancel"}, element(STANZAS, condition))
        await self._send(element(CLIENT, "iq", head, error))

    async def close(self) -> None:
        """Close it. Idempotent."""
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionGone("closed"))
        with contextlib.suppress(ConnectionGone):
            await self._send(element(FRAMING, "close"))
        await self._socket.close()

    async def _header(self) -> None:
        await self._send(element(FRAMING, "open", {"to": self._domain, "version": "1.0"}))
        await self._next("open")

    async def _send(self, stanza: Element) -> None:
        try:
            # Every frame is a document of its own (RFC 7395 3.3), so its namespace is said.
            await self._socket.send(written(stanza))
        except ConnectionClosed as error:
            raise ConnectionGone(f"the XMPP server is gone: {error}") from error

    async def _next(self, *names: str) -> Element:
        try:
            async with asyncio.timeout(_STEP_WITHIN_S):
                one = read(await self._socket.recv())
        except ConnectionClosed as error:
            raise ConnectionGone(f"the XMPP server hung up: {error}") from error
        if name_of(one) not in names:
            raise XmppError(f"<{name_of(one)[:40]}> came, expected <{names[0]}>")
        return one

    async def _read(self) -> None:
        why = "the XMPP server closed the stream"
        try:
            async for text in self._socket:
                # Of a crowd that has come already, websockets gives one after another at once:
                # nothing else would have a turn in between, and no sound would go out.
                await asyncio.sleep(0)
                try:
                    stanza = read(text)
                except BadXml as error:
                    self.malformed += 1
                    _log.warning("a stanza is not read: %s", error)
                    continue
                namespace, name = split(stanza.tag)
                if (namespace, name) == (FRAMING, "close"):
                    break
                if (namespace, name) == (STREAMS, "error"):
                    why = f"stream error: {', '.join(name_of(one) for one in stanza)[:80]}"
                    break
                if not self._is_answer(stanza):
                    self.on_stanza(stanza)
        except ConnectionClosed as error:
            why = f"the XMPP server is gone: {error}"
        raise ConnectionGone(why)

    def _is_answer(self, stanza: Element) -> bool:
        """Whether it is the answer somebody waits for; it must come from whom was asked."""
        if name_of(stanza) != "iq" or stanza.get("type") not in ("result", "error"):
            return False
        asked, future = self._waiting.get(stanza.get("id", ""), ("", None))
        if future is None or stanza.get("from", "") not in (asked, "", self.jid, bare(self.jid)):
            return True  # too late, or of somebody who was not asked: nobody else wants it
        if not future.done():
            future.set_result(stanza)
        return True

    async def answers(self, *, within_s: float) -> bool:
        """Whether the server answers anything (XEP-0199)."""
        try:
            await self.ask(self._domain, "get", element(PING, "ping"), within_s=within_s)
        except XmppError:
            return True  # whatever it says
        except ConnectionGone:
            return False
        return True

    async def _ping(self) -> None:
        lost = 0
        while lost <= _PINGS_LOST:
            await asyncio.sleep(PING_EVERY_S)
            lost = 0 if await self.answers(within_s=_PING_WITHIN_S) else lost + 1
        raise ConnectionGone(f"the XMPP server answered none of {lost} pings")


def _with_token(url: str, token: str) -> str:
    if not token:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}token={quote(token, safe='.-_~')}"
