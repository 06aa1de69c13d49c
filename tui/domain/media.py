"""Media values: pictures as planes, sound as packets, and the names of sources and sinks."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from enum import StrEnum
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean

SAMPLE_RATE_HZ: Final = 48_000
"""Opus works at 48 kHz inside, whatever we ask (RFC 6716 2.1.3)."""
BLOCK_MS: Final = 10
"""What a sound device hands over or asks for at once."""
BLOCK_SAMPLES: Final = SAMPLE_RATE_HZ * BLOCK_MS // 1000
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * 20 // 1000
"""Samples in one Opus packet: 20 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanarFrame:
    """One picture as the decoder gives it: 8-bit Y, U, V planes, 4:2:0.

    Planes may be memoryviews into a decoder's buffer: use them before the next frame, or copy.
    """

    width: int
    height: int
    y: bytes | memoryview
    """`height` rows of `y_stride` bytes."""
    u: bytes | memoryview
    """`(height + 1) // 2` rows of `uv_stride` bytes."""
    v: bytes | memoryview
    y_stride: int
    uv_stride: int
    at_s: float = 0.0
    """Time of the picture on the source's own clock, in seconds; received ones: on the sender's,
    0.0 while that is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioPacket:
    """20 ms (usually) of Opus."""

    data: bytes
    timestamp: int
    """RTP time stamp at 48 kHz, unwrapped or modulo 2**32."""
    sequence: int = 0
    """RTP sequence number modulo 2**16 (received packets)."""
    level_dbov: int = -127
    """RFC 6464 level, 0 to -127; -127 when unknown."""
    at_s: float = 0.0
    """Time of its first sample on the sender's clock [s]; 0.0 while that is not known."""
    copied_after: int = 0
    """Samples between it and the packet that carried it as a copy (RFC 2198); 0: came itself."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedPicture:
    """One whole coded picture, opened if it was sealed."""

    data: bytes
    """A VP8 frame, H.264 NAL units behind start codes, a VP9 frame or superframe, or an AV1
    temporal unit."""
    timestamp: int
    """RTP time stamp at 90 kHz (RFC 7741 4.1), modulo 2**32."""
    key_size: tuple[int, int] | None = None
    """Width and height [pixels] of a key picture; None: it builds on the one before it."""
    codec: str = "VP8"
    """`VP8`, `H264`, `VP9` or `AV1`, as session descriptions name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundProcessing:
    """What is done to our microphone's sound before others hear it."""

    echo: bool = True
    """Take out what our loudspeaker plays."""
    noise: bool = True
    """Take out steady noise."""
    gain: bool = True
    """Lift a quiet voice, lower a loud one."""

    def switched(self, stage: str, *, on: bool) -> SoundProcessing:
        """With `echo`, `noise` or `gain` on or off; `VALIDATION_ERROR` for another word."""
        stages = [one.name for one in fields(self)]
        if stage not in stages:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"stage: came as {clean(stage, 20)!r}; allowed: {', '.join(stages)}.",
                field="stage",
            )
        return replace(self, **{stage: on})


class Pictures(StrEnum):
    """Which pictures a recording keeps, and how large the server is asked for them."""

    OFF = "off"
    SMALL = "small"
    """Cameras at 640x360; shared screens at their own size."""
    FULL = "full"


class SourceKind(StrEnum):
    """First word of a source or sink name."""

    DEVICE = "device"
    FILE = "file"
    TEST = "test"
    NULL = "null"
    PANE = "pane"
    """Of tmux; to be shared."""


@dataclass(frozen=True, slots=True)
class MediaName:
    """A parsed source or sink: `test:tone=440`, `file:clip.mp4`, `null`, or a device's name."""

    kind: SourceKind
    value: str
    """After the colon; the device's name or empty for the default one."""

    def __str__(self) -> str:
        if self.kind is SourceKind.NULL:
            return "null"
        if self.kind is SourceKind.DEVICE:
            return self.value or "default"
        return f"{self.kind}:{self.value}"


_PANE: Final = re.compile(r"(?:/[^\n]{1,200}:-?)?%[0-9]{1,9}")
CAMERA_TESTS: Final = ("bars", "colour", "noise", "robot")
"""`test:bars` moving bars; `test:colour=RRGGBB` one colour with a moving mark; `test:noise`;
`test:robot[=RRGGBB]` the demo robot."""
MICROPHONE_TESTS: Final = ("tone", "silence", "voice", "beeps")
"""`test:tone=440` [Hz]; `test:silence`; `test:voice` a bundled clip; `test:beeps=1000`."""


def parse_media_name(text: str, *, role: str) -> MediaName:
    """Parse what a person wrote for `--camera`, `--microphone` or `--speaker`.

    Args:
        text: `test:NAME[=VALUE]`, `file:PATH`, `null`, `none` (same as null), `default`, or a
            device name, optionally as `device:NAME`.
        role: `camera`, `share`, `microphone` or `speaker`; decides which tests and files make
            sense.

    Raises:
        CallsError: `VALIDATION_ERROR` naming what came and what is allowed.
    """
    text = text.strip()
    if text in ("", "default"):
        return MediaName(SourceKind.DEVICE, "")
    if text in ("null", "none"):
        return MediaName(SourceKind.NULL, "")
    head, colon, rest = text.partition(":")
    if colon and head == "file":
        if rest:
            return MediaName(SourceKind.FILE, rest)
        raise _unusable(role, text, "file:PATH needs a path")
    if colon and head == "device":
        return MediaName(SourceKind.DEVICE, rest)
    if colon and head == "test":
        if role == "speaker":
            raise _unusable(role, text, "a speaker is a device, file:OUT.wav or null")
        known = CAMERA_TESTS if role in ("camera", "share") else MICROPHONE_TESTS
        name, _, value = rest.partition("=")
        if name not in known:
            raise _unusable(role, text, "tests are " + ", ".join(f"test:{one}" for one in known))
        if name in ("tone", "beeps") and value:
            if not value.isdecimal() or not 20 <= int(value) <= 20_000:
                raise _unusable(role, text, f"test:{name}=HZ takes 20 to 20000")
        elif name in ("colour", "robot") and value:
            if len(value) != 6 or not all(c in "0123456789abcdefABCDEF" for c in value):
                raise _unusable(role, text, f"test:{name}=RRGGBB takes six hex digits")
        elif value:
            raise _unusable(role, text, f"test:{name} takes no value")
        return MediaName(SourceKind.TEST, rest)
    return MediaName(SourceKind.DEVICE, text)


def parse_share_name(text: str) -> MediaName:
    """Parse what a person wants to share; a device is a screen.

    Args:
        text: `screen`, `screen::1` for the X display `:1`, `file:PATH`, a camera's `test:NAME`, or
            a terminal: `%3`, a pane of tmux, `terminal`, the pane used last beside this one, and
            either with its socket as `pane:SOCKET:%3` and `pane:SOCKET:-%3`.

    Raises:
        CallsError: `VALIDATION_ERROR` naming what came and what is allowed.
    """
    text = text.strip()
    head, colon, rest = text.partition(":")
    if head in ("", "screen"):
        return MediaName(SourceKind.DEVICE, rest)
    if head == "terminal" and not colon:
        return MediaName(SourceKind.PANE, "")
    if _PANE.fullmatch(pane := rest if head == "pane" else text):
        return MediaName(SourceKind.PANE, pane)
    if colon and head in ("file", "test"):
        return parse_media_name(text, role="share")
    raise CallsError(
        ErrorCode.VALIDATION,
        f"What to share came as {clean(text, 80)!r}; allowed: screen, terminal, %PANE of tmux, "
        "file:PATH or test:NAME.",
        field="share",
    )


def _unusable(role: str, text: str, allowed: str) -> CallsError:
    return CallsError(
        ErrorCode.VALIDATION, f"--{role} came as {clean(text, 80)!r}; {allowed}.", field=role
    )
