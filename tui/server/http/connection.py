"""One client's signalling websocket, from the join response to the goodbye."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tui.domain.text import clean
from tui.server.access import AccessClaims
from tui.server.http.join_wish import JoinWish
from tui.server.limits import Limits, exceeded
from tui.server.rooms.all_rooms import Refusal, Rooms
from tui.server.rooms.participant import Participant, SignalRefused
from tui.server.rooms.room import CODECS
from tui.server.sfu.counters import Counters
from tui.server.turn import TurnServers
from tui.wire.resuming import KEEPS_MEDIA
from tui.wire.sdp import SdpError

log = logging.getLogger(__name__)

PING_INTERVAL_S = 5
PING_TIMEOUT_S = 15
"""A client that says nothing for this long is gone; one that never pings (Go's SDK) may be silent
here as long as its media path lives."""
SERVER_VERSION = "1.9.0"
"""The livekit-server release whose protocol v0 this is."""
_PROTOCOL = 15
_GOODBYE_S = 1.0
_JSON_COSTS = 4
"""How many bytes of protobuf are read in the time of one of JSON."""
_JSON_COMMAS = 2_000
"""Most commas in one message: each element costs some 10 us of everybody's time."""
_TOO_BIG, _MALFORMED, _NORMAL, _TRY_AGAIN = 1009, 1007, 1000, 1013
"""Websocket close codes (RFC 6455 7.4.1)."""


class SignalConnection:
    """Serves one websocket.

    Args:
        websocket: Not accepted yet.
        rooms: All sessions.
        limits: What clients may send.
        counters: Where malformed messages are counted.
        turn: Held by the connection whose message is acted upon: one at a time of all of them, so
            that a crowd of them costs the media between two messages no more than one does.
    """

    def __init__(
        self,
        websocket: WebSocket,
        rooms: Rooms,
        limits: Limits,
        counters: Counters,
        turn: asyncio.Lock,
        relays: TurnServers,
    ) -> None:
        self.finished = asyncio.Event()
        """Set when the websocket is closed."""
        self._websocket = websocket
        self._rooms = rooms
        self._limits = limits
        self._counters = counters
        self._turn = turn
        self._relays = relays
        self._close_code, self._close_reason = _NORMAL, ""

    async def ask_for_new_join(self) -> None:
        """A client wants to resume what is no more here, so it must join anew."""
        await self._send_away(
            rtc.LeaveRequest(
                can_reconnect=True, reason=models.STATE_MISMATCH, action=rtc.LeaveRequest.RECONNECT
            )
        )

    async def say_ended(self) -> None:
        """A client wants to resume in a session that was ended for everybody meanwhile."""
        await self._send_away(
            rtc.LeaveRequest(reason=models.ROOM_DELETED, action=rtc.LeaveRequest.DISCONNECT)
        )

    async def _send_away(self, leave: rtc.LeaveRequest) -> None:
        await self._websocket.accept()
        try:
            await self._websocket.send_bytes(rtc.SignalResponse(leave=leave).SerializeToString())
        except WebSocketDisconnect:
            return
        await self._close()

    async def serve(self, claims: AccessClaims, wish: JoinWish) -> None:
        """Join, exchange messages until either side ends it, leave."""
        await self._websocket.accept()
        greeting = _greeting(self._relays.for_client(claims.identity))
        greeting.subscriber_primary = not wish.single
        joined = self._rooms.join(
            claims,
            greeting,
            auto_subscribe=wish.auto_subscribe,
            local=str((self._websocket.scope.get("server") or ("",))[0]),
            single=wish.single,
        )
        if isinstance(joined, Refusal):  # the last place went while the websocket was accepted
            self._close_code, self._close_reason = _TRY_AGAIN, joined.text
            await self._close()
            return
        async with self._turn:
            for request in wish.requests:
                if not joined.gone:
                    self._handle(joined, request)
            if wish.single and not any(one.HasField("offer") for one in wish.requests):
                joined.subscriber.offer_again()  # whoever has nothing to send may wait for that
        await self._attend(joined)

    async def resume(self, participant: Participant) -> None:
        """Go on as the signalling of a participant whose websocket was lost."""
        await self._websocket.accept()
        log.info("%s resumes", clean(participant.identity))
        await self._attend(participant, again=True)

    async def _attend(self, joined: Participant, *, again: bool = False) -> None:
        replaced = joined.attach()
        # The one before still takes from the outbox until its tasks have ended.
        async with joined.attended:
            try:
                if not replaced.is_set():
                    if again:
                        await self._say_resumed(joined)
                    await self._exchange(joined, replaced)
            finally:
                if not replaced.is_set():
                    joined.detach()
        await self._close()

    async def _say_resumed(self, participant: Participant) -> None:
        answer = rtc.SignalResponse(reconnect=rtc.ReconnectResponse(server_info=_server_info()))
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # the reader will find it
            if participant.outbox.as_json:
                await self._websocket.send_text(json_format.MessageToJson(answer, indent=None))
            else:
                await self._websocket.send_bytes(answer.SerializeToString())
        participant.resume()

    async def _exchange(self, joined: Participant, replaced: asyncio.Event) -> None:
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(self._write(joined), name="signal writer"),
            asyncio.create_task(self._read(joined), name="signal reader"),
            asyncio.create_task(joined.ended.wait(), name="signal end"),
            asyncio.create_task(replaced.wait(), name="signal replaced"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks[1:]:
                task.cancel()
            if joined.gone:
                await asyncio.wait(tasks[:1], timeout=_GOODBYE_S)  # the writer's last words
            tasks[0].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, participant: Participant) -> None:
        try:
            await participant.outbox.drain(self._websocket)
        except (WebSocketDisconnect, RuntimeError) as error:
            log.debug("%s: websocket closed: %r", clean(participant.identity), error)

    async def _read(self, participant: Participant) -> None:
        pings = False
        while not participant.gone:
            try:
                async with asyncio.timeout(PING_TIMEOUT_S):
                    event = await self._websocket.receive()
            except TimeoutError:
                alive = time.monotonic() - participant.last_seen < PING_TIMEOUT_S
                if alive and not pings:
                    continue
                if alive and participant.connected:
                    return  # a dead websocket beside living media: another one may come
                self._end(participant, models.CONNECTION_TIMEOUT, _NORMAL, "no ping came")
                return
            if event["type"] != "websocket.receive":
                return
            async with self._turn:
                pings = self._act(participant, event) or pings
                await asyncio.sleep(0)

    def _act(self, participant: Participant, event: Mapping[str, object]) -> bool:
        """Do what one message asks for; whether it was a ping."""
        request: rtc.SignalRequest | None = None
        try:
            request = self._parse(participant, event)
        except _TooBig as error:
            self._counters.limits_exceeded += 1
            self._end(participant, models.STATE_MISMATCH, _TOO_BIG, str(error))
        except (DecodeError, json_format.Error, SignalRefused, ValueError) as error:
            self._refuse(participant, error)
        if request is None:
            return False
        self._handle(participant, request)
        return request.WhichOneof("message") in ("ping", "ping_req")

    def _handle(self, participant: Participant, request: rtc.SignalRequest) -> None:
        try:
            participant.handle(request)
        except (DecodeError, json_format.Error, SdpError, SignalRefused, ValueError) as error:
            self._refuse(participant, error)
        except Exception:
            log.exception("signalling of %s", clean(participant.identity))
            self._end(participant, models.UNKNOWN_REASON, 1011, "internal error")

    def _refuse(self, participant: Participant, error: Exception) -> None:
        self._counters.malformed("signal", clean(participant.identity), error)
        self._end(participant, models.STATE_MISMATCH, _MALFORMED, clean(str(error), 100))

    def _parse(self, participant: Participant, event: Mapping[str, object]) -> rtc.SignalRequest:
        data, text = event.get("bytes"), event.get("text")
        if isinstance(data, bytes):
            self._check_size(participant, len(data), len(data))
            return rtc.SignalRequest.FromString(data)
        if not isinstance(text, str):
            raise SignalRefused("a websocket message with neither bytes nor text")
        size = len(text.encode())
        self._check_size(participant, size, _JSON_COSTS * size)
        if text.count(",") > _JSON_COMMAS:
            raise SignalRefused(f"JSON with more than {_JSON_COMMAS} elements")
        participant.outbox.as_json = True
        return json_format.Parse(
            text, rtc.SignalRequest(), ignore_unknown_fields=True, max_recursion_depth=20
        )

    def _check_size(self, participant: Participant, size: int, cost: int) -> None:
        refusal = exceeded("signalling message", size, self._limits.signal_bytes, "bytes")
        if refusal is not None:
            raise _TooBig(refusal)
        participant.pay(cost)

    def _end(
        self, participant: Participant, reason: models.DisconnectReason, code: int, text: str
    ) -> None:
        self._close_code, self._close_reason = code, text
        participant.leave(reason, tell=True)

    async def _close(self) -> None:
        websocket = self._websocket
        if (
            websocket.application_state != WebSocketState.CONNECTED
            or websocket.client_state != WebSocketState.CONNECTED
        ):
            return
        try:
            await websocket.close(self._close_code, self._close_reason[:120])
        except (WebSocketDisconnect, RuntimeError) as error:
            log.debug("closing a websocket: %r", error)


class _TooBig(Exception):
    """A signalling message over the limit."""


def _greeting(relays: Sequence[rtc.ICEServer]) -> rtc.JoinResponse:
    """The join response as far as it says what this server is."""
    return rtc.JoinResponse(
        server_version=SERVER_VERSION,
        subscriber_primary=True,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        server_info=_server_info(),
        ice_servers=relays,
        enabled_publish_codecs=[models.Codec(mime=mime) for mime in CODECS],
    )


def _server_info() -> models.ServerInfo:
    return models.ServerInfo(
        edition=models.ServerInfo.Standard,
        version=SERVER_VERSION,
        protocol=_PROTOCOL,
        debug_info=KEEPS_MEDIA,
    )
