"""Sound files: any that PyAV reads as a microphone, WAV as a speaker."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.container import InputContainer

from tui.devices.media_file import file_problem, open_media, whole_frames
from tui.domain.media import BLOCK_SAMPLES, SAMPLE_RATE_HZ
from tui.domain.text import clean
from tui.ports.devices import Block, DeviceUnavailable

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_HEADER_EVERY_BLOCKS: Final = 100
_WAV_MAX_BYTES: Final = 0xFFFF_FFFF - _HEADER.size


def resampled(container: InputContainer) -> Iterator[Block]:
    """The first audio stream from where it is to its end, in pieces: mono, 48 kHz."""
    resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    for frame in whole_frames(container, container.streams.audio[0]):
        for piece in resampler.resample(frame):
            yield piece.to_ndarray().reshape(-1).astype(np.int16, copy=False)
    for piece in resampler.resample(None):
        yield piece.to_ndarray().reshape(-1).astype(np.int16, copy=False)


class SoundFileSource:
    """Plays the first audio stream of a file for ever, decoded as it goes.

    Raises:
        DeviceUnavailable: missing, unreadable, or without sound.
    """

    def __init__(self, path: str):
        self._path = path
        try:
            self._container = open_media(path)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise file_problem(path, error) from error
        if not self._container.streams.audio:
            self._container.close()
            raise DeviceUnavailable(
                f"The file {clean(path, 120)} has no sound.", "Give a file with an audio stream."
            )
        self._pieces = resampled(self._container)
        self._left: Block = np.zeros(0, np.int16)
        self._closed = False

    def next_block(self) -> Block:
        """The next 10 ms; from the beginning again at the end.

        Raises:
            OSError: the file broke off or holds no samples.
        """
        restarts = 0
        while len(self._left) < BLOCK_SAMPLES:
            piece = next(self._pieces, None)
            if piece is None:
                restarts += 1
                if restarts > 1:
                    raise OSError(f"{clean(self._path, 120)} holds no sound")
                self._container.seek(0)
                self._pieces = resampled(self._container)
                continue
            if len(piece):
                restarts = 0
            self._left = np.concatenate((self._left, piece))
        block, self._left = self._left[:BLOCK_SAMPLES], self._left[BLOCK_SAMPLES:]
        return block

    def close(self) -> None:
        """Close the file. Idempotent."""
        if not self._closed:
            self._closed = True
            self._container.close()


def decode_whole(path: str) -> Block:
    """All samples of a short sound file at 48 kHz mono.

    Raises:
        DeviceUnavailable: missing, unreadable, or without sound.
    """
    source = SoundFileSource(path)
    try:
        pieces = list(source._pieces)
    finally:
        source.close()
    return np.concatenate(pieces)


class WavSink:
    """Writes 48 kHz mono 16-bit WAV; the header is right after every second, so a kill costs one.

    Raises:
        DeviceUnavailable: the file can't be made.
    """

    def __init__(self, path: str):
        try:
            # Held open for the life of the sink; `close` ends it.
            self._file = open(path, "wb", buffering=0)  # noqa: SIM115
            self._file.write(self._header(0))
        except OSError as error:
            raise DeviceUnavailable(
                f"The file {clean(path, 120)} can't be written: {clean(error.strerror or '')}.",
                "Choose a folder that exists and may be written to.",
            ) from error
        self._bytes = 0
        self._blocks = 0

    @staticmethod
    def _header(data_bytes: int) -> bytes:
        return _HEADER.pack(
            b"RIFF",
            36 + data_bytes,
            b"WAVE",
            b"fmt ",
            16,
            1,
            1,
            SAMPLE_RATE_HZ,
            2 * SAMPLE_RATE_HZ,
            2,
            16,
            b"data",
            data_bytes,
        )

    def take(self, block: Block) -> None:
        """Write a block.

        Raises:
            OSError: the disk is full, or the file has reached WAV's 4 GB.
        """
        data = block.astype("<i2", copy=False).tobytes()
        if self._bytes + len(data) > _WAV_MAX_BYTES:
            raise OSError("a WAV file holds 4 GB at most")
        self._file.write(data)
        self._bytes += len(data)
        self._blocks += 1
        if self._blocks % _HEADER_EVERY_BLOCKS == 0:
            self._patch()

    def _patch(self) -> None:
        self._file.seek(0)
        self._file.write(self._header(self._bytes))
        self._file.seek(0, 2)

    def close(self) -> None:
        """Write the final header and close. Idempotent."""
        if not self._file.closed:
            self._patch()
            self._file.close()
