"""A session for a program: what is seen and heard as arrays, what it sends from a generator.

    async with Calls.session("standup", server=..., uid="echo", auth_key=...) as session:
        await session.feed_microphone(session.samples("ana"))
        await session.ended()

All of it runs in this process. The trap is a program that does not keep up: of pictures it gets the
newest, of sound the last second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui.domain.ids import StreamId, TrackSource
from tui.domain.media import SAMPLE_RATE_HZ, PlanarFrame
from tui.domain.participant import Participant
from tui.domain.snapshot import Phase, Snapshot
from tui.engine.local import LocalHandle
from tui.ports.handle import EngineGone
from tui.sdk.refusals import invalid, no_session
from tui.video.raster import raster

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]
"""Mono at 48 kHz; from `samples` always 480 of them, 10 ms."""
Frame = NDArray[np.uint8]
"""RGB, (height, width, 3), rows from the top."""
Sound = Iterator[NDArray[Any]] | AsyncIterator[NDArray[Any]]
Film = Iterator[Frame] | AsyncIterator[Frame]
T = TypeVar("T")

_KEPT_BLOCKS: Final = 100
_FULL_SCALE: Final = 32767
_AHEAD_S: Final = 0.2
"""So much of a generator's sound waits to be played."""


class Feed(Protocol):
    """Where a program's sound and pictures go (`tui.devices.fed`)."""

    @property
    def fps(self) -> float:
        """Most pictures a second."""

    def put_sound(self, samples: Samples) -> None:
        """More sound."""

    def put_picture(self, rgb: Frame, at_s: float) -> None:
        """The newest picture."""

    def put_screen(self, rgb: Frame, at_s: float) -> None:
        """The newest picture of what is shared."""

    def size_screen(self, size: tuple[int, int]) -> None:
        """(width, height) of what will be shared [pixels]."""


class Owned(Protocol):
    """What a session needs of its `Calls`."""

    async def unmute_audio(self) -> None:
        """Microphone on."""

    async def resume_video(self) -> None:
        """Camera on."""

    async def start_screen_sharing(self, source: object = "screen") -> None:
        """Share."""

    async def stop_screen_sharing(self) -> None:
        """Share no longer."""


C_co = TypeVar("C_co", bound=Owned, covariant=True)


class BotSession(Generic[C_co]):
    """A session a program is in; `Calls.session` makes it.

    Args:
        calls: Joined.
        handle: What it speaks over.
        feed: Where our sound and pictures go.
    """

    def __init__(self, calls: C_co, handle: LocalHandle, feed: Feed):
        self._calls = calls
        self._handle = handle
        self._feed = feed
        self._feeding: list[asyncio.Task[None]] = []

    @property
    def calls(self) -> C_co:
        """For everything else: chat, hands, events, moderation."""
        return self._calls

    async def participant(self, who: str) -> Participant:
        """Somebody by pid, id or uid; waits until they are there.

        Raises:
            CallsError: `ERROR_NO_SESSION` when the session is over.
        """

        def found(snapshot: Snapshot) -> Participant | None:
            people = snapshot.participants
            return next((one for one in people if who in (one.pid, one.id, one.uid)), None)

        return await self._until(found)

    async def ended(self) -> None:
        """Wait until the session is over."""
        await self._until(lambda snapshot: snapshot.phase is Phase.ENDED or None)

    async def frames(
        self, who: str, *, screen: bool = False, size: tuple[int, int] = (640, 480)
    ) -> AsyncIterator[Frame]:
        """Pictures of somebody, until they leave.

        Args:
            who: A pid, an id or a uid.
            screen: The shared screen instead of the camera.
            size: Width and height of what comes [pixels]: scaled to fill, and cropped.

        Yields:
            RGB, (height, width, 3), 8 bits. Whoever does not keep up gets the newest.
        """
        source = TrackSource.SCREEN_SHARE if screen else TrackSource.CAMERA
        stream = StreamId((await self.participant(who)).id, source)
        width, height = size
        inbox: _Inbox[Frame] = _Inbox(1)

        def tap(seen: StreamId, frame: PlanarFrame) -> None:
            if seen == stream:
                pixels = np.frombuffer(raster(frame, width, height), np.uint8)
                inbox.put(pixels.reshape(height, width, 3))

        received = self._handle.core.current.joined().received
        received.picture_taps.append(tap)
        self._handle.show_picture(stream, width, height)
        try:
            async for frame in self._while_here(stream, inbox):
                yield frame
        finally:
            received.picture_taps.remove(tap)
            self._handle.show_picture(stream, 0, 0)

    async def samples(self, who: str, *, screen: bool = False) -> AsyncIterator[Samples]:
        """Somebody's sound in real time, silence included, until they leave.

        Args:
            who: A pid, an id or a uid.
            screen: The sound of the shared screen instead of the microphone.

        Yields:
            480 samples of 16 bits, mono at 48 kHz: 10 ms. A second is kept for whoever is late.
        """
        source = TrackSource.SCREEN_SHARE_AUDIO if screen else TrackSource.MICROPHONE
        stream = StreamId((await self.participant(who)).id, source)
        inbox: _Inbox[Samples] = _Inbox(_KEPT_BLOCKS)

        def tap(heard: StreamId, block: Samples) -> None:
            if heard == stream:
                inbox.put(block)

        mixer = self._handle.core.current.joined().media.mixer
        mixer.sound_taps.append(tap)
        try:
            async for block in self._while_here(stream, inbox):
                yield block
        finally:
            mixer.sound_taps.remove(tap)

    async def feed_microphone(self, sound: Sound) -> None:
        """Send this sound from now on, and turn the microphone on.

        Args:
            sound: Arrays of any length, mono at 48 kHz: int16, or floats from -1 to 1. A plain
                generator is asked for more as it is played, in this thread; an async one is
                played as it comes, a second of it at most waits.
        """
        self._start(self._send_sound(sound))
        await self._calls.unmute_audio()

    async def feed_camera(self, film: Film) -> None:
        """Send these pictures from now on, and turn the camera on.

        Args:
            film: RGB arrays, (height, width, 3), 8 bits. A plain generator is asked `fps` times a
                second; of an async one, each picture is sent as it comes.
        """
        self._start(self._send_film(film, self._feed.put_picture))
        await self._calls.resume_video()

    async def feed_screen(self, film: Film, *, size: tuple[int, int] = (1280, 720)) -> None:
        """Share these pictures from now on, beside the camera; at their end, nothing.

        Args:
            film: As `feed_camera` takes it.
            size: Width and height of what is sent [pixels], even numbers; pictures of another
                size are scaled.

        Raises:
            CallsError: `ERROR_NOT_PERMITTED` where the server does not allow it.
        """
        self._feed.size_screen(size)
        await self._calls.start_screen_sharing()

        async def send() -> None:
            await self._send_film(film, self._feed.put_screen)
            await self._calls.stop_screen_sharing()

        self._start(send())

    async def close(self) -> None:
        """Send nothing any more; `Calls.session` leaves at the end of its block."""
        for task in self._feeding:
            task.cancel()
        await asyncio.gather(*self._feeding, return_exceptions=True)

    # ---- inside
    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work, name="bot feed")
        task.add_done_callback(_tell_failure)
        self._feeding.append(task)

    async def _send_sound(self, sound: Sound) -> None:
        if isinstance(sound, AsyncIterator):
            async for block in sound:
                self._feed.put_sound(_samples(block))
            return
        begin_s, put_s = time.monotonic(), 0.0
        for block in sound:
            samples = _samples(block)
            self._feed.put_sound(samples)
            put_s += len(samples) / SAMPLE_RATE_HZ
            await asyncio.sleep(max(0.0, begin_s + put_s - _AHEAD_S - time.monotonic()))

    async def _send_film(self, film: Film, put: Callable[[Frame, float], None]) -> None:
        if isinstance(film, AsyncIterator):
            async for picture in film:
                put(_frame(picture), time.monotonic())
            return
        begin_s = time.monotonic()
        for number, picture in enumerate(film, 1):
            put(_frame(picture), time.monotonic())
            await asyncio.sleep(max(0.0, begin_s + number / self._feed.fps - time.monotonic()))

    async def _while_here(self, stream: StreamId, inbox: _Inbox[T]) -> AsyncIterator[T]:
        gone = asyncio.create_task(
            self._until(lambda now: now.participant(stream.participant) is None or None)
        )
        gone.add_done_callback(lambda _: inbox.end())
        try:
            while (item := await inbox.take()) is not None:
                yield item
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await gone

    async def _until(self, found: Callable[[Snapshot], T | None]) -> T:
        async for update in self._handle.updates():
            snapshot = self._handle.snapshot()
            if (what := found(snapshot)) is not None:
                return what
            if isinstance(update, EngineGone) or not (
                snapshot.in_session or snapshot.phase is Phase.CONNECTING
            ):
                break
        raise no_session()


class _Inbox(Generic[T]):
    """Put from any thread, taken by one task; the oldest goes when it is full."""

    def __init__(self, most: int):
        self._items: deque[T] = deque(maxlen=most)
        self._came = asyncio.Event()
        self._over = False
        self._loop = asyncio.get_running_loop()

    def put(self, item: T) -> None:
        self._items.append(item)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody takes it
            self._loop.call_soon_threadsafe(self._came.set)

    def end(self) -> None:
        self._over = True
        self._came.set()

    async def take(self) -> T | None:
        """The oldest; None at the end."""
        while not self._items:
            if self._over:
                return None
            self._came.clear()
            if not self._items:
                await self._came.wait()
        return self._items.popleft()


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.error("what was fed is sent no more: %s", failure, exc_info=failure)


def _samples(block: object) -> Samples:
    if not isinstance(block, np.ndarray) or block.ndim != 1:
        raise invalid("microphone", block, "arrays of samples, mono at 48 kHz")
    if block.dtype == np.int16:
        return np.asarray(block, np.int16)
    if np.issubdtype(block.dtype, np.floating):
        loud = np.clip(block, -1.0, 1.0) * _FULL_SCALE
        return np.asarray(np.rint(loud), np.int16)
    raise invalid("microphone", block.dtype, "int16, or floats from -1 to 1")


def _frame(picture: object) -> Frame:
    fits = (
        isinstance(picture, np.ndarray)
        and picture.dtype == np.uint8
        and picture.ndim == 3
        and picture.shape[2] == 3
    )
    if not fits:
        raise invalid("camera", getattr(picture, "shape", picture), "RGB arrays (height, width, 3)")
    return picture  # type: ignore[return-value]
