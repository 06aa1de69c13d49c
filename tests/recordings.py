"""Looking into recordings: tracks by title, where each begins and ends, what is heard."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np


@dataclass(frozen=True)
class Track:
    """One track of a file, as its packets are."""

    kind: str
    codec: str
    title: str
    packets: int
    begins_s: float
    ends_s: float
    longest_gap_s: float
    first_is_key: bool


def probe(path: Path) -> list[Track]:
    """Every track that has packets."""
    with av.open(str(path)) as file:
        times: dict[int, list[tuple[float, bool]]] = {one.index: [] for one in file.streams}
        for packet in file.demux():
            if packet.dts is not None and packet.pts is not None:
                at_s = float(packet.pts * packet.time_base)
                times[packet.stream.index].append((at_s, packet.is_keyframe))
        made = []
        for one in file.streams:
            at = [at_s for at_s, _ in times[one.index]]
            if at:
                gap = max((b - a for a, b in itertools.pairwise(at)), default=0.0)
                first_key = times[one.index][0][1]
                title = one.metadata.get("title", "")
                codec = one.codec_context.name
                made.append(Track(one.type, codec, title, len(at), at[0], at[-1], gap, first_key))
        return made


def samples(path: Path, title: str) -> np.ndarray:
    """What is decoded of a sound track, pauses left out: mono, 48 kHz."""
    with av.open(str(path)) as file:
        track = next(
            one
            for one in file.streams
            if one.type == "audio" and one.metadata.get("title") == title
        )
        resampler = av.AudioResampler("s16", "mono", 48_000)
        blocks = [
            part.to_ndarray()[0]
            for frame in file.decode(track)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(blocks)


def tone_hz(path: Path, title: str) -> float:
    """The strongest frequency in the last second of a sound track."""
    sound = samples(path, title)[-48_000:].astype(float)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * 48_000 / len(sound))
