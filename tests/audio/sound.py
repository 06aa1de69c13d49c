"""Sound for tests: sines, speech, and packets with a decoder that says which it played."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tests.fakes.people import voice
from tui.audio.mixer import Mixer
from tui.audio.opus import OpusDecoder, OpusEncoder
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioPacket

Samples = NDArray[np.int16]


def sine(hz: float, seconds: float, amplitude: float = 0.25) -> Samples:
    at = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * 32767 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def encoded(samples: Samples, *, timestamp: int = 0, sequence: int = 0) -> list[AudioPacket]:
    with OpusEncoder() as encoder:
        return [
            AudioPacket(
                encoder.encode(samples[at : at + FRAME_SAMPLES]),
                (timestamp + at) & 0xFFFFFFFF,
                (sequence + at // FRAME_SAMPLES) & 0xFFFF,
            )
            for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
        ]


def decoded(packets: Iterable[AudioPacket]) -> Samples:
    with OpusDecoder() as decoder:
        return np.concatenate([decoder.decode(packet.data) for packet in packets])


def play(mixer: Mixer, clock: list[float], **streams: Samples) -> Samples:
    """Feed each participant's sound at its pace while pulling; what came out."""
    packets = {uid: encoded(sound) for uid, sound in streams.items()}
    out = []
    for n in range(max(map(len, packets.values()))):
        for uid, stream in packets.items():
            if n < len(stream):
                mixer.packet(voice(uid), stream[n])
        for _ in range(2):
            out.append(mixer.pull(480))
            clock[0] += 0.010
    return np.concatenate(out)


def amplitude(sound: Samples, hz: float) -> float:
    """Median over 20 ms windows."""
    windows = [sound[at : at + 960] for at in range(0, len(sound) - 959, 960)]
    return float(np.median([tone_amplitude(window, hz) for window in windows]))


def tone_amplitude(samples: Samples, hz: float) -> float:
    """Amplitude of one tone, relative to full scale (0 to 1).

    Use windows of about 20 ms on received sound: a concealed or stretched frame breaks the phase
    of a longer one.
    """
    if not len(samples):
        return 0.0
    turn = np.exp(-2j * np.pi * hz / SAMPLE_RATE_HZ * np.arange(len(samples)))
    return float(2 * abs((samples * turn).mean()) / 32768.0)


def held_ms(buffer: PlayoutBuffer) -> float:
    """Sound in the packets that wait in a playout buffer [ms]."""
    return buffer._held.samples * 1000 / SAMPLE_RATE_HZ


_SILK_20_MS = 9 << 3
_LBRR = 0x40


def numbered(
    number: int,
    *,
    fec: bool = False,
    first_timestamp: int = 0,
    first_sequence: int = 0,
    paused_frames: int = 0,
) -> AudioPacket:
    """Packet `number` (0, 1, ...) of a stream, for `NumberDecoder`."""
    body = bytes([_SILK_20_MS, _LBRR if fec else 0]) + number.to_bytes(2, "big")
    return AudioPacket(
        body,
        (first_timestamp + (number + paused_frames) * FRAME_SAMPLES) & 0xFFFFFFFF,
        (first_sequence + number) & 0xFFFF,
    )


class NumberDecoder(OpusDecoder):
    """Plays each packet as a constant: its number + 1; concealment is 0."""

    def decode(self, data: bytes | None, samples: int = 960, *, fec: bool = False) -> Samples:
        if data is None:
            return np.zeros(samples, np.int16)
        number = int.from_bytes(data[2:4], "big")
        if fec:
            return np.full(samples, number, np.int16)
        return np.full(FRAME_SAMPLES, number + 1, np.int16)


def played_numbers(blocks: Iterable[Samples | None]) -> list[int]:
    """Which packets were heard, in order, each once."""
    heard: list[int] = []
    for block in blocks:
        if block is None:
            continue
        for value in block[np.flatnonzero(np.diff(block, prepend=block[0] - 1))]:
            if value and (not heard or heard[-1] != int(value) - 1):
                heard.append(int(value) - 1)
    return heard
