"""The sending peer connection: our tracks and our data channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from livekit.protocol import models, rtc

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.text import clean
from tui.transport.livekit.keys import Keys
from tui.transport.rtc.peer import IceServer, Peer, PeerFailed
from tui.transport.rtc.send_rate import follow, full_rate
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_log = logging.getLogger(__name__)

ANSWER_TIMEOUT_S: Final = 10.0
_CHANNEL_TIMEOUT_S: Final = 5.0
_MAX_BUFFERED_BYTES: Final = 256 * 1024

Send = Callable[..., Awaitable[None]]


class Publisher:
    """Sends our media and data. Negotiations run one after another, one new section each.

    Args:
        servers: STUN and TURN servers to ask.
        send: Sends a signalling request.
        keys: What seals everything; None: nothing is sealed.
        loopback: Offer 127.0.0.1, too.
    """

    def __init__(
        self,
        servers: Sequence[IceServer],
        *,
        send: Send,
        keys: Keys | None = None,
        loopback: bool,
    ) -> None:
        # livekit-server answers RED with RED, though told not to, and nobody could open that.
        self.peer = Peer(servers, for_receiving=False, loopback=loopback, red=keys is None)
        self._keys = keys
        self._send = send
        self._negotiating = asyncio.Lock()
        self._negotiated = False
        self._closed = False
        self._offer_id = 0
        self._answer: asyncio.Future[rtc.SessionDescription] | None = None
        self._accepting: dict[str, asyncio.Future[models.TrackInfo]] = {}
        self._channel = self.peer.pc.createDataChannel("_reliable", ordered=True)
        self.peer.pc.createDataChannel("_lossy", ordered=False, maxRetransmits=0)
        self._sequence = 0
        self._following: dict[str, asyncio.Task[None]] = {}
        """By track id: what follows the reports of who receives it."""

    async def publish_microphone(self, track: MicrophoneTrack, *, muted: bool) -> models.TrackInfo:
        """Announce and send the microphone; see `_publish`."""
        request = rtc.AddTrackRequest(
            cid=track.id,
            name="microphone",
            type=models.TrackType.AUDIO,
            source=models.TrackSource.MICROPHONE,
            muted=muted,
        )
        return await self._publish(request, track)

    async def publish_pictures(
        self, source: TrackSource, track: CameraTrack, *, muted: bool, size: tuple[int, int]
    ) -> models.TrackInfo:
        """Announce and send the camera, or a shared screen; see `_publish`."""
        width, height = size
        share = source is TrackSource.SCREEN_SHARE
        request = rtc.AddTrackRequest(
            cid=track.id,
            name="screen" if share else "camera",
            type=models.TrackType.VIDEO,
            source=models.TrackSource.SCREEN_SHARE if share else models.TrackSource.CAMERA,
            muted=muted,
            width=width,
            height=height,
            layers=[
                models.VideoLayer(
                    quality=models.VideoQuality.HIGH,
                    width=width,
                    height=height,
                    bitrate=full_rate(size),
                )
            ],
            simulcast_codecs=[rtc.SimulcastCodec(codec="vp8", cid=track.id)],
        )
        return await self._publish(request, track)

    async def unpublish(self, track: MicrophoneTrack | CameraTrack) -> None:
        """Send a track no longer: its section stays, inactive, and the server ends the track.

        Raises:
            SignalClosed, PeerFailed: The connection is lost, and the track with it.
        """
        if not await self.peer.end_sending(track):
            return
        if (following := self._following.pop(track.id, None)) is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        async with self._negotiating:
            if self._closed:
                raise PeerFailed("closed")
            await self._offer_and_settle()

    async def send_packet(
        self, packet: models.DataPacket, *, sid: str, waiting: int = 0, within_s: float = 0.0
    ) -> None:
        """Send a data packet to everybody, in order.

        Args:
            packet: Not sealed yet.
            sid: Ours.
            waiting: Bytes that may wait in the channel before it; 0: as many as usual.
            within_s: How long to wait until no more do; 0: as usual.

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED` when the channel does not open or is full.
        """
        channel = self._channel
        if not self._negotiated:
            await self._negotiate()
        try:
            async with asyncio.timeout(within_s or _CHANNEL_TIMEOUT_S):
                most = waiting or _MAX_BUFFERED_BYTES
                while channel.readyState != "open" or channel.bufferedAmount > most:
                    if channel.readyState == "closed":
                        raise PeerFailed("data channel closed")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED, "Not sent: the connection is too slow right now."
            ) from None
        if self._keys is not None:
            packet = self._keys.seal_packet(packet)
        self._sequence += 1
        packet.sequence, packet.participant_sid = self._sequence, sid
        channel.send(packet.SerializeToString())

    def take_answer(self, description: rtc.SessionDescription) -> None:
        """The server's answer to our offer; one to an older offer is ignored."""
        waiting = self._answer
        if waiting is None or waiting.done() or description.id not in (0, self._offer_id):
            _log.debug("answer %d ignored", description.id)
            return
        waiting.set_result(description)

    def take_accepted(self, response: rtc.TrackPublishedResponse) -> None:
        """The server took the track we announced."""
        waiting = self._accepting.pop(response.cid, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(response.track)

    def take_response(self, response: rtc.RequestResponse) -> None:
        """What the server says to a request; it may refuse the track we announced."""
        if response.reason in (rtc.RequestResponse.OK, rtc.RequestResponse.QUEUED):
            return
        said = response.message or rtc.RequestResponse.Reason.Name(response.reason)
        _log.warning("the server refused a request: %s", clean(said))
        if response.WhichOneof("request") == "add_track":
            self._take_refused(response.add_track.cid, said)

    def _take_refused(self, cid: str, message: str) -> None:
        waiting = self._accepting.pop(cid, None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(
                CallsError(
                    ErrorCode.NOT_PERMITTED,
                    f"The server does not let you publish this. It says: {clean(message, 160)}",
                )
            )

    async def add_candidate(self, candidate_init: str) -> None:
        """Take a candidate of the server."""
        await self.peer.add_candidate(candidate_init)

    async def close(self) -> None:
        """Release everything. Idempotent."""
        for waiting in (*self._accepting.values(), self._answer):
            if waiting is not None and not waiting.done():
                waiting.set_exception(PeerFailed("closed"))
        self._closed = True
        for task in self._following.values():
            task.cancel()
        await asyncio.gather(*self._following.values(), return_exceptions=True)
        await self.peer.close()

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        self.peer.abort()

    async def _publish(
        self, request: rtc.AddTrackRequest, track: MicrophoneTrack | CameraTrack
    ) -> models.TrackInfo:
        """Announce a track, then negotiate it.

        Raises:
            CallsError: `ERROR_NOT_PERMITTED`, or `ERROR_CONNECTION_FAILED` without an answer.
            PeerFailed: The connection did not come about.
        """
        if self._keys is not None:
            request.encryption = models.Encryption.GCM
            request.disable_red = True
            voice = isinstance(track, MicrophoneTrack)
            track.seal = self._keys.seal_voice if voice else self._keys.seal_picture
        accepted: asyncio.Future[models.TrackInfo] = asyncio.get_running_loop().create_future()
        self._accepting[request.cid] = accepted
        try:
            await self._send(add_track=request)
            # Not wait_for: on Python 3.11 it may swallow a cancellation, and leaving would hang.
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                info = await accepted
        except TimeoutError:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"The server did not take our {request.name} within {ANSWER_TIMEOUT_S:.0f} s.",
            ) from None
        finally:
            self._accepting.pop(request.cid, None)
            _drop(accepted)
        await self._negotiate(track)
        return info

    async def _negotiate(self, track: MicrophoneTrack | CameraTrack | None = None) -> None:
        async with self._negotiating:
            if self._closed:
                raise PeerFailed("closed")
            if track is None and self._negotiated:
                return
            if track is not None:
                self._add(track)
            await self._offer_and_settle()
            self._negotiated = True

    async def _offer_and_settle(self) -> None:
        sdp = await self.peer.offer()
        if self._closed:
            raise PeerFailed("closed")
        self._offer_id += 1
        waiting: asyncio.Future[rtc.SessionDescription]
        waiting = self._answer = asyncio.get_running_loop().create_future()
        try:
            await self._send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=self._offer_id))
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await waiting
        except TimeoutError:
            raise PeerFailed("no answer to our offer") from None
        finally:
            self._answer = None
            _drop(waiting)
        await self.peer.take_answer(answer.sdp)

    def _add(self, track: MicrophoneTrack | CameraTrack) -> None:
        following = follow(self.peer.send(track), track)
        self._following[track.id] = asyncio.create_task(following, name=f"{track.kind} rate")


def _drop(future: asyncio.Future[Any]) -> None:
    """Nobody waits for `future` any more; asyncio need not complain about its exception."""
    if not future.cancel() and not future.cancelled():
        future.exception()
