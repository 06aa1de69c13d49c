"""Opus packets go past aiortc's decoder with their levels, and copies with their own time."""

from __future__ import annotations

from types import SimpleNamespace

from tui.transport.rtc.audio_tap import AudioTap
from tui.transport.rtc.red_codec import RedTypes
from tui.wire.red import pack


def rtp(data: bytes, level: object = None, *, payload_type: int = 111) -> SimpleNamespace:
    return SimpleNamespace(
        _data=data,
        payload_type=payload_type,
        timestamp=5000,
        sequence_number=8,
        extensions=SimpleNamespace(audio_level=level),
    )


def test_the_tap_passes_packets_and_levels() -> None:
    put: list[tuple[bytes, int, int, int, int]] = []
    tap = AudioTap(lambda *packet: put.append(packet))
    assert tap.add(rtp(b"a", (False, 37))) == (False, None)
    tap.add(rtp(b"b"))
    tap.add(rtp(b""))  # padding only
    assert put == [(b"a", 5000, 8, -37, 0), (b"b", 5000, 8, -127, 0)]


def test_the_tap_gives_copies_their_own_time_and_number() -> None:
    put: list[tuple[bytes, int, int, int, int]] = []
    tap = AudioTap(lambda *packet: put.append(packet))
    tap.red = RedTypes(63, 111)
    tap.add(rtp(pack(b"new", [(1920, b"old"), (960, b"older")], 111), payload_type=63))
    tap.add(rtp(pack(b"other codec", [], 96), payload_type=63))
    tap.add(rtp(b"\xff", payload_type=63))
    tap.add(rtp(b"", payload_type=63))
    tap.add(rtp(b"opus alone"))
    assert put == [
        (b"old", 3080, 6, -127, 1920),
        (b"older", 4040, 7, -127, 960),
        (b"new", 5000, 8, -127, 0),
        (b"opus alone", 5000, 8, -127, 0),
    ]
