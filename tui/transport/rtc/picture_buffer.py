"""Packets of one received video stream in, whole pictures that may be decoded out.

It stands where aiortc has its jitter buffer, for four reasons. That one gives a picture only when
the next one begins, which is 66 ms later at 15 pictures a second. It waits for a lost packet until
512 others came, which is some ten seconds of a frozen picture. After a loss it goes on with
pictures that build on the lost one, and the decoder draws grey or torn blocks. And it looks at
nothing: a header of 16000 x 16000 pixels is decoded.

Here nothing is given out that does not follow, without a gap, from a key picture of a size that is
fit to be decoded; until the next key picture the last whole picture stays on the screen. A key
picture is asked for at once, and again each half second while packets come.

The trap is the queue to the decoder's thread, which has no bound: on a machine that is too slow it
grows for ever. Past a limit pictures are dropped up to the next key picture, as after a loss.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.media import EncodedPicture
from tui.transport.rtc.coded import VP8, Coded
from tui.wire.picture_header import MAX_PIXELS

PATIENCE_S: Final = 0.5
"""How long a lost packet may take to be sent again: two rounds of asking at 200 ms."""
ASK_EVERY_S: Final = 0.5
"""Between two times a key picture is asked for."""
_MAX_QUEUED_PICTURES: Final = 30
"""Two seconds at 15 pictures a second; more means that decoding cannot keep up."""
_MAX_PACKETS: Final = 1024
"""Kept for one picture, and behind a gap: 1.2 MB each. A key picture of a 4K screen has 500."""
_MAX_BACKWARD: Final = 512
"""A packet this far behind is no late one: the sender began to number anew."""


@dataclass(slots=True)
class WholePicture:
    """As `aiortc.jitterbuffer.JitterFrame`; the receiver replaces the time stamp by its own."""

    data: bytes
    timestamp: int


class PictureBuffer:
    """Puts packets in order and judges pictures.

    Args:
        queued: How many pictures wait for the decoder.
        failed: Whether the decoder refused a picture since it was last asked.
        refused: Told width and height [pixels] of a key picture that is not decoded, each time.
        encoded: Takes each picture that is given out, and answers whether it wants a key picture.
        opened: Takes each whole picture first, and answers what is in it; None: it is sealed, or
            nobody knows whose it is. Such a picture is dropped, and none is asked for.
        coded: Answers what a packet's pictures are coded as.
        clock: Monotonic time [s].
    """

    def __init__(
        self,
        queued: Callable[[], int],
        *,
        failed: Callable[[], bool] = lambda: False,
        refused: Callable[[int, int], None] = lambda _width, _height: None,
        opened: Callable[[bytes], bytes | None] = lambda data: data,
        encoded: Callable[[EncodedPicture], bool] = lambda _picture: False,
        coded: Callable[[Any], Coded] = lambda _packet: VP8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queued = queued
        self._failed = failed
        self._refused = refused
        self._opened = opened
        self._encoded = encoded
        self._key_wanted = False
        self._coded_of = coded
        self._coded = VP8
        self._clock = clock
        self._ssrc: int | None = None
        self._next = 0
        self._waiting: dict[int, tuple[Any, float]] = {}
        """By number, packets that can't be judged yet, and when each came."""
        self._parts: list[Any] = []
        self._asked_s = float("-inf")
        self._needs_key = True
        self._unfit = False
        self._sealed = False
        self.dropped = 0
        """Whole pictures that were not given out."""

    def add(self, packet: Any) -> tuple[bool, WholePicture | None]:
        """Take a packet, as `aiortc.jitterbuffer.JitterBuffer.add`.

        Returns:
            Whether a key picture is to be asked for now, and the next picture to decode. Where a
            packet that came late completes several, each later call gives one.
        """
        now_s = self._clock()
        if packet.ssrc != self._ssrc or self._coded_of(packet) is not self._coded:
            # aiortc decodes with the codec of the packet that came: none may wait for another's.
            self._begin(packet)
        if self._failed():
            self._needs_key = True
        behind = (self._next - packet.sequence_number) & 0xFFFF
        if 0 < behind < 0x8000:
            if behind > _MAX_BACKWARD:
                self._begin(packet)
            else:
                return self._ask(now_s), None
        self._waiting[packet.sequence_number] = packet, now_s
        picture = self._next_picture()
        while picture is None and self._gave_up(now_s):
            picture = self._next_picture()
        return self._ask(now_s), picture

    def _begin(self, packet: Any) -> None:
        self._ssrc = packet.ssrc
        self._coded = self._coded_of(packet)
        self._next = packet.sequence_number
        self._waiting.clear()
        self._parts.clear()
        self._needs_key = True
        self._unfit = False

    def _next_picture(self) -> WholePicture | None:
        """The first picture that is complete and fit, of the packets without a gap."""
        while (waited := self._waiting.pop(self._next, None)) is not None:
            packet, _ = waited
            self._next = (self._next + 1) & 0xFFFF
            whole: list[Any] = []
            if self._parts and self._parts[-1].timestamp != packet.timestamp:
                # No packet said that it was the last one; the next picture says it.
                whole, self._parts = self._parts, []
            self._parts.append(packet)
            if not whole and packet.marker:
                whole, self._parts = self._parts, []
            elif len(self._parts) > _MAX_PACKETS:
                self._parts = []
                self._needs_key = True
            if whole and (picture := self._judged(whole)) is not None:
                return picture
        return None

    def _gave_up(self, now_s: float) -> bool:
        """Whether what is missing was given up now, so that the packets behind it count.

        How long it is missing counts from the packet behind it: gaps that follow one another must
        not be waited for one after another.
        """
        if not self._waiting:
            return False
        behind = min(self._waiting, key=lambda number: (number - self._next) & 0xFFFF)
        if (
            now_s - self._waiting[behind][1] < PATIENCE_S
            and len(self._waiting) <= _MAX_PACKETS
            and not (self._needs_key and not self._parts and self._begins_key_picture(behind))
        ):
            return False
        self._next = behind
        self._parts = []
        self._needs_key = True
        return True

    def _begins_key_picture(self, number: int) -> bool:
        """Whether it begins what is waited for, so that what is missing before is of no use."""
        return self._coded.begins_key(self._waiting[number][0]._data)

    def _judged(self, packets: list[Any]) -> WholePicture | None:
        try:
            data = self._coded.picture_of([packet._data for packet in packets if packet._data])
        except ValueError:
            self._needs_key = True
            self.dropped += 1
            return None
        if not data:
            return None  # packets of padding probe the line
        whole = self._opened(data)
        self._sealed = whole is None
        if whole is None:
            self._needs_key = True
            self.dropped += 1
            return None
        key, size = self._coded.shape_of(whole)
        if size is not None:
            fit = 0 < size[0] * size[1] <= MAX_PIXELS
            self._unfit = not fit or (self._unfit and not key)
            if not fit:
                self._refused(*size)
        queued = self._queued()
        if queued > _MAX_QUEUED_PICTURES:
            self._needs_key = True
        if self._needs_key or self._unfit:
            # A key picture that comes while the decoder is behind is of no use: the next one is.
            if not key or self._unfit or queued > _MAX_QUEUED_PICTURES // 2:
                self._needs_key = True
                self.dropped += 1
                return None
            self._needs_key = False
        timestamp = packets[0].timestamp
        self._key_wanted = self._encoded(
            EncodedPicture(whole, timestamp, size if key else None, self._coded.name)
        )
        return WholePicture(whole, timestamp)

    def _ask(self, now_s: float) -> bool:
        # Asking again for one that was refused, or can't be opened, would bring the same.
        if (
            not (self._needs_key or self._key_wanted)
            or self._unfit
            or self._sealed
            or now_s - self._asked_s < ASK_EVERY_S
        ):
            return False
        self._asked_s = now_s
        return True
