"""What redundant copies of packets (RFC 2198) are worth: `python -m tests.bench.red [--json]`.

Offline: our encoder, packed and unpacked as sent, the same packets lost for every scheme, our
playout buffer, and PESQ-WB (`uv run --group bench`). Losses are random, or come in bursts
(Gilbert's model) named by their mean length. Schemes, by what a packet carries:

    fec         itself, and FEC of the one before in it
    fec_twice   the same at twice the bit rate: what the bits of a copy do otherwise
    copy_1      a copy of the one before, too
    copy_2      a copy of the one before that: what FEC does not reach
    copies_1_2  both
    copy_2_low  as copy_2, at the least bit rate that carries FEC

For each scheme and loss: PESQ (mean and worst stretch of 6 s), frames concealed (per cent),
mouth to ear without devices or network [ms], kb/s of payload; and what packing and unpacking
cost beside encoding and decoding [us per packet]. About 4 minutes; `--quick` takes one seed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tests.sound_lab.conversation import speech
from tests.sound_lab.reading import RATE_HZ, Sound, delays, pesq_wb
from tui.audio.encoder_rate import REDUCED_BPS, EncoderRate
from tui.audio.opus import OpusDecoder, OpusEncoder
from tui.audio.packet_store import PlayoutCounts
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import BLOCK_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioPacket
from tui.wire import red

_TYPE: Final = 111
_FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
_BLOCK_S: Final = BLOCK_SAMPLES / SAMPLE_RATE_HZ
_SPOKEN_S: Final = 26.0
_SETTLED_S: Final = 2.0
_STRETCH_S: Final = 6.0
_JITTER_S: Final = 0.008
_TAIL_BLOCKS: Final = 40


@dataclass(frozen=True)
class Scheme:
    """What a packet carries beside itself: copies of those so many packets before."""

    copies: tuple[int, ...] = ()
    bits: float = 1.0
    most_bps: int = 1_000_000


SCHEMES: Final = {
    "fec": Scheme(),
    "fec_twice": Scheme(bits=2.0),
    "copy_1": Scheme((1,)),
    "copy_2": Scheme((2,)),
    "copies_1_2": Scheme((2, 1)),
    "copy_2_low": Scheme((2,), most_bps=REDUCED_BPS),
}
LOSSES: Final[dict[str, tuple[float, float]]] = {
    "none": (0.0, 1.0),
    "random_2": (0.02, 1.0),
    "random_5": (0.05, 1.0),
    "random_10": (0.10, 1.0),
    "random_20": (0.20, 1.0),
    "burst2_5": (0.05, 2.0),
    "burst2_10": (0.10, 2.0),
    "burst3_10": (0.10, 3.0),
}
"""Share lost, and mean length of a burst; 1: every packet by itself."""

Figures = dict[str, Any]


def lost_packets(share: float, burst: float, packets: int, seed: int) -> list[bool]:
    """Which of them are lost."""
    chance = random.Random(seed)
    if burst <= 1:
        return [chance.random() < share for _ in range(packets)]
    ends = 1 / burst
    begins = share * ends / (1 - share)
    lost, found = False, []
    for _ in range(packets):
        lost = chance.random() >= ends if lost else chance.random() < begins
        found.append(lost)
    return found


def encoded(said: Sound, scheme: Scheme, share: float) -> list[bytes]:
    """The packets, with the settings that reports of this loss lead to."""
    rate = EncoderRate()
    for _ in range(60):
        rate.take(share)
    bits = min(round(rate.bitrate_bps * scheme.bits), scheme.most_bps)
    pcm = (said * 32767).astype(np.int16)
    with OpusEncoder(bits, loss_percent=rate.loss_percent, dtx=True) as encoder:
        return [
            encoder.encode(pcm[at : at + FRAME_SAMPLES])
            for at in range(0, len(pcm) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
        ]


def packed(packets: list[bytes], scheme: Scheme) -> list[bytes]:
    """The payloads as sent."""
    if not scheme.copies:
        return packets
    return [
        red.pack(
            packet,
            [(back * FRAME_SAMPLES, packets[at - back]) for back in scheme.copies if back <= at],
            _TYPE,
        )
        for at, packet in enumerate(packets)
    ]


def heard(
    payloads: list[bytes], scheme: Scheme, lost: list[bool], seed: int
) -> tuple[Sound, PlayoutCounts]:
    """What comes out of the playout buffer, from the moment the first packet was made on."""
    chance = random.Random(seed)
    arrivals = sorted(
        (at * _FRAME_S + _FRAME_S + chance.random() * _JITTER_S, at)
        for at in range(len(payloads))
        if not lost[at]
    )
    buffer = PlayoutBuffer()
    blocks, coming = [], 0
    for block in range(2 * len(payloads) + _TAIL_BLOCKS):
        while coming < len(arrivals) and arrivals[coming][0] <= block * _BLOCK_S:
            now_s, at = arrivals[coming]
            coming += 1
            data, copies = payloads[at], []
            if scheme.copies:
                data, copies = red.unpack(data, _TYPE)
            for age, copy in copies:
                packet = AudioPacket(
                    copy, at * FRAME_SAMPLES - age, at - age // FRAME_SAMPLES, copied_after=age
                )
                buffer.put(packet, now_s)
            buffer.put(AudioPacket(data, at * FRAME_SAMPLES, at), now_s)
        pulled = buffer.pull(BLOCK_SAMPLES)
        blocks.append(np.zeros(BLOCK_SAMPLES, np.int16) if pulled is None else pulled)
    return np.concatenate(blocks).astype(np.float32) / 32768, buffer.counts()


def measure(said: Sound, scheme: Scheme, share: float, burst: float, seeds: int) -> Figures:
    """One scheme under one loss."""
    packets = encoded(said, scheme, share)
    payloads = packed(packets, scheme)
    scores: list[float] = []
    delays_ms: list[float] = []
    hidden = copies = 0
    for seed in range(seeds):
        ear, counts = heard(payloads, scheme, lost_packets(share, burst, len(packets), seed), seed)
        length, end = round(_STRETCH_S * RATE_HZ), len(said) - RATE_HZ // 2
        for at in range(round(_SETTLED_S * RATE_HZ), end - length + 1, length):
            score = pesq_wb(said[at : at + length], ear[at : at + length + RATE_HZ // 2])
            if score is not None:
                scores.append(score)
        delays_ms += [one.ms for one in delays(said, ear) if one.at_s > _SETTLED_S]
        hidden += counts.plc + counts.dry
        copies += counts.copies
    frames = seeds * len(packets)
    return {
        "pesq": round(float(np.mean(scores)), 2) if scores else None,
        "pesq_worst": min(scores, default=None),
        "concealed_percent": round(100 * hidden / frames, 1),
        "copies_percent": round(100 * copies / frames, 1),
        "delay_ms": round(float(np.median(delays_ms)), 1) if delays_ms else None,
        "payload_kbps": round(sum(map(len, payloads)) * 8 / len(payloads) / _FRAME_S / 1000, 1),
    }


def cpu(said: Sound) -> Figures:
    """Microseconds of one core per packet; best of five rounds."""
    scheme = SCHEMES["copy_2"]
    packets = encoded(said, scheme, 0.1)
    payloads = packed(packets, scheme)

    def decode() -> None:
        with OpusDecoder() as decoder:
            for packet in packets:
                decoder.decode(packet)

    works = {
        "encode_us": lambda: encoded(said, scheme, 0.1),
        "decode_us": decode,
        "pack_us": lambda: packed(packets, scheme),
        "unpack_us": lambda: [red.unpack(one, _TYPE) for one in payloads],
    }
    figures = {}
    for name, work in works.items():
        best_s = float("inf")
        for _ in range(5):
            began_s = time.process_time()
            work()
            best_s = min(best_s, time.process_time() - began_s)
        figures[name] = round(best_s * 1e6 / len(packets), 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="one seed instead of three")
    parser.add_argument("--only", action="append", metavar="LOSS", help="may be repeated")
    options = parser.parse_args()
    for name in options.only or ():
        if name not in LOSSES:
            parser.error(f"--only {name}: there is {', '.join(LOSSES)}")
    whole = speech()
    said = np.resize(whole, round(_SPOKEN_S * RATE_HZ))
    figures: Figures = {"cpu": cpu(said)}
    for name in options.only or LOSSES:
        share, burst = LOSSES[name]
        seeds = 1 if options.quick or not share else 3
        figures[name] = {
            scheme: measure(said, SCHEMES[scheme], share, burst, seeds) for scheme in SCHEMES
        }
        print(f"{name}: done", file=sys.stderr)
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
