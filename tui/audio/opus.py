"""Opus by ctypes, from the libopus that PyAV's wheel ships.

PyAV itself offers neither in-band FEC decoding nor DTX (spec audio 4), so its shared library is
used directly; no further dependency. It is found by looking beside the `av` package, which is not
imported for that. The trap: a decoder's state is not thread-safe; whoever shares one locks it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

PACKET_MAX_BYTES: Final = 1275 * 3
"""Larger than any packet we make; the decoder takes any length."""
DTX_MAX_BYTES: Final = 2
"""A packet of one or two bytes only says that silence goes on (RFC 6716 2.1.9)."""
DECODED_MAX_SAMPLES: Final = SAMPLE_RATE_HZ * 120 // 1000
"""An Opus packet holds at most 120 ms (RFC 6716 3.2.5)."""

_APPLICATION_VOIP = 2048
_SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS, _SET_DTX = 4002, 4010, 4012, 4014, 4016
_FRAME_SAMPLES_SILK = (480, 960, 1920, 2880)
_FRAME_SAMPLES_CELT = (120, 240, 480, 960)


class OpusUnavailable(Exception):
    """No libopus on this machine; the text says where it was looked for."""


class OpusError(Exception):
    """libopus refused: a damaged packet, or a frame of a length it does not know."""


def library_path() -> str:
    """Where libopus is: beside PyAV, or the system's.

    Raises:
        OpusUnavailable: neither has one.
    """
    found = importlib.util.find_spec("av")
    looked: list[str] = []
    if found is not None and found.origin is not None:
        package = Path(found.origin).parent
        for folder, pattern in (
            (package.parent / "av.libs", "libopus*"),  # Linux and Windows wheels
            (package / ".dylibs", "libopus*"),  # macOS wheels
            (package, "libopus*"),
        ):
            looked.append(folder.name)
            for path in sorted(folder.glob(pattern)):
                return str(path)
    system = ctypes.util.find_library("opus")
    if system:
        return system
    raise OpusUnavailable(
        f"libopus was not found beside PyAV ({', '.join(looked) or 'av is not installed'}) nor in "
        "the system: install PyAV's wheel (pip install --force-reinstall av) or libopus0."
    )


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    path = library_path()
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise OpusUnavailable(f"libopus can't be loaded: {error}") from error
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.opus_encoder_create.restype = pointer
    library.opus_encoder_create.argtypes = [
        ctypes.c_int32,
        number,
        number,
        ctypes.POINTER(ctypes.c_int),
    ]
    library.opus_encode.restype = ctypes.c_int32
    library.opus_encode.argtypes = [pointer, pointer, number, pointer, ctypes.c_int32]
    library.opus_encoder_destroy.restype = None
    library.opus_encoder_destroy.argtypes = [pointer]
    # Variadic: only the fixed arguments are declared, or arm64 macOS reads the value from the
    # wrong place.
    library.opus_encoder_ctl.argtypes = [pointer, number]
    library.opus_decoder_create.restype = pointer
    library.opus_decoder_create.argtypes = [ctypes.c_int32, number, ctypes.POINTER(ctypes.c_int)]
    library.opus_decode.restype = number
    library.opus_decode.argtypes = [
        pointer,
        ctypes.c_char_p,
        ctypes.c_int32,
        pointer,
        number,
        number,
    ]
    library.opus_decoder_destroy.restype = None
    library.opus_decoder_destroy.argtypes = [pointer]
    return library


class _Coder:
    """The libopus state of an encoder or decoder, freed by `close` or with its owner."""

    _handle: int | None = None
    _destroy: Callable[[int], None]

    def close(self) -> None:
        """Free it. Idempotent."""
        handle, self._handle = self._handle, None
        if handle:
            self._destroy(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Not every owner can close: a participant's buffer may vanish with the session.
        self.close()


class OpusEncoder(_Coder):
    """Encodes 48 kHz int16 into Opus packets.

    Args:
        bitrate_bps: 40 kb/s mono is PESQ 4.03 (spec audio 4).
        complexity: 0 to 10; 7 has PESQ 4.47 where 10 has 4.51 and 3 has 3.86 (3.80, 3.88 and 3.28
            at 8 % loss), for a seventh less work than 10. Below 7 libopus does not look for tones,
            and DTX takes steady ones for a pause.
        fec: In-band FEC: each packet carries the one before it, coarsely.
        loss_percent: Expected loss; at 0 libopus leaves FEC out even when `fec` is set.
        dtx: Discontinuous transmission: packets of 1-2 bytes in pauses, which may be left unsent.
        channels: 1 or 2; stereo loses FEC.

    Raises:
        OpusUnavailable: no libopus.
    """

    def __init__(
        self,
        bitrate_bps: int = 40_000,
        complexity: int = 7,
        *,
        fec: bool = True,
        loss_percent: int = 10,
        dtx: bool = False,
        channels: int = 1,
    ):
        self._library = _library()
        self._channels = channels
        error = ctypes.c_int()
        self._destroy = self._library.opus_encoder_destroy
        self._handle = self._library.opus_encoder_create(
            SAMPLE_RATE_HZ, channels, _APPLICATION_VOIP, ctypes.byref(error)
        )
        if error.value or not self._handle:
            raise OpusError(f"opus_encoder_create answered {error.value}")
        self._out = ctypes.create_string_buffer(PACKET_MAX_BYTES)
        for option, value in (
            (_SET_BITRATE, bitrate_bps),
            (_SET_COMPLEXITY, complexity),
            (_SET_FEC, int(fec)),
            (_SET_LOSS, loss_percent),
            (_SET_DTX, int(dtx)),
        ):
            self._set(option, value)

    def _set(self, option: int, value: int) -> None:
        answer = self._library.opus_encoder_ctl(self._handle, option, ctypes.c_int(value))
        if answer:
            raise OpusError(f"opus_encoder_ctl({option}, {value}) answered {answer}")

    def set_loss_percent(self, percent: int) -> None:
        """Tell the encoder how much is lost (0 to 100), which decides how strong FEC is."""
        self._set(_SET_LOSS, percent)

    def set_bitrate(self, bitrate_bps: int) -> None:
        """Change the bit rate from the next packet on."""
        self._set(_SET_BITRATE, bitrate_bps)

    def encode(self, block: NDArray[np.int16]) -> bytes:
        """One packet of `block` (2.5 to 60 ms; interleaved when stereo).

        Raises:
            OpusError: a length Opus does not know, or the encoder is closed.
        """
        if not self._handle:
            raise OpusError("the encoder is closed")
        samples = np.ascontiguousarray(block, dtype=np.int16)
        size = self._library.opus_encode(
            self._handle,
            samples.ctypes.data,
            len(samples) // self._channels,
            self._out,
            PACKET_MAX_BYTES,
        )
        if size < 0:
            raise OpusError(f"opus_encode of {len(samples)} samples answered {size}")
        return ctypes.string_at(self._out, size)


class OpusDecoder(_Coder):
    """Decodes Opus packets into 48 kHz int16 with loss concealment and in-band FEC.

    Raises:
        OpusUnavailable: no libopus.
    """

    def __init__(self, channels: int = 1):
        self._library = _library()
        self._channels = channels
        error = ctypes.c_int()
        self._destroy = self._library.opus_decoder_destroy
        self._handle = self._library.opus_decoder_create(
            SAMPLE_RATE_HZ, channels, ctypes.byref(error)
        )
        if error.value or not self._handle:
            raise OpusError(f"opus_decoder_create answered {error.value}")
        self._out = np.zeros(DECODED_MAX_SAMPLES * channels, np.int16)

    def decode(
        self, data: bytes | None, samples: int = DECODED_MAX_SAMPLES, *, fec: bool = False
    ) -> NDArray[np.int16]:
        """Sound of one packet, as a new array.

        Args:
            data: The packet; None conceals a lost one.
            samples: Concealed or FEC: exactly how many samples are missing (a multiple of 120).
                Else the most that may come out.
            fec: Decode the copy of the packet before `data` that `data` carries.

        Raises:
            OpusError: a damaged packet, or the decoder is closed.
        """
        if not self._handle:
            raise OpusError("the decoder is closed")
        got = self._library.opus_decode(
            self._handle,
            data,
            len(data) if data else 0,
            self._out.ctypes.data,
            min(samples, DECODED_MAX_SAMPLES),
            int(fec),
        )
        if got < 0:
            raise OpusError(f"opus_decode of {len(data or b'')} bytes answered {got}")
        return self._out[: got * self._channels].copy()


def has_lbrr(data: bytes) -> bool:
    """Whether a packet carries in-band FEC of the one before it (RFC 6716 4.2.3, LBRR flag).

    Only SILK and hybrid packets can; several frames in one packet are not looked into.
    """
    if len(data) < 2 or data[0] & 3:
        return False
    configuration = data[0] >> 3
    if configuration >= 16:
        return False
    silk_frames = (1, 1, 2, 3)[configuration & 3] if configuration < 12 else 1
    return bool((data[1] >> (7 - silk_frames)) & 1)


def packet_samples(data: bytes) -> int:
    """How many 48 kHz samples a packet holds by its first bytes (RFC 6716 3.1); 0: not Opus."""
    if not data:
        return 0
    configuration = data[0] >> 3
    if configuration < 12:
        frame = _FRAME_SAMPLES_SILK[configuration & 3]
    elif configuration < 16:
        frame = (480, 960)[configuration & 1]
    else:
        frame = _FRAME_SAMPLES_CELT[configuration & 3]
    match data[0] & 3:
        case 0:
            count = 1
        case 3:
            count = data[1] & 0x3F if len(data) > 1 else 0
        case _:
            count = 2
    samples = frame * count
    return samples if samples <= DECODED_MAX_SAMPLES else 0
